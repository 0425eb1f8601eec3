package ccm

import "heartbeat/internal/wire"

// maxRounds is how many rounds may end without a result before a node gives its membership up and asks anew.
const maxRounds = 3

// inJoining takes part in a round.
func (c *Core) inJoining(p packet) {
	switch p.kind {
	case kindProto:
		if p.from != c.self {
			c.noteJoiner(p)
		}
	case kindJoin:
		if p.minor > c.minor {
			c.joinHeard(p)
			return
		}
		c.vote(p.from, p.birth)
		c.tryDecide()
	case kindReq:
		p.from.requested, p.from.requestedMajor = true, p.major
		if c.votes() == c.live() && c.elected() != c.self || c.roundOver() {
			c.decide()
		}
	case kindAbort:
		if p.major == c.major && p.minor == c.minor {
			c.startRound(true)
		}
	default:
		c.ignored++
	}
}

func (c *Core) roundOver() bool { return c.now.Sub(c.round) >= c.limitU() }

// tryDecide elects a leader when everybody alive takes part.
func (c *Core) tryDecide() {
	if c.votes() > 0 && c.votes() == c.live() {
		c.decide()
	}
}

// elected is the leader of the round: the oldest member, by name the last of several. A node that never was a member loses
// against everybody.
func (c *Core) elected() *node {
	var best *node
	for _, n := range c.nodes {
		if n.voted && (best == nil || older(n, best)) {
			best = n
		}
	}
	return best
}

// older says whether a leads rather than b; b is the earlier one in the order of names.
func older(a, b *node) bool {
	switch {
	case a.votedBirth == b.votedBirth:
		return a.Name > b.Name
	case b.votedBirth == 0:
		return true
	case a.votedBirth == 0:
		return false
	}
	return a.votedBirth < b.votedBirth
}

// decide goes on from the JOINs: the leader asks who heard whom, the others answer it.
func (c *Core) decide() {
	lead := c.elected()
	switch {
	case lead == nil:
	case lead != c.self:
		c.answerLeaders(lead)
	case c.votes() == 1:
		c.aloneInRound()
	default:
		c.broadcast(c.standard(kindReq))
		for _, n := range c.nodes {
			n.listed = false
		}
		c.self.listed, c.self.list, c.self.listMax = true, c.heard(), c.highest
		c.enter(SentMemlistReq)
	}
}

// heard is the set of nodes whose JOIN we have.
func (c *Core) heard() set { return c.pick(func(n *node) bool { return n.voted }) }

// aloneInRound: nobody else takes part. A member goes on alone; a node that never was one asks again while others live, since it is
// no use to be a second membership beside theirs.
func (c *Core) aloneInRound() {
	if c.joined == 0 && c.live() > 1 && !c.cfg.LikeC {
		c.reset("nobody answers")
		return
	}
	c.setMembers(set{})
	c.self.member = true
	c.setMajor(max(c.major, c.floor()) + 1)
	c.cookie = c.newCookie()
	if c.joined == 0 {
		c.joined = 1
	}
	c.self.born = c.major
	c.leader = c.self
	c.clearVotes()
	c.vote(c.self, c.joined)
	c.enter(Joined)
	c.report(c.judge().Quorum)
	c.answerJoiners()
}

// answerLeaders answers all who asked for our list: the one that leads for us gets it, any other an empty one.
func (c *Core) answerLeaders(lead *node) {
	answered := false
	for _, n := range c.nodes {
		if !n.requested {
			continue
		}
		n.requested = false
		if n != lead {
			c.sendHeard(n, "")
			continue
		}
		if c.joined > 0 && c.major != n.requestedMajor {
			c.reset(n.Name + " leads a round of another instance")
			return
		}
		c.sendHeard(n, writeSet(c.heard()))
		answered = true
	}
	if answered {
		c.enter(MemlistRes)
	}
}

func (c *Core) sendHeard(to *node, list string) {
	m := c.standard(kindRes)
	put(m, fieldMax, number(c.highest))
	put(m, fieldMemlist, list)
	c.tell(to, m)
}

