package scheduler

import (
	"slices"
	"strconv"
	"strings"
)

func isTrue(text string) bool {
	return strings.EqualFold(text, "true") || strings.EqualFold(text, "yes") || strings.EqualFold(text, "on") || text == "1" || strings.EqualFold(text, "y")
}

// fenceOp finds or makes the action that fences a node; op is on, off or reboot, empty for what is configured.
func (c *cluster) fenceOp(n *node, op string, optional bool, reason string, priorityDelay bool) *action {
	if op == "" {
		op = c.fenceAction
	}
	key := "stonith-" + n.name + "-" + op
	a := c.singletons[key]
	if a == nil {
		a = c.action(nil, key, "stonith", n, true)
		a.own.Set("on_node", n.name)
		a.own.Set("on_node_uuid", n.id)
		a.own.Set("stonith_action", op)
		if c.unfencing && c.addFenceDigests(a, n) {
			optional = false
		}
	}
	if _, delayed := a.meta("priority-fencing-delay"); c.priorityFencing > 0 && (priorityDelay || delayed) {
		a.own.Set("priority-fencing-delay", strconv.FormatInt(c.fencingDelay(n), 10))
	}
	if !optional && c.canFence(n) {
		a.unset(actOptional)
		a.because(reason)
	} else if reason != "" && a.reason == "" {
		a.reason = reason
	}
	return a
}

// addFenceDigests notes how the devices that can unfence are configured; true when that has changed since the node was unfenced.
func (c *cluster) addFenceDigests(a *action, n *node) (changed bool) {
	var all, secure strings.Builder
	var devices []*resource
	var find func(*resource)
	find = func(r *resource) {
		if len(r.children) > 0 {
			for _, child := range r.children {
				find(child)
			}
		} else if r.is(rscFenceDevice) && (r.is(rscNeedsUnfencing) || strings.EqualFold(r.meta.Get("provides"), "unfencing")) {
			devices = append(devices, r)
		}
	}
	for _, r := range c.resources {
		find(r)
	}
	slices.Reverse(devices)
	for _, r := range devices {
		agent := r.meta.Get("type")
		d := c.digestOf(r, "stonith-on", 0, n, nil, true)
		summary, known := n.attrs["#digests-all"]
		switch {
		case !known:
			d.verdict = digestUnknown
		case strings.Contains(summary, r.id+":"+agent+":"+d.all), strings.Contains(n.attrs["#digests-secure"], r.id+":"+agent+":"+d.secure):
			d.verdict = digestMatch
		default:
			d.verdict = digestMismatch
			changed = true
			c.hints = append(c.hints, "notice: Unfencing node "+n.displayName()+" because the definition of "+r.id+" changed")
		}
		all.WriteString(r.id + ":" + agent + ":" + d.all + ",")
		secure.WriteString(r.id + ":" + agent + ":" + d.secure + ",")
	}
	a.own.Set("digests_all", all.String())
	a.own.Set("digests_secure", secure.String())
	return changed
}

// displayName is how texts call a node.
func (n *node) displayName() string {
	if n == nil {
		return "unspecified node"
	}
	return n.name
}

// fencingDelay is how long fencing of a lost member waits, so that of two halves of a cluster the one with the more important work wins.
func (c *cluster) fencingDelay(n *node) int64 {
	if n.remote || n.online {
		return 0
	}
	members, online, top, lowest := 0, 0, 0, 0
	for _, m := range c.nodes {
		if m.remote {
			continue
		}
		members++
		if m.online {
			online++
		}
		if members == 1 || m.priority > top {
			top = m.priority
		}
		if members == 1 || m.priority < lowest {
			lowest = m.priority
		}
	}
	if online > members/2 || lowest == top || n.priority < top {
		return 0
	}
	return seconds(c.priorityFencing)
}

// unfence makes a node usable for resources that need that; for a fence device, all of its nodes.
func (c *cluster) unfence(r *resource, n *node, reason string) {
	if !c.unfencing || r != nil && !r.is(rscFenceDevice) {
		return
	}
	fit := func(n *node) bool { return n.online && !n.unclean && !n.shutdown }
	switch {
	case n != nil && fit(n):
		c.fenceOp(n, "on", false, reason, false)
	case r != nil:
		for _, other := range c.nodes {
			if r.allowed.get(other) != nil && fit(other) {
				c.fenceOp(other, "on", false, reason, false)
			}
		}
	}
}

// orderAfterUnfencing lets an action wait until its node is unfenced.
func (c *cluster) orderAfterUnfencing(r *resource, n *node, a *action, flags uint32) {
	if !(r.is(rscFenceDevice) && c.unfencing || r.is(rscNeedsUnfencing)) || n == nil {
		return
	}
	c.orderActions(c.fenceOp(n, "on", true, "", false), a, flags)
	if v, ok := n.attrs["#node-unfenced"]; !ok || v == "0" {
		c.unfence(nil, n, "required by "+r.id+" "+a.task)
	}
}

