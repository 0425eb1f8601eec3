package scheduler

import (
	"strconv"
	"strings"
)

// available says whether a node can take resources.
func (c *cluster) available(n *node, score int, considerScore, considerGuest bool) bool {
	if n == nil || !n.online || n.shutdown || n.unclean || n.standby || n.maintenance || considerScore && score < 0 {
		return false
	}
	if considerGuest && n.isGuest() && n.connection.launcher.place(placesAssigned) == nil {
		return false
	}
	return true
}

func (c *cluster) anyAvailable(t table) bool {
	for _, n := range c.nodes {
		if w := t.get(n); w != nil && c.available(n, int(w.score), true, false) {
			return true
		}
	}
	return false
}

// A candidate is a node with the score that a resource gives it.
type candidate struct {
	n     *node
	score int
}

// sortedAllowed are the nodes of a resource's table, best first; of equal ones the preferred node comes first. The list is good until the
// next one is made.
func (r *resource) sortedAllowed(preferred *node) []candidate {
	c := r.c
	out := c.candidates[:0]
	for _, n := range c.nodes {
		if w := r.allowed.get(n); w != nil {
			out = append(out, candidate{n, int(w.score)})
		}
	}
	c.candidates = out
	if half := (len(out) + 1) / 2; len(c.room) < half {
		c.room = make([]candidate, max(half, len(c.nodes)))
	}
	mergeSort(out, c.room, func(a, b candidate) int { return c.compareCandidates(a, b, preferred) })
	return out
}

func (c *cluster) compareCandidates(a, b candidate, preferred *node) int {
	score := func(x candidate) int {
		if c.available(x.n, x.score, false, false) {
			return x.score
		}
		return -infinity
	}
	if x, y := score(a), score(b); x != y {
		return y - x
	}
	if c.placement != "minimal" {
		if c.placement == "balanced" {
			if d := compareCapacities(a.n, b.n); d != 0 {
				return d
			}
		}
		if a.n.numResources != b.n.numResources {
			return a.n.numResources - b.n.numResources
		}
		switch preferred {
		case nil:
		case a.n:
			return -1
		case b.n:
			return 1
		}
	}
	return strings.Compare(a.n.name, b.n.name)
}

// assignResource decides where a resource and everything below it runs. The preferred node may be nil. When no node is found and stopIfFail
// is given, the resource will be stopped. The result is the node, if there is one for the whole.
func (c *cluster) assignResource(r *resource, prefer *node, stopIfFail bool) *node {
	switch r.variant {
	case group:
		return c.assignGroup(r, prefer, stopIfFail)
	case clone:
		c.assignClone(r, prefer, stopIfFail)
		return nil
	case bundle:
		c.assignBundle(r, prefer, stopIfFail)
		return nil
	}
	return c.assignPrimitive(r, prefer, stopIfFail)
}

func (c *cluster) assignPrimitive(r *resource, prefer *node, stopIfFail bool) *node {
	if p := r.parent; p != nil && !p.is(rscAssigning) {
		c.assignResource(p, prefer, stopIfFail)
	}
	if !r.is(rscUnassigned) {
		return r.assigned
	}
	if r.is(rscAssigning) {
		return nil // a loop of colocations
	}
	r.set(rscAssigning)
	c.consultColocations(r)
	if r.next == roleStopped {
		r.banEverywhere(r.stoppedBecause())
	} else if r.next > r.role && !c.quorate && c.quorumPolicy == quorumFreeze {
		r.setNext(r.role)
	}
	c.showScores(r, "pcmk__primitive_assign")
	if c.fencing && !c.haveFencing {
		r.unset(rscManaged)
	}
	switch {
	case !r.is(rscManaged):
		r.setNext(r.role)
		to := r.current()
		score := 0
		if to != nil {
			score = to.score
		}
		c.assign(r, to, score, true, stopIfFail)
	case c.stopAll:
		c.assign(r, nil, 0, true, stopIfFail)
	default:
		c.assignBest(r, prefer, stopIfFail)
	}
	r.unset(rscAssigning)
	if r.is(rscRemoteConnection) {
		c.connectionAssigned(r)
	}
	return r.assigned
}

// consultColocations takes the colocations of a primitive into its scores, mandatory ones first.
func (c *cluster) consultColocations(r *resource) {
	thisWith, withThis := r.thisWithAll(), r.withThisAll()
	for _, mandatory := range []bool{true, false} {
		for _, col := range thisWith {
			if col.mandatory() == mandatory {
				c.followPrimary(col, r)
			}
		}
		for _, col := range withThis {
			if col.mandatory() == mandatory {
				c.dependentScores(col, r)
			}
		}
	}
}

// followPrimary assigns a primary first and then takes its place into account; where that is only a wish, it is forgotten if it would leave no node.
func (c *cluster) followPrimary(col *colocation, r *resource) {
	wish := col.dependentRole >= rolePromoted || col.score < 0 && col.score > -infinity
	var saved table
	if wish {
		saved = r.allowed.copy()
	}
	if col.primary.is(rscUnassigned) {
		c.assignResource(col.primary, nil, true)
	}
	r.applyColocation(col.primary, col, true)
	if wish && !c.anyAvailable(r.allowed) {
		r.allowed = saved
	}
}

// connectionAssigned lets the node behind a connection come or go with it.
func (c *cluster) connectionAssigned(r *resource) {
	n := c.findNode(r.id)
	switch {
	case n == nil:
	case r.assigned != nil && r.next != roleStopped:
		n.online = true
		if !n.seen {
			n.unclean = false
		}
	default:
		n.shutdown = true
	}
}

