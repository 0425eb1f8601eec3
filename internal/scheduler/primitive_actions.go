package scheduler

// A step is what brings a resource from one role to the next.
type step uint8

const (
	stepNone step = iota
	stepStart
	stepStop
	stepPromote
	stepDemote
	stepWrong
)

// nextRole is the first role on the way from one to another.
func nextRole(from, to role) role {
	switch from {
	case roleUnknown:
		if to == roleUnknown {
			return roleUnknown
		}
		return roleStopped
	case roleStopped:
		return [...]role{roleStopped, roleStopped, roleStarted, roleUnpromoted, roleUnpromoted}[to]
	case roleStarted:
		return [...]role{roleStopped, roleStopped, roleStarted, roleUnpromoted, rolePromoted}[to]
	case roleUnpromoted:
		return [...]role{roleStopped, roleStopped, roleStopped, roleUnpromoted, rolePromoted}[to]
	}
	return [...]role{roleStopped, roleUnpromoted, roleUnpromoted, roleUnpromoted, rolePromoted}[to]
}

// stepBetween is what leads from one role to the next.
func stepBetween(from, to role) step {
	switch from {
	case roleUnknown:
		if to == roleStopped {
			return stepStop
		}
		return stepWrong
	case roleStopped:
		return [...]step{stepWrong, stepNone, stepStart, stepStart, stepWrong}[to]
	case roleStarted:
		return [...]step{stepWrong, stepStop, stepNone, stepNone, stepPromote}[to]
	case roleUnpromoted:
		return [...]step{stepWrong, stepStop, stepStop, stepNone, stepPromote}[to]
	}
	return [...]step{stepWrong, stepDemote, stepDemote, stepDemote, stepNone}[to]
}

func (c *cluster) take(s step, r *resource, n *node, optional bool) {
	switch s {
	case stepStart:
		c.stepUp(r, n, optional)
	case stepStop:
		c.stepDown(r, optional)
	case stepPromote:
		c.stepPromote(r, n, optional)
	case stepDemote:
		for _, current := range r.active {
			if !r.isExpectedOn(current) {
				c.demoteAction(r, current, optional)
			}
		}
	}
}

// createPrimitive makes the actions that bring a primitive from what it is to what it shall be.
func (c *cluster) createPrimitive(r *resource) {
	if r.next == roleUnknown {
		r.setNext(roleStarted)
		if r.assigned == nil {
			r.setNext(roleStopped)
		}
	}
	current, all, clean := r.currentCounts()
	for _, n := range r.dangling {
		c.stopAction(r, n, false).set(actMigrationAbort)
	}
	moving := current != nil && r.assigned != nil && current != r.assigned && r.next >= roleStarted
	migrate := moving && r.canMigrate(current)
	stop, promote := moving, false
	multiple := false
	switch {
	case r.partialSource != nil && r.partialTarget != nil && migrate && all == 2 && current == r.partialSource && r.assigned == r.partialTarget:
		// The migration that has begun goes on.
	case r.partialSource != nil || r.partialTarget != nil:
		stop, migrate = true, false
		r.partialSource, r.partialTarget = nil, nil
	case r.is(rscNeedsFencing):
		multiple = all > 1
	default:
		multiple = clean > 1
	}
	if multiple {
		switch r.multiple {
		case multipleRestart:
			stop = true
		case multipleUnexpected:
			stop = true
			r.set(rscStopUnexpected)
		}
	} else {
		r.unset(rscStopUnexpected)
	}
	if r.is(rscStartPending) {
		c.startAction(r, r.assigned, true).set(actAlwaysInGraph)
	}
	switch {
	case moving:
	case r.is(rscFailed):
		if r.is(rscStopIfFailed) {
			stop = true
		} else if r.next == rolePromoted {
			promote = true
		}
	case r.is(rscBlocked):
		stop = true
	case r.role > roleStarted && current != nil && r.assigned != nil:
		if !c.startAction(r, r.assigned, true).is(actOptional) {
			stop = true
		}
	}
	c.createRestart(r, current, stop, promote)
	c.createRoleChange(r)
	c.createRecurring(r)
	if migrate {
		c.createMigration(r, current)
	}
}

// createRestart brings a resource down and up again to its current role; these actions become required only if need be.
func (c *cluster) createRestart(r *resource, current *node, stop, promote bool) {
	r.set(rscRestarting)
	role := r.role
	for role != roleStopped {
		next := nextRole(role, roleStopped)
		s := stepBetween(role, next)
		if s == stepNone {
			break
		}
		c.take(s, r, current, !stop)
		role = next
	}
	for r.role <= r.next && role != r.role && !r.is(rscBlocked) {
		next := nextRole(role, r.role)
		s := stepBetween(role, next)
		if s == stepNone {
			break
		}
		c.take(s, r, r.assigned, !(stop || next == rolePromoted && promote))
		role = next
	}
	r.unset(rscRestarting)
}

func (c *cluster) createRoleChange(r *resource) {
	for role := r.role; role != r.next; {
		next := nextRole(role, r.next)
		s := stepBetween(role, next)
		if s == stepNone {
			break
		}
		c.take(s, r, r.assigned, false)
		role = next
	}
}

// isExpectedOn says whether a node is the one where a resource that runs too often may stay.
func (r *resource) isExpectedOn(n *node) bool {
	return r.is(rscStopUnexpected|rscRestarting) && r.next > roleStopped && r.assigned == n
}

