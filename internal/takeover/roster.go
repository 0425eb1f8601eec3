package takeover

import "slices"

// nodeAdded takes a node into the list. It counts as alive until membership says otherwise, like every
// node at our start: nothing of it is taken over before its deadtime is over.
func (c *Core) nodeAdded(name string) {
	if name == c.cfg.Self || slices.Contains(c.cfg.Nodes, name) {
		return
	}
	c.cfg.Nodes = append(slices.Clip(c.cfg.Nodes), name)
	// What is at home there ran elsewhere meanwhile, as after its death.
	c.peers = append(c.peers, &peer{name: name, alive: true, needsFailback: true})
	for _, g := range c.groups {
		g.homeless = g.homeless && g.home != name
	}
}

// nodeRemoved forgets a dead node. Groups that are at home there stay where they run, and whoever is left
// runs them when they fail there.
func (c *Core) nodeRemoved(name string) {
	p := c.peer(name)
	if p == nil {
		return
	}
	if p.alive {
		c.nodeDied(NodeDied{Node: name, Reason: "it was removed from the cluster"})
	}
	if p.proof.asked {
		c.do(CancelProof{p.name})
	}
	c.cfg.Nodes = slices.DeleteFunc(slices.Clone(c.cfg.Nodes), func(n string) bool { return n == name })
	c.peers = slices.DeleteFunc(c.peers, func(q *peer) bool { return q == p })
}
