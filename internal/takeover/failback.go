package takeover

import (
	"fmt"
	"slices"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// goHome gives groups back to a node that returned (resources spec, section 4.6). It is tried once for every return: what an
// administrator moves away later stays there.
func (c *Core) goHome() bool {
	if c.cfg.Failback == FailbackLegacy || c.cfg.Failback != FailbackOn && len(c.cfg.GroupFailback) == 0 || !c.quiet() {
		return false
	}
	for _, p := range c.live() {
		if !p.needsFailback || p.going() || !c.canReceive(p) || c.now.Before(p.homeAt) || c.drained(p.name) {
			continue
		}
		if p.backAt.IsZero() {
			p.backAt = c.now
		}
		groups, later, unclear := c.homeOf(p)
		if unclear {
			continue
		}
		p.needsFailback = later
		if len(groups) == 0 {
			continue
		}
		cause := c.note(event.FailbackBegun, p.name, "node.active "+p.name, fmt.Sprintf(
			"auto_failback is on and %s is back: it gets its own groups back.", p.name))
		p.backAt = time.Time{}
		c.ask(p, Foreign, groups, cause, []wire.Field{{Name: fieldAuto, Value: "failback"}})
		return true
	}
	return false
}

// canReceive says that p is settled, knows us, and is the only possible receiver.
func (c *Core) canReceive(p *peer) bool {
	if p.ours() {
		return p.phase == stable.String() && p.fresh && p.hears && p.metAgain() && p.rev > 0
	}
	// One that is about to restart after a heal would drop at once what it is given.
	return p.told && p.stable && p.healUntil.IsZero() && c.said.stable && (len(c.live()) == 1 || c.crowd())
}

// homeOf lists what runs here and belongs to p, except what p could not start. What p cannot reach the clients with as well as this
// node is for later. It is unclear while p still has one of them in use, as it has after a separation or a pause.
func (c *Core) homeOf(p *peer) (groups []*group, later, unclear bool) {
	for _, g := range c.groups {
		if g.home != p.name || g.state != Running {
			continue
		}
		switch state := p.own[g.id].state; {
		case isHeld(state):
			return nil, false, true
		case !c.failbackOf(g).On && p.ours():
		case c.now.Before(p.backAt.Add(c.failbackOf(g).Delay)), c.frozen(g), c.pinnedTo(g) != "" && c.pinnedTo(g) != p.name:
			later = true
		case c.reach.on && !connectivity.AtLeast(g.id, c.reach.report, p.reach):
			later = true
		case state != Failed && state != wanted:
			groups = append(groups, g)
		}
	}
	if !p.ours() && (later || slices.ContainsFunc(groups, func(g *group) bool { return !c.failbackOf(g).On })) {
		groups = nil // C takes all of it, or nothing
	}
	return groups, later, false
}

// failbackOf is whether and when one group goes home.
func (c *Core) failbackOf(g *group) GroupFailback {
	if f, ok := c.cfg.GroupFailback[g.key]; ok {
		return f
	}
	return GroupFailback{On: c.cfg.Failback == FailbackOn}
}

// homeDue is when the next group may go home to p for which a delay was set.
func (c *Core) homeDue(p *peer) (next time.Time) {
	if !p.needsFailback || p.backAt.IsZero() {
		return time.Time{}
	}
	for _, g := range c.groups {
		if at := p.backAt.Add(c.failbackOf(g).Delay); g.home == p.name && at.After(c.now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// offerFailed hands the half of a group that failed here to a C peer: C acts on nothing else.
// Nodes of our kind see the failure in the announcement and take their turn.
func (c *Core) offerFailed() bool {
	if c.cfg.Failback == FailbackLegacy || c.cfg.BlockFailed || !c.quiet() {
		return false
	}
	live := c.live()
	if len(live) != 1 || live[0].ours() || live[0].going() || !c.canReceive(live[0]) {
		return false
	}
	p := live[0]
	for _, g := range c.groups {
		if g.state != Failed || g.offered || c.frozen(g) || p.holds&half(g, p.name) != 0 {
			continue
		}
		g.offered = true
		set := half(g, c.cfg.Self)
		groups, stuckKey := c.giveable(set)
		if stuckKey != "" {
			continue
		}
		c.ask(p, set, groups, "group.failed "+g.key, nil)
		return true
	}
	return false
}
