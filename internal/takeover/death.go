package takeover

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

func (c *Core) nodeDied(ev NodeDied) {
	p := c.peer(ev.Node)
	if p == nil || !p.alive {
		return
	}
	begun := c.mayHaveBegun(p)
	p.left = p.left || ev.Left
	p.holdsAtDeath = p.allHeld(c.groups)
	unspoken := !p.told && p.rev == 0
	c.moveLost(p, "it died", "node.dead "+p.name)
	c.emptyHome()
	c.askingLost(p, "it died")
	p.alive, p.active, p.deadLife, p.newborn = false, false, p.life, false
	p.fresh, p.hears, p.healing = false, false, false
	for _, g := range c.groups {
		delete(g.granted, p.name)
		g.calm(p)
	}
	harmless := p.left || p.heard && !unspoken && p.holdsAtDeath == None
	c.doubtDeath(p, harmless, begun)
	switch {
	case c.phase != stable:
	case p.withheld() && (!harmless || p.proof.wanted):
		c.noteWithheld(p)
	default:
		c.bury(p, harmless)
	}
	p.told, p.stable, p.holds, p.releasing = false, false, None, None
	c.askSurvivors(p)
	c.crowdLost(p, false)
}

// bury begins the take-over from a dead peer (resources spec, section 4.5). harmless says that
// it had given up or never held anything, so that nothing of it can still run.
// The groups themselves are found by place.
func (c *Core) bury(p *peer, harmless bool) {
	if p.buried {
		return
	}
	p.buried, p.needsFailback = true, true
	if harmless {
		c.send(wire.New("t", "stonith", "node", p.name, "result", "unneeded"))
		c.note(event.NodeLeft, p.name, "node.dead "+p.name, fmt.Sprintf("Dead node %s gave up resources.", p.name))
		return
	}
	proven := c.buryProven(p)
	if !proven {
		c.send(wire.New("t", "stonith", "node", p.name, "result", "n_stnth"))
	}
	c.do(RunEventScripts{wire.New("t", "status", "st", "dead", "src", p.name)})
	if !proven {
		c.unprotected(p)
	}
	c.reportOwn = c.cfg.Failback != FailbackLegacy
	c.machDown = c.reportOwn
}

func (c *Core) unprotected(p *peer) {
	c.note(event.Unprotected, p.name, "node.dead "+p.name, fmt.Sprintf(
		"Resources being acquired from %s. No STONITH device configured. Shared disks are not protected: the node is believed dead without proof.", p.name))
}

// shutdoneArrived takes over from a peer that released everything, without waiting for its silence.
func (c *Core) shutdoneArrived(p *peer) {
	if !p.alive || p.left {
		return
	}
	blocked := false
	for _, cl := range p.own {
		blocked = blocked || cl.state == Blocked
	}
	if blocked {
		return // it contradicts itself; its announcement names what still runs there
	}
	c.moveLost(p, "it left", "node.left "+p.name)
	c.emptyHome()
	c.askingLost(p, "it left")
	held := p.allHeld(c.groups)
	if held == None {
		held = halvesOf(c.groups, p.name)
	}
	p.holdsAtDeath, p.holds, p.releasing, p.stable = held, None, None, true
	p.left, p.buried, p.needsFailback, p.healUntil = true, false, true, time.Time{}
	c.note(event.NodeLeft, p.name, "", fmt.Sprintf("Received shutdown notice from '%s'. Resources being acquired from %s.", p.name, p.name))
	for _, g := range c.groups {
		if g.state == Running && g.rival == p.name {
			c.keep(g, p)
		}
	}
	c.crowdLost(p, true)
	if c.phase == stable && c.cfg.Failback != FailbackLegacy && !c.crowd() {
		c.afterGone = All &^ c.holds()
	}
}

// halvesOf is which halves exist from the view of node.
func halvesOf(groups []*group, node string) Set {
	var s Set
	for _, g := range groups {
		s |= half(g, node)
	}
	return s
}

// askSurvivors makes the word of every other live node count only when it was given after this death. What the dead node held it
// may have handed to one of them since this node last heard of either: a deaf node, whose peers die for it one after the other, must not
// start that a second time. The answer takes a round trip.
func (c *Core) askSurvivors(dead *peer) {
	for _, q := range c.live() {
		if q != dead && q.rev > 0 && q.fresh {
			c.doubt(q)
		}
	}
}
