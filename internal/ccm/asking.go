package ccm

import "time"

// maxDropped is how many answers of small memberships in a row a newcomer does not take, in the hope for a larger one.
const maxDropped = 3

// maxTries is how many questions go unanswered before the highest asker forms a membership alone.
const maxTries = 3

// ask leaves None: who leads?
func (c *Core) ask() {
	c.enter(VersionRequest)
	c.asked = c.now
	c.broadcast(c.question())
}

// askPause is the least time between two questions of one node, for each node that lives.
const askPause = 10 * time.Millisecond

// askSoon repeats the question for somebody who cannot have heard it. When a whole cluster starts, everybody is such a one for
// everybody: one question serves all who come within the pause.
func (c *Core) askSoon() {
	if !c.repeat.IsZero() {
		return
	}
	if c.repeat = c.asked.Add(time.Duration(c.live()) * askPause); c.repeat.Before(c.now) {
		c.repeat = c.now
	}
}

// askAgain is the repetition.
func (c *Core) askAgain() {
	c.asked, c.repeat = c.now, time.Time{}
	c.address(c.question())
}

// askLater goes back to None; the question follows at once, or after the pause of a node that is choosy.
func (c *Core) askLater(choosy bool) {
	c.enter(None)
	c.askAt = c.now
	if choosy {
		c.askAt = c.now.Add(hurry)
	}
}

func (c *Core) inVersionRequest(p packet) {
	switch p.kind {
	case kindProto:
		first := p.from != c.self && !p.from.asked
		c.noteJoiner(p)
		if c.allAsked() && c.highestJoiner() {
			c.formAlone()
			c.answerJoiners()
			return
		}
		if first && !c.cfg.LikeC {
			// It may have started after we asked, and waits for our question as we waited for its own.
			c.askSoon()
		}
	case kindResp:
		c.respArrived(p)
	case kindAbort:
		c.tries = 0
	}
}

func (c *Core) respArrived(p packet) {
	if p.cookie == "" || p.from.avoid && c.now.Before(c.avoid) {
		c.ignored++
		return
	}
	if c.dropped < maxDropped && int(p.size)+1 <= (len(c.nodes)+1)/2 {
		c.dropped++
		c.forgetJoiners()
		c.tries = 0
		c.askLater(true)
		return
	}
	c.dropped = 0
	c.cookie, c.minor = p.cookie, 0
	c.setMajor(p.major)
	c.clearVotes()
	c.forgetJoiners()
	if !c.cfg.LikeC {
		c.joined = 0
	}
	c.leader = p.from
	c.enter(NewNodeWait)
	c.broadcast(c.standard(kindAlive))
}

// inNewNodeWait waits for the list that lets us in.
func (c *Core) inNewNodeWait(p packet) {
	switch p.kind {
	case kindMemList:
		if p.major != c.major || p.minor != c.minor || !p.hasList {
			c.ignored++
			return
		}
		if !p.list.has(c.self.index) {
			c.forgetJoiners()
			c.tries = 0
			c.askLater(false)
			return
		}
		c.takeList(p)
	case kindJoin:
		c.joinHeard(p)
	}
}

// takeList takes the list of the leader into force.
func (c *Core) takeList(p packet) {
	major := c.major + 1
	if p.hasMax && p.from.ours && p.max > major {
		major = p.max
	}
	c.setMajor(major)
	c.setMembers(p.list)
	c.takeBirths(p.list, p.uptimes)
	if p.newCookie != "" {
		c.cookie = p.newCookie
	}
	c.leader = p.from
	c.change = change{}
	if c.joined == 0 || c.state == NewNodeWait {
		c.joined = c.major
	}
	c.forgetJoiners()
	c.enter(Joined)
	c.report(p.quorum)
}

// setMembers makes the nodes of s the members.
func (c *Core) setMembers(s set) {
	for _, n := range c.nodes {
		n.member = s.has(n.index)
	}
}

// takeBirths reads the births that go with a list, in the order of the index; without them everybody counts as new.
func (c *Core) takeBirths(s set, births []uint32) {
	i := 0
	for _, n := range c.nodes {
		if !s.has(n.index) {
			continue
		}
		n.born = c.major
		if i < len(births) && births[i] != 0 && births[i] <= c.major {
			n.born = births[i]
		}
		i++
	}
}

// formAlone makes the first membership, with us alone in it.
func (c *Core) formAlone() {
	c.setMembers(set{})
	c.self.member = true
	c.setMajor(max(c.major, c.floor()) + 1)
	c.cookie = c.newCookie()
	c.leader = c.self
	c.joined = 1
	c.self.born = c.major
	c.change = change{}
	c.clearVotes()
	c.vote(c.self, c.joined)
	c.enter(Joined)
	c.report(c.judge().Quorum)
}

// floor is the largest instance that nobody may fall below: ours in this life, and of those that ask to come in.
func (c *Core) floor() uint32 {
	if c.cfg.LikeC {
		return 0
	}
	f := c.highest
	for _, n := range c.nodes {
		if n.asked && n.ours {
			f = max(f, n.askedMajor)
		}
	}
	return f
}

func (c *Core) noteJoiner(p packet) { p.from.asked, p.from.askedMajor = true, p.major }

func (c *Core) forgetJoiners() {
	for _, n := range c.nodes {
		n.asked = false
	}
}

// allAsked says that every live node wants in, so nobody is left who could answer.
func (c *Core) allAsked() bool {
	for _, n := range c.nodes {
		if n.alive && !n.asked {
			return false
		}
	}
	return true
}

// highestJoiner says that of all who ask we have the highest instance; the highest index decides a tie.
func (c *Core) highestJoiner() bool {
	mine := c.askMajor()
	for _, n := range c.nodes {
		if n != c.self && n.asked && (n.askedMajor > mine || n.askedMajor == mine && n.index > c.self.index) {
			return false
		}
	}
	return true
}

// answerJoiners answers everybody who asked while we could not.
func (c *Core) answerJoiners() {
	for _, n := range c.nodes {
		if n.asked && n != c.self && n.alive {
			c.answerJoiner(n)
		}
	}
	c.forgetJoiners()
}

func (c *Core) answerJoiner(n *node) {
	m := c.standard(kindResp)
	put(m, fieldProto, "0")
	put(m, fieldSize, number(uint32(c.members())))
	c.tell(n, m)
}
