package guard

import (
	"testing"
	"time"
)

func TestTimeInWhichTheGuardDidNotRunIsNotHeldAgainstTheNode(t *testing.T) {
	const slice, stall = 30 * time.Millisecond, 700 * time.Millisecond
	for _, c := range []struct {
		name string
		took []time.Duration
		over bool
	}{
		{"a machine that runs", []time.Duration{slice, slice, slice, slice, slice}, true},
		{"one slice less", []time.Duration{slice, slice, slice, slice}, false},
		{"a stall at the start", []time.Duration{stall, slice, slice, slice, slice}, false},
		{"a stall at the end", []time.Duration{slice, slice, slice, slice, stall}, false},
		{"five after a stall", []time.Duration{slice, stall, slice, slice, slice, slice, slice}, true},
		{"four between two stalls", []time.Duration{stall, slice, slice, slice, slice, stall, slice}, false},
		{"a little late each time", []time.Duration{2 * slice, 2 * slice, 2 * slice, 2 * slice, 2 * slice}, true},
	} {
		d, over := doubt{slice: slice}, false
		for i, took := range c.took {
			if over = d.over(took); over != (c.over && i == len(c.took)-1) {
				t.Errorf("%s: over is %v after slice %d", c.name, over, i+1)
			}
		}
	}
	d := doubt{slice: slice}
	for i := 1; ; i++ {
		if d.over(stall) {
			if i != patience+1 {
				t.Errorf("a machine that never stops stalling: over after %d stalls, want %d", i, patience+1)
			}
			break
		}
	}
}
