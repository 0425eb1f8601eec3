package membership

import (
	"time"

	"heartbeat/internal/event"
)

// Overslept says for how long the peers have heard nothing of this node, if that is so long that they may have declared it dead:
// its own deadtime. The shell asks right after every sleep, before it does anything else.
func (c *Core) Overslept(now time.Time) (silent time.Duration, dead bool) {
	if !c.started || c.stopped {
		return 0, false
	}
	silent = now.Sub(c.self.heard) // our last status
	return silent, silent >= c.cfg.Deadtime
}

// creditPause notices that this node did not run when it wanted to, and gives
// everybody that time back: silence that we slept through is not theirs.
func (c *Core) creditPause() {
	gap := c.now.Sub(c.wake)
	if c.stopped || c.wake.IsZero() || gap <= c.cfg.Keepalive/2 {
		return
	}
	c.count.pauses++
	if silent, dead := c.Overslept(c.now); dead {
		c.emit(SelfPaused{Gap: silent})
	}
	for n := range c.others {
		n.heard = c.later(n.heard, gap)
		n.proven = c.later(n.proven, gap)
		if !n.unproven.last.IsZero() {
			n.unproven.last = c.later(n.unproven.last, gap)
		}
		if !n.statusAt.IsZero() {
			n.statusAt = c.later(n.statusAt, gap)
		}
		for i := range n.links {
			n.links[i].heard = c.later(n.links[i].heard, gap)
		}
	}
	if gap < c.cfg.Warntime && gap < c.cfg.Deadtime {
		return
	}
	c.record(event.SelfPaused, c.cfg.Self, "this node did not run for "+ms(gap)+"; silence of others meanwhile does not count",
		event.Attr{Key: "gap_ms", Value: milliseconds(gap)})
}

func (c *Core) later(t time.Time, by time.Duration) time.Time {
	if t = t.Add(by); t.After(c.now) {
		return c.now
	}
	return t
}

// plan finds the next instant at which something is due.
func (c *Core) plan() {
	if c.stopped {
		c.wake = time.Time{}
		return
	}
	at := sooner(c.nextStatus, c.lanes.prober.at)
	if c.pumping() {
		at = c.now
	}
	switch {
	case !c.commUp && c.refusesPlain():
		at = sooner(at, c.seal.plainAt.Add(c.cfg.Deadtime))
	case !c.commUp && c.cloned():
		at = sooner(at, c.cloneSeen.Add(c.cfg.Deadtime))
	case c.asked != nil:
		at = sooner(at, c.askAgain)
	}
	if until := c.joinersUntil(); !c.commUp && c.now.Before(until) {
		at = sooner(at, until)
	}
	c.settle()
	c.wake = c.first(sooner(at, c.refusals.due))
}

// sooner is the earlier of two instants; zero means never.
func sooner(a, b time.Time) time.Time {
	if b.IsZero() || (!a.IsZero() && a.Before(b)) {
		return a
	}
	return b
}
