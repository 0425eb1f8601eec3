package scheduler

// createActions makes the actions of a resource and everything below it.
func (c *cluster) createActions(r *resource) {
	switch r.variant {
	case primitive:
		c.createPrimitive(r)
	case group:
		c.createGroup(r)
	case clone:
		c.createInstances(r, r.children)
		if r.is(rscPromotable) {
			c.createPromotable(r)
		}
	case bundle:
		c.createBundle(r)
	}
}

func (c *cluster) createGroup(r *resource) {
	for _, m := range r.children {
		c.createActions(m)
	}
	tasks := []string{"start", "running", "stop", "stopped", "demote", "demoted", "promote", "promoted"}
	if !isTrue(r.meta.Get("promotable")) {
		tasks = tasks[:4]
	}
	for _, task := range tasks {
		c.action(r, r.key(task), task, nil, true).set(actPseudo | actRunnable)
	}
}

// A collectiveState sums up what the instances of a collective do.
type collectiveState struct{ starting, stopping, restarting, active bool }

func (s *collectiveState) add(r *resource) {
	if r.variant > primitive {
		for _, child := range r.children {
			s.add(child)
		}
		return
	}
	var starting, stopping bool
	for _, a := range r.actions {
		switch a.task {
		case "start":
			starting = starting || !a.is(actOptional) && a.is(actRunnable)
		case "stop":
			stopping = stopping || !a.is(actOptional) && a.any(actPseudo|actRunnable)
		}
	}
	s.active = s.active || len(r.active) > 0
	s.starting = s.starting || starting
	s.stopping = s.stopping || stopping
	s.restarting = s.restarting || starting && stopping
}

// createInstances makes the actions of instances and the milestones of their collective.
func (c *cluster) createInstances(r *resource, instances []*resource) {
	var s collectiveState
	for _, i := range instances {
		c.createActions(i)
		s.add(i)
	}
	start := c.milestone(r, "start", !s.starting, true)
	started := c.milestone(r, "running", !s.starting, false)
	started.priority = infinity
	if s.active || s.starting {
		started.set(actRunnable)
	}
	stop := c.milestone(r, "stop", !s.stopping, true)
	stopped := c.milestone(r, "stopped", !s.stopping, true)
	stopped.priority = infinity
	if !s.restarting {
		stop.set(actMigratable)
	}
	if !r.isClone() {
		return
	}
	if r.clone.start == nil {
		r.clone.start = c.newNotification(r, "start", start, started)
	}
	if r.clone.stop == nil {
		r.clone.stop = c.newNotification(r, "stop", stop, stopped)
		if r.clone.start != nil && r.clone.stop != nil {
			c.orderActions(r.clone.stop.postDone, r.clone.start.pre, relOrdered)
		}
	}
}

// createPromotable makes the actions once more, now that roles are known, and the milestones of promotion.
func (c *cluster) createPromotable(r *resource) {
	promoting, demoting := false, false
	for _, i := range r.children {
		c.createActions(i)
		i.roleChanges(&demoting, &promoting)
	}
	promote := c.milestone(r, "promote", !promoting, true)
	promoted := c.milestone(r, "promoted", !promoting, true)
	promoted.priority = infinity
	d := r.clone
	if d.promote == nil {
		d.promote = c.newNotification(r, "promote", promote, promoted)
	}
	demote := c.milestone(r, "demote", !demoting, true)
	demoted := c.milestone(r, "demoted", !demoting, true)
	demoted.priority = infinity
	if d.demote == nil {
		if d.demote = c.newNotification(r, "demote", demote, demoted); d.promote != nil {
			c.orderActions(d.stop.postDone, d.promote.pre, relOrdered)
			c.orderActions(d.start.postDone, d.promote.pre, relOrdered)
			c.orderActions(d.demote.postDone, d.promote.pre, relOrdered)
			c.orderActions(d.demote.postDone, d.start.pre, relOrdered)
			c.orderActions(d.demote.postDone, d.stop.pre, relOrdered)
		}
	}
	for _, i := range r.children {
		i.priority = r.priority
	}
}

func (r *resource) roleChanges(demoting, promoting *bool) {
	if len(r.children) > 0 {
		for _, child := range r.children {
			child.roleChanges(demoting, promoting)
		}
		return
	}
	for _, a := range r.actions {
		if !a.is(actOptional) {
			*demoting = *demoting || a.task == "demote"
			*promoting = *promoting || a.task == "promote"
		}
	}
}

func (c *cluster) createBundle(r *resource) {
	for _, p := range r.bundle.replicas {
		for _, part := range []*resource{p.ip, p.container, p.remote} {
			if part != nil {
				c.createActions(part)
			}
		}
	}
	c.createInstances(r, r.containers())
	child := r.bundle.child
	if child == nil {
		return
	}
	c.createActions(child)
	if child.is(rscPromotable) {
		c.milestone(r, "promote", true, true)
		c.milestone(r, "promoted", true, true).priority = infinity
		c.milestone(r, "demote", true, true)
		c.milestone(r, "demoted", true, true).priority = infinity
	}
}
