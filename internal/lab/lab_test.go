package lab

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

func TestMain(m *testing.M) {
	if code, mine := Inside(os.Args); mine {
		os.Exit(code)
	}
	if len(os.Args) > 1 && os.Args[1] == "run" {
		os.Exit(runNode())
	}
	os.Exit(m.Run())
}

// newLab starts a lab that ends with the test.
func newLab(t *testing.T, o Options) *Lab {
	t.Helper()
	needNamespaces(t)
	o.Dir = shortDir(t)
	l, err := New(t.Context(), t, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Remove(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// shortDir is a directory whose sockets have short enough names; long test names do not.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lab")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func mend(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// The whole demo and every command also work without root.
func TestOrdinaryUserCanDoItAll(t *testing.T) {
	if os.Getenv("LAB_TEST_USER") != "" {
		return
	}
	if testing.Short() {
		t.Skip("left out by -short: the same tests once more, as an ordinary user")
	}
	testenv.NeedRoot(t)
	const nobody = 65534
	dir := shortDir(t)
	must(t, os.Chown(dir, nobody, nobody))
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	binary := filepath.Join(dir, "lab.test")
	must(t, os.WriteFile(binary, self, 0o755))
	cmd := exec.CommandContext(t.Context(), binary, "-test.v", "-test.run=Demo|Commands")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LAB_TEST_USER=1", "TMPDIR="+dir, "HOME="+dir, "XDG_RUNTIME_DIR=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestDemoKeepsEveryPromise") {
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func agent(t *testing.T, l *Lab, node, verb string) (string, int) {
	t.Helper()
	out, code, err := l.Output(within(t, 20*time.Second), node, "/etc/ha.d/resource.d/lab-web", verb)
	must(t, err)
	return strings.TrimSpace(out), code
}

func TestWebAgentStartsAndStopsAServerThatTellsTheNode(t *testing.T) {
	l := newLab(t, Options{Nodes: 1})
	if out, code := agent(t, l, "node1", "status"); code != 3 || !strings.Contains(out, "stopped") {
		t.Errorf("before: %q, exit %d", out, code)
	}
	for range 2 { // starting twice is fine
		if out, code := agent(t, l, "node1", "start"); code != 0 {
			t.Fatalf("start: %q, exit %d", out, code)
		}
	}
	if out, code := agent(t, l, "node1", "status"); code != 0 || !strings.Contains(out, "running") {
		t.Errorf("started: %q, exit %d", out, code)
	}
	c, err := l.Watch(Target{Proto: "http", Addr: "10.77.1.1"})
	must(t, err)
	defer c.Stop()
	must(t, c.WaitAnswers(within(t, 20*time.Second), "node1", 3, time.Time{}))
	for range 2 {
		if out, code := agent(t, l, "node1", "stop"); code != 0 {
			t.Errorf("stop: %q, exit %d", out, code)
		}
	}
	must(t, c.WaitAnswers(within(t, 20*time.Second), "", 3, time.Now()))
}

func TestClientMeasuresTheOutageOfAFrozenMachine(t *testing.T) {
	l := newLab(t, Options{Nodes: 1})
	c, err := l.Watch(Target{Proto: "udp", Addr: "10.77.1.1"})
	must(t, err)
	defer c.Stop()
	must(t, c.WaitAnswers(within(t, 20*time.Second), "node1", 3, time.Time{}))
	fault := time.Now()
	must(t, l.Freeze("node1"))
	must(t, c.WaitAnswers(within(t, 20*time.Second), "", 3, fault))
	must(t, l.Thaw("node1"))
	thawed := time.Now()
	must(t, c.WaitAnswers(within(t, 20*time.Second), "node1", 3, thawed))
	gap := c.LongestGap(fault)
	if gap.From.After(thawed) || gap.To.Before(fault) || gap.Length(time.Now()) < c.Target.Timeout {
		t.Errorf("the longest gap is %v to %v; the machine was frozen from %v to %v", gap.From, gap.To, fault, thawed)
	}
	if who := c.Answerers(fault); !slices.Equal(who, []string{"node1"}) {
		t.Errorf("answered by %v", who)
	}
}

func TestResponderAnswersFromTheAddressThatWasAsked(t *testing.T) {
	testenv.NeedProgram(t, "ip", "iproute2")
	l := newLab(t, Options{Nodes: 1})
	for _, addr := range []string{ServiceAddr + "/24", "fd77:1::100/64"} {
		out, code, err := l.Output(within(t, 20*time.Second), "node1", "ip", "addr", "add", addr, "dev", "eth0")
		if err != nil || code != 0 {
			t.Fatalf("ip addr add %s: %s %v", addr, out, err)
		}
	}
	if out, code, err := l.Output(within(t, 20*time.Second), ClientName, "ip", "addr", "add", "fd77:1::250/64", "dev", "eth0"); code != 0 {
		t.Fatalf("ip addr add: %s %v", out, err)
	}
	for _, addr := range []string{"10.77.1.1", ServiceAddr, "fd77:1::100"} {
		c, err := l.Watch(Target{Proto: "udp", Addr: addr})
		must(t, err)
		if err := c.WaitAnswers(within(t, 20*time.Second), "node1", 3, time.Time{}); err != nil {
			t.Errorf("asking %s: %v", addr, err)
		}
		c.Stop()
	}
}

func TestGapsLieBetweenGoodAnswers(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	good := func(ms int, node string) Answer { return Answer{Asked: at(ms - 1), Heard: at(ms), Node: node} }
	answers := []Answer{good(10, "a"), good(20, "a"), {Asked: at(25), Heard: at(125)}, good(530, "b"), good(540, "b"), {Asked: at(545), Heard: at(600)}}
	got := gaps(answers, at(30), at(700), 50*time.Millisecond)
	want := []Gap{{at(20), at(530), "a", "b"}, {From: at(540), Before: "b"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if got[1].Length(at(700)) != 160*time.Millisecond {
		t.Errorf("an open gap lasts %v, want until now", got[1].Length(at(700)))
	}
	if got := gaps(answers, at(600), at(700), 50*time.Millisecond); len(got) != 1 {
		t.Errorf("gaps before the time asked for are listed: %v", got)
	}
}

func TestSwitchesBeginWithTheLastAnswerBefore(t *testing.T) {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	good := func(ms int, node string) Answer { return Answer{Asked: at(ms - 1), Heard: at(ms), Node: node} }
	answers := []Answer{good(10, "a"), good(20, "b"), {Asked: at(25), Heard: at(125)}, good(130, "a"), good(140, "a"), good(150, "b")}
	for from, want := range map[int]int{0: 3, 20: 3, 21: 2, 130: 2, 131: 1, 150: 1, 151: 0} {
		if got := switches(answers, at(from)); got != want {
			t.Errorf("from %d ms on: %d, want %d", from, got, want)
		}
	}
}

func TestOwnersFollowTheKernel(t *testing.T) {
	testenv.NeedProgram(t, "ip", "iproute2")
	l := newLab(t, Options{})
	add := func(node, verb string) {
		t.Helper()
		out, code, err := l.Output(within(t, 20*time.Second), node, "ip", "addr", verb, ServiceAddr+"/24", "dev", "eth0")
		if err != nil || code != 0 {
			t.Fatalf("ip addr %s on %s: %s %v", verb, node, out, err)
		}
	}
	done := make(chan error, 1)
	go func() { done <- l.WaitOwners(within(t, 20*time.Second), ServiceAddr, "node2") }()
	add("node2", "add")
	must(t, <-done)
	add("node1", "add")
	must(t, l.WaitOwners(within(t, 20*time.Second), ServiceAddr, "node1", "node2"))
	must(t, l.PowerOff("node2"))
	must(t, l.WaitOwners(within(t, 20*time.Second), ServiceAddr, "node1"))
}

func TestLabWorksInADirectoryWithALongName(t *testing.T) {
	needNamespaces(t)
	dir := filepath.Join(shortDir(t), strings.Repeat("long", 20), "lab")
	l, err := New(t.Context(), t, Options{Nodes: 1, Dir: dir})
	must(t, err)
	defer func() { must(t, l.Remove()) }()
	must(t, l.StartDaemon("node1"))
	must(t, l.WaitDaemon(within(t, 20*time.Second), "node1"))
	must(t, l.StopDaemon(within(t, 20*time.Second), "node1"))
}

func TestNodesKeepTheirFilesButNotTheirRunDirectoryOverAReboot(t *testing.T) {
	l := newLab(t, Options{Nodes: 1})
	must(t, os.WriteFile(l.Place("node1", "/var/lib/heartbeat/kept"), nil, 0o644))
	must(t, os.WriteFile(l.Place("node1", "/run/lost"), nil, 0o644))
	must(t, l.PowerOff("node1"))
	must(t, l.PowerOn("node1"))
	if _, err := os.Stat(l.Place("node1", "/var/lib/heartbeat/kept")); err != nil {
		t.Error("/var/lib/heartbeat was emptied")
	}
	if _, err := os.Stat(l.Place("node1", "/run/lost")); err == nil {
		t.Error("/run was not emptied")
	}
	st, err := os.Stat(l.Place("node1", "/etc/ha.d/authkeys"))
	must(t, err)
	if st.Mode().Perm() != 0o600 {
		t.Errorf("authkeys has mode %v", st.Mode())
	}
}
