package ccm

// begin starts a change that we lead: votes of all members are needed (C: add_change_msg).
func (c *Core) begin(x change) {
	c.clearVotes()
	c.change = x
	c.enter(WaitForChange)
}

// vouch counts the vote of n for the change under way, and ends the change with the last one.
func (c *Core) vouch(n *node, birth uint32) {
	c.vote(n, birth)
	x := c.change
	for _, m := range c.nodes {
		if m.member && m != x.node && !m.voted {
			return
		}
	}
	c.complete()
}

// complete announces the membership after the change under way.
func (c *Core) complete() {
	x := c.change
	c.change = change{}
	major := c.major + 1
	raised := !x.leave && c.allOurs(x.node) && x.node.askedMajor >= major
	if raised {
		major = x.node.askedMajor + 1 // the newcomer has seen higher ones, and instances only grow
	}
	for _, n := range c.nodes {
		if n.member && n.voted {
			n.born = n.votedBirth
		}
	}
	x.node.member = !x.leave
	x.node.born = major
	cookie := c.newCookie()
	c.sendList(cookie, func(n *node) uint32 {
		if n == x.node {
			return major
		}
		return n.born
	}, major, raised)
	c.setMajor(major)
	c.fillBirths()
	c.cookie, c.leader = cookie, c.self
	c.enter(Joined)
	c.report(c.judge().Quorum)
	c.answerJoiners()
}

// allOurs says that all members and x are of our kind, so that what C does not know may be used.
func (c *Core) allOurs(x *node) bool {
	if c.cfg.LikeC {
		return false
	}
	for _, n := range c.nodes {
		if (n.member || n == x) && !n.ours {
			return false
		}
	}
	return true
}

// fillBirths gives members that never said when they came the present instance, as C reports it.
func (c *Core) fillBirths() {
	for _, n := range c.nodes {
		if n.member && (n.born == 0 || n.born > c.major) {
			n.born = c.major
		}
	}
}

// sendList announces the members. The instance in it is the one before; receivers count one further, or to max where it is given.
func (c *Core) sendList(cookie string, born func(*node) uint32, max uint32, raised bool) {
	m := c.standard(kindMemList)
	put(m, fieldMemlist, writeSet(c.memberSet()))
	put(m, fieldQuorum, flag(c.judge().Quorum))
	var births []string
	for _, n := range c.nodes {
		if n.member {
			births = append(births, writeUptime(born(n)))
		}
	}
	m.Fields = append(m.Fields, listField(births))
	put(m, fieldNewCookie, cookie)
	if raised {
		put(m, fieldMax, number(max))
	}
	c.broadcast(m)
}

// inWaitForChange leads a change.
func (c *Core) inWaitForChange(p packet) {
	switch p.kind {
	case kindProto:
		if p.from != c.self {
			c.noteJoiner(p)
		}
	case kindAlive:
		if c.change.node == p.from && !c.change.leave {
			c.vouch(c.self, c.joined)
			return
		}
		c.otherChange(c.allOurs(p.from))
	case kindNewNode:
		x := c.find(p.node)
		if x != nil && c.change.node == x && !c.change.leave {
			c.vouch(p.from, p.birth)
			return
		}
		c.otherChange(x != nil && p.from.ours && c.allOurs(x))
	case kindNodeLeave:
		c.leaveVote(p)
	case kindJoin:
		c.joinHeard(p)
	case kindNotice:
	default:
		c.ignored++
	}
}

// otherChange: a second newcomer while a change is under way. C holds a round then. Members of our kind vouch for everybody who
// comes, so the change goes on, and the newcomer asks again when it sees the list without itself.
func (c *Core) otherChange(patient bool) {
	if patient {
		c.ignored++
		return
	}
	c.startRound(true)
}

// leaveVote is a member's word that a node left. C's members put our own name there; that can only mean the leave under way.
func (c *Core) leaveVote(p packet) {
	x := c.find(p.node)
	mine := x == c.self && !c.cfg.LikeC
	if x != nil && c.change.leave && (x == c.change.node || mine) {
		c.vouch(p.from, p.birth)
		return
	}
	c.startRound(true)
}

func (c *Core) leftDuringChange(x *node) {
	switch {
	case c.change.node == x && c.change.leave:
	case c.change.node == x:
		// The newcomer is gone before it came. C waits for the time limit and holds a round.
		c.startRound(true)
	case x.member:
		c.startRound(true)
	}
}

// inWaitForMemList vouched for a change and waits for the list.
func (c *Core) inWaitForMemList(p packet) {
	switch p.kind {
	case kindMemList:
		switch {
		case p.major != c.major || p.minor != c.minor || !p.hasList || p.newCookie == c.cookie:
			c.ignored++
		case !p.list.has(c.self.index):
			c.reset(p.from.Name + " announces a membership without this node")
		default:
			c.takeList(p)
		}
	case kindAlive:
		if !c.cfg.LikeC && c.leader.ours {
			c.vouchFor(p.from)
		}
	case kindJoin:
		c.joinHeard(p)
	default:
		c.ignored++
	}
}

// vouchFor tells the leader that we heard x come.
func (c *Core) vouchFor(x *node) {
	m := c.standard(kindNewNode)
	put(m, fieldNode, x.Name)
	c.tell(c.leader, m)
}
