package takeover

import (
	"fmt"

	"heartbeat/internal/event"
)

// A one-way cut under the policy Arbiter: the other node does not hear this one, but is heard. If it gets the lease it finishes this node off as
// if the cut were whole. If this one gets it, the other one stops what it ran, and nobody would ever run that: the node is alive, so nothing
// is taken over from the dead, and it never answers, so nothing is handed over. This file lets the holder of the lease run it.
//
// It is safe by three words. The deaf node's own: it is not entitled (x-idle) and does not hold the group. The arbiter's: the lease
// is here, and the other one has had its time to stop. And when the cut is mended, the deaf node, entitled again by this node's
// acknowledgement, counts this node's word about groups only if it was given after the news of that (doubtWhoHeard); from that news on this node
// starts nothing by this rule.

// PeerHalted: the arbiter says that another node, although heard, cannot run anything, or that this is over.
type PeerHalted struct {
	Node string
	Is   bool
}

func (PeerHalted) isEvent() {}

func (c *Core) peerHalted(ev PeerHalted) {
	p := c.peer(ev.Node)
	if p == nil || p.halted == ev.Is {
		return
	}
	p.halted = ev.Is
	if ev.Is && c.orphans(p) && !p.deafTold {
		p.deafTold = true
		c.note(event.NodeDeaf, p.name, "", fmt.Sprintf(
			"Node %s does not hear %s and has stopped; the arbiter lets %s go on, which runs everything until %s hears it again.", p.name, c.cfg.Self, c.cfg.Self, p.name))
	}
}

// deaf says that p is heard, does not hear this node, and is not entitled.
func (c *Core) deaf(p *peer) bool {
	return c.cfg.TakeOver == Arbiter && p.present() && p.rev > 0 && p.fresh && p.idle && !p.hears
}

// hearsAgain tells the end of what peerHalted told.
func (c *Core) hearsAgain(p *peer) {
	if p.deafTold && p.hears {
		p.deafTold = false
		c.note(event.NodeHears, p.name, "", fmt.Sprintf("Node %s hears %s again.", p.name, c.cfg.Self))
	}
}

// halts says that p runs nothing and cannot begin to before this node knows.
func (c *Core) halts(p *peer) bool { return p.halted && c.deaf(p) }

// orphans says that there are groups that neither this node nor p runs, and that somebody should.
func (c *Core) orphans(p *peer) bool {
	if c.phase != stable || c.drained(c.cfg.Self) {
		return false
	}
	for _, g := range c.groups {
		if !g.held() && !c.frozen(g) && !c.barred(g) && !isHeld(p.own[g.id].state) {
			return true
		}
	}
	return false
}

// doubtWhoHeard: what others said while they believed that this node runs nothing may be out of date.
func (c *Core) doubtWhoHeard() {
	for _, p := range c.live() {
		if p.ours() {
			c.doubt(p)
		}
	}
}
