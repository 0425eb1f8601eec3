package ccm

import (
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/event"
)

// report publishes the membership in force. quorum is the leader's verdict, which counts; the reason is worded here.
func (c *Core) report(quorum bool) {
	v := c.judge()
	why := v.Why
	if quorum != v.Quorum && c.leader != nil {
		why = fmt.Sprintf("the leader %s says %s; counted here: %s", c.leader.Name, yesNo(quorum), v.Why)
	}
	m := Membership{Instance: c.major, Cookie: c.cookie, Quorum: quorum, Why: why}
	if c.leader != nil {
		m.Leader = c.leader.Name
	}
	for _, n := range c.nodes {
		if n.member {
			m.Members = append(m.Members, Member{n.index, n.Name, n.born})
		}
	}
	if len(m.Members) == 1 {
		m.Members[0].BornOn = c.major // as C reports a single member (section 19.8)
	}
	old, known := c.last, c.lists
	c.last, c.lists, c.flux = m, true, false
	if old.Cookie != m.Cookie {
		c.formed = c.now
	}
	c.do(Formed{m})
	c.tellFormed(old, known)
}

func (c *Core) tellFormed(old Membership, known bool) {
	m := c.last
	if !known || !slices.Equal(names(old), names(m)) || old.Instance != m.Instance {
		text := fmt.Sprintf("Membership %d: %s, of %s; led by %s", m.Instance, strings.Join(names(m), " "), nodesText(len(c.nodes)), m.Leader)
		if came, left := difference(m, old), difference(old, m); known {
			if len(came) > 0 {
				text += "; came: " + strings.Join(came, " ")
			}
			if len(left) > 0 {
				text += "; left: " + strings.Join(left, " ")
			}
		}
		c.note(event.MembersFormed, c.cfg.Self, text, event.Attr{Key: "instance", Value: number(m.Instance)},
			event.Attr{Key: "members", Value: strings.Join(names(m), " ")}, event.Attr{Key: "quorum", Value: yesNo(m.Quorum)})
	}
	switch {
	case m.Quorum && (!known || !old.Quorum || c.quorumTold != yes):
		c.quorumTold = yes
		c.note(event.QuorumGained, c.cfg.Self, "This membership has quorum: "+m.Why)
	case !m.Quorum && c.quorumTold != no:
		c.quorumTold = no
		c.note(event.QuorumLost, c.cfg.Self, "This membership has no quorum: "+m.Why)
	}
}

// influx takes the membership back until the next one is agreed on.
func (c *Core) influx(reason string) {
	if !c.lists || c.flux {
		return
	}
	c.flux = true
	c.do(InFlux{reason})
	c.note(event.MembersInFlux, c.cfg.Self, fmt.Sprintf("Membership %d no longer holds: %s", c.last.Instance, reason))
}

// evicted says that we are no member of anything.
func (c *Core) evicted(reason string) {
	if !c.lists {
		return
	}
	c.lists, c.flux = false, false
	c.do(Evicted{reason})
	c.note(event.MembersEvicted, c.cfg.Self, fmt.Sprintf("This node is out of membership %d: %s", c.last.Instance, reason))
	if c.quorumTold == yes {
		c.quorumTold = no
		c.note(event.QuorumLost, c.cfg.Self, "No quorum: this node is in no membership")
	}
}

// judgeAgain looks at quorum while the members stay: a weight or a ping node changed. The leader tells the others with the same list
// under the same cookie, as C does when a plug-in changes its mind.
func (c *Core) judgeAgain() {
	if !c.started || c.stopped || c.state != Joined || c.leader != c.self {
		return
	}
	v := c.judge()
	if v.Quorum == c.last.Quorum {
		c.last.Why = v.Why
		return
	}
	if c.members() > 1 {
		c.sendList(c.cookie, func(n *node) uint32 { return n.born }, 0, false)
	}
	c.report(v.Quorum)
}

func names(m Membership) []string {
	out := make([]string, 0, len(m.Members))
	for _, x := range m.Members {
		out = append(out, x.Name)
	}
	return out
}

// difference lists the members of a that b has not.
func difference(a, b Membership) (out []string) {
	in := names(b)
	for _, name := range names(a) {
		if !slices.Contains(in, name) {
			out = append(out, name)
		}
	}
	return out
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
