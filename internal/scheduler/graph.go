package scheduler

import (
	"slices"

	"heartbeat/internal/cib"
)

// A synapse is an action of the transition with what it waits for.
type synapse struct {
	action *action
	inputs []*action
}

func shutdownTime(n *node) int64 {
	when, _ := cib.Integer(n.attrs["shutdown"])
	return when
}

// buildGraph chooses the actions of the transition, in the order in which they are written down.
func (c *cluster) buildGraph() {
	for _, r := range c.resources {
		c.addResourceToGraph(r)
	}
	if len(c.maintenanceNodes()) > 0 {
		c.pseudo("maintenance_nodes").set(actAlwaysInGraph)
	}
	for i := len(c.actions) - 1; i >= 0; i-- {
		c.addToGraph(c.actions[i])
	}
}

// maintenanceNodes are the remote nodes that do not know yet whether they are in maintenance.
func (c *cluster) maintenanceNodes() (out []*node) {
	for _, n := range c.nodes {
		if n.remote && n.maintenance != n.remoteMaintenance {
			out = append(out, n)
		}
	}
	return out
}

func (c *cluster) addResourceToGraph(r *resource) {
	switch r.variant {
	case clone:
		for i := len(r.actions) - 1; i >= 0; i-- {
			r.actions[i].summary(nil)
		}
		c.fillNotifications(r)
		for _, i := range r.children {
			c.addResourceToGraph(i)
		}
	case bundle:
		if r.bundle.child != nil {
			c.addResourceToGraph(r.bundle.child)
		}
		for _, p := range r.bundle.replicas {
			if p.remote != nil {
				if addr := p.remote.hostAddress(); addr != "" {
					p.remote.parameters(nil).Set("addr", addr)
				}
			}
			for _, part := range []*resource{p.ip, p.container, p.remote} {
				if part != nil {
					c.addResourceToGraph(part)
				}
			}
		}
		return
	}
	for i := len(r.actions) - 1; i >= 0; i-- {
		c.addToGraph(r.actions[i])
	}
	for _, child := range r.children {
		c.addResourceToGraph(child)
	}
}

// addToGraph adds an action, if it belongs there, with its inputs.
func (c *cluster) addToGraph(a *action) {
	if !a.is(actDeduplicated) {
		a.deduplicate()
		a.set(actDeduplicated)
	}
	if a.is(actInGraph) || !a.belongsInGraph() {
		return
	}
	a.set(actInGraph)
	s := synapse{action: a}
	for i := len(a.before) - 1; i >= 0; i-- {
		if e := a.before[i]; inputCounts(a, e) {
			e.graphed = true
			s.inputs = append(s.inputs, e.action)
		}
	}
	c.graph = append(c.graph, s)
}

// deduplicate sorts the inputs of an action by number and joins those from the same action.
func (a *action) deduplicate() {
	list := slices.Clone(a.before)
	slices.Reverse(list)
	slices.SortStableFunc(list, func(x, y *edge) int { return x.action.id - y.action.id })
	var out []*edge
	for _, e := range list {
		if len(out) > 0 && out[len(out)-1].action == e.action {
			last := out[len(out)-1]
			last.flags |= e.flags
			last.graphed = last.graphed || e.graphed
			continue
		}
		e.graphed = false
		out = append(out, e)
	}
	slices.Reverse(out)
	a.before = out
}

func (a *action) belongsInGraph() bool {
	if !a.is(actRunnable) || a.is(actOptional) && !a.is(actAlwaysInGraph) {
		return false
	}
	if a.rsc != nil && !a.rsc.is(rscManaged) && a.task != "monitor" {
		if v, ok := a.meta("interval"); !ok || v == "0" {
			return false
		}
	}
	switch {
	case a.is(actPseudo), a.task == "stonith", a.task == "do_shutdown":
		return true
	case a.node == nil:
		return false
	case a.is(actOnDC), a.node.isGuest() && !a.node.remoteReset:
		return true
	}
	return a.node.online && !a.node.unclean
}

// inputCounts says whether an action must wait for another one that it is related to.
func inputCounts(a *action, e *edge) bool {
	first := e.action
	runnable := first.is(actRunnable)
	switch {
	case e.graphed:
		return true
	case e.flags == relNone:
		return false
	case !runnable && e.flags&^(relThenImpliesFirstGraphed|relFirstImpliesThenGraphed|relOrdered) == 0:
		return false
	case !runnable && e.flags&(relMinRunnable|relUnmigratableThenBlocks) != 0:
		return false
	case e.flags&relIfFirstUnmigratable != 0 && first.is(actMigratable):
		return false
	case e.flags == relOrdered && first.is(actMigratable) && hasSuffix(first.key, "_stop_0"):
		return false
	case e.flags == relIfOnSameNodeOrTarget:
		same := first.node == a.node && a.node != nil
		if a.rsc != nil && a.task == "migrate_to" {
			same = first.node == a.rsc.assigned && first.node != nil
			if !same {
				e.flags = relNone
			}
			return same
		}
		if !same || first.is(actOptional) {
			e.flags = relNone
			return false
		}
		return true
	case e.flags == relIfRequiredOnSameNode:
		if first.node != nil && a.node != nil && first.node != a.node || first.is(actOptional) {
			e.flags = relNone
			return false
		}
		return true
	case first.rsc != nil && first.rsc != a.rsc && first.rsc.is(rscFailed) && !first.rsc.is(rscManaged) && hasSuffix(first.key, "_stop_0") && a.rsc.isClone():
		return false
	case first.is(actOptional) && !first.any(actAlwaysInGraph|actInGraph) && !first.belongsInGraph():
		return false
	}
	return true
}
