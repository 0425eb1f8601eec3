package interop

import (
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/vnet"
)

// Beside C nothing can be encrypted and no key can be changed on one node after the other: both is refused or told by name, and C
// notices nothing.
func TestSecrecyBesideC(t *testing.T) {
	need(t)
	t.Parallel()
	made := map[string]maker{one: c, two: golang}
	cl := newCluster(t, setup{medium: "bcast", method: "sha1", made: made, more: "#!hb encryption on\n"})
	cl.watched(t, func(t *testing.T) {
		cl.awaitHome(t, soon)
		keys := func(want int, args ...string) string {
			t.Helper()
			out, code, err := cl.Output(within(t, soon), two, append([]string{vnet.BinDir + "/heartbeat", "keys"}, args...)...)
			must(t, err)
			if code != want {
				t.Errorf("keys %v ends with %d, want %d:\n%s", args, code, want, out)
			}
			return out
		}
		s, err := cl.Status(within(t, soon), two)
		must(t, err)
		if s.Encryption != "wanted" || !slices.ContainsFunc(s.Attention, func(a string) bool { return strings.Contains(a, "node node1 cannot read encrypted packets") }) {
			t.Errorf("encryption %q, attention %q", s.Encryption, s.Attention)
		}
		if out := keys(0, "add"); !strings.Contains(out, "key 2 (sha1)") {
			t.Errorf("beside C a key is made for a method that C does not know:\n%s", out)
		}
		if out := keys(2, "switch", "2"); !strings.Contains(out, "node node1 is C Heartbeat") {
			t.Errorf("the refusal says:\n%s", out)
		}
		s, err = cl.Status(within(t, soon), two)
		must(t, err)
		if !slices.ContainsFunc(s.Attention, func(a string) bool {
			return strings.Contains(a, "authkeys has several keys and node node1 is C Heartbeat")
		}) {
			t.Errorf("the trap of several keys beside C is not told: %q", s.Attention)
		}
		if out := keys(0, "status"); !strings.Contains(out, "node2 node1") || !strings.Contains(out, "at the same moment") {
			t.Errorf("status says:\n%s", out)
		}
		keys(2, "remove", "1")
		keys(0, "remove", "2")
		cl.awaitHome(t, soon)
	})
}