// assignBest chooses among the nodes that are left.
func (c *cluster) assignBest(r *resource, prefer *node, stopIfFail bool) {
	if most := c.banInsufficient(r); prefer == nil {
		prefer = most
	}
	if !r.is(rscUnassigned) {
		return
	}
	nodes := r.sortedAllowed(r.current())
	if len(nodes) == 0 {
		c.assign(r, nil, 0, false, stopIfFail)
		return
	}
	chosen := nodes[0]
	if w := r.allowed.get(prefer); w != nil && int(w.score) >= nodes[0].score && c.available(prefer, int(w.score), true, false) {
		chosen = candidate{prefer, int(w.score)}
	} else if !r.parent.isUniqueClone() && chosen.score > 0 && c.available(chosen.n, chosen.score, false, false) {
		// What runs well on one of several equally good nodes stays there.
		if running := r.current(); running != nil && c.available(running, running.score, true, false) {
			for _, other := range nodes[1:] {
				if other.score != chosen.score {
					break
				}
				if other.n == running {
					chosen = other
				}
			}
		}
	}
	c.assign(r, chosen.n, chosen.score, false, stopIfFail)
}

// assign puts a resource, or everything below it, on a node; nil: nowhere. Without force the node must be able to take it.
func (c *cluster) assign(r *resource, n *node, score int, force, stopIfFail bool) (changed bool) {
	if len(r.children) > 0 {
		for _, child := range r.children {
			if c.assign(child, n, score, force, stopIfFail) {
				changed = true
			}
		}
		return changed
	}
	if !force && n != nil && (score < 0 || !c.available(n, score, true, false) && !n.isGuest()) {
		if stopIfFail {
			r.setNext(roleStopped)
		}
		n = nil
	}
	changed = r.assigned != n
	c.unassign(r)
	r.unset(rscUnassigned)
	if n == nil {
		if stopIfFail {
			r.setNext(roleStopped)
			r.actionsOfStopped()
		}
		return changed
	}
	r.assigned, r.assignedScore = n, score
	n.numResources++
	n.consume(r, -1)
	if c.opt.ShowUtilization {
		c.showAmounts("pcmk__assign_resource: "+r.id+" utilization on "+n.name+":", amounts(r.utilization),
			"utilization", "resource", r.id, "node", n.name, "function", "pcmk__assign_resource")
	}
	return changed
}

// actionsOfStopped fits actions that exist already to a resource that will not run: stops must be, starts and monitors cannot.
func (r *resource) actionsOfStopped() {
	for _, a := range r.actions {
		switch a.task {
		case "stop":
			a.unset(actOptional)
		case "start":
			a.unset(actRunnable)
		default:
			interval, ok := a.meta("interval")
			if ok && interval != "0" && a.metaText("op_target_rc") != "7" {
				a.unset(actRunnable)
			}
		}
	}
}

// unassign takes a resource and everything below it from where it was put.
func (c *cluster) unassign(r *resource) {
	r.set(rscUnassigned)
	if len(r.children) > 0 {
		for _, child := range r.children {
			c.unassign(child)
		}
		return
	}
	if n := r.assigned; n != nil {
		r.assigned = nil
		n.numResources--
		n.consume(r, 1)
	}
}

// assignGroup assigns the members in order.
func (c *cluster) assignGroup(r *resource, prefer *node, stopIfFail bool) *node {
	if !r.is(rscUnassigned) {
		return r.assigned
	}
	if r.is(rscAssigning) {
		return nil
	}
	if len(r.children) == 0 {
		r.unset(rscUnassigned)
		return nil
	}
	r.set(rscAssigning)
	r.role = r.children[0].role
	c.showScores(r, "pcmk__group_assign")
	var first *node
	for _, m := range r.children {
		if n := c.assignResource(m, prefer, stopIfFail); first == nil {
			first = n
		}
	}
	r.setNext(r.children[0].next)
	r.unset(rscAssigning | rscUnassigned)
	if !r.group.colocated {
		return nil
	}
	return first
}

// showScores writes down what a resource and everything below it thinks of the nodes.
func (c *cluster) showScores(r *resource, label string) {
	if !c.opt.ShowScores || r.is(rscRemoved) {
		return
	}
	for _, n := range c.nodes {
		if w := r.allowed.get(n); w != nil {
			c.showAllocation(label, r, n, int(w.score))
			if c.why != nil {
				c.why.lines = append(c.why.lines, scoreLine{label, r, n, int(w.score), w.parts})
			}
		}
	}
	for _, child := range r.children {
		c.showScores(child, label)
	}
}

func scoreText(score int) string {
	switch {
	case score >= infinity:
		return "INFINITY"
	case score <= -infinity:
		return "-INFINITY"
	}
	return strconv.Itoa(score)
}

// assignAll assigns every resource: connections first, because what runs behind them depends on them.
func (c *cluster) assignAll() {
	if c.placement != "default" {
		c.sortForPlacement()
	}
	c.showCapacities("Original")
	if c.haveRemote {
		for _, r := range c.resources {
			if r.is(rscRemoteConnection) {
				c.assignResource(r, r.partialTarget, true)
			}
		}
	}
	for _, r := range c.resources {
		if !r.is(rscRemoteConnection) {
			c.assignResource(r, nil, true)
		}
	}
	c.showCapacities("Remaining")
}
