package takeover

import (
	"fmt"

	"heartbeat/internal/event"
)

// peerUnproven takes note that a peer is seen, or no longer seen, in packets that prove nothing. While it is seen its
// death is not believed as far as its groups are concerned: two owners are worse than none (resources spec, S21).
func (c *Core) peerUnproven(ev PeerUnproven) {
	p := c.peer(ev.Node)
	if p == nil || p.unproven == ev.Seen {
		return
	}
	p.unproven, p.doubt, p.mend = ev.Seen, ev.Doubt, ev.Mend
	if ev.Seen {
		p.overruled = false
		if p.withheld() && c.phase == stable {
			c.noteWithheld(p)
		}
		return
	}
	c.releaseWithheld(p)
}

// withheld says that nothing is taken from a dead peer, because it is seen or its death must be proven (proof.go).
func (p *peer) withheld() bool {
	return !p.alive && !p.buried && (p.proof.wanted || p.unproven && !p.left && !p.overruled)
}

// mayHold says whether a peer that is withheld may run a group: what it held when it was last heard, or its own
// groups when it was not. Where deaths are proven it may run any.
func (p *peer) mayHold(g *group) bool {
	if p.proof.wanted && p.proof.strict {
		return true
	}
	if p.holdsAtDeath == None {
		return g.home == p.name
	}
	return p.holdsAtDeath&half(g, p.name) != 0
}

func (c *Core) noteWithheld(p *peer) {
	if !p.unproven {
		return // prove tells it
	}
	c.note(event.TakeoverWithheld, p.name, "node.unproven "+p.name, fmt.Sprintf(
		"Node %s is dead for this node, but its packets still arrive %s; nothing is taken over from it. To end this %s; or, if %s runs nothing, say hb_takeover here.", p.name, p.doubt, p.mend, p.name))
}

// releaseWithheld ends the waiting: the take-over begins where the death had left off.
func (c *Core) releaseWithheld(p *peer) {
	if !p.alive && !p.buried && c.phase == stable && !p.withheld() {
		c.bury(p, p.left)
	}
}

// overrule takes from withheld peers because an administrator says so; false when there is none.
func (c *Core) overrule(id uint64) bool {
	done := ""
	for _, p := range c.peers {
		if p.withheld() && c.phase == stable {
			if c.hurry(p, id) {
				return true
			}
			p.overruled = true
			c.hurried(p)
			done += " " + p.name
		}
	}
	if done == "" {
		return false
	}
	c.do(Answer{id, false, "the resources of" + done + " are taken over without proof that it is down: make sure that it runs nothing"})
	return true
}
