package scheduler

// implicitConstraints notes the orderings and colocations that follow from what a resource is.
func (c *cluster) implicitConstraints(r *resource) {
	switch r.variant {
	case primitive:
		c.implicitPrimitive(r)
	case group:
		c.implicitGroup(r)
	case clone:
		c.implicitClone(r)
	case bundle:
		c.implicitBundle(r)
	}
}

func (c *cluster) implicitPrimitive(r *resource) {
	if !r.is(rscManaged) {
		return
	}
	unfence := !r.is(rscFenceDevice) && c.unfencing && r.is(rscNeedsUnfencing)
	load := len(r.utilization) > 0 && c.placement != "default"
	c.orderTasks(r, "stop", r, "start", relOrdered|relFirstImpliesThen|relIntermediateStop)
	if r.top().is(rscPromotable) || r.role > roleUnpromoted {
		c.orderTasks(r, "demote", r, "stop", relPromotedThenImpliesFirst)
		c.orderTasks(r, "start", r, "promote", relUnrunnableFirstBlocks)
	}
	c.orderTasks(r, "lrm_delete", r, "monitor", relIfOnSameNode|relThenCancelsFirst)
	var allowed []*node
	if unfence || load || r.launcher != nil {
		for _, n := range c.nodes {
			if r.allowed.get(n) != nil {
				allowed = append(allowed, n)
			}
		}
	}
	if unfence {
		for _, n := range allowed {
			a := c.fenceOp(n, "on", true, "", false)
			c.newOrdering(ordering{rsc1: r, task1: r.key("stop"), a2: a, flags: relOrdered | relIfOnSameNode})
			c.newOrdering(ordering{a1: a, rsc2: r, task2: r.key("start"), flags: relFirstImpliesSameNodeThen | relIfOnSameNode})
		}
	}
	if load {
		c.orderByLoad(r, allowed)
	}
	if r.launcher != nil {
		c.implicitLaunched(r, allowed)
	}
	if r.any(rscRemoteConnection | rscFenceDevice) {
		r.avoidRemoteNodes()
	}
}

// avoidRemoteNodes bans a resource from nodes that are behind a connection.
func (r *resource) avoidRemoteNodes() {
	for _, n := range r.c.nodes {
		if w := r.allowed.get(n); w != nil && n.connection != nil {
			r.c.set(w, -infinity, source{kind: fromRemote})
		}
	}
}

// guestConnectionOf is the connection of the guest node inside a resource, nil when there is none.
func (c *cluster) guestConnectionOf(r *resource) *resource {
	if c.haveRemote {
		for _, l := range r.launched {
			if l.is(rscRemoteConnection) {
				return l
			}
		}
	}
	return nil
}

// implicitLaunched relates a resource to the one that it runs in.
func (c *cluster) implicitLaunched(r *resource, allowed []*node) {
	var connection *resource
	switch {
	case r.is(rscRemoteConnection):
		if !r.is(rscNestingAllowed) {
			r.launcher.avoidRemoteNodes()
		}
		c.orderTasks(r.launcher, "monitor", r, "stop", relOrdered)
	case r.launcher.is(rscRemoteConnection):
		connection = r.launcher
	default:
		connection = c.guestConnectionOf(r.launcher)
	}
	if connection != nil {
		// It runs inside: nowhere but on that guest.
		for _, n := range allowed {
			if n.connection != connection {
				c.set(r.allowed.get(n), -infinity, source{kind: fromContainer, with: r.launcher})
			}
		}
		return
	}
	c.orderTasks(r.launcher, "start", r, "start", relFirstImpliesThen|relUnrunnableFirstBlocks)
	c.orderTasks(r, "stop", r.launcher, "stop", relThenImpliesFirst)
	score := infinity
	if r.is(rscNestingAllowed) {
		score = 10000
	}
	c.newColocation(colocation{id: "#resource-with-container", score: score, dependent: r, primary: r.launcher, flags: colInfluence}, "", "")
}

