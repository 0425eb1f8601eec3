package scheduler

import "heartbeat/internal/cib"

type affects uint8

const (
	affectsNothing affects = iota
	affectsLocation
	affectsRole
)

// roleHolder is the resource whose role counts for r: for a container of a bundle what is inside.
func (r *resource) roleHolder() *resource {
	if r.is(rscReplicaContainer) {
		if child := r.inside(); child != nil {
			return child
		}
	}
	return r
}

// affects says what a colocation does to its dependent. A preview asks before anything is assigned.
func (c *colocation) affects(dependent, primary *resource, preview bool) affects {
	if !preview && primary.is(rscUnassigned) {
		return affectsNothing
	}
	d, p := dependent.roleHolder(), primary.roleHolder()
	if c.dependentRole >= roleUnpromoted && d.parent != nil && d.parent.is(rscPromotable) && !d.is(rscUnassigned) {
		return affectsRole
	}
	switch {
	case !preview && !dependent.is(rscUnassigned):
		return affectsNothing
	case c.dependentRole != roleUnknown && c.dependentRole != d.next:
		return affectsNothing
	case c.primaryRole != roleUnknown && c.primaryRole != p.next:
		return affectsNothing
	}
	return affectsLocation
}

// colocationAttr is the value of a node that a colocation compares.
func (c *cluster) colocationAttr(n *node, attr string, r *resource) (string, bool) {
	target := ""
	if n != nil && n.isBundle() && r.isBundled() && r.top() == r.topWithBundle().bundle.child {
		target = "host"
	} else if r != nil && n != nil && n.isGuest() {
		target = r.meta.Get("container-attribute-target")
	}
	return c.attr(n, attr, target, true)
}

// sameAttr compares two values, where missing ones are equal.
func sameAttr(a string, hasA bool, b string, hasB bool) bool {
	return hasA == hasB && (!hasA || sameFold(a, b))
}

// applyColocation takes a colocation into the scores of a dependent, or into its priority for promotion, which it returns. With
// forDependent the dependent's kind decides first.
func (r *resource) applyColocation(primary *resource, col *colocation, forDependent bool) int {
	if forDependent {
		switch r.variant {
		case primitive:
			return primary.pull(r, col)
		case group:
			return r.pulledGroup(primary, col)
		}
	}
	return primary.pull(r, col)
}

// pull takes a colocation into a dependent, by the kind of the primary.
func (r *resource) pull(dependent *resource, col *colocation) int {
	switch r.variant {
	case group:
		return r.pullAsGroup(dependent, col)
	case clone:
		return r.pullAsClone(dependent, col)
	case bundle:
		return r.pullAsBundle(dependent, col)
	}
	return r.pullPlain(dependent, col)
}

// pullPlain looks at nothing but where the primary itself is.
func (r *resource) pullPlain(dependent *resource, col *colocation) int {
	switch col.affects(dependent, r, false) {
	case affectsRole:
		return dependent.c.toPriority(dependent, r, col)
	case affectsLocation:
		dependent.c.toScores(dependent, r, col)
	}
	return 0
}

// toScores changes the scores of a dependent by where its primary is.
func (c *cluster) toScores(dependent, primary *resource, col *colocation) {
	var value string
	var has bool
	if primary.assigned != nil {
		value, has = c.colocationAttr(primary.assigned, col.attribute, primary)
	} else if col.score < 0 {
		return
	}
	work := dependent.allowed.copy()
	for _, n := range c.nodes {
		w := work.get(n)
		if w == nil {
			continue
		}
		if primary.assigned == nil {
			c.add(w, -col.score, source{kind: fromColocation, id: col.id, with: primary})
			continue
		}
		v, ok := c.colocationAttr(n, col.attribute, dependent)
		switch {
		case sameAttr(v, ok, value, has):
			if col.score < infinity {
				c.add(w, col.score, source{kind: fromColocation, id: col.id, with: primary, on: primary.assigned})
			}
		case col.score >= infinity:
			c.set(w, -infinity, source{kind: fromColocation, id: col.id, with: primary, on: primary.assigned})
		}
	}
	if col.mandatory() || c.anyAvailable(work) {
		dependent.allowed = work
	}
}

