package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
)

// assignClone assigns the instances of a clone.
func (c *cluster) assignClone(r *resource, prefer *node, stopIfFail bool) {
	if !r.is(rscUnassigned) || r.is(rscAssigning) {
		return
	}
	r.set(rscAssigning)
	if r.is(rscPromotable) {
		c.addPromotionScores(r)
	}
	for _, col := range r.thisWithAll() {
		c.assignResource(col.primary, prefer, stopIfFail)
	}
	for _, col := range r.withThisAll() {
		c.dependentScores(col, r)
	}
	c.showScores(r, "pcmk__clone_assign")
	r.children = sorted(r.children, compareInstances)
	c.assignInstances(r, r.children, r.clone.max, r.clone.nodeMax)
	if r.is(rscPromotable) {
		c.assignRoles(r)
	}
	r.unset(rscUnassigned | rscAssigning)
}

// instanceNumber is what follows the last colon of an id, or the last dash.
func (r *resource) instanceNumber() int64 {
	i := strings.LastIndexByte(r.id, ':')
	if i < 0 {
		i = strings.LastIndexByte(r.id, '-')
	}
	n, _ := cib.Integer(r.id[i+1:])
	return n
}

func compareNumbers(a, b *resource) int {
	return sign(int(a.instanceNumber() - b.instanceNumber()))
}

// topAllowed is what the parent of an instance thinks of a node, or the instance itself without parent.
func (r *resource) topAllowed(n *node) *weight {
	if r.parent != nil {
		return r.parent.allowed.get(n)
	}
	return r.allowed.get(n)
}

func (r *resource) anyFailed() bool {
	return r.find(func(m *resource) bool { return m.is(rscFailed) }) != nil
}

// compareInstances says which of two instances is to be assigned first.
func compareInstances(a, b *resource) int {
	c := a.c
	nodeA, countA, _ := a.currentCounts()
	nodeB, countB, _ := b.currentCounts()
	if countA > 0 && countB > 0 && countA != countB {
		return countA - countB
	}
	stays := func(r *resource, n **node) bool {
		if *n == nil {
			return true
		}
		if w := r.allowed.get(*n); w == nil || w.score < 0 {
			*n = nil
			return false
		}
		return true
	}
	if x, y := stays(a, &nodeA), stays(b, &nodeB); x != y {
		return first(x)
	}
	if a.priority != b.priority {
		return b.priority - a.priority
	}
	switch {
	case nodeA == nil && nodeB == nil:
		return 0
	case nodeA == nil:
		return 1
	case nodeB == nil:
		return -1
	}
	if x, y := c.available(nodeA, 0, false, false), c.available(nodeB, 0, false, false); x != y {
		return first(x)
	}
	weightA, weightB := a.topAllowed(nodeA), b.topAllowed(nodeB)
	switch {
	case weightA == nil && weightB == nil:
		return 0
	case weightA == nil:
		return 1
	case weightB == nil:
		return -1
	case weightA.count != weightB.count:
		return int(weightA.count - weightB.count)
	}
	if x, y := a.anyFailed(), b.anyFailed(); x != y {
		return first(y)
	}
	if d := compareByColocation(a, b); d != 0 {
		return d
	}
	return compareNumbers(a, b)
}

// first is a comparison of two booleans that differ: the one that holds comes first.
func first(a bool) int {
	if a {
		return -1
	}
	return 1
}

// compareByColocation compares what colocated resources think of where two instances run.
func compareByColocation(a, b *resource) int {
	score := func(r *resource) int {
		n, t := r.current(), r.c.scratch[:0]
		clear(t[:cap(t)])
		t.put(n)
		r.addParentWishes(&t)
		r.c.scratch = t
		return int(t.get(n).score)
	}
	return sign(score(b) - score(a))
}

func (r *resource) addParentWishes(t *table) {
	for _, col := range r.thisWithAll() {
		col.primary.addWishes(r, t, col, float32(col.score)/float32(infinity), 0)
	}
	for _, col := range r.withThisAll() {
		if col.hasInfluence(r) {
			col.dependent.addWishes(r, t, col, float32(col.score)/float32(infinity), selectNonnegative)
		}
	}
}

// assignInstances spreads instances over the nodes. Those that run keep their places as far as possible.
func (c *cluster) assignInstances(collective *resource, instances []*resource, total, perNode int) {
	usable := 0
	for _, n := range c.nodes {
		if w := collective.allowed.get(n); w != nil {
			w.count = 0
			if c.available(n, 0, false, false) {
				usable++
			}
		}
	}
	optimal := 1
	if usable > 0 {
		optimal = max(1, total/usable)
	}
	assigned := 0
	for _, i := range instances {
		if assigned >= total {
			break
		}
		if !i.is(rscUnassigned) {
			continue
		}
		if n := c.preferredPlace(i, optimal); n != nil && c.assignEarly(i, n, perNode, total-assigned) {
			assigned++
		}
	}
	for _, i := range instances {
		if !i.is(rscUnassigned) {
			continue
		}
		if assigned >= total {
			i.banEverywhere(source{kind: fromLimit, with: collective, of: int32(total)})
		} else if c.assignInstance(i, nil, perNode) != nil {
			assigned++
		}
	}
}

