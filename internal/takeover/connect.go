package takeover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// Groups go to the node that is better connected (package connectivity). It is the giving side that begins, by the ordinary
// hand-over, and the other side judges again with its own latest knowledge before it agrees. So nothing is
// released before somebody has promised to take it.
//
// A C peer does not say how it is connected, so towards it nothing moves: its ipfail program and ours would
// have to speak to each other, and a wrong guess takes a working service down.

// Announcement fields of connectivity.
const (
	fieldLinks = "x-links" // connectivity.Report.Fields
	fieldPing  = "x-ping"
	fieldFor   = "x-for" // in an ask: why the groups move, a sentence; marks a hand-over that connectivity asks for
)

type (
	// LinksChanged: the interfaces that carry service addresses, and the groups that have addresses on them. It is always the whole picture.
	LinksChanged struct {
		Links  []connectivity.Link
		Groups map[string][]string // names of interfaces, by group key
	}
	// PingChanged: how a ping node answers this node.
	PingChanged struct {
		Node   string
		Answer connectivity.Answer
	}
)

func (LinksChanged) isEvent() {}
func (PingChanged) isEvent()  {}

// reach is what the core keeps about connectivity.
type reach struct {
	on      bool
	tracker *connectivity.Tracker
	ids     []string // of the groups, in file order
	again   time.Time
	report  connectivity.Report // of this node, as of the last settle
}

func newReach(cfg connectivity.Config, groups []*group) reach {
	r := reach{on: cfg.On(), tracker: connectivity.NewTracker(cfg)}
	for _, g := range groups {
		r.ids = append(r.ids, g.id)
	}
	return r
}

func (c *Core) linksChanged(ev LinksChanged) {
	groups := map[string][]string{}
	for _, g := range c.groups {
		if names := ev.Groups[g.key]; len(names) > 0 {
			groups[g.id] = names
		}
	}
	for _, ch := range c.reach.tracker.Links(c.now, ev.Links, groups) {
		c.noteLink(ch)
	}
}

func (c *Core) noteLink(ch connectivity.Change) {
	if !ch.Carrier {
		c.note(event.CarrierLost, ch.Link, "", fmt.Sprintf("%s has lost its carrier after %v (loss %d within an hour).",
			ch.Link, ch.Before.Round(time.Millisecond), ch.Losses))
		return
	}
	c.note(event.CarrierReturned, ch.Link, event.CarrierLost.Name+" "+ch.Link, fmt.Sprintf(
		"%s has a carrier again after %v without; it counts for groups of other nodes when it has held for %v (loss %d within an hour).",
		ch.Link, ch.Before.Round(time.Millisecond), ch.Counts, ch.Losses))
}

// look takes the present picture of our own connectivity.
func (c *Core) look() {
	if c.reach.on {
		c.reach.report = c.reach.tracker.Report(c.now, c.reach.ids)
	}
}

// connectFields are our announcement; none when nothing is compared.
func (c *Core) connectFields() []wire.Field {
	if !c.reach.on {
		return nil
	}
	links, ping := c.reach.report.Fields()
	return []wire.Field{{Name: fieldLinks, Value: links}, {Name: fieldPing, Value: ping}}
}

// giveBetter hands over what another node can serve better.
func (c *Core) giveBetter() bool {
	if !c.reach.on || c.phase != stable || c.move.role != idle || c.asking.id != 0 || c.now.Before(c.reach.again) {
		return false
	}
	p, _ := c.taker()
	if p == nil || !p.ours() {
		return false
	}
	set, why := None, connectivity.No
	var groups []*group
	for _, g := range c.groups {
		if w := c.betterAt(g, p); w != connectivity.No {
			groups, set = append(groups, g), set|half(g, c.cfg.Self)
			if why == connectivity.No || w == connectivity.ByCarrier {
				why = w
			}
		}
	}
	if len(groups) == 0 {
		return false
	}
	c.reach.again = c.now.Add(c.cfg.Deadtime) // a refusal is not asked for again at once
	text := c.whyBetter(p, groups, why)
	var keys []string
	for _, g := range groups {
		keys = append(keys, g.key)
	}
	cause := ""
	for _, g := range groups {
		cause = c.note(event.ConnectivityMove, g.key, c.rootOf(g, why), fmt.Sprintf("%s hands %s to %s: %s.", c.cfg.Self, strings.Join(keys, ", "), p.name, text))
	}
	c.ask(p, set, groups, cause, []wire.Field{{Name: fieldFor, Value: text}})
	c.move.why = text
	c.move.deadline = c.now.Add(time.Second + c.patience()) // a node of our kind answers at once
	return true
}