func (c *cluster) implicitGroup(r *resource) {
	c.orderTasks(r, "stop", r, "stopped", relUnrunnableFirstBlocks)
	c.orderTasks(r, "stopped", r, "start", relOrdered)
	c.orderTasks(r, "start", r, "running", relUnrunnableFirstBlocks)
	promotable := r.top().is(rscPromotable)
	var previous, lastActive *resource
	for _, m := range r.children {
		c.implicitMember(r, m, previous, promotable)
		if len(m.active) > 0 {
			if r.group.ordered && previous != nil && len(previous.active) == 0 && lastActive != nil {
				c.orderTasks(m, "stop", lastActive, "stop", relOrdered)
			}
			lastActive = m
		}
		previous = m
	}
}

// implicitMember relates a member to its group and to the member before it.
func (c *cluster) implicitMember(r, m, previous *resource, promotable bool) {
	c.implicitConstraints(m)
	down, afterDown := relThenImpliesFirstGraphed, relFirstImpliesThenGraphed
	upAll := relUnrunnableFirstBlocks | relFirstImpliesThen | relFirstImpliesThenGraphed
	switch {
	case previous == nil:
		if r.group.ordered {
			down |= relOrdered
			afterDown = relFirstImpliesThen
		}
	case r.group.colocated:
		col := colocation{id: "#group-members", score: infinity, dependent: m, primary: previous}
		if m.is(rscCritical) {
			col.flags = colInfluence
		}
		c.newColocation(col, "", "")
	}
	if promotable {
		c.orderTasks(r, "demote", m, "demote", down)
		c.orderTasks(m, "demote", r, "demoted", afterDown)
		c.orderTasks(m, "promote", r, "promoted", upAll)
		c.orderTasks(r, "promote", m, "promote", relThenImpliesFirstGraphed)
	}
	c.orderTasks(r, "stop", m, "stop", down)
	c.orderTasks(m, "stop", r, "stopped", afterDown)
	c.orderTasks(r, "start", m, "start", relThenImpliesFirstGraphed)
	c.orderTasks(m, "start", r, "running", upAll)
	switch {
	case !r.group.ordered:
		flags := relFirstImpliesThen | relUnrunnableFirstBlocks | relThenImpliesFirstGraphed
		c.orderTasks(r, "start", m, "start", flags)
		if promotable {
			c.orderTasks(r, "promote", m, "promote", flags)
		}
	case previous == nil:
		c.orderTasks(r, "start", m, "start", relNone)
		if promotable {
			c.orderTasks(r, "promote", m, "promote", relNone)
		}
	default:
		c.orderTasks(previous, "start", m, "start", relFirstImpliesThen|relUnrunnableFirstBlocks)
		c.orderTasks(m, "stop", previous, "stop", relOrdered|relIntermediateStop)
		if len(m.active) > 0 && len(previous.active) == 0 {
			c.orderTasks(m, "stop", previous, "start", relThenImpliesFirst|relUnrunnableFirstBlocks)
		}
		if promotable {
			c.orderTasks(previous, "promote", m, "promote", relFirstImpliesThen|relUnrunnableFirstBlocks)
			c.orderTasks(m, "demote", previous, "demote", relOrdered)
		}
	}
}

func (c *cluster) implicitClone(r *resource) {
	c.orderTasks(r, "stopped", r, "start", relOrdered)
	c.orderTasks(r, "start", r, "running", relUnrunnableFirstBlocks)
	c.orderTasks(r, "stop", r, "stopped", relUnrunnableFirstBlocks)
	if r.is(rscPromotable) {
		c.orderTasks(r, "demoted", r, "stop", relOrdered)
		c.orderTasks(r, "running", r, "promote", relUnrunnableFirstBlocks)
	}
	if r.clone.ordered {
		r.children = sorted(r.children, compareNumbers)
	}
	for k, i := range r.children {
		c.implicitConstraints(i)
		c.orderTasks(r, "start", i, "start", relUnrunnableFirstBlocks|relThenImpliesFirstGraphed)
		c.orderTasks(i, "start", r, "running", relFirstImpliesThenGraphed)
		c.orderTasks(r, "stop", i, "stop", relThenImpliesFirstGraphed)
		c.orderTasks(i, "stop", r, "stopped", relFirstImpliesThenGraphed)
		if r.clone.ordered {
			for _, later := range r.children[k+1:] {
				c.orderTasks(i, "start", later, "start", relOrdered)
				c.orderTasks(later, "stop", i, "stop", relOrdered)
			}
		}
	}
	if r.is(rscPromotable) {
		c.implicitPromotable(r)
	}
}

