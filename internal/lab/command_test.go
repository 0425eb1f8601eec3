package lab

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// heartbeat runs `heartbeat lab args…` as the program does.
func heartbeat(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	root := &cobra.Command{Use: "heartbeat", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(Command())
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(""))
	root.SetArgs(append([]string{"lab", "--dir", dir}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestCommandsLeadThroughALab(t *testing.T) {
	needNamespaces(t)
	dir := shortDir(t)
	t.Cleanup(func() { heartbeat(t, dir, "down") })
	do := func(args ...string) string {
		t.Helper()
		out, err := heartbeat(t, dir, args...)
		if err != nil {
			t.Fatalf("heartbeat lab %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	look := func() Survey {
		t.Helper()
		var s Survey
		must(t, json.Unmarshal([]byte(do("status", "--json")), &s))
		return s
	}
	if out := do("up"); !strings.Contains(out, "answered by node1") {
		t.Errorf("after up:\n%s", out)
	}
	l, err := Open(dir, t)
	must(t, err)
	visitor, err := l.Watch(Target{Proto: "http", Addr: ServiceAddr})
	must(t, err)
	defer visitor.Stop()
	do("stop", "node1")
	if s := look(); s.Nodes[0].Heartbeat != "stopped" {
		t.Errorf("after stop: %+v", s)
	}
	must(t, visitor.WaitAnswers(within(t, stepPatience), "node2", 3, time.Now()))
	do("start", "node1")
	must(t, l.WaitOwners(within(t, stepPatience), ServiceAddr, "node1"))
	do("cut", "node1", "eth1", "--mute")
	if s := look(); s.Nodes[0].Links[1].Cut != "mute" || s.Nodes[0].Links[0].Cut != "" {
		t.Errorf("after cut: %+v", s)
	}
	do("heal")
	do("freeze", "node1")
	if s := look(); s.Nodes[0].Power != "frozen" || s.Nodes[0].Heartbeat != "silent" {
		t.Errorf("after freeze: %+v", s)
	}
	must(t, l.WaitOwners(within(t, stepPatience), ServiceAddr, "node1", "node2")) // a frozen machine keeps its addresses
	do("power-off", "node1")
	if s := look(); s.Nodes[0].Power != "off" || !slices.Equal(s.Owners, []string{"node2"}) {
		t.Errorf("after power-off: %+v", s)
	}
	if out := do("log", "node2"); !strings.Contains(out, "node1") {
		t.Errorf("the log of node2 does not speak of node1:\n%s", out)
	}
	do("power-on", "node1")
	must(t, l.WaitOwners(within(t, stepPatience), ServiceAddr, "node1"))
	if out := do("down"); !strings.Contains(out, "gone") {
		t.Errorf("down says %q", out)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("down left the directory")
	}
}

func TestCommandsSayWhatIsWrong(t *testing.T) {
	empty := t.TempDir()
	tests := map[string]struct {
		args []string
		want string
	}{
		"no lab":         {[]string{"status"}, "heartbeat lab up"},
		"no config":      {[]string{"up", "--config", empty}, "has no ha.cf"},
		"too many":       {[]string{"up", "-n", "99"}, "1 to 32"},
		"two cuts":       {[]string{"cut", "node1", "eth0", "--in", "--out"}, "none of the others can be"},
		"missing NODE":   {[]string{"power-off"}, "accepts 1 arg"},
		"unknown config": {[]string{"up", "--config", filepath.Join(empty, "nowhere")}, "no such file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := heartbeat(t, filepath.Join(t.TempDir(), "lab"), tt.args...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestEveryCommandHasHelpAndExamples(t *testing.T) {
	for _, c := range Command().Commands() {
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s has no short help or no example", c.Name())
		}
	}
}

func TestLinksAreNamedAsTheMachineSeesThem(t *testing.T) {
	for word, want := range map[string]int{"eth0": 0, "1": 1, "eth1": 1, "all": -1} {
		if got, err := linkOf(word); err != nil || got != want {
			t.Errorf("%s is link %d (%v), want %d", word, got, err, want)
		}
	}
	if _, err := linkOf("eth7"); err == nil || !strings.Contains(err.Error(), "eth0, eth1, all") {
		t.Errorf("eth7 gives %v", err)
	}
}

func TestTourEndsWithoutAReader(t *testing.T) {
	var out bytes.Buffer
	must(t, tour(t.Context(), strings.NewReader(""), &out))
	for _, s := range tourStops() {
		if !strings.Contains(out.String(), s.command) {
			t.Errorf("the tour does not name %q", s.command)
		}
	}
}
