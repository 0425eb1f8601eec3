package takeover

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// endMove cancels the hand-over under way, whatever our part in it. Groups that we had
// released already are found again by place when nobody took them.
func (c *Core) endMove(why, cause string) {
	mv := c.move
	if mv.role == idle {
		return
	}
	if mv.role == taking {
		c.dropTaking(why)
		if p := c.peer(mv.with); p != nil && p.present() && p.ours() {
			c.refuseAsk(p, mv.set, why)
		}
		return
	}
	c.move = move{}
	c.homeLater(mv)
	if mv.role == giving || mv.role == given {
		for _, g := range mv.groups {
			c.touch(g)
		}
	}
	text := fmt.Sprintf("Standby request cancelled: %s.", why)
	c.note(event.StandbyRefused, c.cfg.Self, cause, text)
	for _, id := range mv.ids {
		c.do(Answer{id, true, "refused: " + text})
	}
}

// dropTaking gives up waiting for groups that did not come. What came stays.
func (c *Core) dropTaking(why string) {
	mv := c.move
	c.move = move{}
	for _, g := range mv.groups {
		if g.want && !g.held() {
			c.unwish(g, "the hand-over was cancelled: "+why, mv.cause)
		}
	}
	text := fmt.Sprintf("Standby request cancelled: %s.", why)
	c.note(event.StandbyRefused, mv.with, mv.cause, text)
	for _, id := range mv.ids {
		c.do(Answer{id, true, "refused: " + text})
	}
}

// moveLost cancels a hand-over with a peer that died, left, restarted or was out of sight.
func (c *Core) moveLost(p *peer, why, cause string) {
	if c.move.role == idle || c.move.with != p.name {
		return
	}
	mv := c.move
	text := fmt.Sprintf("Cancelling pending standby operation: %s: %s", p.name, why)
	c.move = move{}
	for _, g := range mv.groups {
		if mv.role == giving || mv.role == given || mv.role == taking && g.want && !g.held() {
			c.unwish(g, text, cause)
			c.touch(g)
		}
	}
	c.note(event.StandbyRefused, p.name, cause, text+".")
	for _, id := range mv.ids {
		c.do(Answer{id, true, "refused: " + text})
	}
}

// moveStuck ends our giving when a group does not stop: done must never be said for it.
func (c *Core) moveStuck(g *group, cause string) {
	if c.move.role != giving || !c.move.has(g) {
		return
	}
	mv, why := c.move, fmt.Sprintf("%s would not stop here", g.key)
	p := c.peer(mv.with)
	c.endMove(why, cause)
	if p == nil || !p.present() {
		return
	}
	c.refuseAsk(p, mv.set, why)
	if p.ours() {
		return // it keeps what it has started, the rest finds its place again
	}
	// A C peer only acts on done, which it will not get: what was released already is ours again.
	for _, o := range mv.groups {
		if o != g && o.state != Blocked {
			c.wish(o, "the hand-over failed: "+why, cause)
		}
	}
}

// notArrived: the peer refuses or gives up the hand-over.
func (c *Core) notArrived(p *peer, why string) {
	if why == "" {
		why = p.name + " refused"
	} else {
		why = p.name + " refused: " + why
	}
	if c.move.role == taking {
		c.dropTaking(why)
		return
	}
	c.endMove(why, "")
}

// watchMove shortens the wait for a peer of our kind that, by its announcement, knows
// of no hand-over with us any more, or has nothing left to give: its last message may have been lost in a separation.
func (c *Core) watchMove() {
	p := c.peer(c.move.with)
	if p == nil || c.move.role <= asked || p.rev == 0 || !p.fresh || p.moving == c.cfg.Self && !c.allCame(p) {
		return
	}
	if soon := c.now.Add(time.Second + c.patience()); soon.Before(c.move.deadline) {
		c.move.deadline = soon
	}
}

// allCame says that everything that p was to give runs here and, by its own announcement, no longer there. Only its done is missing.
func (c *Core) allCame(p *peer) bool {
	if c.move.role != taking || len(c.move.groups) == 0 || p.rev == 0 || !p.fresh {
		return false
	}
	for _, g := range c.move.groups {
		if g.state != Running || isHeld(p.own[g.id].state) {
			return false
		}
	}
	return true
}

// moveExpired ends a step that took too long.
func (c *Core) moveExpired() {
	p := c.peer(c.move.with)
	switch {
	case p != nil && c.allCame(p):
		c.move.gone, p.releasing, c.move.deadline = true, None, c.now.Add(standbyStep)
		return
	case c.move.role == asked:
		c.note(event.StandbyRefused, c.move.with, c.move.cause, "No reply to standby request.  Standby request cancelled.")
	case c.move.role == given && p != nil && p.present() && !p.ours():
		c.send(wire.New("t", "starting")) // C answers with what it really holds
	}
	c.endMove(fmt.Sprintf("%s did not answer in time", c.move.with), c.move.cause)
}
