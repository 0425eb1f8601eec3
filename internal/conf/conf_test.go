package conf

import (
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write golden files and documents anew")

// golden compares got with a file, or writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s is not current (%v); run go test ./internal/conf -update and look at the difference\ngot:\n%s", path, err, got)
	}
}

func TestReferenceIsCurrent(t *testing.T) {
	golden(t, "../../docs/ha.cf.md", Reference(false))
	golden(t, "../../docs/zh-CN/ha.cf.md", Reference(true))
}

func TestEveryDirectiveIsExplainedAndItsExampleLoads(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Directives() {
		if seen[d.Name] || d.Doc == "" || d.DocZH == "" || d.Type == "" || d.apply == nil || !strings.HasPrefix(d.Example, d.Name+" ") {
			t.Errorf("directive %s is declared twice or lacks something", d.Name)
		}
		seen[d.Name] = true
		text := d.Example + "\n"
		if d.Name != "node" {
			text += "node a b\n"
		}
		_, ps := ParseHaCf("ha.cf", []byte(text), Env{})
		for _, p := range ps.Only(Error) {
			if p.Line == 1 {
				t.Errorf("example of %s: %v", d.Name, p)
			}
		}
	}
	for _, d := range SettingDocs() {
		_, ps := ParseHaCf("ha.cf", []byte("#!hb "+d.Example+"\nnode a\nbcast eth0\n"), Env{})
		if d.Doc == "" || d.DocZH == "" || ps.HasErrors() {
			t.Errorf("setting %s: %v", d.Name, ps)
		}
	}
}

// base is a file without problems of its own but for the marked ones.
const base = "node a b\nbcast eth0 eth1\nlogfacility daemon\nauto_failback off\n"

func TestHaCfProblems(t *testing.T) {
	env := Env{NodeName: "a", Interfaces: []Interface{{Name: "eth0", Up: true}, {Name: "eth1", Up: true}},
		UserExists: func(n string) bool { return n == "root" }, GroupExists: func(n string) bool { return n == "root" },
		Executable: func(p string) bool { return p == "/bin/true" },
		LookupHost: func(h string) ([]netip.Addr, error) {
			if h == "router" {
				return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
			}
			return nil, errors.New("no such host")
		}}
	lines, err := os.ReadFile("testdata/ha.cf.lines")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(lines)) {
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), ";", "\n")
		if line == "" {
			continue
		}
		_, ps := ParseHaCf("ha.cf", []byte(base+line+"\n"), env)
		b.WriteString("> " + strings.ReplaceAll(line, "\n", ";") + "\n" + ps.Error() + "\n\n")
	}
	golden(t, "testdata/ha.cf.golden", b.String())
}

func TestCleanFileHasNoProblems(t *testing.T) {
	h, ps := ParseHaCf("ha.cf", []byte(base), Env{NodeName: "A"})
	if len(ps) != 0 {
		t.Error(ps)
	}
	if h.Keepalive != time.Second || h.Deadtime != 30*time.Second || h.Warntime != 15*time.Second || h.Initdead != 30*time.Second || h.Deadping != 30*time.Second || h.UDPPort != 694 {
		t.Errorf("defaults: %+v", h)
	}
	if h.LogFile != "/dev/null" || h.DebugFile != "/dev/null" {
		t.Errorf("a facility alone sets the files to /dev/null, got %q %q", h.LogFile, h.DebugFile)
	}
}

func TestInitdeadFollowsDeadtime(t *testing.T) {
	for text, want := range map[string]time.Duration{"deadtime 5": 12 * time.Second, "deadtime 6": 12 * time.Second, "deadtime 10": 20 * time.Second, "deadtime 11": 11 * time.Second, "initdead 70": 70 * time.Second} {
		h, ps := ParseHaCf("ha.cf", []byte(base+text+"\n"), Env{})
		if h.Initdead != want || ps.HasErrors() {
			t.Errorf("%s: initdead %v, want %v; %v", text, h.Initdead, want, ps)
		}
	}
}

func TestPortAndSpeedHoldForLaterMediaOnly(t *testing.T) {
	h, _ := ParseHaCf("ha.cf", []byte("node a\nbcast eth0\nudpport 700\nbcast eth1\nserial /dev/ttyS0\nbaud 9600\nserial /dev/ttyS1\nlogfacility none\n"), Env{})
	if h.Media[0].Port != 694 || h.Media[1].Port != 700 || h.Media[2].Baud != 19200 || h.Media[3].Baud != 9600 {
		t.Errorf("media: %+v", h.Media)
	}
}

func TestTimes(t *testing.T) {
	for s, want := range map[string]time.Duration{"1": time.Second, "0.5": 500 * time.Millisecond, "1000ms": time.Second, "20 msec": 20 * time.Millisecond, "1500US": 2 * time.Millisecond, "1500 usec": 2 * time.Millisecond, "0": 0} {
		if got, err := ParseDuration(s); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"5s", "abc", "-1", "", "1.2.3", ".", "1e3", "99999999999"} {
		if got, err := ParseDuration(s); err == nil {
			t.Errorf("%q is %v, want an error", s, got)
		}
	}
	h, ps := ParseHaCf("ha.cf", []byte(base+"keepalive 500 ms\n"), Env{})
	if h.Keepalive != 500*time.Millisecond {
		t.Error(h.Keepalive, ps)
	}
}

func TestVeryShortTimersAreAcceptedWithAWarning(t *testing.T) {
	h, ps := ParseHaCf("ha.cf", []byte(base+"keepalive 10ms\ndeadtime 30ms\nwarntime 22ms\ninitdead 2000ms\n"), Env{})
	if ps.HasErrors() || len(ps) != 3 || h.Keepalive != 10*time.Millisecond || h.Deadtime != 30*time.Millisecond {
		t.Errorf("%v %v: %v", h.Keepalive, h.Deadtime, ps)
	}
}

func TestScriptsSeeDirectives(t *testing.T) {
	h, _ := ParseHaCf("ha.cf", []byte(base+"keepalive 2\nenv SITE=berlin\nlogfile /var/log/ha-log\n"), Env{})
	env := h.ScriptEnv()
	for _, want := range []string{"HA_keepalive=2", "HA_deadtime=30000ms", "HA_warntime=15000ms", "HA_SITE=berlin", "HA_NICEFAILBACK=yes", "HA_LOGD=no", "HA_LOGFACILITY=daemon", "HA_LOGFILE=/var/log/ha-log", "HA_cluster=linux-ha", "HA_auto_failback=off", "HA_udpport=694"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing in %q", want, env)
		}
	}
	if !slices.IsSorted(env) {
		t.Error("not sorted")
	}
	if v, ok := h.Parameter("hbversion"); !ok || v != Version {
		t.Error(v, ok)
	}
	if _, ok := h.Parameter("node"); ok {
		t.Error("node is no parameter")
	}
}

func TestNodeInfo(t *testing.T) {
	if name, ps := ParseNodeInfo("nodeinfo", []byte("Node1\nmore")); name != "node1" || len(ps) > 0 {
		t.Error(name, ps)
	}
	for _, s := range []string{"", "node1", "\n", "a b\n", strings.Repeat("x", 300) + "\n"} {
		if name, ps := ParseNodeInfo("nodeinfo", []byte(s)); name != "" || !ps.HasErrors() {
			t.Errorf("%q gives %q, %v", s, name, ps)
		}
	}
}
