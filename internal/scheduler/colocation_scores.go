package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
)

// How the wishes of colocated resources are added up.
const (
	selectThisWith uint8 = 1 << iota
	selectNonnegative
	selectActive
)

// fallen marks a node whose score would have gone below zero where it must not.
const fallen = -100 * infinity

// dependentScores adds the wishes of a dependent to its primary's scores.
func (c *cluster) dependentScores(col *colocation, primary *resource) {
	if !col.hasInfluence(nil) {
		return
	}
	flags := selectActive
	if primary.isClone() {
		flags |= selectNonnegative
	}
	col.dependent.addWishes(primary, &primary.allowed, col, float32(col.score)/float32(infinity), flags)
}

// addWishes adds to a table what r wishes, and what the resources wish that follow r. An empty table begins with r's own opinion.
func (r *resource) addWishes(target *resource, nodes *table, col *colocation, factor float32, flags uint8) {
	if r.is(rscUpdatingNodes) {
		return
	}
	if r.isGroup() {
		r.set(rscUpdatingNodes)
		if len(r.children) == 0 {
			return
		}
		member := r.children[0]
		if *nodes == nil {
			member = r.lastMember()
		}
		member.addWishes(target, nodes, col, factor, flags)
		r.unset(rscUpdatingNodes)
		return
	}
	r.set(rscUpdatingNodes)
	defer r.unset(rscUpdatingNodes)
	var work table
	if *nodes == nil {
		work = r.allowed.copy()
		target = r
	} else {
		work = nodes.copy()
		r.addOwnWishes(work, target, col, factor, flags&selectNonnegative != 0)
	}
	if r.c.anyAvailable(work) {
		list := r.withThisAll
		if flags&selectThisWith != 0 {
			list = r.thisWithAll
		}
		flags |= selectActive
		for _, next := range list() {
			var other *resource
			switch {
			case flags&selectThisWith != 0:
				other = next.primary
			case !next.hasInfluence(nil):
				continue
			default:
				other = next.dependent
			}
			other.addWishes(target, &work, next, factor*float32(next.score)/float32(infinity), flags)
		}
	} else if flags&selectActive != 0 {
		return
	}
	if flags&selectNonnegative != 0 {
		for i := range work {
			if work[i].in && work[i].score == fallen {
				r.c.set(&work[i], 1, source{kind: fromKept, id: col.id, with: r})
			}
		}
	}
	*nodes = work
}

// addOwnWishes adds what r itself wishes, weighed.
func (r *resource) addOwnWishes(work table, target *resource, col *colocation, factor float32, nonnegative bool) {
	c := r.c
	best := r.bestScores(col)
	for i, n := range c.nodes {
		w := work.get(n)
		if w == nil {
			continue
		}
		value, has := c.colocationAttr(n, col.attribute, target)
		if !has {
			value = ""
		}
		score, parts := -infinity, int32(0)
		if b := best.of(i, attrValue{strings.ToLower(value), has}); b != nil {
			score, parts = b.score, b.parts
		}
		if factor < 0 && score < 0 && (col.primary.stickiness >= -score || !col.hasInfluence(nil) || !col.dependent.allowedOnOne()) {
			continue
		}
		if w.score == fallen {
			continue
		}
		product := factor * float32(score)
		half := float64(0.5)
		if product < 0 {
			half = -half
		}
		delta := int(float64(product) + half)
		if delta == 0 && score != 0 {
			if factor > 0 {
				delta = 1
			} else if factor < 0 {
				delta = -1
			}
		}
		sum := cib.AddScores(delta, int(w.score))
		if nonnegative && sum < 0 && w.score > 0 {
			w.score = fallen
			continue
		}
		if nonnegative && sum < 0 && w.score == 0 {
			continue
		}
		if c.why != nil && delta != 0 {
			w.parts = c.why.note(w.parts, delta, false, source{kind: fromDependent, id: col.id, with: r, of: int32(score), factor: factor, parts: parts})
		}
		w.score = int32(sum)
	}
}

// An attrValue is a value of a node attribute, in small letters, or that there is none.
type attrValue struct {
	text string
	has  bool
}

// bestScores are the best scores of r among the available nodes, for each value of the colocation's attribute. An explicit dependent
// inside a group knows the locations of the group. They are good until the next ones are asked for.
func (r *resource) bestScores(col *colocation) *bestScores {
	c := r.c
	allowed := r.allowed
	if r == col.dependent && col.flags&colExplicit != 0 && r.parent.isGroup() && r != r.parent.children[0] {
		saved := r.allowed
		r.allowed = saved.copy()
		for i := len(c.locations) - 1; i >= 0; i-- {
			if c.locations[i].rsc == r.parent {
				r.applyLocation(c.locations[i])
			}
		}
		allowed, r.allowed = r.allowed, saved
	}
	best := &c.best
	best.begin(len(c.nodes))
	for i, n := range c.nodes {
		w := allowed.get(n)
		if w == nil || int(w.score) <= -infinity || !c.available(n, 0, false, false) {
			continue
		}
		v, has := c.colocationAttr(n, col.attribute, r)
		if !has {
			v = ""
		}
		key := attrValue{strings.ToLower(v), has}
		if have := best.of(i, key); have == nil {
			best.add(i, bestScore{key, int(w.score), w.parts})
		} else if int(w.score) > have.score {
			have.score, have.parts = int(w.score), w.parts
		}
	}
	return best
}

// allowedOnOne says whether there is exactly one node on which a resource may run.
func (r *resource) allowedOnOne() bool {
	count := 0
	for i := range r.allowed {
		if r.allowed[i].in && r.allowed[i].score >= 0 {
			count++
		}
	}
	return count == 1
}
