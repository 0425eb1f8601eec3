package scheduler

// A connectionState is how good the connection to a remote node is.
type connectionState uint8

const (
	connectionUnknown connectionState = iota // not there, but it will be
	connectionAlive
	connectionResting // its host is gone or it moves
	connectionFailed
	connectionStopped
)

func (c *cluster) connectionState(n *node) connectionState {
	r := n.connection
	host := r.current()
	if r.next == roleStopped || r.assigned == nil {
		switch {
		case host != nil && host.unclean:
			return connectionFailed
		case !r.is(rscFailed):
			return connectionStopped
		case r.next == roleStopped && r.reconnect > 0 && n.remoteFenced && !n.shutdownRequested():
			return connectionUnknown
		}
		return connectionFailed
	}
	switch {
	case host == nil:
		return connectionUnknown
	case host.unclean, !host.online:
		return connectionResting
	case len(r.active) > 1 && r.partialSource != nil && r.partialTarget != nil:
		return connectionResting
	}
	return connectionAlive
}

// orderRemote relates what happens on remote and guest nodes to their connections.
func (c *cluster) orderRemote() {
	if !c.haveRemote {
		return
	}
	for i := len(c.actions) - 1; i >= 0; i-- {
		a := c.actions[i]
		r := a.rsc
		if r == nil {
			continue
		}
		if r.is(rscRemoteConnection) && a.task == "clear_failcount" {
			c.newOrdering(ordering{a1: a, rsc2: r, task2: r.key("start"), flags: relOrdered})
			continue
		}
		if a.node == nil || !a.node.remote || a.is(actPseudo) || a.node.connection == nil {
			continue
		}
		connection := a.node.connection
		if a.task == "start" {
			// What runs elsewhere stops only when the connection is there.
			for k := len(r.actions) - 1; k >= 0; k-- {
				if other := r.actions[k]; other.node != a.node && other.task == "stop" && other.node != nil {
					c.newOrdering(ordering{rsc1: connection, task1: connection.key("start"), rsc2: r, a2: other, flags: relOrdered})
				}
			}
		}
		if connection.launcher != nil {
			c.orderGuestAction(a)
		} else {
			c.orderRemoteAction(a)
		}
	}
}

func (c *cluster) afterStart(r *resource, a *action, extra uint32) {
	c.newOrdering(ordering{rsc1: r, task1: r.key("start"), rsc2: a.rsc, a2: a, flags: relGuestAllowed | relUnrunnableFirstBlocks | extra})
}

func (c *cluster) beforeStop(a *action, r *resource, extra uint32) {
	c.newOrdering(ordering{rsc1: a.rsc, a1: a, rsc2: r, task2: r.key("stop"), flags: relGuestAllowed | extra})
}

func (c *cluster) orderRemoteAction(a *action) {
	n := a.node
	connection, state := n.connection, c.connectionState(n)
	task := a.task
	if task == "migrate_to" || task == "migrate_from" {
		task = "stop"
	}
	switch task {
	case "start", "promote":
		extra := relNone
		if state == connectionFailed {
			extra = relFirstImpliesThen
		}
		c.afterStart(connection, a, extra)
	case "stop":
		switch {
		case state == connectionAlive:
			c.beforeStop(a, connection, relThenImpliesFirst)
		case state == connectionFailed:
			c.fenceNode(n, "resources are active but connection is unrecoverable", false)
		case connection.next == roleStopped:
			c.beforeStop(a, connection, relThenImpliesFirst)
		default:
			c.afterStart(connection, a, relNone)
		}
	case "demote":
		if state == connectionResting || state == connectionUnknown {
			c.afterStart(connection, a, relNone)
		}
	default:
		if a.isRecurring() {
			c.afterStart(connection, a, relFirstImpliesThen)
			return
		}
		if task == "monitor" && state == connectionFailed {
			c.fenceNode(n, "resources are in unknown state and connection is unrecoverable", false)
		}
		if connection.current() != nil && state == connectionStopped {
			c.beforeStop(a, connection, relUnrunnableFirstBlocks)
		} else {
			c.afterStart(connection, a, relNone)
		}
	}
}

// knownTask says whether a task is one that the order of things speaks of.
func knownTask(task string) bool {
	switch task {
	case "stop", "stopped", "start", "running", "do_shutdown", "stonith", "monitor", "notify", "notified", "promote", "promoted", "demote", "demoted":
		return true
	}
	return false
}

func (c *cluster) orderGuestAction(a *action) {
	connection := a.node.connection
	launcher := connection.launcher
	if launcher.is(rscFailed) {
		c.fenceNode(a.node, "container failed", false)
	}
	task := a.task
	if task == "migrate_to" || task == "migrate_from" {
		task = "stop"
	}
	switch task {
	case "start", "promote":
		c.afterStart(launcher, a, relFirstImpliesThen)
		c.afterStart(connection, a, relNone)
	case "stop", "demote":
		// When the container has failed, its end implies these.
		if !launcher.is(rscFailed) {
			c.beforeStop(a, connection, relNone)
		}
	default:
		if !a.isRecurring() {
			c.afterStart(connection, a, relNone)
		} else if knownTask(task) {
			c.afterStart(connection, a, relFirstImpliesThen)
		}
	}
}

// isGuestOf says whether a node is the guest inside a resource.
func (r *resource) isGuestOf(n *node) bool {
	return r != nil && len(r.launched) > 0 && n != nil && n.connection != nil && n.connection.launcher == r
}

// connectionHost is the machine that passes an action on to a remote or guest node; nil for other nodes.
func (a *action) connectionHost() *node {
	if a.task == "stonith" || a.node == nil || !a.node.remote || a.node.connection == nil {
		return nil
	}
	r := a.node.connection
	began, ended := r.current(), r.assigned
	switch {
	case began == nil:
		return ended
	case ended == nil, began == ended:
		return began
	}
	task := a.task
	if task == "notify" {
		task = a.metaText("notify_operation")
	}
	switch task {
	case "cancel", "stop", "demote", "migrate_from", "migrate_to":
		if r.launcher != nil || r.partialTarget == nil {
			return began
		}
	}
	return ended
}