func (c *cluster) implicitPromotable(r *resource) {
	c.orderRoleChanges(r)
	var previous *resource
	for _, i := range r.children {
		c.orderTasks(i, "demote", i, "promote", relOrdered)
		c.orderTasks(r, "promote", i, "promote", relOrdered)
		c.orderTasks(i, "promote", r, "promoted", relOrdered)
		if previous != nil && r.clone.ordered {
			c.orderTasks(previous, "promote", i, "promote", relOrdered)
		}
		c.orderTasks(r, "demote", i, "demote", relThenImpliesFirstGraphed)
		c.orderTasks(i, "demote", r, "demoted", relFirstImpliesThenGraphed)
		if previous != nil && r.clone.ordered {
			c.orderTasks(i, "demote", previous, "demote", relOrdered)
		}
		previous = i
	}
}

// orderRoleChanges orders the milestones of a collective: everything goes down before anything comes up.
func (c *cluster) orderRoleChanges(r *resource) {
	c.orderTasks(r, "stopped", r, "start", relOrdered)
	c.orderTasks(r, "stopped", r, "promote", relOrdered)
	c.orderTasks(r, "demoted", r, "stop", relOrdered)
	c.orderTasks(r, "demoted", r, "start", relOrdered)
	c.orderTasks(r, "demoted", r, "promote", relOrdered)
	c.orderTasks(r, "running", r, "promote", relOrdered)
	c.orderTasks(r, "demote", r, "demoted", relOrdered)
}

func (c *cluster) implicitBundle(r *resource) {
	for _, p := range r.bundle.replicas {
		c.implicitReplica(r, p)
	}
	child := r.bundle.child
	if child == nil {
		return
	}
	c.orderTasks(r, "start", child, "start", relThenImpliesFirstGraphed)
	c.orderTasks(child, "running", r, "running", relFirstImpliesThenGraphed)
	c.orderTasks(r, "stop", child, "stop", relThenImpliesFirstGraphed)
	c.orderTasks(child, "stopped", r, "stopped", relFirstImpliesThenGraphed)
	c.implicitConstraints(child)
	if !child.is(rscPromotable) {
		return
	}
	c.orderRoleChanges(r)
	c.orderTasks(r, "demote", child, "demote", relThenImpliesFirstGraphed)
	c.orderTasks(child, "demoted", r, "demoted", relFirstImpliesThenGraphed)
	c.orderTasks(r, "promote", child, "promote", relThenImpliesFirstGraphed)
	c.orderTasks(child, "promoted", r, "promoted", relFirstImpliesThenGraphed)
}

func (c *cluster) implicitReplica(r *resource, p *replica) {
	c.implicitConstraints(p.container)
	c.orderTasks(r, "start", p.container, "start", relUnrunnableFirstBlocks|relThenImpliesFirstGraphed)
	if p.child != nil {
		c.orderTasks(r, "stop", p.child, "stop", relThenImpliesFirstGraphed)
	}
	c.orderTasks(r, "stop", p.container, "stop", relThenImpliesFirstGraphed)
	c.orderTasks(p.container, "start", r, "running", relFirstImpliesThenGraphed)
	c.orderTasks(p.container, "stop", r, "stopped", relFirstImpliesThenGraphed)
	if p.ip != nil {
		c.implicitConstraints(p.ip)
		c.orderTasks(p.ip, "start", p.container, "start", relUnrunnableFirstBlocks|relGuestAllowed)
		c.orderTasks(p.container, "stop", p.ip, "stop", relThenImpliesFirst|relGuestAllowed)
		c.newColocation(colocation{id: "#ip-with-container", score: infinity, dependent: p.ip, primary: p.container, flags: colInfluence}, "", "")
	}
	if p.remote != nil {
		c.implicitConstraints(p.remote)
	}
}
