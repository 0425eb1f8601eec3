package takeover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// role is our part in a hand-over; the names of C are ME, DONE and OTHER.
type role uint8

const (
	idle   role = iota
	asked       // we want to give up and wait for `other`
	giving      // we release
	given       // we released and wait for the end of the peer's acquisition
	taking      // the peer gives up and we acquire
)

// A move is a standby handshake under way (resources spec, section 4.7).
type move struct {
	role     role
	with     string   // the other node
	set      Set      // as the giver sees it
	groups   []*group // what really moves
	deadline time.Time
	auto     bool // fail-back or offer, not a command; known on both sides
	gone     bool // taking: the giver said done
	cause    string
	why      string   // connectivity's reason; empty: another kind of hand-over
	ids      []uint64 // commands that wait for the end
}

const (
	fieldKeys = "x-keys" // ids of the groups that move, when not a whole half
	fieldWhy  = "x-why"  // reason of a refusal
	fieldAuto = "x-auto" // set to failback when auto_failback gives, and no command
	fieldRe   = "x-re"   // set to hb_takeover when that command is answered
	fieldTo   = "x-to"   // whom it is said to, in a crowd: a word that comes late must not be taken for one to somebody else
)

func (m *move) has(g *group) bool   { return slices.Contains(m.groups, g) }
func (m *move) gives(g *group) bool { return m.role == giving && m.has(g) }

// covers says that the fate of g is decided by the hand-over.
func (m *move) covers(g *group) bool { return m.role >= giving && m.has(g) }

// offered says that another node was asked to take g, and may begin with it at any moment: a node that stopped it meanwhile for another reason
// must not start it again before there is an answer.
func (c *Core) offered(g *group) bool {
	return c.move.role == asked && (c.move.has(g) || half(g, c.cfg.Self)&c.move.set != 0)
}

// sendAsk says something about a hand-over to a node.
func (c *Core) sendAsk(to string, set Set, info string, extra ...wire.Field) {
	m := wire.New("t", "ask_resources", "rsc_hold", set.String(), "info", info)
	m.Fields = append(m.Fields, extra...)
	if p := c.peer(to); c.crowd() && p != nil && p.ours() {
		m.Set(fieldTo, wire.String, to)
	}
	c.send(m)
}

// refuseAsk tells a peer of our kind why nothing comes of its request. A C peer finds out by its own deadline.
func (c *Core) refuseAsk(p *peer, set Set, why string, extra ...wire.Field) {
	c.note(event.StandbyRefused, p.name, "", why)
	if p.ours() {
		c.sendAsk(p.name, set, "not", append(extra, wire.Field{Name: fieldWhy, Value: why})...)
	}
}

// partner is the only node that can take part in a hand-over, or the reason why there is none.
func (c *Core) partner() (*peer, string) {
	live := c.live()
	switch {
	case c.cfg.Failback == FailbackLegacy:
		return nil, "auto_failback is legacy, which knows no hand-over by command (Standby mode only implemented when nice_failback on). Use auto_failback on or off"
	case c.phase == leaving:
		return nil, "this node is shutting down"
	case c.phase != stable:
		return nil, "this node is still starting; local resources in flux. Ask again when it is stable"
	case c.move.role != idle:
		return nil, fmt.Sprintf("Standby in progress with %s [%d seconds left]", c.move.with, c.secondsLeft())
	case len(live) == 0:
		return nil, "no node can take over, this node is alone"
	case len(live) > 1:
		return nil, "more than two nodes are alive and one of them runs C Heartbeat, which knows hand-overs between two only"
	}
	p := live[0]
	switch {
	case p.going():
		return nil, fmt.Sprintf("%s is shutting down", p.name)
	case p.ours() && (p.phase != stable.String() || !p.fresh || !p.hears):
		return nil, fmt.Sprintf("%s is not ready to take resources. Ask again when it is active and stable", p.name)
	case !p.ours() && (!p.active && !p.told || !p.stable || !c.said.stable):
		return nil, fmt.Sprintf("Other side is in flux. Ask again when %s is stable", p.name)
	}
	return p, ""
}

