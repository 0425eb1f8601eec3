package scheduler

import (
	"slices"
	"strings"
)

// applyHistory does what the history of a resource on a node means: the node knows it, may have to be fenced, the failure
// takes effect, the resource is active there.
func (c *cluster) applyHistory(r *resource, n *node, fail onFail) {
	knownActive := r.role > roleStopped
	if r.role != roleUnknown {
		for p := r; p != nil; p = p.parent {
			p.known.put(n)
			if p.is(rscUnique) {
				break
			}
		}
	}
	if knownActive && !n.online && !n.maintenance && r.is(rscManaged) {
		c.fenceForActivity(r, n)
	}
	saved := fail
	if n.unclean {
		fail = failIgnore
	}
	c.applyFailure(r, n, fail, knownActive)
	if r.is(rscFailed | rscRemoteConnection) {
		if remote := c.findNode(r.id); remote != nil && remote.unclean {
			remote.seen = true
		}
	}
	switch {
	case knownActive:
		if r.is(rscRemoved) {
			c.findRemoved(r, n)
		}
		r.addActive(n, saved != failIgnore)
		switch fail {
		case failIgnore:
		case failDemote, failBlock:
			r.set(rscFailed)
		default:
			r.set(rscFailed | rscStopIfFailed)
		}
	case strings.Contains(r.historyID, ":"):
		r.historyID = ""
	default:
		for _, a := range r.findActions(r.key("stop"), n) {
			a.set(actOptional)
		}
	}
	if r.role == roleStopped && len(r.active) > 0 && r.partialTarget != nil && r.partialSource == n {
		r.role = roleStarted
	}
}

// fenceForActivity fences a node that is not there but was seen to run something.
func (c *cluster) fenceForActivity(r *resource, n *node) {
	reason := r.id + " is thought to be active there"
	switch {
	case n.isGuest():
		r.set(rscFailed | rscStopIfFailed)
	case c.fencing:
		if n.isRemote() && n.connection != nil && !n.connection.is(rscFailed) {
			n.seen = false
			reason = r.id + " is active there (fencing will be revoked if remote connection can be re-established elsewhere)"
		}
	default:
		return
	}
	c.fenceNode(n, reason, false)
}

func (c *cluster) applyFailure(r *resource, n *node, fail onFail, knownActive bool) {
	switch fail {
	case failIgnore:
	case failDemote:
		r.set(rscFailed)
		c.demoteAction(r, n, false)
	case failFence:
		c.fenceNode(n, r.id+" failed there", false)
	case failStandby:
		n.standby, n.failStandby = true, true
	case failBlock:
		r.unset(rscManaged)
		r.set(rscBlocked)
	case failBan:
		r.addScore(n, -infinity, false, source{kind: fromFailure, id: "on-fail=ban"})
	case failStop:
		r.setNext(roleStopped)
	case failRestart:
		if knownActive {
			r.set(rscFailed | rscStopIfFailed)
			c.stopAction(r, n, false)
		}
	case failRestartContainer:
		r.set(rscFailed | rscStopIfFailed)
		switch {
		case r.launcher != nil && r.isBundled():
			c.stopNeeded = append(c.stopNeeded, r.launcher)
		case r.launcher != nil:
			c.stopAction(r.launcher, n, false)
		case knownActive:
			c.stopAction(r, n, false)
		}
	case failResetRemote:
		r.set(rscFailed | rscStopIfFailed)
		if c.fencing && r.is(rscRemoteConnection) {
			if remote := c.findNode(r.id); remote.isRemote() && !remote.remoteFenced {
				c.fenceNode(remote, "remote connection is unrecoverable", false)
			}
		}
		if knownActive {
			c.stopAction(r, n, false)
		}
		if r.reconnect > 0 {
			r.setNext(roleStopped)
		}
	}
}