// inSentMemlistReq leads a round and collects who heard whom.
func (c *Core) inSentMemlistReq(p packet) {
	switch p.kind {
	case kindProto:
		if p.from != c.self {
			c.noteJoiner(p)
		}
	case kindJoin:
		switch {
		case p.major == c.major && p.minor == c.minor:
			if p.from != c.self {
				c.vote(p.from, p.birth) // late: it counts, and its list is awaited
				c.self.list.add(p.from.index)
			}
		case p.major == c.major && p.minor > c.minor && !c.cfg.LikeC:
			c.joinHeard(p)
		default:
			c.joinTooOld(p)
		}
	case kindReq:
		if p.from != c.self {
			c.sendHeard(p.from, "")
		}
	case kindRes:
		if p.minor != c.minor || p.major != c.major || !p.hasList || !p.from.voted {
			c.ignored++
			return
		}
		p.from.listed, p.from.list, p.from.listMax = true, p.list, p.max
		c.tryFinish()
	default:
		c.ignored++
	}
}

// tryFinish ends the round when everybody who takes part has answered.
func (c *Core) tryFinish() {
	for _, n := range c.nodes {
		if n.voted && !n.listed {
			return
		}
	}
	c.finish()
}

// finish announces the largest set of nodes that all hear each other.
func (c *Core) finish() {
	chosen := c.clique()
	major := c.nextMajor(chosen)
	c.setMembers(chosen)
	cookie := c.newCookie()
	m := c.standard(kindFinal)
	put(m, fieldMax, number(major))
	put(m, fieldMemlist, writeSet(chosen))
	put(m, fieldQuorum, flag(c.judge().Quorum))
	put(m, fieldNewCookie, cookie)
	c.broadcast(m)
	c.setMajor(major)
	c.cookie, c.leader = cookie, c.self
	c.settleRound()
	c.report(c.judge().Quorum)
	c.answerJoiners()
}

// settleRound enters a membership that a round brought; births are what the JOINs said.
func (c *Core) settleRound() {
	for _, n := range c.nodes {
		if n.member {
			n.born = 0
			if n.voted {
				n.born = n.votedBirth
			}
		}
	}
	c.fillBirths()
	if c.joined == 0 {
		c.joined = c.major
	}
	c.enter(Joined)
}

// nextMajor is one above what the members of s have held. C takes the lowest of these, so that instances can go backwards.
func (c *Core) nextMajor(s set) uint32 {
	low, high := uint32(maxMajor), c.floor()
	for _, n := range c.nodes {
		if s.has(n.index) && n.listed {
			low, high = min(low, n.listMax), max(high, n.listMax)
		}
	}
	if c.cfg.LikeC {
		return low + 1
	}
	return max(high, c.major) + 1
}

// inMemlistRes told the leader of the round whom it heard.
func (c *Core) inMemlistRes(p packet) {
	switch p.kind {
	case kindProto:
		if p.from != c.self {
			c.noteJoiner(p)
		}
	case kindJoin:
		switch {
		case p.major > c.major:
			m := c.standard(kindAbort)
			m.Set(fieldMinor, wire.String, number(c.major)) // as C writes it
			c.tell(p.from, m)
		case p.minor > c.minor:
			c.joinHeard(p)
		}
	case kindReq:
		if p.minor == c.minor {
			c.sendHeard(p.from, "")
		}
	case kindFinal:
		c.finalArrived(p)
	default:
		c.ignored++
	}
}

func (c *Core) finalArrived(p packet) {
	lead := c.elected()
	if p.from != lead || p.major != c.major || p.minor != c.minor || !p.hasList || !p.hasMax {
		c.ignored++
		return
	}
	if !p.list.has(c.self.index) {
		c.reset(p.from.Name + " announces a membership without this node")
		return
	}
	c.setMembers(p.list)
	c.setMajor(p.max)
	if p.newCookie != "" {
		c.cookie = p.newCookie
	}
	c.leader = lead
	c.forgetJoiners()
	c.settleRound()
	c.report(p.quorum)
}
