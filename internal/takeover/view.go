package takeover

import (
	"fmt"
	"strings"
)

// View returns a copy of what the core believes.
func (c *Core) View() View {
	v := View{
		Resources: c.resources(),
		Stable:    c.settled(),
		Phase:     c.phase.String(),
		Standby:   c.standbyView(),
		IfCut:     c.ifCut(),
		Waits:     c.waits(),
	}
	v.Reach = c.reachView()
	for _, p := range c.live() {
		v.PeerHolds |= p.allHeld(c.groups)
		if p.digest != "" {
			v.Digests = append(v.Digests, PeerDigest{p.name, p.digest})
		}
	}
	for _, o := range c.orders {
		if c.order(o.Kind, o.Subject) != nil {
			v.Orders = append(v.Orders, o)
		}
	}
	for _, g := range c.groups {
		v.Groups = append(v.Groups, c.groupView(g))
	}
	return v
}

// resources is the word of rscstatus (resources spec, section 4.1). Other than C it
// tells the truth with auto_failback legacy, too (D37).
func (c *Core) resources() string {
	if !c.settled() {
		return "transition"
	}
	s := c.emptyHeld()
	for _, g := range c.groups {
		if g.held() {
			s |= half(g, c.cfg.Self)
		}
	}
	return s.String()
}

// settled is C's quiescence test: no work here, none known at the peer, no hand-over.
func (c *Core) settled() bool {
	if c.phase == initial {
		return true
	}
	if c.phase < stable || c.move.role != idle || c.working() {
		return false
	}
	for _, p := range c.live() {
		switch {
		case p.rev > 0:
			if p.phase != stable.String() || busyOwn(p, c.groups) {
				return false
			}
		case c.cfg.Failback != FailbackLegacy && !p.stable:
			return false
		}
	}
	return true
}

func busyOwn(p *peer, groups []*group) bool {
	for _, g := range groups {
		switch p.own[g.id].state {
		case Starting, Stopping, wanted:
			return true
		}
	}
	return false
}

func (c *Core) standbyView() string {
	mv := &c.move
	switch mv.role {
	case asked:
		return fmt.Sprintf("asked %s to take %s resources, waiting for its answer", mv.with, mv.set)
	case giving:
		return fmt.Sprintf("releasing %s resources for %s", mv.set, mv.with)
	case given:
		return fmt.Sprintf("%s is starting our %s resources", mv.with, mv.set)
	case taking:
		return fmt.Sprintf("taking %s resources from %s", mv.set, mv.with)
	}
	if c.asking.id != 0 {
		return "asked " + c.asking.with + " to go standby"
	}
	return ""
}

// owner is the node that runs g as far as we know.
func (c *Core) owner(g *group) string {
	if g.held() {
		return c.cfg.Self
	}
	for _, p := range c.live() {
		if c.peerHolds(p, g) {
			return p.name
		}
	}
	return ""
}

func (c *Core) peerHolds(p *peer, g *group) bool {
	if p.rev > 0 {
		return isHeld(p.own[g.id].state)
	}
	return p.told && c.claims(p, g, p.claimed())
}

// ifCut says in one sentence what a loss of contact would lead to now.
func (c *Core) ifCut() string {
	if c.phase != stable {
		return ""
	}
	live := c.live()
	if len(live) == 0 {
		return fmt.Sprintf("%s is alone: nothing would change.", c.cfg.Self)
	}
	var names, doubled []string
	for _, p := range live {
		names = append(names, p.name)
	}
	for _, g := range c.groups {
		if c.owner(g) != "" {
			doubled = append(doubled, g.key)
		}
	}
	others := strings.Join(names, " and ")
	if c.cfg.TakeOver != Unsafe {
		return c.ifCutProven(live, others)
	}
	if len(doubled) == 0 {
		return fmt.Sprintf("If %s and %s lost sight of each other now, no running group would be doubled.", c.cfg.Self, others)
	}
	return fmt.Sprintf("If %s and %s lost sight of each other now, each would believe the other dead and run %s, without fencing on both sides; at the heal the side that held a group first keeps it.",
		c.cfg.Self, others, strings.Join(doubled, ", "))
}

func (c *Core) groupView(g *group) GroupView {
	v := GroupView{
		Key: g.key, Home: g.home, State: g.state, Owner: c.owner(g),
		Since: g.since, Reason: g.reason, Failure: g.failure, Forgotten: c.forgetAt(g),
	}
	if c.phase != stable {
		return v
	}
	for _, n := range c.cfg.Nodes {
		if n != v.Owner {
			v.Elsewhere = append(v.Elsewhere, Elsewhere{n, c.whyNot(g, n)})
		}
	}
	if why := c.whyNowhere(g); v.Owner == "" && why != "" && !g.want && g.state != Failed {
		v.Reason = why
	}
	return v
}
