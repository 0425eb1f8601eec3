package takeover

import (
	"fmt"

	"heartbeat/internal/event"
)

// designated is the node that shall run g when nobody does: the one with the fewest failures,
// and among equals the first in turn. A C peer only ever takes its own groups unasked.
func (c *Core) designated(g *group) string {
	if g.homeless || c.barred(g) {
		return ""
	}
	best, least := "", uint64(0)
	for _, n := range c.turns(g) {
		fails, able := c.ability(g, n)
		if able && (best == "" || fails < least) {
			best, least = n, fails
		}
	}
	return best
}

func (c *Core) ability(g *group, node string) (fails uint64, able bool) {
	if node == c.cfg.Self {
		// The others must come to the same answer, so a failure counts here as long as it is announced.
		if g.want || g.state == Failed {
			fails = g.fails
		}
		return fails, c.phase == stable && !c.drained(node)
	}
	p := c.peer(node)
	if p == nil || !p.present() || p.going() || c.drained(node) || c.halts(p) {
		return 0, false
	}
	if p.rev == 0 {
		// One that is stable without its own groups will not take them any more.
		content := p.told && p.stable && (p.holds|p.releasing)&half(g, node) == 0
		return 0, g.home == node && !content
	}
	if cl := p.own[g.id]; cl.state == Failed || cl.state == wanted {
		fails = cl.num
	}
	return fails, true
}

// clear says that no other node runs g or is about to (rule I1).
func (c *Core) clear(g *group) bool {
	for _, p := range c.peers {
		if !c.clearOf(g, p) {
			return false
		}
	}
	return true
}

func (c *Core) clearOf(g *group, p *peer) bool {
	if p.alive && !p.introduced && c.cfg.TakeOver == Arbiter {
		return false // what it says of its groups is about to come
	}
	if !p.alive {
		return !p.withheld() || !p.mayHold(g)
	}
	if c.halts(p) {
		return !isHeld(p.own[g.id].state)
	}
	if p.rev > 0 {
		if !p.left && (!p.fresh || !p.hears || !p.metAgain()) {
			return false
		}
		cl := p.own[g.id]
		return !isHeld(cl.state) && (cl.state != wanted || p.name > c.cfg.Self)
	}
	if p.left {
		return true
	}
	if c.cfg.Failback == FailbackLegacy {
		// One of our kind says what it runs in its first status; what its former life ran may run on until then.
		return !p.active && !p.ours() || g.granted[p.name]
	}
	return p.told && !c.claims(p, g, p.claimed()) && !c.handsToAnother(p)
}

// agreed says that every live node of our kind knows that g does not run here, and does not want it itself.
func (c *Core) agreed(g *group) bool {
	for _, p := range c.peers {
		if !p.present() || p.rev == 0 || c.halts(p) {
			continue
		}
		if p.own[g.id].state == wanted {
			return false
		}
		if !p.going() && (p.ackLife != c.life || p.ackRev < g.freedRev) {
			return false
		}
	}
	return true
}

// place finds groups that nobody runs and that are ours to run.
func (c *Core) place() bool {
	if c.phase != stable || c.unentitled {
		return false
	}
	changed := false
	for _, g := range c.groups {
		if g.want || g.held() || c.frozen(g) || c.move.covers(g) || c.offered(g) || c.designated(g) != c.cfg.Self || c.leftToC(g) {
			continue
		}
		if g.state == Failed && c.now.Before(g.retryAt) {
			continue
		}
		if !c.clear(g) || !c.agreed(g) {
			c.askLegacy(g)
			continue
		}
		reason, cause := c.whyHere(g)
		if g.state == Failed {
			c.setState(g, Stopped)
		}
		c.wish(g, reason, cause)
		changed = true
	}
	return changed
}

// whyHere says in one clause why nobody else runs g.
func (c *Core) whyHere(g *group) (reason, cause string) {
	if g.fails > 0 {
		return "it is tried again after it failed here", "group.failed " + g.key
	}
	home := c.peer(g.home)
	for _, p := range c.peers {
		switch {
		case !p.alive && (p == home || p.deadHeld(g)):
			if p.buriedLeft() {
				return fmt.Sprintf("%s has left", p.name), "node.left " + p.name
			}
			return fmt.Sprintf("%s is dead", p.name), "node.dead " + p.name
		case p.alive && p.going() && (p == home || p.deadHeld(g)):
			return fmt.Sprintf("%s leaves and gave it up", p.name), "node.left " + p.name
		case p.present() && c.drained(p.name) && (p == home || p.own[g.id].state == ""):
			return fmt.Sprintf("%s is drained", p.name), event.OrderGiven.Name + " " + p.name
		case c.halts(p):
			p.needsFailback = true
			return fmt.Sprintf("%s does not hear this node and has stopped, and the arbiter lets this one go on", p.name), event.NodeDeaf.Name + " " + p.name
		case p.present() && p.own[g.id].state == Failed:
			return fmt.Sprintf("it failed on %s", p.name), "group.failed " + g.key
		}
	}
	if g.home == c.cfg.Self {
		return "this node is its home and no other node runs it", "comm.up"
	}
	return fmt.Sprintf("no node runs it and its home %s cannot", g.home), ""
}

// launch starts what is wanted as soon as that is safe.
func (c *Core) launch() bool {
	if c.phase != stable || c.unentitled {
		return false
	}
	changed := false
	for _, g := range c.groups {
		if !g.want || g.held() || c.offered(g) {
			continue
		}
		if why, cause := c.forbidden(g); why != "" {
			c.unwish(g, why, cause)
			changed = true
			continue
		}
		if !c.clear(g) {
			c.askLegacy(g)
			continue
		}
		c.start(g)
		changed = true
	}
	return changed
}
