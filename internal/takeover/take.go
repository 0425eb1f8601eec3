package takeover

import (
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// The receiving side of a hand-over; C calls this state OTHER.

// meArrived: the peer wants to give up.
func (c *Core) meArrived(p *peer, set Set, m *wire.Message) {
	switch {
	case m.Get(fieldTo) == "" && c.forOthers(p, set):
		return
	case c.cfg.Failback == FailbackLegacy:
		c.refuseAsk(p, set, "Standby mode only implemented when nice_failback on")
		return
	case c.phase == leaving:
		c.refuseAsk(p, set, c.cfg.Self+" is shutting down")
		return
	case c.phase != stable:
		c.refuseAsk(p, set, fmt.Sprintf("standby message [me] from %s ignored.  local resources in flux.", p.name))
		return
	case c.move.role == asked && c.move.with == p.name:
		// Both asked at once (S09): the lower name goes first; a C peer cannot yield.
		if p.ours() && c.cfg.Self < p.name {
			return
		}
		if c.move.queued() {
			c.askBusy()
			break
		}
		c.endMove(fmt.Sprintf("%s asked at the same moment and goes first", p.name), "")
	case c.move.role == taking && c.move.with == p.name && p.ours():
		c.dropTaking("the request was repeated") // its earlier request is void
	case c.move.role != idle:
		c.refuseAsk(p, set, fmt.Sprintf("Standby in progress- new request from %s ignored [%d seconds left]", p.name, c.secondsLeft()), wire.Field{Name: fieldBusy, Value: "1"})
		return
	}
	if why := c.refusesAll(p, set, m); why != "" {
		c.refuseAsk(p, set, why)
		return
	}
	if why := c.refusesBetter(p, m); why != "" {
		c.refuseAsk(p, set, why)
		return
	}
	if !p.ours() && (!p.stable || !c.said.stable) {
		c.refuseAsk(p, set, fmt.Sprintf("standby message [me] from %s ignored.  Other side is in flux.", p.name))
		return
	}
	c.take(p, set, m)
}

// refusesAll says why this node takes nothing of a set; empty: it does.
func (c *Core) refusesAll(p *peer, set Set, m *wire.Message) string {
	if o := c.order(Drain, c.cfg.Self); o != nil {
		return c.cfg.Self + " is drained" + o.tail()
	}
	keys, named := m.Lookup(fieldKeys)
	for _, g := range c.groups {
		if half(g, p.name)&set != 0 && c.frozen(g) && (!named || slices.Contains(strings.Split(keys, ","), g.id)) {
			return g.key + " is held" + c.holdOf(g).tail()
		}
	}
	return ""
}

// take agrees to take over, and wishes for everything of the set.
func (c *Core) take(p *peer, set Set, m *wire.Message) {
	ref := c.note(event.StandbyBegun, p.name, "", fmt.Sprintf("%s wants to go standby [%s]", p.name, set))
	c.move = move{role: taking, with: p.name, set: set, cause: ref, deadline: c.now.Add(standbyStep), auto: m.Get(fieldAuto) != ""}
	if !p.ours() {
		// C cancels by itself when it does not see our answer in time.
		c.move.deadline = c.now.Add(standbyAnswer + giveUpAfter)
	}
	if c.asking.with == p.name && (m.Get(fieldRe) != "" || !p.ours()) {
		c.move.ids = []uint64{c.asking.id}
		c.asking = asking{}
	}
	reason := fmt.Sprintf("standby: %s gives it up", p.name)
	if c.move.why = m.Get(fieldFor); c.move.why != "" {
		reason = fmt.Sprintf("%s handed it over: %s", p.name, c.move.why)
		p.needsFailback = true // when it is connected again as well as this node
	}
	keys, named := m.Lookup(fieldKeys)
	toUs := m.Get(fieldTo) == c.cfg.Self
	for _, g := range c.groups {
		if g.held() || g.homeless || half(g, p.name)&set == 0 || !(named && toUs) && !c.forCrowd(p, g) {
			continue
		}
		if named && !slices.Contains(strings.Split(keys, ","), g.id) {
			continue
		}
		c.pardon(g)
		c.wish(g, reason, ref)
		c.move.groups = append(c.move.groups, g)
	}
	c.sendAsk(p.name, set, "other")
}

// dropUnreleased gives up what a C peer still claims after it said that it is done.
func (c *Core) dropUnreleased() {
	p := c.peer(c.move.with)
	if !c.move.gone || p == nil || p.rev > 0 {
		return
	}
	for _, g := range c.move.groups {
		if g.want && !g.held() && !c.clearOf(g, p) {
			c.unwish(g, p.name+" did not release it", c.move.cause)
		}
	}
}

// taken ends a hand-over on the receiving side.
func (c *Core) taken() {
	mv := c.move
	c.move = move{}
	c.emptyMoved(mv.set, false)
	text := fmt.Sprintf("Standby resource acquisition done [%s].", mv.set)
	var bad []string
	for _, g := range mv.groups {
		if g.state != Running {
			bad = append(bad, g.key)
		}
		if p := c.peer(mv.with); p != nil && mv.why == "" && !mv.auto {
			g.excused = connectivity.Better(g.id, c.reach.report, p.reach)
		}
	}
	if len(bad) > 0 {
		text += fmt.Sprintf(" Not running here: %s.", strings.Join(bad, ", "))
	}
	c.note(event.StandbyDone, mv.with, mv.cause, text)
	c.sendAsk(mv.with, mv.set, "done")
	c.sendResource(c.holds(), c.quiet(), "")
	for _, id := range mv.ids {
		c.do(Answer{id, len(bad) > 0, text})
	}
}
