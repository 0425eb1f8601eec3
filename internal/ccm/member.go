package ccm

// inJoined is a member of a membership that holds.
func (c *Core) inJoined(p packet) {
	switch p.kind {
	case kindProto:
		if c.leader == c.self && p.from != c.self {
			p.from.askedMajor = p.major
			c.answerJoiner(p.from)
		}
	case kindAlive:
		c.newcomer(p.from)
	case kindNewNode:
		if x := c.find(p.node); x != nil && c.leader == c.self {
			c.begin(change{node: x})
			c.vouch(p.from, p.birth)
		}
	case kindNotice:
		c.noticed(p)
	case kindNodeLeave:
		// Also from C, whose notices name the leader instead of the leaver; there is nothing to begin then.
		if x := c.find(p.node); x != nil && x != c.self && x.member && c.leader == c.self {
			c.begin(change{node: x, leave: true})
			c.vouch(p.from, p.birth)
		}
	case kindJoin:
		c.joinHeard(p)
	case kindMemList:
		c.listAgain(p)
	default:
		c.ignored++
	}
}

// newcomer is x, which accepts our membership.
func (c *Core) newcomer(x *node) {
	if x == c.self {
		return
	}
	if c.leader != c.self {
		c.vouchFor(x)
		c.enter(WaitForMemList)
		return
	}
	c.begin(change{node: x})
	c.vouch(c.self, c.joined)
}

// noticed: the leader says that a member left.
func (c *Core) noticed(p packet) {
	x := c.find(p.node)
	switch {
	case x == nil || !x.member || c.leader == c.self:
		c.ignored++
	case x == c.self:
		// The leader does not hear us any more, while we hear it: we are out.
		c.reset(p.from.Name + " says that this node left")
	default:
		m := c.standard(kindNodeLeave)
		put(m, fieldNode, c.leaverName(x, p.from))
		c.tell(p.from, m)
		c.enter(WaitForMemList)
	}
}

// leaverName is what goes into NODE_LEAVE. C names the leader, which no leader can use; the leaver's name is understood by all.
func (c *Core) leaverName(x, leader *node) string {
	if c.cfg.LikeC {
		return leader.Name
	}
	return x.Name
}

// listAgain is a list while a membership holds: the leader's verdict on quorum changed, or we are not in it any more.
func (c *Core) listAgain(p packet) {
	switch {
	case p.from != c.leader || !p.hasList:
		c.ignored++
	case !p.list.has(c.self.index):
		c.reset(p.from.Name + " announces a membership without this node")
	case p.hasQuorum && p.major == c.major && p.newCookie == c.cookie:
		c.report(p.quorum)
	default:
		c.ignored++
	}
}

// memberLeft handles the death of a node, or the end of its client, in every state from Joining on.
func (c *Core) memberLeft(x *node) {
	x.asked = false
	switch c.state {
	case Joined:
		if x.member {
			c.memberLeftJoined(x)
		}
	case WaitForChange:
		c.leftDuringChange(x)
	case WaitForMemList, NewNodeWait:
		if x == c.leader {
			c.startRound(true)
		}
	case Joining:
		x.voted, x.requested = false, false
		if !c.cfg.LikeC {
			c.tryDecide()
		}
	case SentMemlistReq:
		if x.voted {
			x.listed, x.list, x.listMax = true, set{}, 0
			c.tryFinish()
		}
	case MemlistRes:
		if x == c.elected() {
			c.startRound(true)
		}
	case None, VersionRequest:
	}
}

func (c *Core) memberLeftJoined(x *node) {
	switch {
	case x == c.leader:
		c.startRound(false)
	case c.leader == c.self:
		c.begin(change{node: x, leave: true})
		c.vouch(c.self, c.joined)
		if c.change.node != nil {
			m := c.standard(kindNotice)
			put(m, fieldNode, x.Name)
			c.broadcast(m)
		}
	}
	// Otherwise the leader's notice comes.
}
