package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
)

// findActions are the actions of a resource with a key, oldest first: all of them, or those on a node. One that has no node yet takes
// the node that is asked for.
func (r *resource) findActions(key string, n *node) []*action {
	var out []*action
	for _, a := range r.actions {
		if a.key != key {
			continue
		}
		if n == nil {
			out = append(out, a)
			continue
		}
		if a.node == nil {
			a.node = n
		}
		if a.node == n {
			out = append(out, a)
		}
	}
	return out
}

// findExact are the actions with a key that have that node already, oldest first.
func (r *resource) findExact(key string, n *node) []*action {
	var out []*action
	for _, a := range r.actions {
		if n != nil && a.node == n && a.key == key {
			out = append(out, a)
		}
	}
	return out
}

// firstAction is the newest action with a task, on a node if one is given.
func (r *resource) firstAction(task string, n *node) *action {
	for i := len(r.actions) - 1; i >= 0; i-- {
		if a := r.actions[i]; a.task == task && (n == nil || a.node == n) {
			return a
		}
	}
	return nil
}

// firstByKey is the newest action with a key, on a node if one is given.
func (r *resource) firstByKey(key string, n *node) *action {
	for i := len(r.actions) - 1; i >= 0; i-- {
		if a := r.actions[i]; a.key == key && (n == nil || a.node == n) {
			return a
		}
	}
	return nil
}

// allocate takes an action from a larger piece of memory.
func (c *cluster) allocate() *action {
	if len(c.slab) == 0 {
		c.slab = make([]action, min(max(16, len(c.actions)), 1024))
	}
	a := &c.slab[0]
	c.slab = c.slab[1:]
	return a
}

// keyInterval is the interval that a key ends with.
func keyInterval(key string) uint32 {
	if strings.HasSuffix(key, "_0") {
		return 0
	}
	n, _ := cib.Integer(key[strings.LastIndexByte(key, '_')+1:])
	return uint32(max(n, 0))
}

// action finds an action or makes it. Asking for one that is required makes an optional one required.
func (c *cluster) action(r *resource, key, task string, n *node, optional bool) *action {
	var a *action
	if r != nil {
		for _, have := range r.actions {
			// First what is quick to see: a probe is one of as many as there are nodes, with one key.
			if n != nil && have.node != nil && have.node != n || have.key != key {
				continue
			}
			// Every action without node that is met on the way takes the node, and of those that match the oldest is meant.
			if n != nil && have.node == nil {
				have.node = n
			}
			if a == nil {
				a = have
			}
		}
	} else if have := c.singletons[key]; have != nil && (n == nil || have.node == nil || have.node == n) {
		a = have
		if n != nil && a.node == nil {
			a.node = n
		}
	}
	if a == nil {
		a = c.newAction(r, key, task, n, optional)
	}
	c.updateOptional(a, optional)
	if r != nil {
		if a.node != nil && a.op != nil && !a.is(actParamsKnown) {
			a.extra = c.operationParameters(a)
			a.set(actParamsKnown)
		}
		c.updateRunnable(a)
	}
	return a
}

func (c *cluster) newAction(r *resource, key, task string, n *node, optional bool) *action {
	a := c.allocate()
	*a = action{id: len(c.actions) + 1, rsc: r, node: n, task: task, key: key, flags: actRunnable}
	if task == "lrm_delete" {
		a.set(actOnDC)
	}
	if optional {
		a.set(actOptional)
	}
	if r != nil {
		interval := keyInterval(key)
		if a.op = r.operation(task, interval, true); a.op == nil && strings.Contains(key, "_notify_") {
			a.op = r.exactOperation("notify", 0, true)
		}
		a.base = c.actionMeta(r, n, task, interval, a.op)
		a.needs = r.needsOf(task)
		r.actions = append(r.actions, a)
	} else {
		c.singletons[key] = a
	}
	c.actions = append(c.actions, a)
	return a
}

func (r *resource) needsOf(task string) needs {
	switch {
	case task != "start" && task != "promote":
	case r.is(rscNeedsFencing):
		return needsFencing
	case r.is(rscNeedsQuorum):
		return needsQuorum
	}
	return needsNothing
}

// operationParameters are what the configuration of an operation adds to the parameters of its resource.
func (c *cluster) operationParameters(a *action) cib.Pairs {
	var out cib.Pairs
	in := c.rules()
	in.Node = a.node.attrs
	cib.Blocks(a.op, "instance_attributes", "", in, &out)
	return out
}

func (c *cluster) updateOptional(a *action, optional bool) {
	_, recurring := a.meta("interval")
	switch {
	case a.rsc != nil && a.node != nil && !a.is(actPseudo) && !a.rsc.is(rscManaged) && !recurring:
		a.set(actOptional)
	case !optional:
		a.unset(actOptional)
	}
}

