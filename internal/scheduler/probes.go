package scheduler

import "strconv"

// scheduleProbes asks every node about every resource of which it never said anything.
func (c *cluster) scheduleProbes() {
	for _, n := range c.nodes {
		if !n.online {
			if n.isRemote() && n.connection != nil && c.connectionState(n) == connectionFailed {
				c.fenceNode(n, "the connection is unrecoverable", false)
			}
			continue
		}
		if n.unclean || !n.probesAllowed {
			continue
		}
		for _, r := range c.resources {
			c.probe(r, n)
		}
	}
}

// probe asks a node about a resource; false when there is no need to.
func (c *cluster) probe(r *resource, n *node) bool {
	switch r.variant {
	case clone:
		return c.probeClone(r, n)
	case bundle:
		return c.probeBundle(r, n)
	}
	if n.remote {
		switch {
		case r.is(rscFenceDevice), n.isGuest() && c.guestConnectionOf(r) != nil, r.is(rscRemoteConnection):
			return false
		}
	}
	if len(r.children) > 0 {
		return c.probeAll(r.children, n)
	}
	if r.launcher != nil && !r.is(rscRemoteConnection) || r.is(rscRemoved) || r.known.get(n) != nil {
		return false
	}
	top := r.top()
	w := r.allowed.get(n)
	if (r.is(rscExclusiveProbes) || top.is(rscExclusiveProbes)) && (w == nil || w.probe != probeExclusive) {
		return false
	}
	mode := n.probe
	if w != nil {
		mode = w.probe
	}
	if mode == probeNever || n.isGuest() && c.guestIsGone(r, n, top) {
		return false
	}
	c.createProbe(r, n, top)
	return true
}

func (c *cluster) probeAll(list []*resource, n *node) bool {
	any := false
	for _, r := range list {
		if c.probe(r, n) {
			any = true
		}
	}
	return any
}

// guestIsGone orders the start of a resource behind what ends the uncertainty about a guest that does not run, or will stop.
func (c *cluster) guestIsGone(r *resource, n *node, top *resource) bool {
	guest := n.connection.launcher
	if guest.role == roleStopped {
		if at := guest.assigned; at != nil && guest.known.get(at) == nil {
			c.orderTasks(guest, "monitor", top, "start", relOrdered)
		}
		return true
	}
	stops := n.remoteReset || n.unclean || guest.is(rscFailed) || guest.next == roleStopped ||
		guest.role > roleStopped && guest.assigned != nil && !guest.isOn(guest.assigned)
	if stops {
		c.orderTasks(guest, "stop", top, "start", relOrdered)
	}
	return stops
}

func (c *cluster) createProbe(r *resource, n *node, top *resource) {
	a := c.action(r, r.key("monitor"), "monitor", n, false)
	a.unset(actOptional)
	c.orderAfterUnfencing(r, n, a, relOrdered)
	if !r.isOn(n) {
		a.own.Set("op_target_rc", strconv.Itoa(rcNotRunning))
	} else if r.role == rolePromoted {
		a.own.Set("op_target_rc", strconv.Itoa(rcRunningPromoted))
	}
	if !top.isClone() {
		top = r
	}
	flags := relOrdered
	if !a.is(actRunnable) && len(top.active) == 0 {
		flags |= relUnrunnableFirstBlocks
	}
	c.newOrdering(ordering{rsc1: r, a1: a, rsc2: top, task2: top.key("start"), flags: flags})
	c.newOrdering(ordering{rsc1: r, a1: a, rsc2: top, task2: r.key("reload-agent"), flags: relOrdered})
}

// probeClone asks for one instance of an anonymous clone, and for all of a unique one.
func (c *cluster) probeClone(r *resource, n *node) bool {
	if r.is(rscExclusiveProbes) {
		if w := r.allowed.get(n); w == nil || w.probe != probeExclusive {
			if w != nil {
				w.in = false
			}
			return false
		}
	}
	r.children = sorted(r.children, compareNumbers)
	if r.is(rscUnique) {
		return c.probeAll(r.children, n)
	}
	child := r.children[0]
	known := func(i *resource) bool {
		return i.find(func(m *resource) bool { return len(m.children) == 0 && m.known.get(n) != nil }) != nil
	}
	found := false
	for _, i := range r.children {
		if known(i) {
			child, found = i, true
			break
		}
	}
	for _, i := range r.children {
		if !found && i.place(placesAssigned) == n {
			child, found = i, true
		}
	}
	return c.probe(child, n)
}

// probeBundle asks for the parts of a bundle.
func (c *cluster) probeBundle(r *resource, n *node) bool {
	any := false
	for _, p := range r.bundle.replicas {
		if p.ip != nil && c.probe(p.ip, n) {
			any = true
		}
		if p.child != nil && n == p.node && c.probe(p.child, n) {
			any = true
		}
		if c.probe(p.container, n) {
			any = true
			if r.maxPerNode() == 1 {
				for _, other := range r.bundle.replicas {
					if other != p {
						c.orderTasks(p.container, "monitor", other.container, "start", relOrdered|relIfOnSameNode)
					}
				}
			}
		}
		if p.remote != nil && c.probe(p.remote, n) {
			if a := p.remote.firstByKey(p.remote.key("monitor"), n); a != nil {
				any = true
				c.newOrdering(ordering{rsc1: p.container, task1: p.container.key("start"), rsc2: p.remote, a2: a, flags: relNestedRemoteProbe})
			}
		}
	}
	return any
}