// preferredPlace is where an instance runs, if it can stay there.
func (c *cluster) preferredPlace(i *resource, optimal int) *node {
	if len(i.active) == 0 || !i.is(rscUnassigned) || i.is(rscFailed) {
		return nil
	}
	n := i.current()
	if n == nil || !c.available(n, n.score, true, false) {
		return nil
	}
	if w := i.topAllowed(n); w != nil && int(w.count) >= optimal {
		return nil
	}
	return n
}

// assignEarly tries to leave an instance where it is. Each time it would rather go elsewhere, a place is counted as reserved there and the
// question is asked again.
func (c *cluster) assignEarly(i *resource, current *node, perNode, available int) bool {
	w := i.allowed.get(current)
	if w == nil || !c.available(current, int(w.score), true, false) {
		return false
	}
	saved := saveTables(i)
	parent := i.parent
	savedParent := parent.allowed
	parent.allowed = savedParent.copy()
	var chosen *node
	for reserved := 0; reserved < available; {
		chosen = c.assignInstance(i, current, perNode)
		if chosen == current {
			break
		}
		saved.restore()
		if chosen == nil {
			i.set(rscUnassigned)
			break
		}
		reserved++
		c.unassign(i)
		chosen = nil
	}
	parent.allowed = savedParent
	if chosen == nil {
		return false
	}
	i.countAt(chosen)
	return true
}

// savedTables are the opinions of a resource and everything below it.
type savedTables []struct {
	r *resource
	t table
}

func saveTables(r *resource) (out savedTables) {
	r.eachBelow(func(m *resource) {
		out = append(out, struct {
			r *resource
			t table
		}{m, m.allowed.copy()})
	})
	return out
}

func (s savedTables) restore() {
	for _, saved := range s {
		saved.r.allowed = saved.t.copy()
	}
}

func (r *resource) countAt(n *node) {
	if w := r.topAllowed(n); w != nil {
		w.count++
	}
}

// assignInstance assigns one instance among the nodes that can take one more.
func (c *cluster) assignInstance(i *resource, prefer *node, perNode int) *node {
	if i.is(rscAssigning) {
		return nil
	}
	for _, n := range c.nodes {
		w := i.allowed.get(n)
		if w == nil || c.canRunInstance(i, n, perNode) {
			continue
		}
		why := source{kind: fromInstance, with: i.parent, of: int32(perNode), on: n}
		c.set(w, -infinity, why)
		for _, m := range i.children {
			if w := m.allowed.get(n); w != nil {
				c.set(w, -infinity, why)
			}
		}
	}
	chosen := c.assignResource(i, prefer, prefer == nil)
	if chosen != nil {
		i.countAt(chosen)
	}
	return chosen
}

func (c *cluster) canRunInstance(i *resource, n *node, perNode int) bool {
	if i.is(rscRemoved) || !c.available(n, 0, false, false) {
		return false
	}
	w := i.topAllowed(n)
	return w != nil && w.score >= 0 && int(w.count) < perNode
}

// matches says whether an instance is on a node, or on one with the same value of an attribute, in a role if one is given.
func (r *resource) matches(n *node, in role, now bool, attr string) bool {
	if in != roleUnknown && in != r.state(now) || r.anyBlocked() {
		return false
	}
	which := placesAssigned
	if now {
		which = placesCurrent
	}
	at := r.place(which)
	if at == nil {
		return false
	}
	if attr == "" || attr == "#uname" && !at.isGuest() && !n.isGuest() {
		return at == n
	}
	a, hasA := r.c.colocationAttr(at, attr, r)
	b, hasB := r.c.colocationAttr(n, attr, r)
	return sameAttr(a, hasA, b, hasB)
}

// compatible is the instance of a collective that is where r is, or where r would like best to be.
func (r *resource) compatible(collective *resource, in role, now bool, attr string) *resource {
	on := func(n *node) *resource {
		for _, i := range collective.instances() {
			if i.matches(n, in, now, attr) {
				return i
			}
		}
		return nil
	}
	which := placesAssigned
	if now {
		which = placesCurrent
	}
	if n := r.place(which); n != nil {
		return on(n)
	}
	for _, x := range r.sortedAllowed(nil) {
		if i := on(x.n); i != nil {
			return i
		}
	}
	return nil
}
