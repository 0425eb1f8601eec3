package takeover

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// nodeReturned: the peer was alive while we believed it dead. What it holds must be told anew.
func (c *Core) nodeReturned(name string) {
	p := c.peer(name)
	if p == nil {
		return
	}
	c.moveLost(p, "contact was lost", "node.returned "+p.name)
	c.contradicted(p)
	c.jobsLost(p, "contact was lost")
	p.alive, p.active, p.buried, p.heard = true, true, false, true
	p.left, p.newborn, p.told, p.stable, p.began = false, false, false, false, false
	if p.ours() {
		p.healing = true
		c.doubt(p)
		return
	}
	p.suspect(c.now)
	p.phase = ""
	for _, g := range c.groups {
		if g.state == Running {
			g.rival = p.name
			c.keep(g, p)
			g.rival = p.name // once more when it has released
		}
	}
}

// suspect assumes that a C peer took over everything while we were out of its sight, and gives it time to give up.
func (p *peer) suspect(now time.Time) {
	p.holds, p.releasing, p.homes = All, None, nil
	p.healUntil = now.Add(giveUpAfter)
	p.startedAt, p.askedAgain = time.Time{}, false
}

// doubt makes p's word about groups count only when p knows that we meet again: what was sent
// before may wait in a socket's buffer, and tell of a time when it had not taken over yet.
func (c *Core) doubt(p *peer) {
	c.bump = true
	p.mustAck = c.rev + 1
}

// metAgain says that p's word about groups was given after the separation or pause that doubt noted.
func (p *peer) metAgain() bool { return p.ackRev >= p.mustAck }

// healed follows the first announcement of a peer of our kind after a separation.
// What is disputed is decided by disputes; the rest is ours, and the
// neighbours may have learnt another address for it meanwhile.
func (c *Core) healed(p *peer) {
	if !p.healing || !p.alive {
		return
	}
	p.healing = false
	for _, g := range c.groups {
		if g.state == Running && !c.loses(g, p) {
			g.rival = p.name
			c.keep(g, p)
			if isHeld(p.own[g.id].state) {
				g.rival = p.name
			}
		}
	}
}

// keep announces the addresses of a group that another node may have had too.
func (c *Core) keep(g *group, p *peer) {
	g.rival, g.deafAt = "", time.Time{}
	reason := fmt.Sprintf("%s may have announced them as well", p.name)
	ref := c.note(event.GroupKept, g.key, "node.returned "+p.name, fmt.Sprintf(
		"%s keeps %s (claim %d) and announces its addresses again: %s.", c.cfg.Self, g.key, g.claim, reason))
	c.do(AnnounceAddresses{Key: g.key, Reason: reason, Cause: ref})
}

// calm ends a dispute with p.
func (g *group) calm(p *peer) {
	if g.rival == p.name {
		g.rival, g.deafAt = "", time.Time{}
	}
}

// loses applies the rule that both sides compute alike: the older claim keeps the group, then the lower name.
func (c *Core) loses(g *group, p *peer) bool {
	cl := p.own[g.id]
	if cl.state != Running && cl.state != Starting {
		return false
	}
	if cl.num != g.claim {
		return cl.num < g.claim
	}
	return p.name < c.cfg.Self
}

// disputes looks for groups that a peer of our kind claims beside us (rule I10).
func (c *Core) disputes() bool {
	changed := false
	for _, p := range c.peers {
		if !p.present() || p.rev == 0 || !p.fresh {
			changed = c.audit(p) || changed
			continue
		}
		for _, g := range c.groups {
			if g.state == Running || g.state == Starting {
				changed = c.dispute(g, p) || changed
			}
		}
	}
	return c.waive() || changed
}

// waive drops wishes for groups that a peer runs, unless it is about to hand them over:
// nobody would ever fulfil them.
func (c *Core) waive() bool {
	changed := false
	for _, g := range c.groups {
		if !g.want || g.held() {
			continue
		}
		for _, p := range c.live() {
			if c.move.covers(g) && c.move.with == p.name {
				continue
			}
			cl := p.own[g.id]
			if p.rev > 0 && p.fresh && (cl.state == Running || cl.state == Starting) ||
				p.rev == 0 && p.told && p.stable && c.claims(p, g, p.holds|p.expected) {
				c.unwish(g, p.name+" runs it", "node.active "+p.name)
				changed = true
				break
			}
		}
	}
	return changed
}

func (c *Core) dispute(g *group, p *peer) bool {
	cl := p.own[g.id]
	if !isHeld(cl.state) {
		if g.rival == p.name && g.state == Running {
			c.keep(g, p)
		}
		return false
	}
	if cl.state == Stopping || cl.state == Blocked {
		if g.rival == p.name {
			g.deafAt = time.Time{}
		}
		return false
	}
	mark := fmt.Sprintf("%s:%d", p.name, cl.num)
	if g.told != mark {
		g.told = mark
		c.note(event.GroupConflict, g.key, "node.returned "+p.name, fmt.Sprintf(
			"%s %s runs on %s (claim %d) and on %s (claim %d).", c.bothOwn(g), g.key, c.cfg.Self, g.claim, p.name, cl.num))
	}
	if c.loses(g, p) {
		// The winner announces its addresses before this node falls silent, so that a client is never without an answer. It does so
		// before it tells that it has heard of this node again.
		if g.state == Running && !p.metAgain() && !c.outOfPatience(g) {
			return false
		}
		c.yieldTo(g, p, fmt.Sprintf("%s claimed it earlier (claim %d, here %d)", p.name, cl.num, g.claim))
		return true
	}
	g.rival = p.name
	if p.hears {
		g.deafAt = time.Time{}
		return false
	}
	// It does not hear us, so nobody can tell it that it must release.
	if !c.outOfPatience(g) {
		return false
	}
	c.yieldTo(g, p, fmt.Sprintf("%s took it and does not hear this node, so it cannot be told to release", p.name))
	return true
}

// outOfPatience says that a rival had its time to hear us and to answer.
func (c *Core) outOfPatience(g *group) bool {
	if g.deafAt.IsZero() {
		g.deafAt = c.now.Add(c.patience())
	}
	return !c.now.Before(g.deafAt)
}

// yieldTo releases a disputed group.
func (c *Core) yieldTo(g *group, p *peer, why string) {
	g.rival, g.deafAt = "", time.Time{}
	ref := c.note(event.GroupConflict, g.key, "node.returned "+p.name, fmt.Sprintf("%s releases %s: %s.", c.cfg.Self, g.key, why))
	c.release(g, why, ref)
}

// cHealOver is the end of the time that a C peer had to give up after a heal (D09).
func (c *Core) cHealOver(p *peer) {
	p.healUntil = time.Time{}
	if !p.present() || p.ours() || c.phase != stable {
		return
	}
	// It goes on as if nothing had happened: it saw no separation and keeps what it had.
	// It answers `starting` with what it holds.
	claimed := p.holdsAtDeath
	if p.told {
		claimed |= p.holds
	}
	for _, g := range c.groups {
		g.calm(p)
		if c.claims(p, g, claimed) && (g.state == Running || g.state == Starting) {
			c.yieldTo(g, p, fmt.Sprintf("%s did not give up within %v after it returned, and a node of its kind never will", p.name, giveUpAfter))
		}
	}
	if !p.told && c.cfg.Failback != FailbackLegacy {
		p.startedAt, p.askedAgain = c.now, true
		c.send(wire.New("t", "starting"))
	}
}
