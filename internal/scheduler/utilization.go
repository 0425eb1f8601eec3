package scheduler

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"heartbeat/internal/cib"
)

func utilizationValue(text string) int {
	n, _ := cib.Integer(text)
	return int(min(max(n, math.MinInt32), math.MaxInt32))
}

// amounts are the names and values of pairs in turn.
func amounts(pairs cib.Pairs) (out []string) {
	for _, p := range pairs {
		out = append(out, p.Name, p.Value)
	}
	return out
}

func (c *cluster) showCapacities(when string) {
	if !c.opt.ShowUtilization {
		return
	}
	for _, n := range c.nodes {
		if n.isBundle() {
			continue
		}
		var have []string
		for _, name := range slices.Sorted(maps.Keys(n.utilization)) {
			have = append(have, name, strconv.Itoa(n.utilization[name]))
		}
		c.showAmounts(when+": "+n.name+" capacity:", have, "capacity", "node", n.name, "comment", when)
	}
}

// consume gives what a resource needs back to a node, or takes it with a negative sign.
func (n *node) consume(r *resource, sign int) {
	for _, p := range r.utilization {
		if n.utilization == nil {
			n.utilization = map[string]int{}
		}
		n.utilization[p.Name] = min(max(n.utilization[p.Name]+sign*utilizationValue(p.Value), math.MinInt32), math.MaxInt32)
	}
}

// compareCapacities says which of two nodes has more left: negative when the first has.
func compareCapacities(a, b *node) int {
	result := 0
	for name, have := range a.utilization {
		result += sign(b.utilization[name] - have)
	}
	for name, have := range b.utilization {
		if _, both := a.utilization[name]; !both {
			result += sign(have)
		}
	}
	return result
}

func (n *node) fits(need map[string]int) bool {
	for name, value := range need {
		if value > n.utilization[name] {
			return false
		}
	}
	return true
}

// colocatedWith are the resources that must be where r is, with r, newest first.
func (r *resource) colocatedWith(asked *resource, list []*resource) []*resource {
	if asked == nil {
		asked = r
	}
	if r.isGroup() && (r.group.colocated || r.parent.isClone()) {
		list = append([]*resource{r}, list...)
		for _, m := range r.children {
			list = m.colocatedWith(asked, list)
		}
		return list
	}
	if slices.Contains(list, r) {
		return list
	}
	list = append([]*resource{r}, list...)
	for _, col := range r.thisWithAll() {
		if col.primary != asked && col.score == infinity && col.affects(r, col.primary, true) == affectsLocation {
			list = col.primary.colocatedWith(asked, list)
		}
	}
	for _, col := range r.withThisAll() {
		if col.dependent == asked || r.isClone() && !col.dependent.isClone() {
			continue
		}
		if col.score == infinity && col.affects(col.dependent, r, true) == affectsLocation {
			list = col.dependent.colocatedWith(asked, list)
		}
	}
	return list
}

// addUtilization adds what r needs, as far as it is not assigned yet.
func (r *resource) addUtilization(all []*resource, sum map[string]int) {
	if !r.is(rscUnassigned) {
		return
	}
	pending := func(m *resource) {
		if m.is(rscUnassigned) && !slices.Contains(all, m) {
			m.addUtilization(all, sum)
		}
	}
	switch r.variant {
	case primitive:
		for _, p := range r.utilization {
			sum[p.Name] += utilizationValue(p.Value)
		}
	case group:
		if r.group.colocated || r.parent.isClone() {
			for _, m := range r.children {
				pending(m)
			}
		} else if len(r.children) > 0 {
			pending(r.children[0])
		}
	case clone:
		existing := false
		for _, i := range r.children {
			if slices.Contains(all, i) {
				existing = true
				continue
			}
			for _, m := range i.children {
				if slices.Contains(all, m) {
					i.addUtilization(all, sum)
					existing = true
					break
				}
			}
		}
		if !existing && len(r.children) > 0 {
			r.children[0].addUtilization(all, sum)
		}
	case bundle:
		if len(r.bundle.replicas) > 0 {
			r.bundle.replicas[0].container.addUtilization(all, sum)
		}
	}
}

// banInsufficient bans nodes that have not enough left for a resource and all that must be with it; if no node has, those that have not enough for
// the resource alone, and then the most capable node is returned.
func (c *cluster) banInsufficient(r *resource) *node {
	if c.placement == "default" {
		return nil
	}
	together := r.colocatedWith(nil, nil)
	if !slices.Contains(together, r) {
		together = append(together, r)
	}
	sum := map[string]int{}
	for _, m := range together {
		m.addUtilization(together, sum)
	}
	usable := func(n *node) bool {
		w := r.allowed.get(n)
		return w != nil && c.available(n, int(w.score), true, false)
	}
	var most *node
	any := false
	for _, n := range c.nodes {
		if !usable(n) {
			continue
		}
		any = any || n.fits(sum)
		if most == nil || compareCapacities(n, most) < 0 {
			most = n
		}
	}
	need := sum
	if any {
		most = nil
	} else {
		need = map[string]int{}
		for _, p := range r.utilization {
			need[p.Name] = utilizationValue(p.Value)
		}
	}
	for _, n := range c.nodes {
		if usable(n) && !n.fits(need) {
			r.addScore(n, -infinity, false, source{kind: fromUtilization})
		}
	}
	return most
}

// sortForPlacement sorts the resources so that those come first that matter most where they are.
func (c *cluster) sortForPlacement() {
	order := make([]candidate, 0, len(c.nodes))
	for _, n := range c.nodes {
		order = append(order, candidate{n, n.score})
	}
	order = sorted(order, func(a, b candidate) int { return c.compareCandidates(a, b, nil) })
	c.sortTops(func(a, b *resource) int {
		if a.priority != b.priority {
			return b.priority - a.priority
		}
		wishes := func(r *resource) table {
			var t table
			r.addWishes(nil, &t, nil, 1, selectThisWith)
			return t
		}
		ta, tb := wishes(a), wishes(b)
		score := func(t table, n *node) int {
			if w := t.get(n); w != nil {
				return int(w.score)
			}
			return -infinity
		}
		if x, y := score(ta, a.current()), score(tb, b.current()); x != y {
			return y - x
		}
		for _, n := range order {
			if x, y := score(ta, n.n), score(tb, n.n); x != y {
				return y - x
			}
		}
		return 0
	})
}

// orderByLoad lets a resource come to a node only when what leaves the node has left.
func (c *cluster) orderByLoad(r *resource, allowed []*node) {
	for _, n := range r.active {
		c.newOrdering(ordering{rsc1: r, task1: r.key("stop"), a2: c.loadStopped(n), flags: relIfOnSameNodeOrTarget})
	}
	for _, n := range allowed {
		a := c.loadStopped(n)
		c.newOrdering(ordering{a1: a, rsc2: r, task2: r.key("start"), flags: relIfOnSameNodeOrTarget})
		c.newOrdering(ordering{a1: a, rsc2: r, task2: r.key("migrate_to"), flags: relIfOnSameNodeOrTarget})
	}
}

func (c *cluster) loadStopped(n *node) *action {
	a := c.pseudo("load_stopped_" + n.name)
	if a.node == nil {
		a.node = n
		a.unset(actOptional)
	}
	return a
}