// scheduleFencing makes the fencing and shutdown actions of all nodes. The one who decides goes last.
func (c *cluster) scheduleFencing() {
	managed := slices.ContainsFunc(c.resources, func(r *resource) bool {
		return r.find(func(m *resource) bool { return m.is(rscManaged) }) != nil
	})
	var dcDown *action
	var fencings, shutdowns []*action
	for _, n := range c.nodes {
		if n.isGuest() {
			if n.remoteReset && managed && c.canFence(n) {
				c.fenceGuest(n)
			}
			continue
		}
		c.findAboutNode(n, n.unclean && managed && c.canFence(n))
		switch {
		case n.unclean && managed && c.canFence(n):
			a := c.fenceOp(n, "", false, "node is unclean", false)
			c.orderAroundFencing(a)
			if n == c.dc {
				dcDown = a
				break
			}
			if !c.concurrentFencing && len(fencings) > 0 {
				c.orderActions(fencings[len(fencings)-1], a, relOrdered)
			}
			fencings = append(fencings, a)
		case !n.remote && n.online && n.shutdown:
			a := c.shutdownAction(n)
			if n == c.dc {
				dcDown = a
			} else {
				shutdowns = append(shutdowns, a)
			}
		}
	}
	if dcDown == nil {
		return
	}
	if dcDown.task == "do_shutdown" {
		for i := len(shutdowns) - 1; i >= 0; i-- {
			c.orderActions(shutdowns[i], dcDown, relOrdered)
		}
	}
	for i := len(fencings) - 1; i >= 0; i-- {
		c.orderActions(fencings[i], dcDown, relOrdered)
		if !c.concurrentFencing {
			break
		}
	}
}

// shutdownAction lets a node leave when everything there has stopped.
func (c *cluster) shutdownAction(n *node) *action {
	down := c.action(nil, "do_shutdown-"+n.name, "do_shutdown", n, false)
	for i := len(c.actions) - 1; i >= 0; i-- {
		a := c.actions[i]
		if a.node != n || a.task != "stop" || a.rsc == nil || a.rsc.is(rscInMaintenance) || n.maintenance || !a.rsc.any(rscManaged|rscBlocked) {
			continue
		}
		a.unset(actOptional)
		c.newOrdering(ordering{a1: a, task2: "do_shutdown", a2: down, flags: relOrdered | relUnrunnableFirstBlocks})
	}
	down.own.Set("op_no_wait", "true")
	return down
}

// fenceGuest makes the pseudo action that stands for the end of a guest node: its container is stopped.
func (c *cluster) fenceGuest(n *node) {
	launcher := n.connection.launcher
	stop := launcher.firstAction("stop", nil)
	op := "off"
	if launcher.firstAction("start", nil) != nil {
		op = "reboot"
	}
	a := c.fenceOp(n, op, false, "guest is unclean", false)
	a.set(actPseudo | actRunnable)
	switch {
	case stop != nil && stop.is(actPseudo):
		c.orderActions(c.fenceOp(stop.node, "", false, "", false), a, relUnrunnableFirstBlocks|relFirstImpliesThen)
	case stop != nil:
		c.orderActions(stop, a, relUnrunnableFirstBlocks|relFirstImpliesThen)
	default:
		if stop = n.connection.firstAction("stop", nil); stop != nil {
			c.orderActions(stop, a, relOrdered)
		}
	}
	c.orderAroundFencing(a)
}

// orderAroundFencing relates everything to the fencing of a node.
func (c *cluster) orderAroundFencing(fencing *action) {
	for _, top := range c.resources {
		top.eachBelow(func(r *resource) {
			if len(r.children) == 0 && r.is(rscManaged) {
				c.orderStartsAfter(r, fencing)
				c.orderStopsAfter(r, fencing)
			}
		})
	}
}

func (c *cluster) orderStartsAfter(r *resource, fencing *action) {
	for i := len(r.actions) - 1; i >= 0; i-- {
		switch a := r.actions[i]; {
		case a.needs == needsFencing:
			c.orderActions(fencing, a, relOrdered)
		case a.needs == needsQuorum && a.task == "start" && r.allowed.get(fencing.node) != nil && !r.isKnownOn(fencing.node):
			c.orderActions(fencing, a, relOrdered|relUnrunnableFirstBlocks)
		}
	}
}

// isKnownOn says whether a node ever said anything about a resource; an anonymous instance shares what its clone knows.
func (r *resource) isKnownOn(n *node) bool {
	return r.known.get(n) != nil || r.isPrimitive() && r.parent.isAnonymous() && r.parent.known.get(n) != nil
}

// orderStopsAfter lets the end of a node stand for the stops and demotions there.
func (c *cluster) orderStopsAfter(r *resource, fencing *action) {
	target, top := fencing.node, r.top()
	stops := r.findActions(r.key("stop"), target)
	implied := r.is(rscNeedsFencing) || target.isGuest()
	var parentStop *action
	if len(stops) > 0 && implied {
		parentStop = top.firstAction("stop", nil)
	}
	for _, a := range stops {
		a.set(actPseudo | actRunnable)
		if implied {
			if !r.isBundled() {
				c.orderActions(fencing, a, relGuestAllowed)
			}
			c.orderActions(fencing, parentStop, relGuestAllowed)
		}
		if r.is(rscNotify) {
			c.notifyAfterFencing(a, r, fencing)
		}
	}
	for _, a := range r.findActions(r.key("demote"), target) {
		if a.node.online && !a.node.unclean && !r.is(rscFailed) {
			continue
		}
		a.set(actPseudo | actRunnable)
		if !r.isBundled() && implied {
			c.orderActions(fencing, a, relGuestAllowed|relOrdered)
		}
	}
}
