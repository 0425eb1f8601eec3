package sim

import (
	"strings"
	"testing"
)

// TestLostGenerationsKeepEveryPromise plays stories in which about half of the boots find no generation (resources
// spec, S23c): the node must be let in again, and no promise may be broken on the way.
func TestLostGenerationsKeepEveryPromise(t *testing.T) {
	n, lost := seeds(t)/4, 0
	for seed := range n {
		p := LoseGenerations(Random(seed))
		for _, f := range p.Faults {
			if f.Kind == PowerLost {
				lost++
			}
		}
		if r := Run(p); r.Violation != "" {
			trace := Replay(p).Trace
			t.Fatalf("seed %d: %s\n%s", seed, r.Violation, strings.Join(trace[max(0, len(trace)-200):], "\n"))
		}
	}
	if lost == 0 {
		t.Error("no story lost a generation")
	}
}