// stepDown stops a resource on all nodes where it runs.
func (c *cluster) stepDown(r *resource, optional bool) {
	for _, n := range r.active {
		if r.isExpectedOn(n) {
			continue
		}
		if r.partialTarget != nil {
			if n == r.partialTarget && n == r.assigned {
				continue
			}
			optional = false
		}
		a := c.stopAction(r, n, optional)
		switch {
		case r.assigned == nil:
			a.reason = "node availability"
		case r.is(rscRestarting | rscStopUnexpected):
			a.reason = "being multiply active"
		}
		if !r.is(rscManaged) {
			a.unset(actRunnable)
		}
		if r.is(rscNeedsUnfencing) {
			c.orderActions(a, c.fenceOp(n, "on", true, "", false), relThenImpliesFirst)
		}
	}
}

func (c *cluster) stepUp(r *resource, n *node, optional bool) {
	a := c.startAction(r, n, true)
	c.orderAfterUnfencing(r, n, a, relFirstImpliesThen)
	if a.is(actRunnable) && !optional {
		a.unset(actOptional)
	}
	if r.isExpectedOn(n) {
		a.set(actPseudo)
	}
}

// stepPromote promotes a resource where it can start.
func (c *cluster) stepPromote(r *resource, n *node, optional bool) {
	for _, a := range r.findExact(r.key("start"), n) {
		if a.is(actRunnable) {
			continue
		}
		for _, p := range r.findExact(r.key("promote"), n) {
			p.unset(actRunnable)
		}
		return
	}
	a := c.promoteAction(r, n, optional)
	if r.isExpectedOn(n) {
		a.set(actPseudo)
	}
}

// canMigrate says whether a resource can move without a stop.
func (r *resource) canMigrate(current *node) bool {
	return r.is(rscMigratable|rscManaged) && !r.any(rscFailed|rscStartPending) && current != nil && !current.unclean &&
		r.assigned != nil && !r.assigned.unclean
}

// createMigration makes the two halves of a migration, or the second when the first is done, and lets start and stop stand for what
// they become.
func (c *cluster) createMigration(r *resource, current *node) {
	start := c.startAction(r, r.assigned, true)
	stop := c.stopAction(r, current, true)
	var to *action
	if r.partialTarget == nil {
		to = c.action(r, r.key("migrate_to"), "migrate_to", current, true)
	}
	from := c.action(r, r.key("migrate_from"), "migrate_from", r.assigned, true)
	start.set(actMigratable | actPseudo)
	stop.set(actMigratable)
	from.set(actMigratable)
	if to != nil {
		to.set(actMigratable)
		to.needs = start.needs
		c.orderTasks(r, "monitor", r, "migrate_to", relOrdered)
		c.orderTasks(r, "migrate_to", r, "migrate_from", relOrdered|relUnmigratableThenBlocks)
	} else {
		from.needs = start.needs
		c.orderTasks(r, "monitor", r, "migrate_from", relOrdered)
	}
	c.orderTasks(r, "migrate_from", r, "stop", relOrdered|relUnmigratableThenBlocks)
	c.orderTasks(r, "migrate_from", r, "start", relOrdered|relUnmigratableThenBlocks|relFirstElseThen)
	for _, a := range []*action{to, from} {
		if a != nil {
			a.own.Set("migrate_source", current.name)
			a.own.Set("migrate_target", r.assigned.name)
		}
	}
	if to != nil && !r.is(rscRemoteConnection) {
		to.own.Set("record-pending", "true")
	}
}

// taskOf is the task that one side of an ordering speaks of.
func taskOf(a *action, key string) string {
	if a != nil {
		return a.task
	}
	_, task, _ := parseKey(key)
	return task
}

// orderMigrationEquivalents notes what an ordering means for resources that migrate.
func (c *cluster) orderMigrationEquivalents(o *ordering) {
	r1, r2 := o.rsc1, o.rsc2
	if r1 == nil || r2 == nil || r1 == r2 {
		return
	}
	m1, m2 := r1.is(rscMigratable), r2.is(rscMigratable)
	if !m1 && !m2 || r1.hasAncestor(r2) || r2.hasAncestor(r1) {
		return
	}
	unless := relOrdered
	if m1 {
		unless |= relIfFirstUnmigratable
	}
	switch first, then := taskOf(o.a1, o.task1), taskOf(o.a2, o.task2); {
	case first == "start" && then == "start":
		if m1 && m2 {
			c.orderTasks(r1, "migrate_from", r2, "migrate_to", relOrdered)
		}
		if m2 {
			c.orderTasks(r1, "start", r2, "migrate_to", unless)
		}
	case !m2:
	case first == "stop" && then == "stop":
		c.orderTasks(r1, "stop", r2, "migrate_to", unless)
		if r2.partialTarget != nil {
			c.orderTasks(r1, "stop", r2, "migrate_from", unless)
		}
	case first == "promote" && then == "start":
		c.orderTasks(r1, "promote", r2, "migrate_to", relOrdered)
	case first == "demote" && then == "stop":
		c.orderTasks(r1, "demote", r2, "migrate_to", relOrdered)
		if r2.partialTarget != nil {
			c.orderTasks(r1, "demote", r2, "migrate_from", relOrdered)
		}
	}
}