// addActive notes that a resource runs on a node, and decides what to do when it runs on too many.
func (r *resource) addActive(n *node, failed bool) {
	if slices.Contains(r.active, n) {
		return
	}
	r.active = append(r.active, n)
	if r.isPrimitive() {
		n.running = append(n.running, r)
		r.addPriority(n, failed)
		if n.maintenance {
			r.unset(rscManaged)
			r.set(rscInMaintenance)
		}
	}
	if !r.is(rscManaged) {
		r.addScore(n, infinity, false, source{kind: fromUnmanaged})
		for p := r.parent; p != nil; p = p.parent {
			p.active = append(p.active, n)
		}
		return
	}
	if r.isPrimitive() {
		if _, all, clean := r.currentCounts(); all > 1 && r.is(rscNeedsFencing) || clean > 1 && !r.is(rscNeedsFencing) {
			r.handleMultiple()
		}
	}
	if r.parent != nil {
		r.parent.addActive(n, false)
	}
}

// addPriority counts the priority of a resource for its node, and for the machine below a guest.
func (r *resource) addPriority(n *node, failed bool) {
	if r.priority == 0 || failed {
		return
	}
	p := r.priority
	if r.role == rolePromoted {
		p++
	}
	n.priority += p
	if n.connection != nil && n.connection.launcher != nil {
		for _, host := range n.connection.launcher.active {
			host.priority += p
		}
	}
}

func (r *resource) handleMultiple() {
	switch r.multiple {
	case multipleStop:
		r.allowed = nil
		for _, n := range r.c.nodes {
			r.c.set(r.allowed.put(n), -infinity, source{kind: fromMultiple})
		}
	case multipleBlock:
		r.unset(rscManaged)
		r.set(rscBlocked)
		if p := r.parent; (p.isGroup() || p.isBundle()) && p.multiple == multipleBlock {
			for _, child := range p.children {
				child.unset(rscManaged)
				child.set(rscBlocked)
			}
		}
	}
}

// current is the node on which a resource runs; of several, the source of a migration or a clean one that is online.
func (r *resource) current() *node {
	n, _, _ := r.currentCounts()
	return n
}

// currentCounts also counts the nodes, all of them and the clean ones.
func (r *resource) currentCounts() (current *node, all, clean int) {
	if r.isBundle() {
		return r.bundleCurrent()
	}
	for _, n := range r.active {
		r.countActive(n, &current, &all, &clean)
	}
	return current, all, clean
}

func (r *resource) countActive(n *node, current **node, all, clean *int) {
	fine := n.online && !n.unclean
	*all++
	if fine {
		*clean++
	}
	switch {
	case r.partialSource != nil:
		if n == r.partialSource {
			*current = n
		}
	case !r.is(rscNeedsFencing):
		if fine && (*current == nil || !(*current).online || (*current).unclean) {
			*current = n
		}
	}
	if *current == nil {
		*current = n
	}
}

// bundleCurrent looks at the nodes of all active containers, each once.
func (r *resource) bundleCurrent() (current *node, all, clean int) {
	var containers []*resource
	for _, p := range r.bundle.replicas {
		if len(p.container.active) > 0 {
			containers = append(containers, p.container)
		}
	}
	if len(containers) == 1 {
		return containers[0].currentCounts()
	}
	var seen []*node
	for _, container := range containers {
		for _, n := range container.active {
			if !slices.Contains(seen, n) {
				seen = append(seen, n)
				r.countActive(n, &current, &all, &clean)
			}
		}
	}
	return current, all, clean
}

// isActive says whether a resource runs: with all, every part of it.
func (r *resource) isActive(all bool) bool {
	switch r.variant {
	case primitive:
		for _, n := range r.active {
			if n.unclean || n.online || !r.is(rscManaged) {
				return true
			}
		}
		return false
	case bundle:
		for _, p := range r.bundle.replicas {
			for _, part := range []*resource{p.ip, p.child, p.container, p.remote} {
				if part != nil && part.isActive(all) != all {
					return !all
				}
			}
		}
		return all
	}
	some := false
	for _, child := range r.children {
		if child.isActive(all) {
			some = true
		} else if all {
			return false
		}
	}
	return some || all && r.isClone()
}

// state is the role of a resource or the highest of its parts, now or after this transition.
func (r *resource) state(now bool) role {
	if len(r.children) == 0 || r.isBundle() {
		switch {
		case r.isBundle():
			return roleUnknown
		case now:
			return r.role
		}
		return r.next
	}
	highest := roleUnknown
	for _, child := range r.children {
		highest = max(highest, child.state(now))
	}
	return highest
}
