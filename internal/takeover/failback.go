package takeover

import (
	"fmt"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// goHome gives groups back to a node that returned (resources spec, section 4.6). It is tried once for every return: what an
// administrator moves away later stays there.
func (c *Core) goHome() bool {
	if c.cfg.Failback != FailbackOn || !c.quiet() {
		return false
	}
	for _, p := range c.live() {
		if !p.needsFailback || p.going() || !c.canReceive(p) || c.now.Before(p.homeAt) {
			continue
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
		case c.reach.on && !connectivity.AtLeast(g.id, c.reach.report, p.reach):
			later = true
		case state != Failed && state != wanted:
			groups = append(groups, g)
		}
	}
	return groups, later, false
}

// offerFailed hands the half of a group that failed here to a C peer: C acts on nothing else.
// Nodes of our kind see the failure in the announcement and take their turn.
func (c *Core) offerFailed() bool {
	if c.cfg.Failback == FailbackLegacy || !c.quiet() {
		return false
	}
	live := c.live()
	if len(live) != 1 || live[0].ours() || live[0].going() || !c.canReceive(live[0]) {
		return false
	}
	p := live[0]
	for _, g := range c.groups {
		if g.state != Failed || g.offered || p.holds&half(g, p.name) != 0 {
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
