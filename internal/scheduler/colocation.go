package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// unpackColocation reads a colocation constraint: a pair, or sets.
func (c *cluster) unpackColocation(x *xmltree.Node) {
	id := x.Get("id")
	sets, ok := c.colocationSets(x)
	if !ok {
		return
	}
	score := 0
	if text, given := x.Lookup("score"); given {
		if score, ok = cib.Score(text, c.health); !ok {
			return
		}
	}
	influence := x.Get("influence")
	if len(sets) == 0 {
		dependent, primary := c.constrained(x.Get("rsc")), c.constrained(x.Get("with-rsc"))
		if dependent != nil && primary != nil {
			c.newColocation(colocation{id: id, dependent: dependent, primary: primary, score: score, attribute: x.Get("node-attribute"),
				flags: colExplicit | dependent.influence(influence)}, x.Get("rsc-role"), x.Get("with-rsc-role"))
		}
		return
	}
	for i, set := range sets {
		if set.Get("id") == "" {
			continue
		}
		c.colocateSet(set, score, influence)
		if i > 0 {
			c.colocateSets(id, sets[i-1], set, score, influence)
		}
	}
}

// influence says whether the dependent of a colocation may draw its primary to where it wants to be.
func (r *resource) influence(text string) uint8 {
	if v, ok := cib.Bool(text); ok {
		if v {
			return colInfluence
		}
		return 0
	}
	if r.is(rscCritical) {
		return colInfluence
	}
	return 0
}

// colocationSets are the sets of a constraint; a tag or template on one side makes sets of both. Only one side may be such.
func (c *cluster) colocationSets(x *xmltree.Node) (sets []*xmltree.Node, ok bool) {
	if x.First("resource_set") != nil {
		return c.sets(x)
	}
	dependentID, hasDependent := x.Lookup("rsc")
	primaryID, hasPrimary := x.Lookup("with-rsc")
	if !hasDependent || !hasPrimary {
		return nil, true
	}
	dependent, dependentRefs, known := c.known(dependentID)
	primary, primaryRefs, fine := c.known(primaryID)
	if !known || !fine || dependent == nil && primary == nil {
		c.note(x, "colocation "+x.Get("id")+" is left out: of "+dependentID+" and "+primaryID+" one is not there, or both are tags")
		return nil, false
	}
	if dependent != nil && primary != nil {
		return nil, true
	}
	a, b := setOf(dependentID, dependentRefs), setOf(primaryID, primaryRefs)
	if v, given := x.Lookup("rsc-role"); given {
		a.Set("role", v)
	}
	if v, given := x.Lookup("with-rsc-role"); given {
		b.Set("role", v)
	}
	return []*xmltree.Node{a, b}, true
}

// colocateSet relates the members of one set: each with the one before, or, to keep them apart, each with all before.
func (c *cluster) colocateSet(set *xmltree.Node, score int, influence string) {
	if text, ok := set.Lookup("score"); ok {
		if score, ok = cib.Score(text, c.health); !ok {
			return
		}
	}
	if score == 0 || !sequential(set) {
		return
	}
	ordering, listed := set.Lookup("ordering")
	withPrevious := !listed || strings.EqualFold(ordering, "group")
	role := set.Get("role")
	var before []*resource
	for ref := range set.Elements("resource_ref") {
		r := c.constrained(ref.Get("id"))
		if r == nil {
			return
		}
		pair := func(dependent, primary *resource) {
			c.newColocation(colocation{id: set.Get("id"), dependent: dependent, primary: primary, score: score,
				flags: colExplicit | r.influence(influence)}, role, role)
		}
		switch {
		case score < 0:
			for _, other := range before {
				if other.id != r.id {
					pair(r, other)
				}
			}
		case len(before) == 0:
		case withPrevious:
			pair(r, before[len(before)-1])
		default:
			pair(before[len(before)-1], r)
		}
		before = append(before, r)
	}
}

// colocateSets puts a set near the one that follows it. A sequential set is represented by its first or last member.
func (c *cluster) colocateSets(id string, set1, set2 *xmltree.Node, score int, influence string) {
	if score == 0 {
		return
	}
	dependents, _ := c.present(set1)
	primaries, last := c.present(set2)
	if sequential(set1) {
		for ref := range set1.Elements("resource_ref") {
			r := c.constrained(ref.Get("id"))
			if r == nil {
				return
			}
			dependents = []*resource{r}
			break
		}
	}
	if sequential(set2) {
		if last == nil {
			return
		}
		primaries = []*resource{last}
	}
	for _, dependent := range dependents {
		for _, primary := range primaries {
			c.newColocation(colocation{id: id, dependent: dependent, primary: primary, score: score,
				flags: colExplicit | dependent.influence(influence)}, set1.Get("role"), set2.Get("role"))
		}
	}
}

// present are the members of a set that are there, and the last member if that is.
func (c *cluster) present(set *xmltree.Node) (out []*resource, last *resource) {
	for ref := range set.Elements("resource_ref") {
		if last = c.constrained(ref.Get("id")); last != nil {
			out = append(out, last)
		}
	}
	return out, last
}

