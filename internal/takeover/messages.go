package takeover

import (
	"fmt"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

func (c *Core) messageArrived(from string, m *wire.Message) {
	p := c.peer(from)
	if p == nil || m == nil {
		return
	}
	p.heard = true
	if _, ok := m.Lookup(fieldRev); ok {
		c.absorbMessage(p, m)
	}
	if c.ipfailArrived(p, m) {
		return
	}
	switch kind := m.Kind(); kind {
	case "starting":
		c.startingArrived(p)
	case "resource":
		c.resourceArrived(p, m)
	case "ask_resources":
		c.askArrived(p, m)
	case "hb_takeover":
		c.takeoverArrived(p, m)
	case orderMessage:
		c.orderArrived(p, m)
	case "shutdone":
		c.shutdoneArrived(p)
	case "ip-request":
		c.ipRequestArrived(p, m)
	case "ip-request-resp":
		c.ipResponseArrived(p, m)
	case kindFenceSelf:
		c.fenceSelfArrived(p, m)
	case "stonith":
		c.stonithArrived(p, m)
	case "", "status":
	default:
		if !strings.HasPrefix(kind, "NS_") {
			c.do(RunEventScripts{m})
		}
	}
}

// sendResource announces what we hold in the words of C.
func (c *Core) sendResource(hold Set, isStable bool, info string) {
	if c.cfg.Failback == FailbackLegacy {
		return
	}
	word := "0"
	if isStable {
		word = "1"
	}
	m := wire.New("t", "resource", "rsc_hold", c.holdsForAll(hold).String(), "rtype", "full", "isstable", word)
	if info != "" {
		m.Fields = append(m.Fields, wire.Field{Name: "info", Value: info})
	}
	c.said = saying{hold, isStable}
	c.send(m)
}

// resourceArrived takes in what a peer says it holds (resources spec, section 4.2).
func (c *Core) resourceArrived(p *peer, m *wire.Message) {
	if c.cfg.Failback == FailbackLegacy || c.phase == initial || !p.alive {
		return // C: "resource message received in state 0"
	}
	c.holdings(p, m)
	p.tookOver = m.Get("info") == "mach_down"
	word, has := m.Lookup("isstable")
	if has && word != "1" {
		p.stable = false
	}
	newly := has && word == "1" && !p.stable
	if newly {
		p.stable = true
		if !c.stillReleases(p) {
			p.releasing = None
		}
		c.transition(p.name, "remote resource transition completed.")
		if !p.ours() && c.phase < leaving {
			c.sendResource(c.holds(), c.quiet(), "")
		}
	}
	if c.phase == starting || c.phase == bothStarting {
		c.phase = received
	}
}

// holdings updates what p holds. While it releases for a hand-over it already counts the half as gone;
// we count it until the release is confirmed.
func (c *Core) holdings(p *peer, m *wire.Message) {
	word, ok := m.Lookup("rsc_hold")
	if !ok {
		return
	}
	hold, ok := parseHold(word)
	if !ok {
		return
	}
	before, old, first := p.holds, p.holds, !p.told
	if first {
		old = All // what it gives up now it may have held before we listened
	}
	switch {
	case m.Get("rtype") == "full":
		p.holds = hold
	case hold == None:
		p.holds = None
	default:
		p.holds |= hold
	}
	c.toldHomes(p, before, p.holds, first)
	p.told = true
	p.holds |= c.handedTo(p)
	switch m.Get("info") {
	case "standby", "shutdown":
		p.releasing |= old &^ p.holds
		if c.move.role == taking && c.move.with == p.name {
			c.move.deadline = c.now.Add(standbyStep)
		}
		if m.Get("info") == "shutdown" && p.rev == 0 {
			p.phase = leaving.String()
		}
	default:
		p.releasing &^= p.holds
		if first && !p.began && p.rev == 0 && m.Get("isstable") == "0" {
			// It did not start with us and is in the middle of something: a shutdown, which C announces as
			// done when it begins, or a hand-over. Its next stable word, or its shutdone, ends the doubt.
			p.releasing |= All &^ p.holds
		}
	}
}

// handedTo is what a C peer may be starting because we handed it over. What it says it holds leaves that out until it is done,
// and it says so at any time: as an answer to our own words, for instance.
func (c *Core) handedTo(p *peer) Set {
	if p.rev == 0 && c.move.role == given && c.move.with == p.name {
		return c.move.set.mirror()
	}
	return None
}

// audit keeps C's sentence about impossible pictures, and releases what a C peer claims beside us: it never will (D09).
func (c *Core) audit(p *peer) bool {
	if p.ours() || !p.told || !p.present() || c.phase != stable || c.move.role != idle || c.now.Before(p.healUntil) {
		return false
	}
	changed := false
	for _, g := range c.groups {
		if !c.claims(p, g, p.holds) || g.state != Starting && g.state != Running {
			continue
		}
		c.yieldTo(g, p, fmt.Sprintf("%s %s claims it too, and a node of its kind never gives way", c.bothOwn(g), p.name))
		changed = true
	}
	return changed
}

// bothOwn is C's sentence for a group with two owners.
func (c *Core) bothOwn(g *group) string {
	if g.home == c.cfg.Self {
		return "Both machines own our resources!"
	}
	return "Both machines own foreign resources!"
}

// publish sends the resource messages that are due after everything settled.
func (c *Core) publish() {
	if c.phase != stable {
		return
	}
	hold := c.holds()
	if c.early {
		// A C peer waits for this word before it takes its own (resources spec, section 4.4).
		c.early = false
		c.sendResource(hold, true, "")
	}
	if c.move.role != idle {
		return
	}
	if c.working() {
		// In a crowd C would take the end of this work for the return of a node, and hand over to whoever answers.
		if hold != c.said.hold && len(c.live()) > 0 && !c.crowd() {
			c.sendResource(hold, false, "")
		}
		return
	}
	if c.cfg.Failback == FailbackLegacy {
		return
	}
	if c.afterGone != None {
		c.send(wire.New("t", "ask_resources", "rsc_hold", c.afterGone.String(), "info", "done"))
		c.afterGone = None
		c.said.stable = false
	}
	if c.reportOwn || hold != c.said.hold || !c.said.stable {
		c.tellHoldings(hold)
	}
	if c.machDown {
		c.machDown = false
		if hold&Foreign != 0 {
			c.send(wire.New("t", "resource", "rsc_hold", "foreign", "info", "mach_down"))
			c.note(event.NodeActive, c.cfg.Self, "", "mach_down takeover complete.")
		}
	}
}

// tellHoldings is the resource message after work; the first one after an own acquisition
// carries C's info, and beside a C peer its answers to itself.
func (c *Core) tellHoldings(hold Set) {
	info := ""
	if !c.acquired {
		c.acquired = true
		c.transition(c.cfg.Self, "Initial resource acquisition complete (req_our_resources()).")
	}
	if c.reportOwn {
		c.reportOwn = false
		info = "req_our_resources()"
		for _, g := range c.groups {
			if g.state == Running && g.home == c.cfg.Self && c.withC() {
				c.send(wire.New("t", "ip-request-resp", "dest", c.cfg.Self, "ipaddr", g.key, "weown", "yes", "ok", "OK"))
			}
		}
	}
	c.sendResource(hold, true, info)
}
