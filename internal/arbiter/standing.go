package arbiter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
)

// ackEnd is when the acknowledgements of the other node end to entitle.
func (c *Core) ackEnd() time.Time {
	if c.acked.IsZero() {
		return time.Time{}
	}
	return c.acked.Add(c.cfg.Deadtime)
}

// need is how many references must grant.
func (c *Core) need() int { return len(c.refs)/2 + 1 }

// leaseEnd is when so few grants are left that they are not enough; zero: they are not enough now.
func (c *Core) leaseEnd() time.Time {
	ends := c.grants(func(r *reference) time.Time { return r.until })
	if len(ends) < c.need() {
		return time.Time{}
	}
	return ends[len(ends)-c.need()]
}

// grants are the instants that of yields for every grant in force, earliest first.
func (c *Core) grants(of func(*reference) time.Time) (out []time.Time) {
	for _, r := range c.refs {
		if r.until.After(c.now) {
			out = append(out, of(r))
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

func (c *Core) leased() bool { return c.leaseEnd().After(c.now) }

// goneAt is since when the other node is out of touch: dead, or deaf by its own word. Who is deaf and not entitled has
// no acknowledgement left, because it heard nothing for a deadtime; only a lease could entitle it.
func (c *Core) goneAt() time.Time {
	if c.alive {
		return c.deafAt
	}
	return c.deadAt
}

// soleAt is when the other node has surely stopped, by the lease that this node holds; zero: it holds none, or the two are in touch.
func (c *Core) soleAt() time.Time {
	freed := c.grants(func(r *reference) time.Time { return r.freed })
	gone := c.goneAt()
	if len(freed) < c.need() || gone.IsZero() || !c.obeys {
		return time.Time{}
	}
	since := freed[c.need()-1] // with the grants that were free the longest
	if gone.After(since) {
		since = gone
	}
	return since.Add(c.cfg.StopBudget + c.cfg.Margin)
}

// sole says that the other node runs nothing, for certain.
func (c *Core) sole() bool {
	at := c.soleAt()
	return !at.IsZero() && !c.now.Before(at)
}

// trusted says that this node may run resources without acknowledgement and without lease, and why.
func (c *Core) trusted() (why string, ok bool) {
	switch {
	case c.confirmed && !c.alive:
		return c.cfg.Peer + " is confirmed down", true
	case c.left && !c.alive:
		return c.cfg.Peer + " left in order", true
	case c.alive && !c.obeys:
		return c.cfg.Peer + " is a node that does not obey an arbiter", true
	case !c.obeys:
		return c.cfg.Peer + " was a node that does not obey an arbiter", true
	}
	return "", false
}

// end is when the entitlement ends as things stand; bounded is false when it does not.
func (c *Core) end() (end time.Time, bounded bool) {
	if _, ok := c.trusted(); ok {
		return time.Time{}, false
	}
	for _, t := range []time.Time{c.ackEnd(), c.leaseEnd(), c.cfg.Entitled} {
		if t.After(end) {
			end = t
		}
	}
	return end, true
}

// judge decides whether this node is entitled, and says every change.
func (c *Core) judge() {
	why, ok := c.trusted()
	switch {
	case ok:
	case c.ackEnd().After(c.now) && (c.entitled || c.alive): // resource management must know that it lives before anything is started
		why, ok = c.cfg.Peer+" acknowledges its heartbeats", true
	case c.entitled && c.leased(), c.sole():
		why, ok = c.by()+" granted it", true
	case c.entitled && c.cfg.Entitled.After(c.now):
		why, ok = "a former life of this node was", true
	}
	switch {
	case ok:
		c.reason = why
	case c.entitled:
		c.reason = c.whyNot()
	}
	if ok == c.entitled {
		if !ok {
			c.reason = c.whyNot()
		}
		return
	}
	c.entitled = ok
	if ok {
		c.do(Gain{c.reason})
		if c.began {
			c.note(event.EntitlementGained, "%s may run resources again: %s.", c.cfg.Self, c.reason)
		}
		c.began = true
		return
	}
	c.stopBy = c.now.Add(c.cfg.StopBudget)
	c.do(Lose{c.reason})
	c.note(event.EntitlementLost, "%s stops what it runs: %s.", c.cfg.Self, c.reason)
}

// hasten tells when the stop budget is over before everything has stopped.
func (c *Core) hasten() {
	switch {
	case c.stopBy.IsZero():
	case c.entitled || !c.holds && !c.heir && c.now.After(c.stopBy.Add(-c.cfg.StopBudget)):
		c.stopBy = time.Time{}
	case c.heir: // what it holds comes with the first word of resource management
	case !c.now.Before(c.stopBy):
		c.stopBy = time.Time{}
		c.note(event.EntitlementOver, "%s still runs resources %v after it had to stop: %s may start them.", c.cfg.Self, c.cfg.StopBudget, c.cfg.Peer)
		c.do(Overdue{})
	}
}

// by names what grants.
func (c *Core) by() string {
	var names []string
	for _, r := range c.refs {
		if r.until.After(c.now) {
			names = append(names, r.name)
		}
	}
	if len(names) == 0 {
		return c.cfg.Kind.String()
	}
	return c.cfg.Kind.String() + " " + strings.Join(names, ", ")
}

// whyNot says what is missing.
func (c *Core) whyNot() string {
	if c.acked.IsZero() && c.alive {
		return fmt.Sprintf("%s has not been heard yet", c.cfg.Peer)
	}
	text := fmt.Sprintf("%s has acknowledged none of its heartbeats", c.cfg.Peer)
	if !c.acked.IsZero() {
		text += fmt.Sprintf(" for %v", c.now.Sub(c.acked).Round(time.Millisecond))
	}
	return text + ", and " + c.obstacle()
}

// obstacle says why the lease is not here, or does not help yet.
func (c *Core) obstacle() string {
	if c.away {
		return fmt.Sprintf("it left in order while %s ran, so it must meet that node again", c.cfg.Peer)
	}
	if c.leased() {
		return fmt.Sprintf("%s granted the lease, but %s may still be stopping", c.by(), c.cfg.Peer)
	}
	for _, r := range c.refs {
		if r.holder != "" {
			return fmt.Sprintf("%s %s has granted the lease to %s", c.cfg.Kind, r.name, r.holder)
		}
	}
	for _, r := range c.refs {
		if r.trouble == "" && r.grants.After(c.now) {
			return fmt.Sprintf("%s %s, just started, grants nothing for %v", c.cfg.Kind, r.name, r.grants.Sub(c.now).Round(time.Second))
		}
	}
	for _, r := range c.refs {
		if r.trouble != "" {
			return fmt.Sprintf("%s %s does not answer: %s", c.cfg.Kind, r.name, r.trouble)
		}
	}
	return "no lease is granted"
}