// betterAt says by what p could serve a group better that runs here.
func (c *Core) betterAt(g *group, p *peer) connectivity.Reason {
	if g.state != Running || c.frozen(g) || c.pinnedTo(g) == c.cfg.Self {
		return connectivity.No
	}
	if st := p.own[g.id].state; st == Failed || isHeld(st) {
		return connectivity.No
	}
	w := connectivity.Better(g.id, c.reach.report, p.reach)
	if w != g.excused {
		g.excused = connectivity.No
		return w
	}
	return connectivity.No
}

// rootOf is the event that began it.
func (c *Core) rootOf(g *group, why connectivity.Reason) string {
	if why == connectivity.ByCarrier {
		return event.CarrierLost.Name + " " + c.reach.report.Service(g.id).Interface
	}
	if deaf := c.reach.tracker.Deaf(c.now); len(deaf) > 0 {
		return event.NodeDead.Name + " " + deaf[0]
	}
	return ""
}

func (c *Core) whyBetter(p *peer, groups []*group, why connectivity.Reason) string {
	if why == connectivity.ByPing {
		own, theirs := c.reach.report.Ping, p.reach.Ping
		return fmt.Sprintf("%s reaches %d of %d ping nodes, %s %d", c.cfg.Self, own.High, own.Total, p.name, theirs.Low)
	}
	var names []string
	for _, g := range groups {
		if n := c.reach.report.Service(g.id).Interface; n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return fmt.Sprintf("%s of %s has no carrier, %s of %s has one", strings.Join(names, ", "), c.cfg.Self, p.reach.Service(groups[0].id).Interface, p.name)
}

// refusesBetter says why a hand-over that connectivity asked for is not taken, empty: it is. This node knows its own links better than the
// giver can.
func (c *Core) refusesBetter(p *peer, m *wire.Message) string {
	if _, ok := m.Lookup(fieldFor); !ok {
		return ""
	}
	if !c.reach.on {
		return c.cfg.Self + " compares no connectivity"
	}
	keys := strings.Split(m.Get(fieldKeys), ",")
	for _, g := range c.groups {
		if slices.Contains(keys, g.id) && connectivity.Better(g.id, p.reach, c.reach.report) == connectivity.No {
			return fmt.Sprintf("%s is no better connected for %s now", c.cfg.Self, g.key)
		}
	}
	return ""
}

// tellStay records once why a group without carrier stays.
func (c *Core) tellStay() {
	if !c.reach.on || c.phase != stable {
		return
	}
	for _, g := range c.groups {
		if live := c.live(); len(live) == 1 && g.excused != connectivity.No {
			c.betterAt(g, live[0]) // an excuse ends with its reason
		}
		s := c.reach.report.Service(g.id)
		if s.Level != connectivity.Bad || g.state != Running {
			g.stays = ""
			continue
		}
		if c.move.role != idle {
			continue // the reason may be over when the hand-over is
		}
		if why := c.whyStays(g); why != g.stays {
			g.stays = why
			c.note(event.ConnectivityStay, g.key, event.CarrierLost.Name+" "+s.Interface, fmt.Sprintf("%s stays on %s although %s has no carrier: %s.", g.key, c.cfg.Self, s.Interface, why))
		}
	}
}

func (c *Core) whyStays(g *group) string {
	live := c.live()
	if len(live) == 0 {
		return "this node is alone"
	}
	switch {
	case c.frozen(g):
		return "it is held" + c.holdOf(g).tail()
	case c.pinnedTo(g) == c.cfg.Self:
		return "it is pinned here" + c.order(Pin, g.key).tail()
	case g.excused != connectivity.No:
		return "a command placed it here"
	}
	if p := live[0]; len(live) == 1 && p.ours() {
		switch s := p.reach.Service(g.id); {
		case p.own[g.id].state == Failed:
			return "it failed to start on " + p.name
		case s.Level == connectivity.Bad:
			return fmt.Sprintf("%s of %s has none either", s.Interface, p.name)
		case s.Level == connectivity.Shaky:
			return fmt.Sprintf("the carrier of %s on %s has not held for long enough yet", s.Interface, p.name)
		case s.Level == connectivity.Unknown:
			return p.name + " does not say how it is connected"
		}
	}
	if _, why := c.taker(); why != "" {
		return why
	}
	return "the other node has not agreed"
}
