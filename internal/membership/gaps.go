package membership

import (
	"math"
	"math/bits"
	"time"
)

// Gaps is a distribution of durations in classes that grow by about a fifth, from 64 µs to 2 hours; longer ones count as
// the longest. It never allocates, and reading it while the loop goes on is the business of View, which copies it.
type Gaps struct {
	Count   uint64
	Longest time.Duration
	classes [gapClasses]uint32
}

const (
	gapClasses  = 4*27 + 1
	gapSmallest = 64 * time.Microsecond
)

// class is four classes an octave above gapSmallest, by the two bits after the leading one.
func gapClass(d time.Duration) int {
	n := uint64(max(d, 0) / (gapSmallest / 4)) // 4 is the first octave
	if n < 4 {
		return 0
	}
	octave := bits.Len64(n) - 3
	return min(1+4*octave+int(n>>octave&3), gapClasses-1)
}

// gapBound is the upper end of a class.
func gapBound(class int) time.Duration {
	if class == 0 {
		return gapSmallest
	}
	octave, step := (class-1)/4, (class-1)%4
	return gapSmallest / 4 * time.Duration(5+step) << octave
}

func (g *Gaps) add(d time.Duration) {
	g.Count++
	g.Longest = max(g.Longest, d)
	if c := &g.classes[gapClass(d)]; *c < math.MaxUint32 {
		*c++
	}
}

// Within is a duration that a part of the gaps, from 0 to 1, did not exceed: the upper end of its class, at most the longest. Without gaps
// it is 0.
func (g *Gaps) Within(part float64) time.Duration {
	var total, sum float64
	for _, n := range g.classes {
		total += float64(n)
	}
	if total == 0 {
		return 0
	}
	for i, n := range g.classes {
		if sum += float64(n); n > 0 && sum >= part*total {
			return min(gapBound(i), g.Longest)
		}
	}
	return g.Longest
}

// heardAfter notes how long a peer was silent, on one link or on all. What follows at once, as a copy on another link or an answer, is
// no silence.
func (c *Core) heardAfter(g *Gaps, last time.Time) {
	if gap := c.now.Sub(last); gap >= c.cfg.Keepalive/4 {
		g.add(gap)
	}
}

// noteDelay notes how late this node did what was due.
func (c *Core) noteDelay() {
	if !c.stopped && !c.wake.IsZero() && !c.now.Before(c.wake) {
		c.delays.add(c.now.Sub(c.wake))
	}
}
