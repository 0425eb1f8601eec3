package scheduler

import (
	"slices"

	"heartbeat/internal/xmltree"
)

// checkChanges looks for resources whose configuration changed since they were started, and for operations that are no longer wanted.
func (c *cluster) checkChanges() {
	status := c.input.First("status")
	if status == nil {
		return
	}
	known := c.namesInHistory()
	for _, n := range c.nodes {
		if !n.maintenance && !c.available(n, 0, false, false) {
			continue
		}
		var list *xmltree.Node
		found := 0
		for state := range status.Elements("node_state") {
			if state.Get("uname") != n.name {
				continue
			}
			for lrm := range state.Elements("lrm") {
				for l := range lrm.Elements("lrm_resources") {
					list = l
					found++
				}
			}
		}
		if found != 1 {
			continue
		}
		for entry := range list.Elements("lrm_resource") {
			if len(entry.Children) == 0 {
				continue
			}
			matches := known[entry.Get("id")]
			for i := len(matches) - 1; i >= 0; i-- {
				if matches[i].isPrimitive() {
					c.checkEntry(entry, matches[i], n)
				}
			}
		}
	}
}

// namesInHistory are all resources by the ids and the names that they may have in the history, in the order of the document.
func (c *cluster) namesInHistory() map[string][]*resource {
	out := map[string][]*resource{}
	for _, top := range c.resources {
		top.eachBelow(func(r *resource) {
			if len(c.historyNames[r.id]) > 0 || len(out[r.id]) == 0 {
				// Ids are unique but for instances of anonymous clones in a second role, and those have names in the history.
				out[r.id] = append(out[r.id], r)
			}
			if r.historyID != "" && r.historyID != r.id {
				out[r.historyID] = append(out[r.historyID], r)
			}
		})
	}
	return out
}

func (c *cluster) checkEntry(entry *xmltree.Node, r *resource, n *node) {
	if r.is(rscRemoved) {
		if !r.top().isAnonymous() {
			c.cleanUp(r, n)
		}
		return
	}
	if !slices.Contains(r.active, n) {
		if c.agentChanged(r, n, entry, false) {
			c.cleanUp(r, n)
		}
		return
	}
	if c.agentChanged(r, n, entry, true) {
		c.cleanUp(r, n)
	}
	ops := sortedOps(entry)
	start, stop := activeOps(ops)
	if start < stop {
		return
	}
	for i, op := range ops {
		if i < start {
			continue
		}
		interval := intervalOf(op)
		task := op.Get("operation")
		switch {
		case interval > 0 && (r.is(rscInMaintenance) || n.maintenance):
			c.scheduleCancel(r, op, n)
		case interval > 0, task == "monitor", task == "start", task == "promote", task == "migrate_from":
			if r.wantsHostAddress() {
				c.checks = append(c.checks, paramCheck{r, n, op, false})
			} else {
				c.checkActive(r, n, op)
			}
		}
	}
}

func (c *cluster) checkActive(r *resource, n *node, op *xmltree.Node) {
	if c.checkOperation(r, n, op) {
		if count, _ := c.failCount(n, r, true, false, nil); count != 0 {
			c.clearFailCount(r, n)
		}
	}
}

// agentChanged says whether a resource has another agent than it had, and stops it if it runs with the old one.
func (c *cluster) agentChanged(r *resource, n *node, entry *xmltree.Node, active bool) bool {
	changed := false
	for _, name := range [...]string{"type", "class", "provider"} {
		now, hasNow := r.xml.Lookup(name)
		then, hadThen := entry.Lookup(name)
		if now != then || hasNow != hadThen {
			changed = true
			c.unfence(r, n, "Device definition changed")
		}
	}
	if changed && active {
		c.stopAction(r, n, false)
		r.set(rscStartPending)
	}
	return changed
}

// cleanUp removes what a node knows about a resource, between stop and start.
func (c *cluster) cleanUp(r *resource, n *node) {
	if r.is(rscFailed) || n.unclean || !n.online {
		return
	}
	c.action(r, r.key("delete"), "delete", n, false)
	c.orderTasks(r, "stop", r, "delete", relOrdered)
	c.orderTasks(r, "delete", r, "start", relOrdered)
}

// checkOperation compares a recorded operation with the configuration and schedules what a difference demands; true when there is one.
func (c *cluster) checkOperation(r *resource, n *node, op *xmltree.Node) bool {
	task, interval := op.Get("operation"), intervalOf(op)
	if interval > 0 && r.operation(task, interval, false) == nil {
		if c.cancelRemoved {
			c.scheduleCancel(r, op, n)
		}
		return true
	}
	if interval == 0 && (task == "monitor" || task == "migrate_from" || task == "promote") {
		task = "start"
	}
	d := c.compareDigest(r, op, n)
	if secure, ok := op.Lookup("op-secure-digest"); c.opt.Sanitized && d.verdict != digestMatch && ok && d.secure == secure {
		return false
	}
	switch d.verdict {
	case digestRestart:
		c.forceRestart(r, n, task, interval)
		return true
	case digestUnknown, digestMismatch:
		_, reloadable := op.Lookup("op-restart-digest")
		switch {
		case interval > 0:
			c.unfence(r, n, "Device parameters changed (reschedule)")
			c.action(r, opKey(r.id, task, interval), task, n, true).set(actReschedule)
		case reloadable || c.forced[op]:
			c.unfence(r, n, "Device parameters changed (reload)")
			c.scheduleReload(r, n)
		default:
			c.forceRestart(r, n, task, interval)
		}
		return true
	}
	return false
}

func (c *cluster) forceRestart(r *resource, n *node, task string, interval uint32) {
	c.action(r, opKey(r.id, task, interval), task, nil, false).reason = "resource definition change"
	c.unfence(r, n, "Device parameters changed")
}

// scheduleReload lets the agent take over new parameters without a restart.
func (c *cluster) scheduleReload(r *resource, n *node) {
	if !r.is(rscManaged) || r.is(rscFailed) {
		return
	}
	if r.is(rscStartPending) {
		c.stopAction(r, n, false)
		return
	}
	r.set(rscReload)
	a := c.action(r, r.key("reload-agent"), "reload-agent", n, false)
	a.because("resource definition change")
	c.newOrdering(ordering{a1: a, rsc2: r, task2: r.key("stop"), flags: relOrdered | relThenCancelsFirst})
	c.newOrdering(ordering{a1: a, rsc2: r, task2: r.key("demote"), flags: relOrdered | relThenCancelsFirst})
}

// runChecks does the comparisons that had to wait for assignment, the last one that was found first: that numbers the actions they make.
func (c *cluster) runChecks() {
	for _, k := range slices.Backward(c.checks) {
		if !k.lastFailure {
			c.checkActive(k.r, k.n, k.op)
			continue
		}
		switch c.compareDigest(k.r, k.op, k.n).verdict {
		case digestUnknown, digestMatch:
		default:
			c.clearFailCount(k.r, k.n)
		}
	}
}
