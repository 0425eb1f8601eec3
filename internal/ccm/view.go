package ccm

import "fmt"

// View copies what the core believes.
func (c *Core) View() View {
	v := View{State: c.state, Since: c.since, InFlux: !c.lists || c.flux, Last: c.last, Formed: c.formed,
		Waiting: c.waiting(), Ignored: c.ignored, Malformed: c.malformed}
	v.Last.Members = append([]Member(nil), c.last.Members...)
	if !c.lists {
		v.Last.Members, v.Last.Quorum = nil, false
	}
	for _, n := range c.nodes {
		v.Nodes = append(v.Nodes, NodeView{Name: n.Name, Alive: n.alive, Ours: n.ours, Weight: n.Weight, Site: n.Site, Differs: n.differs})
	}
	return v
}

// waiting says what keeps a membership from being agreed on.
func (c *Core) waiting() string {
	if !c.started {
		return "communication is not up yet"
	}
	for _, n := range c.nodes {
		if n.alive && n.differs != 0 {
			return fmt.Sprintf("node %s has %d nodes in its list, here are %d: make the node lines of ha.cf the same", n.Name, n.differs, len(c.nodes))
		}
	}
	switch c.state {
	case None, VersionRequest:
		return "asking for a membership to join"
	case NewNodeWait:
		return "joining the membership of " + c.leader.Name
	case Joining, SentMemlistReq, MemlistRes:
		return fmt.Sprintf("a round of agreement, %d of %s take part so far", c.votes(), nodesText(c.live()))
	case WaitForChange:
		return "the members are confirming a change"
	case WaitForMemList:
		return "waiting for the list of the leader"
	case Joined:
	}
	return ""
}
