package interop

import (
	"os"
	"strings"
	"testing"

	"heartbeat/internal/vnet"
)

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
