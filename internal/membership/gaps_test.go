package membership

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestGapClassesHoldWhatTheySay(t *testing.T) {
	for class := 1; class < gapClasses-1; class++ {
		if below, at := gapBound(class)-1, gapBound(class); gapClass(below) != class || gapClass(at) != class+1 {
			t.Fatalf("class %d ends at %v, but %v is in %d and %v in %d", class, at, below, gapClass(below), at, gapClass(at))
		}
		if rise := float64(gapBound(class+1)) / float64(gapBound(class)); rise > 1.26 {
			t.Fatalf("class %d is too wide: %.2f", class, rise)
		}
	}
	if last := gapBound(gapClasses - 1); last < 2*time.Hour {
		t.Errorf("the last class ends at %v", last)
	}
	for _, d := range []time.Duration{-1, 0, 1, gapSmallest - 1} {
		if gapClass(d) != 0 {
			t.Errorf("%v is in class %d", d, gapClass(d))
		}
	}
	if gapClass(1<<62) != gapClasses-1 {
		t.Error("a century has no class")
	}
}

func TestPartsOfGapsAreNeverUnderstatedAndHardlyOverstated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var g Gaps
		var all []time.Duration
		for range 1 + r.IntN(2000) {
			d := time.Duration(float64(time.Second) * r.ExpFloat64())
			g.add(d)
			all = append(all, d)
		}
		slices.Sort(all)
		for _, part := range []float64{0.001, 0.5, 0.99, 0.999, 1} {
			i := max(int(part*float64(len(all))+0.999999)-1, 0)
			true_, got := all[i], g.Within(part)
			if got < true_ || got > max(true_+true_/4, gapSmallest) {
				t.Fatalf("%g of %d gaps: %v, want %v to a quarter more", part, len(all), got, true_)
			}
		}
		if g.Longest != all[len(all)-1] || g.Count != uint64(len(all)) {
			t.Fatalf("longest %v, count %d", g.Longest, g.Count)
		}
	}
}

func TestNoGapsHaveNoParts(t *testing.T) {
	var g Gaps
	if g.Within(0.999) != 0 || g.Count != 0 {
		t.Errorf("%+v", g)
	}
}
