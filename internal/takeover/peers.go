package takeover

import (
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

func (p *peer) deadHeld(g *group) bool { return p.holdsAtDeath&half(g, p.name) != 0 }
func (p *peer) buriedLeft() bool       { return p.left }

func (c *Core) nodeActive(name string) {
	p := c.peer(name)
	if p == nil {
		return
	}
	if !p.alive || p.left {
		c.revive(p)
	}
	p.active, p.heard = true, true
	if p.startedAt.IsZero() && p.healUntil.IsZero() && c.phase == stable {
		p.startedAt = c.now // it will start with us, or is asked
	}
	c.do(RunEventScripts{wire.New("t", "status", "st", "active", "src", name)})
}

func (c *Core) nodeRestarted(name string) {
	p := c.peer(name)
	if p == nil {
		return
	}
	if p.newborn {
		p.newborn = false
		p.heard = true
		return
	}
	c.reborn(p)
}

// revive begins a new life of a peer that was dead or gone. An announcement of that life may have come first.
func (c *Core) revive(p *peer) {
	if p.life != 0 && p.life != p.deadLife && !p.left {
		p.alive, p.left, p.buried, p.heard = true, false, false, true
		return
	}
	c.reborn(p)
}

// reborn drops everything that a peer said in its former life.
func (c *Core) reborn(p *peer) {
	c.moveLost(p, "it restarted", "node.restarted "+p.name)
	c.emptyHome()
	c.askingLost(p, "it restarted")
	old := p.life
	if !p.buried {
		p.holdsAtDeath = p.allHeld(c.groups)
	}
	held, back := p.holdsAtDeath, p.needsFailback || p.left
	p.forget()
	p.deadLife, p.holdsAtDeath, p.needsFailback = old, held, back
	for _, g := range c.groups {
		delete(g.granted, p.name)
		g.calm(p)
	}
}

// transition notes what changed for a peer with a phrase that monitoring scripts look for.
func (c *Core) transition(subject, text string) { c.note(event.NodeActive, subject, "", text) }