// orderProbes adds what makes restarts wait for probes, and what waits for stops wait for probes too.
func (c *cluster) orderProbes() {
	for _, top := range c.resources {
		top.eachBelow(func(r *resource) {
			if r.isPrimitive() {
				c.orderRestartsAfterProbes(r)
			}
		})
	}
	c.orderProbesLikeStops()
}

func (c *cluster) orderRestartsAfterProbes(r *resource) {
	for _, probe := range r.findActions(r.key("monitor"), nil) {
		for i := len(probe.after) - 1; i >= 0; i-- {
			then := probe.after[i]
			c.orderStartsAfterProbe(probe, then)
			c.stamp++
			c.orderRestartsAfterProbe(probe, then.action)
		}
	}
}

// orderStartsAfterProbe lets the instances of a clone wait for a probe that cannot run and that the clone waits for.
func (c *cluster) orderStartsAfterProbe(probe *action, after *edge) {
	r := after.action.rsc
	if r == nil || r.variant <= group || probe.is(actRunnable) || after.flags&relUnrunnableFirstBlocks != 0 || probe.rsc.top() != r || after.action.task != "start" {
		return
	}
	for i := len(after.action.after) - 1; i >= 0; i-- {
		then := after.action.after[i].action
		if then.rsc != nil && len(then.rsc.active) == 0 && then.rsc.top() == r && then.task == "start" {
			c.orderActions(probe, then, relOrdered|relUnrunnableFirstBlocks)
		}
	}
}

// orderRestartsAfterProbe follows what is implied by an action that waits for a probe: what would be restarted because of it must not be stopped
// before the probe.
func (c *cluster) orderRestartsAfterProbe(probe, after *action) {
	if probe.task != "monitor" || after.visited == c.stamp {
		return
	}
	after.visited = c.stamp
	r := after.rsc
	if r.isPrimitive() && r != probe.rsc {
		var downs []*action
		switch after.task {
		case "start":
			downs = r.findActions(r.key("stop"), nil)
		case "promote":
			downs = r.findActions(r.key("demote"), nil)
		}
		for _, a := range downs {
			if !a.is(actPseudo) {
				c.orderActions(probe, a, relOrdered)
			}
		}
	}
	interleave := false
	var counterpart *resource
	if r != nil && r.variant > group {
		if interleave = isTrue(r.meta.Get("interleave")); interleave {
			counterpart = probe.rsc.compatible(r, roleUnknown, false, "")
		}
	}
	for i := len(after.after) - 1; i >= 0; i-- {
		e := after.after[i]
		if e.flags&relFirstImpliesThen == 0 {
			chained := e.action.rsc
			if r == nil || r.variant < group || probe.rsc.parent == r || chained == nil || chained.variant > group || chained.parent != r {
				continue
			}
			if r.variant > group && interleave && counterpart != chained {
				continue
			}
		}
		c.orderRestartsAfterProbe(probe, e.action)
	}
}

// orderProbesLikeStops lets what waits for the stop of another resource wait for the probes of that too.
func (c *cluster) orderProbesLikeStops() {
	for _, o := range c.orderings {
		c.orderProbesLikeStop(o)
	}
}

func (c *cluster) orderProbesLikeStop(o *ordering) {
	r1, r2 := o.rsc1, o.rsc2
	if o.flags == relNone || r1 == nil || r1 == r2 || o.a1 == nil && o.task1 == "" || o.a2 == nil && o.task2 == "" {
		return
	}
	if o.a1 != nil && o.a1.task != "stop" || o.a1 == nil && !hasSuffix(o.task1, "_stop_0") {
		return
	}
	if r2 != nil && r1.launcher == r2 && (o.a2 != nil && o.a2.task == "stop" || o.a2 == nil && hasSuffix(o.task2, "_stop_0")) {
		return
	}
	flags := relOrdered | o.flags&(relIfFirstUnmigratable|relIfOnSameNode)
	if o.flags == relIfRequiredOnSameNode || o.flags == relIfOnSameNodeOrTarget {
		flags = o.flags
	}
	probes := r1.findActions(r1.key("monitor"), nil)
	if len(probes) == 0 {
		return
	}
	thens := []*action{o.a2}
	if o.a2 == nil {
		if r2 == nil {
			return
		}
		thens = r2.findActions(o.task2, nil)
	}
	for _, probe := range probes {
		for _, then := range thens {
			if probeNeededBefore(probe, then) {
				c.orderActions(probe, then, flags)
			}
		}
	}
}

func probeNeededBefore(probe, then *action) bool {
	switch then.task {
	case "stonith":
		return probe.node != then.node || then.metaText("stonith_action") != "on"
	case "do_shutdown":
		return probe.node == nil || then.node == nil || probe.node == then.node
	}
	return true
}

func hasSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && s[len(s)-len(suffix):] == suffix
}
