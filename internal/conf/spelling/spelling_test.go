package spelling

import (
	"strings"
	"testing"
)

func TestDistanceCountsWhatAHandDoesWrong(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"node", "node", 0}, {"", "node", 4}, {"node", "", 4},
		{"nod", "node", 1}, {"nodee", "node", 1}, {"mode", "node", 1}, {"ndoe", "node", 1},
		{"keepailve", "keepalive", 1}, {"dealine", "deadtime", 3}, {"ab", "ba", 1}, {"abcd", "badc", 2},
		{strings.Repeat("x", MaxLen+1), strings.Repeat("x", MaxLen+1), MaxLen},
		{strings.Repeat("x", MaxLen), strings.Repeat("y", MaxLen), MaxLen},
	} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzDistance(f *testing.F) {
	f.Add("keepalive", "keepailve")
	f.Fuzz(func(t *testing.T, a, b string) {
		d := Distance(a, b)
		if d != Distance(b, a) {
			t.Errorf("%q and %q: it depends on the direction", a, b)
		}
		if len(a) <= MaxLen && len(b) <= MaxLen && (d == 0) != (a == b) || d < 0 || d > MaxLen {
			t.Errorf("%q and %q: %d", a, b, d)
		}
	})
}