// updateRunnable decides whether the node and the quorum let an action run.
func (c *cluster) updateRunnable(a *action) {
	if a.is(actPseudo) {
		return
	}
	r, n := a.rsc, a.node
	switch {
	case n == nil:
		a.unset(actRunnable)
	case !a.is(actOnDC) && !n.online && (!n.isGuest() || n.remoteReset):
		a.unset(actRunnable)
		if r.is(rscManaged) && a.task == "stop" && !n.unclean {
			c.fenceNode(n, "stop is unrunnable", false)
		}
	case !a.is(actOnDC) && n.pending:
		a.unset(actRunnable)
	case a.needs == needsNothing:
		a.reason = ""
		if n.isGuest() && !c.canFence(n) {
			a.unset(actRunnable)
		} else {
			a.set(actRunnable)
		}
	default:
		switch c.effectivePolicy(r) {
		case quorumStop:
			a.unset(actRunnable)
			a.reason = "no quorum"
		case quorumFreeze:
			if !r.isActive(true) || r.next > r.role {
				a.unset(actRunnable)
				a.reason = "quorum freeze"
			}
		default:
			a.set(actRunnable)
		}
	}
}

// effectivePolicy is what the lack of quorum means for a resource.
func (c *cluster) effectivePolicy(r *resource) quorumPolicy {
	if c.quorate {
		return quorumIgnore
	}
	if c.quorumPolicy != quorumDemote {
		return c.quorumPolicy
	}
	if r.role == rolePromoted || r.role == roleUnpromoted {
		if r.next > roleUnpromoted {
			r.setNext(roleUnpromoted)
		}
		return quorumIgnore
	}
	return quorumStop
}

// because sets the reason of an action that has none.
func (a *action) because(reason string) {
	if a.reason == "" {
		a.reason = reason
	}
}

func (c *cluster) startAction(r *resource, n *node, optional bool) *action {
	return c.action(r, r.key("start"), "start", n, optional)
}

func (c *cluster) stopAction(r *resource, n *node, optional bool) *action {
	return c.action(r, r.key("stop"), "stop", n, optional)
}

func (c *cluster) promoteAction(r *resource, n *node, optional bool) *action {
	return c.action(r, r.key("promote"), "promote", n, optional)
}

func (c *cluster) demoteAction(r *resource, n *node, optional bool) *action {
	return c.action(r, r.key("demote"), "demote", n, optional)
}

// pseudo finds or makes a milestone that belongs to no resource.
func (c *cluster) pseudo(name string) *action {
	if a := c.singletons[name]; a != nil {
		return a
	}
	a := c.action(nil, name, name, nil, true)
	a.set(actPseudo | actRunnable)
	return a
}

// milestone finds or makes a milestone of a resource.
func (c *cluster) milestone(r *resource, task string, optional, runnable bool) *action {
	a := c.action(r, r.key(task), task, nil, optional)
	a.set(actPseudo)
	if runnable {
		a.set(actRunnable)
	}
	return a
}

// orderActions relates two actions, unless a relation with any of the flags is there already. It says whether it did.
func (c *cluster) orderActions(first, then *action, flags uint32) bool {
	if flags == relNone || first == nil || then == nil {
		return false
	}
	if first.afterSet != nil {
		have := first.afterSet[then]
		if have&flags != 0 {
			return false
		}
		first.afterSet[then] = have | flags
	} else {
		for _, e := range first.after {
			if e.action == then && e.flags&flags != 0 {
				return false
			}
		}
	}
	first.after = append(first.after, c.edge(then, flags))
	then.before = append(then.before, c.edge(first, flags))
	if const32 := 32; first.afterSet == nil && len(first.after) > const32 {
		first.afterSet = make(map[*action]uint32, 2*len(first.after))
		for _, e := range first.after {
			first.afterSet[e.action] |= e.flags
		}
	}
	return true
}

func (c *cluster) edge(a *action, flags uint32) *edge {
	if len(c.edges) == 0 {
		c.edges = make([]edge, min(max(32, 2*len(c.actions)), 4096))
	}
	e := &c.edges[0]
	c.edges = c.edges[1:]
	e.action, e.flags = a, flags
	return e
}

// newOrdering notes a rule between actions that may be made later.
func (c *cluster) newOrdering(o ordering) {
	if o.rsc1 == nil && o.a1 != nil {
		o.rsc1 = o.a1.rsc
	}
	if o.rsc2 == nil && o.a2 != nil {
		o.rsc2 = o.a2.rsc
	}
	if o.task1 == "" && o.a1 != nil {
		o.task1 = o.a1.key
	}
	if o.task2 == "" && o.a2 != nil {
		o.task2 = o.a2.key
	}
	c.orderings = append(c.orderings, &o)
	c.orderMigrationEquivalents(&o)
}

// orderTasks notes a rule between two tasks of resources.
func (c *cluster) orderTasks(r1 *resource, task1 string, r2 *resource, task2 string, flags uint32) {
	if r1 != nil && r2 != nil {
		c.newOrdering(ordering{rsc1: r1, task1: r1.key(task1), rsc2: r2, task2: r2.key(task2), flags: flags})
	}
}
