package takeover

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// asking is an hb_takeover of ours that the peer has not taken up yet.
type asking struct {
	id       uint64
	with     string
	deadline time.Time
}

// takeoverAsked asks the peer to go standby with the mirrored set. The words are the ones of
// this node: local means our own groups, failback too (D12: C would hand over everything).
func (c *Core) takeoverAsked(ev TakeoverAsked) {
	refuse := func(text string) {
		c.note(event.StandbyRefused, c.cfg.Self, "", text)
		c.do(Answer{ev.ID, true, text})
	}
	set, ok := parseWord(ev.Set)
	if ev.Set == "failback" {
		set = Local
	}
	if !ok {
		refuse(fmt.Sprintf("refused: %q is not one of all, local, foreign, failback", ev.Set))
		return
	}
	if c.overrule(ev.ID) {
		return
	}
	if c.Drained() {
		refuse("refused: " + c.cfg.Self + " is drained" + c.order(Drain, c.cfg.Self).tail() + "; first: heartbeat resume " + c.cfg.Self)
		return
	}
	if len(c.live()) > 1 && !c.withC() && c.cfg.Failback != FailbackLegacy {
		c.verbAsked(VerbAsked{ID: ev.ID, Verb: VerbMove, Node: c.cfg.Self, Set: set.String()})
		return
	}
	p, why := c.partner()
	switch {
	case p == nil:
		refuse("refused: " + why)
		return
	case c.asking.id != 0:
		refuse("refused: another takeover request is under way")
		return
	case p.allHeld(c.groups)&set.mirror() == 0:
		c.do(Answer{ev.ID, false, fmt.Sprintf("nothing to do: %s holds none of these resources", p.name)})
		return
	}
	c.asking = asking{id: ev.ID, with: p.name, deadline: c.now.Add(standbyAnswer)}
	c.send(wire.New("t", "hb_takeover", "rsc_hold", set.String()))
}

// takeoverArrived: the peer wants what we hold. C runs hb_standby with the mirrored set in its script.
func (c *Core) takeoverArrived(p *peer, m *wire.Message) {
	word := m.Get("rsc_hold")
	set, ok := parseWord(word)
	if !ok {
		return
	}
	set = set.mirror()
	if word == "failback" {
		set = Foreign
	}
	re := wire.Field{Name: fieldRe, Value: "hb_takeover"}
	q, why := c.taker()
	if q == nil {
		c.refuseAsk(p, set, why, re)
		return
	}
	groups, stuckKey := c.giveable(set)
	switch {
	case stuckKey != "":
		c.refuseAsk(p, set, c.stuckText(stuckKey), re)
	case len(groups) == 0:
		c.refuseAsk(p, set, "nothing to do: none of these resources are held here", re)
	default:
		c.ask(q, set, groups, "", []wire.Field{re})
	}
}

// endAsking answers a takeover request that came to nothing.
func (c *Core) endAsking(why string) {
	if c.asking.id == 0 {
		return
	}
	id := c.asking.id
	c.asking = asking{}
	c.note(event.StandbyRefused, c.cfg.Self, "", why)
	c.do(Answer{id, true, "refused: " + why})
}

func (c *Core) askingLost(p *peer, why string) {
	c.jobsLost(p, why)
	if c.asking.id != 0 && c.asking.with == p.name {
		c.endAsking(p.name + ": " + why)
	}
}
