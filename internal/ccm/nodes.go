package ccm

import (
	"slices"
	"time"

	"heartbeat/internal/wire"
)

// nodeAlive: a node is heard. One that had been dead may be a member of something, as we may be (section 19.5).
func (c *Core) nodeAlive(name string) {
	n := c.find(name)
	if n == nil || n == c.self || n.alive {
		return
	}
	n.alive = true
	if !c.started || c.stopped {
		return
	}
	if c.state.part() && c.cookie != "" {
		c.sendStateInfo(n)
	}
	if c.state == Joined {
		c.planView()
		c.doubtOver()
	}
}

func (c *Core) nodeDied(name string) {
	n := c.find(name)
	if n == nil || n == c.self || !n.alive {
		return
	}
	n.alive, n.differs = false, 0
	c.gone(n)
}

// nodeRestarted: what the node was a member of ended with its former life.
func (c *Core) nodeRestarted(name string) {
	if n := c.find(name); n != nil && n != c.self {
		n.askedMajor = 0
		c.gone(n)
	}
}

// clientChanged is the word of a daemon about its ccm: a leave ends the membership of that node.
func (c *Core) clientChanged(n *node, m *wire.Message) {
	if m.Get(fieldFromID) != Client {
		return
	}
	switch m.Get("st") {
	case "leave":
		c.gone(n)
	case "join":
		if c.state == VersionRequest && !c.cfg.LikeC {
			c.askSoon() // it cannot have heard that we ask
		}
	}
}

// gone handles the end of a node's part in the membership.
func (c *Core) gone(n *node) {
	n.asked = false
	if !c.started || c.stopped {
		return
	}
	c.doubt()
	c.memberLeft(n)
	if c.state == VersionRequest && !c.cfg.LikeC && c.allAsked() && c.highestJoiner() {
		c.formAlone()
		c.answerJoiners()
	}
}

// doubt takes quorum back at once when the members that still live would not have it: the next membership cannot be better, and
// until it is agreed on the other side of a cut may already have formed theirs.
func (c *Core) doubt() {
	if c.cfg.LikeC || c.flux || !c.last.Quorum || !c.self.member {
		return
	}
	alive := c.judgeOf(func(n *node) bool { return n.member && n.alive })
	if !alive.Quorum {
		c.influx("of the members of the last membership too few are alive: " + alive.Why)
	}
}

// selfPaused: the membership that we remember may be long over. A round confirms it within milliseconds, or shows that we are alone.
func (c *Core) selfPaused(ev SelfPaused) {
	if !c.started || c.stopped || c.cfg.LikeC || !c.state.part() {
		return
	}
	c.influx("this node did not run for " + ev.Gap.Round(time.Millisecond).String() + "; the others may have gone on without it")
	c.startRound(true)
}

// doubtOver publishes the membership again when members that we took for dead are heard before anybody drew a conclusion.
func (c *Core) doubtOver() {
	if c.flux && c.self.member && c.judgeOf(func(n *node) bool { return n.member && n.alive }).Quorum {
		c.report(c.last.Quorum)
	}
}

func (c *Core) nodeAdded(n Node) {
	if n.Name == "" || c.find(n.Name) != nil || len(c.nodes) >= MaxNodes {
		return
	}
	c.setNodes(append(slices.Clone(c.nodes), newNode(n)))
	c.listChanged()
}

func (c *Core) nodeRemoved(name string) {
	n := c.find(name)
	if n == nil || n == c.self {
		return
	}
	c.setNodes(slices.DeleteFunc(slices.Clone(c.nodes), func(o *node) bool { return o == n }))
	if c.leader == n {
		c.leader = nil
	}
	c.listChanged()
}

// listChanged: indexes shifted, and quorum counts otherwise. Members agree on it in a round. Others may have begun theirs before
// we knew the new list, and their JOINs were of no use then; so the round is a later one than theirs.
func (c *Core) listChanged() {
	if !c.started || c.stopped || !c.state.part() {
		return
	}
	c.minor = max(c.minor, c.missedMinor)
	c.missedMinor = 0
	c.startRound(true)
}

func (c *Core) voteChanged(n Node) {
	known := c.find(n.Name)
	if known == nil {
		return
	}
	if n.Weight == 0 {
		n.Weight = DefaultWeight
	}
	known.Node = n
	c.judgeAgain()
}
