package interop

import (
	"os"
	"strings"
	"testing"

	"heartbeat/internal/vnet"
)

// What two Go nodes carry between them, in parts because it is large, is nothing to the C node that hears it.
func TestPropagateBetweenGoNodesDoesNotConcernC(t *testing.T) {
	need(t)
	cl := newMembersCluster(t, []maker{c, golang, golang})
	const three = "node3"
	cl.agree(t, cl.Nodes)
	cl.mark()
	before, err := os.ReadFile(cl.Place(two, "/etc/ha.d/ha.cf"))
	must(t, err)
	wanted := string(before) + strings.Repeat("# a long comment\n", 8000)
	must(t, os.WriteFile(cl.Place(two, "/etc/ha.d/ha.cf"), []byte(wanted), 0o644))
	out, code, err := cl.Output(within(t, soon), two, vnet.BinDir+"/heartbeat", "ha_propagate")
	must(t, err)
	if code != 7 || !strings.Contains(out, "node1: skipped: node node1 runs C Heartbeat") || !strings.Contains(out, "node3: installed: ha.cf changed, authkeys same, haresources same") {
		t.Errorf("ha_propagate ends with %d:\n%s", code, out)
	}
	for node, want := range map[string]string{one: string(before), three: wanted} {
		now, err := os.ReadFile(cl.Place(node, "/etc/ha.d/ha.cf"))
		must(t, err)
		if string(now) != want {
			t.Errorf("%s has %d bytes of ha.cf, want %d", node, len(now), len(want))
		}
	}
	cl.agree(t, cl.Nodes)
	for _, node := range cl.Nodes {
		for _, line := range cl.complaints(node, nil) {
			t.Errorf("%s complains: %s", cl.made[node], line)
		}
	}
}

// Beside C ha_propagate sends nothing: it says so, with the mend, and C notices nothing, whatever a Go node says to another one.
func TestPropagateBesideC(t *testing.T) {
	need(t)
	made := map[string]maker{one: c, two: golang}
	cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: made})
	cl.watched(t, func(t *testing.T) {
		cl.awaitHome(t, soon)
		before, err := os.ReadFile(cl.Place(one, "/etc/ha.d/ha.cf"))
		must(t, err)
		must(t, os.WriteFile(cl.Place(two, "/etc/ha.d/ha.cf"), append(before, "# a new line\n"...), 0o644))
		for _, args := range [][]string{nil, {"--dry-run"}} {
			out, code, err := cl.Output(within(t, soon), two, append([]string{vnet.BinDir + "/heartbeat", "ha_propagate"}, args...)...)
			must(t, err)
			if code != 7 || !strings.Contains(out, "node1: skipped: node node1 runs C Heartbeat") ||
				!strings.Contains(out, "mend: copy the files by hand: scp ha.cf authkeys haresources root@node1:/etc/ha.d/") {
				t.Errorf("ha_propagate %v ends with %d:\n%s", args, code, out)
			}
		}
		now, err := os.ReadFile(cl.Place(one, "/etc/ha.d/ha.cf"))
		must(t, err)
		if string(now) != string(before) {
			t.Error("a file of the C node was changed")
		}
		cl.awaitHome(t, soon)
	})
}
