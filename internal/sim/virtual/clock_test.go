package virtual

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestTasksRunInOrderOfTimeAndPlanning(t *testing.T) {
	c := Clock{Now: Epoch}
	r := rand.New(rand.NewPCG(1, 2))
	type ran struct {
		at    time.Duration
		order int
	}
	var got []ran
	for i := range 2000 {
		at := time.Duration(r.IntN(100)) * time.Second
		c.At(Epoch.Add(at), func() { got = append(got, ran{c.Now.Sub(Epoch), i}) })
	}
	for c.Step(Epoch.Add(50 * time.Second)) {
	}
	if c.Now != Epoch.Add(50*time.Second) || got[len(got)-1].at > 50*time.Second {
		t.Errorf("stands at %v after %+v", c.Now, got[len(got)-1])
	}
	for c.Step(Epoch.Add(time.Hour)) {
	}
	sorted := slices.IsSortedFunc(got, func(a, b ran) int {
		if a.at != b.at {
			return int(a.at - b.at)
		}
		return a.order - b.order
	})
	if len(got) != 2000 || !sorted {
		t.Errorf("%d tasks ran, in order: %v", len(got), sorted)
	}
}

func TestATaskJumpsOverNothing(t *testing.T) {
	c := Clock{Now: Epoch}
	s := func(n int) time.Time { return Epoch.Add(time.Duration(n) * time.Second) }
	var jumped []bool
	c.At(s(1), func() { jumped = append(jumped, c.Jump(s(2)), c.Jump(s(3)), c.Jump(s(4))) })
	c.At(s(3), func() { jumped = append(jumped, c.Jump(s(5)), c.Jump(s(6))) })
	for c.Step(s(5)) {
	}
	if want := []bool{true, false, false, true, false}; !slices.Equal(jumped, want) || c.Now != s(5) {
		t.Errorf("jumped %v, want %v; now %v", jumped, want, c.Now)
	}
}