// taker is the partner, if it takes anything.
func (c *Core) taker() (*peer, string) {
	p, why := c.partner()
	if p != nil && c.drained(p.name) {
		return nil, p.name + " is drained" + c.order(Drain, p.name).tail() + "; first: heartbeat resume " + p.name
	}
	return p, why
}

func (c *Core) secondsLeft() int { return int(max(0, c.move.deadline.Sub(c.now)) / time.Second) }

func (c *Core) standbyAsked(ev StandbyAsked) {
	set, ok := parseWord(ev.Set)
	if !ok {
		c.do(Answer{ev.ID, true, fmt.Sprintf("refused: %q is not one of all, local, foreign, failback", ev.Set)})
		return
	}
	if len(c.live()) > 1 && !c.withC() && c.cfg.Failback != FailbackLegacy {
		c.verbAsked(VerbAsked{ID: ev.ID, Verb: VerbMove, From: c.cfg.Self, Set: set.String()})
		return
	}
	p, why := c.taker()
	if p == nil {
		c.note(event.StandbyRefused, c.cfg.Self, "", why)
		c.do(Answer{ev.ID, true, "refused: " + why})
		return
	}
	groups, stuckKey := c.giveable(set)
	switch {
	case stuckKey != "":
		why = "refused: " + c.stuckText(stuckKey)
		c.note(event.StandbyRefused, c.cfg.Self, "group.stuck "+stuckKey, why)
		c.do(Answer{ev.ID, true, why})
		return
	case len(groups) == 0 && !(c.emptyTaken && set&Foreign != 0):
		c.do(Answer{ev.ID, false, fmt.Sprintf("nothing to do: this node holds no %s resources", set)})
		return
	}
	c.ask(p, set, groups, "", nil)
	c.move.ids = []uint64{ev.ID}
}

// giveable lists what of a set is here to be given, and names a group that forbids it.
func (c *Core) giveable(set Set) (groups []*group, stuckKey string) {
	for _, g := range c.groups {
		if half(g, c.cfg.Self)&set == 0 {
			continue
		}
		switch {
		case g.state == Blocked, c.frozen(g) && c.withC(): // C would take the whole half
			return nil, g.key
		case c.frozen(g):
			continue
		}
		if g.held() || g.want {
			groups = append(groups, g)
		}
	}
	return groups, ""
}

// stuckText says why a group forbids a hand-over.
func (c *Core) stuckText(key string) string {
	if g := c.group(key); c.frozen(g) && g.state != Blocked {
		return fmt.Sprintf("%s is held%s; first: heartbeat resume %s", key, c.holdOf(g).tail(), key)
	}
	return fmt.Sprintf("%s is blocked on %s because it would not stop; stop it by hand first", key, c.cfg.Self)
}

// ask begins a hand-over to p.
func (c *Core) ask(p *peer, set Set, groups []*group, cause string, extra []wire.Field) {
	c.move = move{role: asked, with: p.name, set: set, groups: groups, deadline: c.now.Add(standbyAnswer), auto: cause != ""}
	c.move.cause = c.note(event.StandbyBegun, c.cfg.Self, cause, fmt.Sprintf("%s wants to go standby [%s]", c.cfg.Self, set))
	if p.ours() {
		var ids []string
		for _, g := range groups {
			ids = append(ids, g.id)
		}
		extra = append(extra, wire.Field{Name: fieldKeys, Value: strings.Join(ids, ",")})
	} else {
		extra = nil
	}
	c.sendAsk(p.name, set, "me", extra...)
}