// toPriority changes the priority with which an instance is promoted by where its primary is.
func (c *cluster) toPriority(dependent, primary *resource, col *colocation) int {
	if dependent.assigned == nil {
		return 0
	}
	if primary.assigned != nil && col.primaryRole != roleUnknown && col.primaryRole != primary.roleHolder().next {
		return 0
	}
	a, hasA := c.colocationAttr(dependent.assigned, col.attribute, dependent)
	b, hasB := c.colocationAttr(primary.assigned, col.attribute, primary)
	delta := col.score
	switch {
	case !sameAttr(a, hasA, b, hasB):
		if col.score != infinity || col.dependentRole != rolePromoted {
			return 0
		}
		delta = -delta
	case col.dependentRole == roleUnpromoted:
		delta = -delta
	}
	c.addPriority(dependent, delta, source{kind: fromColocation, id: col.id, with: primary, on: primary.assigned})
	return delta
}

// pulledGroup lets a group follow a primary: its first member does, or all members when they are not kept together.
func (r *resource) pulledGroup(primary *resource, col *colocation) int {
	delta := 0
	switch {
	case len(r.children) == 0:
		return 0
	case r.group.colocated:
		delta = r.children[0].applyColocation(primary, col, true)
	case col.score >= infinity:
		return 0
	default:
		for _, m := range r.children {
			delta = cib.AddScores(delta, primary.pullPlain(m, col))
		}
	}
	if delta != 0 {
		r.c.addPriority(r, delta, source{kind: fromColocation, id: col.id, with: primary, on: primary.assigned})
	}
	return delta
}

// pullAsGroup lets a dependent follow a group: the last member if it must, the first if it only should.
func (r *resource) pullAsGroup(dependent *resource, col *colocation) int {
	if r.is(rscUnassigned) || len(r.children) == 0 {
		return 0
	}
	if r.group.colocated {
		m := r.children[0]
		if col.score >= infinity {
			m = r.lastMember()
		}
		return m.pull(dependent, col)
	}
	if col.score >= infinity {
		return 0
	}
	delta := 0
	for _, m := range r.children {
		delta = cib.AddScores(delta, m.pull(dependent, col))
	}
	return delta
}

// pullAsClone lets a dependent follow a clone: each instance its counterpart on the same node when they are interleaved.
func (r *resource) pullAsClone(dependent *resource, col *colocation) int {
	if r.is(rscUnassigned) {
		return 0
	}
	if r.is(rscPromotable) && col.primaryRole != roleUnknown {
		if dependent.is(rscUnassigned) {
			r.pullAsPromotable(dependent, col)
			return 0
		}
		if col.dependentRole == rolePromoted {
			return r.promoteDependent(dependent, col)
		}
	}
	if col.interleaves() {
		if i := dependent.compatible(r, roleUnknown, false, ""); i != nil {
			return dependent.applyColocation(i, col, true)
		}
		if col.score >= infinity {
			dependent.c.assign(dependent, nil, 0, true, true)
		}
		return 0
	}
	if col.score >= infinity {
		var places []locationNode
		for _, i := range r.children {
			if n := i.place(placesAssigned); n != nil && !i.anyBlocked() {
				places = append(places, locationNode{n, i.placeScore()})
			}
		}
		dependent.intersect(places, false, source{kind: fromColocation, id: col.id, with: r})
		return 0
	}
	delta := 0
	for _, i := range r.children {
		delta = cib.AddScores(delta, i.pull(dependent, col))
	}
	return delta
}

// placeScore is the score with which a resource, or the only part of it that is placed, was placed.
func (r *resource) placeScore() int {
	if len(r.children) == 0 {
		return r.assignedScore
	}
	for _, child := range r.children {
		if child.place(placesAssigned) != nil {
			return child.placeScore()
		}
	}
	return 0
}

// anyBlocked says whether a resource or anything below it is blocked.
func (r *resource) anyBlocked() bool {
	return r.find(func(m *resource) bool { return m.is(rscBlocked) }) != nil
}

