package cluster

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/node"
)

// process is the number of the daemon proper of a node, not of its guard.
func (cl *cluster) process(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(cl.mustRun(t, name, "cat", "/run/heartbeat.pid"))
}

// signal sends a signal to one process of a machine.
func (cl *cluster) signal(t *testing.T, machine, pid, signal string) {
	t.Helper()
	cl.mustRun(t, machine, program, "lab", "inside", "signal", pid, signal)
}

// guardOf is the number of the guard of a node: the process that runs this program as one.
func (cl *cluster) guardOf(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(cl.mustRun(t, name, "sh", "-c",
		`for p in /proc/[0-9]*; do tr '\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^heartbeat guard ' && echo ${p#/proc/}; done; true`))
}

const sigKill, sigStop = "9", "19"

// awaitRevived waits until a new process of a node says why it was started. The old one may have taken the question and died with it.
func (cl *cluster) awaitRevived(t *testing.T, name, text string) {
	t.Helper()
	until(t, "the guard of "+name+" to start it again: "+text, func() (string, bool) {
		list, err := cl.API(name).Events(within(t, time.Second), 0, 0)
		if err != nil {
			return err.Error(), false
		}
		for _, e := range list {
			if e.Event == "self.revived" && strings.Contains(e.Text, text) {
				return "", true
			}
		}
		return "it is not in its timeline", false
	})
}

// wantUndisturbed wants the service of node1 to have gone on since a mark, in the eyes of node2 and of the network.
func (cl *cluster) wantUndisturbed(t *testing.T, mark uint64) {
	t.Helper()
	for _, kind := range []string{"node.dead", "group.acquire"} {
		if list := cl.events(t, two, mark, kind); len(list) > 0 {
			t.Errorf("node2 took notice: %+v", list)
		}
	}
}

func TestKilledDaemonIsBackBeforeItIsMissed(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{groups: "node1 " + addrOne + "/24/eth0 tally::a\n", scripts: []string{"tally"}, deadtime: "3000ms"})
	cl.wantCalls(t, one, 0, "a start")
	visitor := cl.visitor(t, addrOne, one)
	mark := cl.last(t, two)
	changes := cl.watch(t, one)
	first, crash := cl.process(t, one), time.Now()
	cl.signal(t, one, first, sigKill)
	cl.awaitRevived(t, one, "was killed by signal 9")
	cl.awaitRest(t, one, two)
	must(t, visitor.WaitAnswers(within(t, soon), one, 10, time.Now()))
	if second := cl.process(t, one); second == first {
		t.Errorf("process %s still runs", second)
	}
	cl.wantUndisturbed(t, mark)
	cl.wantCalls(t, one, 0, "a start")
	for _, c := range changes() {
		if c.Prefix.Addr().String() == addrOne && !c.Added {
			t.Errorf("the service address was taken away at %v", c.At)
		}
	}
	if n := visitor.Switches(crash); n > 0 {
		t.Errorf("the visitor saw %d changes of the server", n)
	}
}

func TestStoppedDaemonIsReplacedBeforeItIsMissed(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{deadtime: "5000ms"})
	mark := cl.last(t, two)
	cl.signal(t, one, cl.process(t, one), sigStop)
	cl.awaitRevived(t, one, "did not beat")
	cl.awaitRest(t, one, two)
	cl.wantUndisturbed(t, mark)
	cl.awaitOwner(t, addrOne, one)
}

func TestKilledGuardIsReplacedWithoutAnybodyNoticing(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{deadtime: "3000ms"})
	mark, daemon := cl.last(t, two), cl.process(t, one)
	first := cl.guardOf(t, one)
	cl.signal(t, one, first, sigKill)
	cl.awaitEvent(t, one, 0, "guard.lost", "another one is there")
	if second := cl.guardOf(t, one); second == first || second == "" || strings.Contains(second, "\n") {
		t.Errorf("guards after %s was killed: %q", first, second)
	}
	if now := cl.process(t, one); now != daemon {
		t.Errorf("the daemon was process %s and is process %s", daemon, now)
	}
	cl.signal(t, one, daemon, sigKill)
	cl.awaitRevived(t, one, "process "+daemon)
	cl.awaitRest(t, one, two)
	cl.wantUndisturbed(t, mark)
	cl.mustRun(t, one, program, "stop")
	cl.awaitOwner(t, addrOne, two)
	until(t, "the guard to follow the daemon", func() (string, bool) { g := cl.guardOf(t, one); return g, g == "" })
}

func TestDaemonThatCannotComeBackLosesItsAddress(t *testing.T) {
	t.Parallel()
	cl := running(t, setup{})
	cl.write(t, one, "/etc/ha.d/ha.cf", "deadtime of the eternal\n")
	left := cl.watch(t, one)
	came := cl.watch(t, two)
	cl.signal(t, one, cl.process(t, one), sigKill)
	cl.awaitOwner(t, addrOne, two)
	cl.awaitStatus(t, two, "to serve", func(s node.Status) bool { return group(s).State == "running" })
	var gone, there time.Time
	for _, c := range left() {
		if c.Prefix.Addr().String() == addrOne && !c.Added {
			gone = c.At
		}
	}
	for _, c := range came() {
		if c.Prefix.Addr().String() == addrOne && c.Added && there.IsZero() {
			there = c.At
		}
	}
	if gone.IsZero() || there.Before(gone) {
		t.Errorf("the address left node1 at %v and came to node2 at %v", gone, there)
	}
	if log := cl.mustRun(t, one, "cat", "/var/log/ha-log"); !strings.Contains(log, "the guard takes its addresses away: "+addrOne) {
		t.Errorf("the log of node1 does not say so:\n%s", log)
	}
}