func (c *Core) askArrived(p *peer, m *wire.Message) {
	set, ok := parseHold(m.Get("rsc_hold"))
	if !ok || !p.alive || c.phase == initial {
		return
	}
	info := m.Get("info")
	if to, named := m.Lookup(fieldTo); named && to != c.cfg.Self {
		return
	}
	ours := c.move.with == p.name
	if info == "other" {
		c.crowdAgreed(p, set)
	}
	switch {
	case info == "me":
		c.meArrived(p, set, m)
	case info == "other" && ours && c.move.role == asked:
		c.giveNow(p)
	case info == "other" && p.ours() && !c.crowd(): // in a crowd it may be for another node
		c.sendAsk(p.name, set, "not", wire.Field{Name: fieldWhy, Value: "the request was cancelled meanwhile"})
	case info == "done" && ours && c.move.role == taking:
		c.move.gone = true
		p.releasing = None
	case info == "done" && ours && c.move.role == given:
		c.moveDone(p)
	case info == "done" && p.ours() && !c.crowd() && c.move.role == idle && !p.left && c.phase == stable:
		c.sendAsk(p.name, set, "not", wire.Field{Name: fieldWhy, Value: "no hand-over is under way here"})
	case info == "not" && m.Get(fieldRe) != "":
		if c.asking.with == p.name {
			c.endAsking(p.name + ": " + m.Get(fieldWhy))
		}
	case info == "not" && ours && m.Get(fieldBusy) != "" && c.move.role == asked && c.move.queued():
		c.askBusy()
	case info == "not" && ours && c.move.set == set:
		c.notArrived(p, m.Get(fieldWhy))
	}
}

// giveNow: the peer is ready; release.
func (c *Core) giveNow(p *peer) {
	mv := &c.move
	mv.role, mv.deadline = giving, c.now.Add(standbyStep)
	c.note(event.StandbyBegun, p.name, mv.cause, fmt.Sprintf("standby: %s can take our %s resources", p.name, mv.set))
	mv.groups = slices.DeleteFunc(mv.groups, func(g *group) bool { return g.state == Blocked })
	c.sendResource(c.holds(), false, "standby")
	for _, g := range mv.groups {
		reason := fmt.Sprintf("standby: %s takes it", p.name)
		if mv.why != "" {
			reason = fmt.Sprintf("%s takes it: %s", p.name, mv.why)
		}
		c.release(g, reason, mv.cause)
	}
}

// moveOn takes the step of the hand-over that is due.
func (c *Core) moveOn() bool {
	mv := &c.move
	switch mv.role {
	case giving:
		for _, g := range mv.groups {
			if g.held() {
				return false
			}
		}
		mv.role, mv.deadline = given, c.now.Add(standbyStep)
		c.note(event.StandbyBegun, c.cfg.Self, mv.cause, fmt.Sprintf("Local standby process completed [%s].", mv.set))
		c.sendAsk(mv.with, mv.set, "done")
		if p := c.peer(mv.with); p != nil {
			p.holds |= c.handedTo(p)
		}
		return true
	case taking:
		c.dropUnreleased()
		for _, g := range mv.groups {
			if g.state == Starting || g.want && !g.held() {
				return false
			}
		}
		if !mv.gone {
			return false
		}
		c.taken()
		return true
	}
	return false
}

// moveDone ends a hand-over on the giving side.
func (c *Core) moveDone(p *peer) {
	mv := c.move
	c.move = move{}
	c.reach.again = time.Time{}
	c.emptyMoved(mv.set, true)
	text := fmt.Sprintf("Other node completed standby takeover of %s resources.", mv.set)
	var bad []string
	for _, g := range mv.groups {
		if st := p.own[g.id].state; p.rev > 0 && st != Running && st != Starting {
			bad = append(bad, g.key)
		}
	}
	if len(bad) > 0 {
		text += fmt.Sprintf(" %s could not start: %s.", p.name, strings.Join(bad, ", "))
	}
	c.note(event.StandbyDone, p.name, mv.cause, text)
	c.sendResource(c.holds(), c.quiet(), "")
	for _, id := range mv.ids {
		c.do(Answer{id, len(bad) > 0, text})
	}
}
