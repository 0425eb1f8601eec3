package scheduler

import (
	"heartbeat/internal/isotime"
	"heartbeat/internal/xmltree"
)

// featureSet is the version of the protocol between cluster nodes that graphs are written for.
const featureSet = "3.20.5"

// Options are what a run is asked for besides the decisions.
type Options struct {
	ShowScores      bool
	ShowUtilization bool
	Elements        bool // lines of reports have elements
	Why             bool // remember what each score is made of; see Result.Why
	Sanitized       bool // the document was freed of secrets, so digests may differ
	TransitionID    int  // number of the transition, from 1
}

// A Result is what a run found out. It refers to the document, which must not be changed.
type Result struct{ c *cluster }

// Status reads a document and judges the state of the cluster, without deciding anything.
func Status(input *xmltree.Node, now isotime.Time, opt Options) *Result {
	c := newCluster(input, now, opt)
	if opt.Why {
		c.why = newRecorder()
	}
	c.unpack()
	return &Result{c}
}

// Schedule decides what is to be done. The document must be of the newest schema (see cib.Upgrade); it is not changed.
func Schedule(input *xmltree.Node, now isotime.Time, opt Options) *Result {
	r := Status(input, now, opt)
	r.Decide()
	return r
}

// Decide goes on where Status ended. Once, and before that everything that speaks of the current state is to be asked.
func (r *Result) Decide() {
	c := r.c
	c.applyHealth()
	c.unpackConstraints()
	c.applyCriteria()
	for _, top := range c.resources {
		c.implicitConstraints(top)
	}
	c.checkChanges()
	c.assignAll()
	c.createAll()
	c.orderRemote()
	c.scheduleFencing()
	c.applyOrderings()
	// Actions without node take one when the summary looks for them, and the graph shows that.
	r.Summary()
	c.buildGraph()
}

// unpack reads everything that is not a constraint.
func (c *cluster) unpack() {
	c.unpackProperties()
	c.unpackNodes()
	c.unpackResources()
	c.findAboutProperties()
	c.unpackTags()
	c.unpackStatus()
	for _, r := range c.resources {
		c.count(r)
	}
}

// count counts the resources that reports speak of.
func (c *cluster) count(r *resource) {
	switch {
	case r.isBundle():
		for _, p := range r.bundle.replicas {
			for _, part := range []*resource{p.ip, p.child, p.container, p.remote} {
				if part != nil {
					c.count(part)
				}
			}
		}
	case len(r.children) > 0:
		for _, child := range r.children {
			c.count(child)
		}
	case !r.is(rscRemoved) || r.role > roleStopped:
		c.instances++
		if r.isDisabled() {
			c.disabled++
		}
		if r.is(rscBlocked) {
			c.blocked++
		}
	}
}

// isDisabled says whether the configuration keeps a resource from its full role.
func (r *resource) isDisabled() bool {
	to := parseRole(r.meta.Get("target-role"))
	return to == roleStopped || to == roleUnpromoted && r.top().is(rscPromotable)
}

// applyCriteria takes everything into the scores that does not depend on where other resources are.
func (c *cluster) applyCriteria() {
	if c.shutdownLock {
		for _, r := range c.resources {
			c.applyLock(r)
		}
	}
	for i := len(c.locations) - 1; i >= 0; i-- {
		l := c.locations[i]
		l.rsc.applyLocation(l)
	}
	for _, r := range c.resources {
		c.applyStickiness(r)
	}
	for _, n := range c.nodes {
		for _, r := range c.resources {
			c.applyThreshold(r, n)
			r.applyExclusive(n)
		}
	}
}

func (c *cluster) applyStickiness(r *resource) {
	if len(r.children) > 0 {
		for _, child := range r.children {
			c.applyStickiness(child)
		}
		return
	}
	if !r.is(rscManaged) || r.stickiness < 1 || len(r.active) != 1 {
		return
	}
	n := r.active[0]
	if !c.symmetric && r.allowed.get(n) == nil {
		return
	}
	r.addScore(n, r.stickiness, false, source{kind: fromStickiness})
}

func (c *cluster) applyThreshold(r *resource, n *node) {
	if len(r.children) > 0 {
		for _, child := range r.children {
			c.applyThreshold(child, n)
		}
		return
	}
	if !n.anyFailure() && len(r.launched) == 0 {
		return
	}
	if len(r.findExact(r.key("clear_failcount"), n)) > 0 {
		return
	}
	if ban, reached := c.limitReached(r, n); reached {
		ban.addScore(n, -infinity, false, source{kind: fromFailCount, with: r, of: int32(r.threshold)})
	}
}

// applyExclusive bans a resource with exclusive discovery from nodes where it is not to be looked for.
func (r *resource) applyExclusive(n *node) {
	if !r.is(rscExclusiveProbes) && !r.top().is(rscExclusiveProbes) {
		return
	}
	for _, child := range r.children {
		child.applyExclusive(n)
	}
	if w := r.allowed.get(n); w != nil && w.probe != probeExclusive {
		r.c.set(w, -infinity, source{kind: fromDiscovery})
	}
}

// applyLock keeps a resource for a node that shuts down cleanly.
func (c *cluster) applyLock(r *resource) {
	switch r.variant {
	case group:
		for _, m := range r.children {
			c.applyLock(m)
		}
		return
	case clone, bundle:
		return
	}
	if r.any(rscFenceDevice | rscRemoteConnection) {
		return
	}
	if r.lockNode != nil {
		if len(r.active) > 0 {
			c.clearHistory(r, r.lockNode)
			r.lockNode, r.lockTime = nil, 0
		}
	} else if len(r.active) == 1 {
		if n := r.active[0]; n.shutdown && !n.unclean {
			r.lockNode = n
			if r.lockTime = shutdownTime(n); r.lockTime == 0 {
				r.lockTime = c.now.Unix
			}
		}
	}
	if r.lockNode == nil {
		return
	}
	if c.shutdownLockLimit > 0 {
		c.changes.Note(r.lockTime + seconds(c.shutdownLockLimit) + 1)
	}
	for _, n := range c.nodes {
		if n != r.lockNode {
			r.addScore(n, -infinity, false, source{kind: fromLock, on: r.lockNode})
		}
	}
}

// createAll makes the actions.
func (c *cluster) createAll() {
	c.runChecks()
	if c.probes {
		c.scheduleProbes()
	}
	if c.stopRemoved {
		for _, r := range c.resources {
			c.clearRemoved(r)
		}
	}
	for _, r := range c.resources {
		c.createActions(r)
	}
}

// clearRemoved forgets the fail counts of a resource that is only known from history.
func (c *cluster) clearRemoved(r *resource) {
	if !r.is(rscRemoved) {
		return
	}
	for _, n := range c.nodes {
		if !n.online {
			continue
		}
		if count, _ := c.failCount(n, r, true, false, nil); count == 0 {
			continue
		}
		a := c.clearFailCount(r, n)
		c.newOrdering(ordering{rsc1: a.rsc, a1: a, rsc2: r, task2: r.key("stop"), flags: relOrdered})
	}
}
