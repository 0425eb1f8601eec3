package ccm

import (
	"strconv"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// sendStateInfo tells a node that came back from the dead where we stand. C reads the state and starts everything over if it
// is a member of something, too; nodes of our kind also read the rest, and compare.
func (c *Core) sendStateInfo(to *node) {
	m := c.standard(kindStateInfo)
	put(m, fieldState, c.state.String())
	if !c.cfg.LikeC {
		c.addView(m)
	}
	c.tell(to, m)
}

// addView adds what we believe: the members, the verdict, for how long, and whom we hear.
func (c *Core) addView(m *wire.Message) {
	put(m, fieldMemlist, writeSet(c.memberSet()))
	put(m, fieldQuorum, flag(c.last.Quorum))
	put(m, fieldAge, strconv.FormatInt(min(c.now.Sub(c.formed).Milliseconds(), maxMajor), 10))
	put(m, fieldLive, writeSet(c.pick(func(n *node) bool { return n.alive })))
}

// stateInfo is the word of a member of something, to which we had been dead (section 19.6).
func (c *Core) stateInfo(p packet) {
	if !part(p.state) {
		return
	}
	if c.cfg.LikeC || !p.hasLive {
		c.restartAll(p.from, "the partition with "+p.from.Name+" is over")
		return
	}
	if c.compare(p) && c.state == Joined {
		c.sendStateInfo(p.from) // it may not have seen us die, and has to know that it lost
	}
}

// viewArrived looks at what a node of our kind believes. Both memberships must be settled: what is still changing differs on the way.
func (c *Core) viewArrived(p packet) {
	if c.cfg.LikeC || !p.hasLive || c.state != Joined || p.age < c.limitU() || c.now.Sub(c.formed) < c.limitU() {
		return
	}
	if c.compare(p) {
		c.sendStateInfo(p.from)
	}
}

// compare looks at the membership of p beside ours: the lower one gives way. It returns true when that is the other one.
func (c *Core) compare(p packet) (won bool) {
	switch {
	case p.cookie == c.cookie || !c.self.member || !p.hasList || p.emptyList:
		return false
	case !p.live.has(c.self.index):
		return false // it does not hear us: nothing can be agreed on
	case !c.outranked(p):
		return true
	}
	c.note(event.MembersMerged, c.cfg.Self, "node "+c.cfg.Self+" leaves membership "+number(c.major)+" of "+nodesText(c.members())+
		" and joins the one of node "+p.from.Name+", which has "+nodesText(p.list.count()))
	c.stepAside()
	return false
}

// outranked says whether the membership of p goes on rather than ours. All that it uses belongs to the two
// memberships, so every pair of their members comes to the same result. Where they share nodes, one is the successor of the
// other, which somebody missed: the later one is true. Otherwise quorum counts first, then size.
func (c *Core) outranked(p packet) bool {
	mine := c.memberSet()
	if overlap(mine, p.list) && p.major != c.major {
		return p.major > c.major
	}
	if p.quorum != c.last.Quorum {
		return p.quorum
	}
	if a, b := mine.count(), p.list.count(); a != b {
		return b > a
	}
	if p.major != c.major {
		return p.major > c.major
	}
	return p.cookie > c.cookie
}

func overlap(a, b set) bool {
	for i := range a {
		if a[i]&b[i] != 0 {
			return true
		}
	}
	return false
}

// stepAside leaves the membership for another one, as a client that ends and starts again: so peers of both kinds understand it.
func (c *Core) stepAside() {
	if c.members() > 1 {
		c.clientStatus("leave", "signoff")
		c.clientStatus("join", "signon")
	}
	for _, n := range c.nodes {
		n.avoid = n.member && n != c.self
	}
	c.avoid = c.now.Add(c.limitVRS())
	c.reset("another membership is larger")
}

// reset ends our membership; we ask for another one at once. C also forgets the instance; we keep it, because for those who
// read them here instances must not go backwards.
func (c *Core) reset(reason string) {
	was := c.joined > 0
	c.setMembers(set{})
	c.clearVotes()
	c.forgetJoiners()
	c.change = change{}
	c.cookie, c.minor, c.joined, c.leader = "", 0, 0, nil
	if c.cfg.LikeC {
		c.major = 0
	}
	c.tries, c.rounds, c.dropped = 0, 0, 0
	c.enter(None)
	c.askAt = c.now
	if was {
		c.evicted(reason)
	}
}

// restartAll starts the membership over together with everybody who hears it, as C does (section 19.6).
func (c *Core) restartAll(from *node, reason string) {
	if c.state == VersionRequest || !c.converged {
		return
	}
	c.converged = false
	if c.members() == 1 {
		c.reset(reason)
		return
	}
	c.note(event.MembersMerged, from.Name, "the membership is formed anew: "+reason)
	c.forgetJoiners()
	c.leader = nil
	c.change = change{}
	c.clearVotes()
	c.influx(reason)
	c.broadcast(c.minimum(kindRestart))
	c.tries = 0
	c.ask()
}

// planView says when to tell our view: soon while a node of our kind lives outside, else now and then.
func (c *Core) planView() {
	c.viewAt = c.now.Add(c.viewEvery())
	for _, n := range c.nodes {
		if n.alive && n.ours && !n.member {
			c.viewAt = c.now.Add(c.limitU() + c.limitU()/5)
		}
	}
}

// tellView tells all nodes of our kind what we believe, so that memberships that never saw each other's end find together.
func (c *Core) tellView() {
	c.planView()
	if c.cfg.LikeC {
		return
	}
	told := false
	for _, n := range c.nodes {
		if n != c.self && n.alive && n.ours && !told {
			m := c.standard(kindView)
			c.addView(m)
			c.broadcast(m)
			told = true
		}
	}
	c.mendC()
}

// mendC helps nodes of the C kind that live outside our membership in one of their own, as C leaves them when it never saw a
// death: to a node that was dead C tells its state, and both start over. We tell ours as if they had been dead, at growing
// intervals, since a node that hears only some of the others can never be a member.
func (c *Core) mendC() {
	outside := false
	for _, n := range c.nodes {
		outside = outside || n.alive && !n.ours && !n.member
	}
	switch {
	case !outside:
		c.mendEvery, c.mendAt = 0, time.Time{}
		return
	case c.mendAt.IsZero():
		c.mendEvery = 2 * c.viewEvery()
		c.mendAt = c.now.Add(c.mendEvery)
	}
	if c.now.Before(c.mendAt) {
		return
	}
	c.mendEvery = min(2*c.mendEvery, time.Hour)
	c.mendAt = c.now.Add(c.mendEvery)
	for _, n := range c.nodes {
		if n.alive && !n.ours && !n.member {
			c.sendStateInfo(n)
		}
	}
}

func nodesText(n int) string {
	if n == 1 {
		return "1 node"
	}
	return strconv.Itoa(n) + " nodes"
}