// interleaves says whether each instance of the dependent has its own counterpart.
func (c *colocation) interleaves() bool {
	return c.dependent.variant > group && cib.True(c.dependent.meta.Get("interleave")) && c.dependent.maxPerNode() == c.primary.maxPerNode()
}

// pullAsPromotable lets a dependent follow the instances of a role.
func (r *resource) pullAsPromotable(dependent *resource, col *colocation) {
	c := r.c
	var places []locationNode
	for _, i := range r.children {
		n := i.place(placesAssigned)
		if n == nil || i.state(false) != col.primaryRole {
			continue
		}
		if col.score < infinity {
			value, has := c.colocationAttr(n, col.attribute, r)
			for _, other := range c.nodes {
				if w := dependent.allowed.get(other); w != nil {
					if v, ok := c.colocationAttr(other, col.attribute, dependent); sameAttr(v, ok, value, has) {
						c.add(w, col.score, source{kind: fromColocation, id: col.id, with: i, on: n})
					}
				}
			}
		}
		places = append([]locationNode{{n, i.placeScore()}}, places...)
	}
	if col.score >= infinity && (col.dependentRole != rolePromoted || col.primaryRole != rolePromoted) {
		dependent.intersect(places, true, source{kind: fromColocation, id: col.id, with: r})
	}
}

// promoteDependent changes the priority of an instance by whether its counterpart has the role.
func (r *resource) promoteDependent(dependent *resource, col *colocation) int {
	if dependent.compatible(r, col.primaryRole, false, col.attribute) != nil {
		r.c.addPriority(dependent, col.score, source{kind: fromColocation, id: col.id, with: r})
		return col.score
	}
	if col.score >= infinity {
		r.c.addPriority(dependent, -infinity, source{kind: fromColocation, id: col.id, with: r})
		return -infinity
	}
	return 0
}

// intersect bans a resource from everywhere but some places, and adds the scores of those if asked to.
func (r *resource) intersect(places []locationNode, merge bool, why source) {
	for _, n := range r.c.nodes {
		w := r.allowed.get(n)
		if w == nil {
			continue
		}
		found := false
		for _, p := range places {
			if p.node == n {
				if found = true; merge {
					why.on = n
					r.c.add(w, p.score, why)
				}
				break
			}
		}
		if !found {
			why.on = nil
			r.c.set(w, -infinity, why)
		}
	}
}

// pullAsBundle lets a dependent follow the containers of a bundle.
func (r *resource) pullAsBundle(dependent *resource, col *colocation) int {
	if r.is(rscUnassigned) {
		return 0
	}
	if col.dependent.variant > group {
		if container := r.compatibleContainer(dependent); container != nil {
			return dependent.applyColocation(container, col, true)
		}
		if col.score >= infinity {
			r.c.assign(dependent, nil, 0, true, true)
		}
		return 0
	}
	delta := 0
	var places []locationNode
	for _, p := range r.bundle.replicas {
		if col.score < infinity {
			delta = cib.AddScores(delta, p.container.pull(dependent, col))
			continue
		}
		n := p.container.assigned
		if n == nil || p.container.anyBlocked() || col.primaryRole >= rolePromoted && (p.child == nil || p.child.next < rolePromoted) {
			continue
		}
		places = append(places, locationNode{n, p.container.assignedScore})
	}
	if col.score >= infinity {
		dependent.intersect(places, false, source{kind: fromColocation, id: col.id, with: r})
	}
	return delta
}

// compatibleContainer is the container on the machine where a dependent is, or would like to be.
func (r *resource) compatibleContainer(dependent *resource) *resource {
	match := func(n *node) *resource {
		if n.isBundle() {
			n = n.connection.launcher.assigned
		}
		if n == nil {
			return nil
		}
		for _, p := range r.bundle.replicas {
			if p.container.matches(n, roleUnknown, false, "") {
				return p.container
			}
		}
		return nil
	}
	if n := dependent.place(placesAssigned); n != nil {
		if n.isBundle() && n.connection.launcher.assigned == nil {
			n = nil
		}
		if n != nil {
			return match(n)
		}
	}
	for _, n := range dependent.sortedAllowed(nil) {
		if found := match(n.n); found != nil {
			return found
		}
	}
	return nil
}
