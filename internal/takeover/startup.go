package takeover

import (
	"fmt"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

func (c *Core) communicationUp(ev CommunicationUp) {
	c.tellUnable()
	if c.commUp || c.phase == leaving {
		return
	}
	c.commUp = true
	for _, n := range ev.Dead {
		if p := c.peer(n); p != nil && p.alive {
			p.alive = false
			c.doubtDeath(p, false, true)
		}
	}
	c.phase = starting
	if c.cfg.Failback == FailbackLegacy {
		return
	}
	for _, p := range c.live() {
		if p.startedAt.IsZero() {
			continue
		}
		c.phase = bothStarting
	}
	c.send(wire.New("t", "starting"))
}

// startingArrived answers a peer that starts (resources spec, section 4.2).
func (c *Core) startingArrived(p *peer) {
	if c.cfg.Failback == FailbackLegacy || c.phase == leaving {
		return
	}
	p.stable, p.began = false, true
	if !p.told {
		p.startedAt = c.now
	}
	if c.phase == initial {
		return // as C: our own `starting` will make it answer
	}
	if c.phase == starting {
		c.phase = bothStarting
	}
	c.sendResource(c.holds(), c.quiet(), "")
}

// begin ends our start-up as soon as every live peer told what it holds.
func (c *Core) begin() bool {
	if !c.commUp || c.phase < starting || c.phase >= stable {
		return false
	}
	for _, p := range c.live() {
		if !c.spoke(p) {
			return false
		}
	}
	c.phase = stable
	c.emptyAtStart()
	c.transition(c.cfg.Self, "local resource transition completed.")
	c.reportOwn = c.cfg.Failback != FailbackLegacy
	c.early = c.reportOwn && c.withC()
	c.reportHomeless()
	for _, p := range c.peers {
		switch {
		case p.alive:
		case p.withheld():
			c.noteWithheld(p)
		default:
			c.bury(p, p.left)
		}
	}
	for _, g := range c.groups {
		if g.adopted && g.state == Running && !c.frozen(g) && !c.unentitled {
			// The executor verifies every member of a group that runs already.
			c.start(g)
		}
	}
	return true
}

// spoke says that a live peer stated its holdings in its present life, knowing of ours.
func (c *Core) spoke(p *peer) bool {
	if p.rev > 0 {
		return p.fresh && p.hears && p.ackLife == c.life
	}
	if c.cfg.Failback == FailbackLegacy {
		return true
	}
	return p.told
}

// awaits says that a peer of the C kind owes us a word about what it holds.
func (c *Core) awaits(p *peer) bool {
	return !p.startedAt.IsZero() && !p.told && p.rev == 0 && p.present() && !p.ours() && p.healUntil.IsZero() &&
		c.phase >= starting && c.phase <= stable && c.cfg.Failback != FailbackLegacy
}

// silentStarter deals with a peer whose resource message is missing after its `starting`: C ignores
// a `starting` that reaches it before its communication is up, so ours is repeated once. The same question goes to one that was started
// out of our sight and met us only now: it told the others before, but not us.
func (c *Core) silentStarter(p *peer) {
	if !c.awaits(p) {
		return
	}
	waited := c.now.Sub(p.startedAt)
	if waited >= askAgainAfter && !p.askedAgain {
		p.askedAgain = true
		c.send(wire.New("t", "starting"))
	}
	if waited >= requestDelay && c.phase < stable {
		p.told = true // C waits as long before it takes its own
	}
}

func (c *Core) reportHomeless() {
	if c.unplaced {
		return
	}
	c.unplaced = true
	for _, g := range c.groups {
		if g.homeless {
			g.reason = fmt.Sprintf("its home %s is no node of this cluster", g.home)
			c.note(event.GroupFailed, g.key, "", fmt.Sprintf(
				"%s is not started anywhere: its home %s in haresources is not a node of ha.cf. Correct the first word of its line.", g.key, g.home))
		}
	}
}