// newColocation notes a colocation on both sides. One that keeps resources apart for sure also orders them, so that one has gone before the other comes.
func (c *cluster) newColocation(col colocation, dependentRole, primaryRole string) {
	var ok, fine bool
	col.dependentRole, ok = constraintRole(dependentRole, dependentRole != "")
	col.primaryRole, fine = constraintRole(primaryRole, primaryRole != "")
	if !ok || !fine || col.score == 0 || col.dependent == nil || col.primary == nil {
		return
	}
	if col.attribute == "" {
		col.attribute = "#uname"
	}
	n := &col
	insertColocation(&n.dependent.thisWith, n, byPrimary)
	insertColocation(&n.primary.withThis, n, byDependent)
	c.colocations = append(c.colocations, n)
	if n.score <= -infinity {
		c.orderApart(n.dependent, n.dependentRole, n.primary, n.primaryRole)
		c.orderApart(n.primary, n.primaryRole, n.dependent, n.dependentRole)
	}
}

func (c *cluster) orderApart(first *resource, firstRole role, then *resource, thenRole role) {
	down, up := []string{"stop"}, []string{"start"}
	switch firstRole {
	case rolePromoted:
		down = []string{"demote"}
	case roleUnpromoted:
		down = append(down, "promote")
	}
	switch thenRole {
	case rolePromoted:
		up = []string{"promote"}
	case roleUnpromoted:
		up = append(up, "demote")
	}
	for _, a := range down {
		for _, b := range up {
			c.orderTasks(first, a, then, b, relIfRequiredOnSameNode)
		}
	}
}

func byPrimary(c *colocation) *resource   { return c.primary }
func byDependent(c *colocation) *resource { return c.dependent }

// insertColocation puts a colocation in its place: by the other resource's priority and variant, promotable clones before others, by id; before
// those that are equal.
func insertColocation(list *[]*colocation, c *colocation, other func(*colocation) *resource) {
	at := 0
	for at < len(*list) && compareRank(other(c), other((*list)[at])) > 0 {
		at++
	}
	*list = append(*list, nil)
	copy((*list)[at+1:], (*list)[at:])
	(*list)[at] = c
}

func compareRank(a, b *resource) int {
	switch {
	case a.priority != b.priority:
		return b.priority - a.priority
	case a.variant != b.variant:
		return int(b.variant) - int(a.variant)
	case a.isClone() && a.is(rscPromotable) != b.is(rscPromotable):
		if a.is(rscPromotable) {
			return -1
		}
		return 1
	}
	return strings.Compare(a.id, b.id)
}

// mergeColocations adds a list to another one. What the reference does with a list that is not empty is kept, because placements depend on
// it: it adds the first element of the addition as often as the addition is long.
func mergeColocations(list *[]*colocation, addition []*colocation, other func(*colocation) *resource) {
	if len(*list) == 0 {
		*list = append(*list, addition...)
		return
	}
	for range addition {
		insertColocation(list, addition[0], other)
	}
}

// thisWithAll are the colocations in which a resource is the dependent, with those that it has through its parents.
func (r *resource) thisWithAll() []*colocation {
	var list []*colocation
	r.gather(r, &list, true)
	return list
}

// withThisAll are those in which it is the primary.
func (r *resource) withThisAll() []*colocation {
	var list []*colocation
	r.gather(r, &list, false)
	return list
}

// gather adds what r contributes to the effective list of asked, which is r itself or something near it.
func (r *resource) gather(asked *resource, list *[]*colocation, dependent bool) {
	own, other := r.withThis, byDependent
	if dependent {
		own, other = r.thisWith, byPrimary
	}
	above := func() {
		if r.parent != nil {
			r.parent.gather(asked, list, dependent)
		}
	}
	switch r.variant {
	case primitive:
		if r == asked {
			mergeColocations(list, own, other)
			above()
			return
		}
		for _, c := range own {
			if c.flags&colExplicit != 0 {
				insertColocation(list, c, other)
			}
		}
	case group:
		r.gatherGroup(asked, list, dependent, own, other, above)
	case clone:
		mergeColocations(list, own, other)
		above()
	case bundle:
		r.gatherBundle(asked, list, own, other)
	}
}

func (r *resource) gatherGroup(asked *resource, list *[]*colocation, dependent bool, own []*colocation, other func(*colocation) *resource, above func()) {
	if len(r.children) == 0 {
		return
	}
	end := r.lastMember()
	if dependent {
		end = r.children[0]
	}
	if asked == r || asked == end {
		mergeColocations(list, own, other)
		above()
		if r.group.colocated {
			for _, m := range r.children {
				if m != asked {
					m.gather(asked, list, dependent)
				}
			}
		}
		return
	}
	if !dependent {
		return
	}
	// A member behind an unmanaged one must follow the group's mandatory colocations on its own.
	for _, m := range r.children {
		if m == asked {
			return
		}
		if !m.is(rscManaged) {
			for _, c := range r.thisWith {
				if c.score == infinity {
					insertColocation(list, c, byPrimary)
				}
			}
			return
		}
	}
}

func (r *resource) gatherBundle(asked *resource, list *[]*colocation, own []*colocation, other func(*colocation) *resource) {
	if asked == r || asked.is(rscReplicaContainer) {
		mergeColocations(list, own, other)
		return
	}
	child := r.bundle.child
	if child == nil || !child.is(rscPromotable) || asked.top() != child {
		return
	}
	if asked == child {
		if child.clone.promotionConstrained {
			mergeColocations(list, own, other)
		}
	} else if !asked.is(rscUnassigned) {
		mergeColocations(list, own, other)
	}
}

// hasInfluence says whether a colocation may draw its primary, or another resource that it is seen from.
func (c *colocation) hasInfluence(r *resource) bool {
	if r == nil {
		r = c.primary
	}
	if c.dependent.is(rscNestingAllowed) && !r.is(rscFailed) && len(r.active) == 1 {
		return false
	}
	return c.flags&colInfluence != 0 || len(r.active) == 0
}
