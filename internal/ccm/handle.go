package ccm

// handle gives a message to the state that we are in (section 19.4).
func (c *Core) handle(p packet) {
	switch c.state {
	case None:
		if p.kind == kindProto {
			c.noteJoiner(p)
		}
		return
	case VersionRequest:
		c.inVersionRequest(p)
		return
	case Joining, SentMemlistReq, MemlistRes, Joined, WaitForMemList, WaitForChange, NewNodeWait:
	}
	switch p.kind {
	case kindStateInfo:
		c.stateInfo(p)
		return
	case kindView:
		c.viewArrived(p)
		return
	case kindRestart:
		c.restartAll(p.from, p.from.Name+" starts the membership over")
		return
	case kindProto:
		c.askingMember(p.from)
	default:
		if p.cookie != c.cookie || p.major < c.major || c.state == Joining && p.minor < c.minor {
			c.ignored++
			c.lostMember(p)
			return
		}
	}
	switch c.state {
	case Joining:
		c.inJoining(p)
	case SentMemlistReq:
		c.inSentMemlistReq(p)
	case MemlistRes:
		c.inMemlistRes(p)
	case Joined:
		c.inJoined(p)
	case WaitForMemList:
		c.inWaitForMemList(p)
	case WaitForChange:
		c.inWaitForChange(p)
	case NewNodeWait:
		c.inNewNodeWait(p)
	case None, VersionRequest:
	}
}

// askingMember: a member that asks for a membership has none any more, whatever we missed. C goes on listing it.
func (c *Core) askingMember(n *node) {
	if n != c.self && n.member && !c.cfg.LikeC && (c.state == Joined || c.state == WaitForChange || c.state == WaitForMemList) {
		c.gone(n)
	}
}

// lostMember: a member holds a round under another cookie. Its vote for our membership came before that, so it never got the list,
// and now it takes no more. Only the leader can tell, since only to the leader all members spoke in the present order.
func (c *Core) lostMember(p packet) {
	if p.kind == kindJoin && p.cookie != c.cookie && p.from.member && p.from != c.self && c.leader == c.self &&
		!c.cfg.LikeC && (c.state == Joined || c.state == WaitForChange) {
		c.gone(p.from)
	}
}

// joinHeard is what a JOIN does to a member that is in no round: it takes part.
func (c *Core) joinHeard(p packet) {
	if p.minor < c.minor {
		c.joinTooOld(p)
		return
	}
	c.minor = p.minor
	c.startRound(false)
	c.vote(p.from, p.birth)
}

// joinTooOld takes a JOIN of a round that is over here. C starts everything over; we let the sender know of our round.
func (c *Core) joinTooOld(p packet) {
	if c.cfg.LikeC {
		c.restartAll(p.from, "a JOIN of "+p.from.Name+" belongs to an earlier round")
		return
	}
	c.ignored++
}

// startRound begins a full round, or takes part in one: everything that earlier rounds brought is forgotten (C: update_reset).
func (c *Core) startRound(higher bool) {
	c.clearVotes()
	c.change = change{}
	if higher {
		c.minor++
	}
	c.round = c.now
	c.enter(Joining)
	c.broadcast(c.standard(kindJoin))
}

func (c *Core) clearVotes() {
	for _, n := range c.nodes {
		n.voted, n.requested, n.listed = false, false, false
		n.list = set{}
	}
}

func (c *Core) vote(n *node, birth uint32) {
	if !n.voted {
		n.voted, n.votedBirth = true, birth
	}
}

func (c *Core) votes() int {
	k := 0
	for _, n := range c.nodes {
		if n.voted {
			k++
		}
	}
	return k
}
