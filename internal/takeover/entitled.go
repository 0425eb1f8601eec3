package takeover

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/connectivity"
)

// Under the policy Arbiter a node runs resources only while it is entitled (package arbiter): the other node acknowledges its
// heartbeats, or the arbiter granted it the lease. It begins without.

// CapArbiter in the capabilities of a node says that it stops when it is not entitled.
const CapArbiter = "arbiter"

type (
	// EntitlementLost: stop everything at once and start nothing.
	EntitlementLost struct{ Reason string }
	// EntitlementGained: groups may be started again, by the ordinary rules.
	EntitlementGained struct{ Reason string }
	// PeerAcknowledged: another node has heard a heartbeat that this one sent at Sent. It is for the arbiter; this core needs it not.
	PeerAcknowledged struct {
		Node string
		Sent time.Time
	}
)

func (EntitlementLost) isEvent()   {}
func (EntitlementGained) isEvent() {}
func (PeerAcknowledged) isEvent()  {}

func (c *Core) entitlementLost(ev EntitlementLost) {
	c.unentitled = true
	if c.phase == leaving {
		return // it stops everything in any case
	}
	for _, g := range c.groups {
		c.release(g, "this node may not run it: "+ev.Reason, "entitlement.lost "+c.cfg.Self)
		c.touch(g)
	}
}

func (c *Core) entitlementGained() {
	c.unentitled = false
	c.doubtWhoHeard()
	for _, g := range c.groups {
		if g.adopted && g.state == Running && c.phase == stable && !c.frozen(g) {
			c.start(g) // every member is verified, as at the end of the start-up
		}
	}
}

// A Standing is what an arbiter has to know of resource management.
type Standing struct {
	Peer      string // the other node
	Alive     bool
	Left      bool // it has released everything and said so
	Known     bool // Obeys is known
	Obeys     bool // it stops without entitlement, too
	Confirmed bool // a human said that it is down
	Holds     bool // groups may be in use here
	First     bool // after a cut this node would go on rather than the other one
	Deaf      bool // it is heard, does not hear this node, and is not entitled
	Orphans   bool // so there are groups that nobody runs
}

// Standing tells it. It is meant for two nodes; with more, the first other one counts.
func (c *Core) Standing() Standing {
	s := Standing{Holds: slices.ContainsFunc(c.groups, (*group).held), First: c.goesOn}
	if len(c.peers) == 0 {
		return s
	}
	p := c.peers[0]
	s.Peer, s.Alive, s.Left = p.name, p.alive && !p.left, p.left
	s.Known, s.Obeys = p.introduced, slices.Contains(strings.Split(p.caps, ","), CapArbiter)
	s.Confirmed = !p.alive && p.overruled
	s.Deaf = c.deaf(p)
	s.Orphans = s.Deaf && c.orphans(p)
	if p.alive && p.fresh && p.rev > 0 || !p.heard {
		c.goesOn = c.first(p)
		s.First = c.goesOn
	}
	return s
}

// first breaks the tie: who holds resources with working service links, who holds resources, who reaches more ping nodes, the
// lower name. Both sides come to the same answer from what they last said.
func (c *Core) first(p *peer) bool {
	var ours, theirs rank
	for _, g := range c.groups {
		if g.held() {
			ours.add(c.reach.report.Service(g.id))
		}
		if isHeld(p.own[g.id].state) {
			theirs.add(p.reach.Service(g.id))
		}
	}
	if a, b := ours.value(), theirs.value(); a != b {
		return a > b
	}
	if own, other := c.reach.report.Ping, p.reach.Ping; own.Total > 0 && other.Total > 0 && (own.Low > other.High || other.Low > own.High) {
		return own.Low > other.High
	}
	return c.cfg.Self < p.name
}

// rank is how much speaks for a node.
type rank struct{ holds, cutOff bool }

func (r *rank) add(s connectivity.Service) {
	r.holds = true
	r.cutOff = r.cutOff || s.Level == connectivity.Bad
}

func (r *rank) value() int {
	switch {
	case r.holds && !r.cutOff:
		return 2
	case r.holds:
		return 1
	}
	return 0
}
