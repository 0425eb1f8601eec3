package drive

import (
	"sync"
	"time"
)

// A Clocked driver has machines whose clocks are not that of this one.
type Clocked interface {
	// Here is the time of this machine when a machine's clock showed something.
	Here(role string, there time.Time) time.Time
}

// A clock knows by how much the clock of a machine differs from this one's, now and earlier: clocks are set, stand still while a machine is
// frozen, and begin anew with its power.
type clock struct {
	mu     sync.Mutex
	epochs []epoch // in the order of time
}

// An epoch is a time in which the difference was the same.
type epoch struct {
	from   time.Time     // here
	lo, hi time.Duration // bounds of there - here
}

func (e epoch) offset() time.Duration { return (e.lo + e.hi) / 2 }

// drift is how much two clocks may part between two questions before that counts as a jump.
const drift = 20 * time.Millisecond

// unnoticed bounds how long a change goes before the next question shows it.
const unnoticed = 2 * time.Second

// heard learns from a question: the machine read its clock after it was asked and before it was heard.
func (c *clock) heard(asked, answered, there time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lo, hi := there.Round(0).Sub(answered.Round(0)), there.Round(0).Sub(asked.Round(0))
	if n := len(c.epochs); n > 0 {
		e := &c.epochs[n-1]
		if lo <= e.hi+drift && hi >= e.lo-drift {
			if l, h := max(lo, e.lo), min(hi, e.hi); l <= h {
				e.lo, e.hi = l, h
			} else { // they drifted apart: the newer one counts
				e.lo, e.hi = lo, hi
			}
			return
		}
	}
	c.epochs = append(c.epochs, epoch{answered, lo, hi})
}

// here is when a machine's clock showed something. A time that fits several epochs is of the last of them; one that fits none is taken by the
// difference of now.
func (c *clock) here(there time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := time.Now().Add(time.Second)
	for i := len(c.epochs) - 1; i >= 0; i-- {
		e := c.epochs[i]
		t := there.Add(-e.offset())
		if (i == 0 || t.After(e.from.Add(-unnoticed))) && t.Before(end) {
			return t
		}
		end = e.from
	}
	if n := len(c.epochs); n > 0 {
		return there.Add(-c.epochs[n-1].offset())
	}
	return there
}
