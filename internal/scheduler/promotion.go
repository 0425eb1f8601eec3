package scheduler

import (
	"heartbeat/internal/cib"
)

// addPromotionScores lets instances prefer the nodes that offer themselves for promotion.
func (c *cluster) addPromotionScores(r *resource) {
	if r.clone.promotionAdded {
		return
	}
	r.clone.promotionAdded = true
	for _, i := range r.children {
		for _, n := range c.nodes {
			w := i.allowed.get(n)
			if w == nil || !c.available(n, 0, false, false) {
				continue
			}
			score, _ := c.promotionScore(i, n)
			if score > 0 {
				c.add(w, score, source{kind: fromPromotion, id: "master-" + i.id})
			}
			i.priority = max(i.priority, score)
		}
	}
}

// promotionScore is how much a node offers itself for the promotion of an instance; given is false where no agent said anything.
func (c *cluster) promotionScore(r *resource, n *node) (score int, given bool) {
	if len(r.children) > 0 {
		for _, m := range r.children {
			s, g := c.promotionScore(m, n)
			score += s
			given = given || g
		}
		return score, given
	}
	if !r.promotionScoreApplies(n) {
		return 0, false
	}
	name := r.id
	if r.historyID != "" {
		name = r.historyID
	}
	target := r.meta.Get("container-attribute-target")
	value, ok := c.attr(n, "master-"+name, target, !r.is(rscUnassigned))
	if !ok && !r.is(rscUnique) {
		if base := baseName(r.id); base != r.id {
			value, ok = c.attr(n, "master-"+base, target, !r.is(rscUnassigned))
		}
	}
	if !ok {
		return 0, false
	}
	score, _ = cib.Score(value, c.health)
	return score, true
}

// promotionScoreApplies says whether what a node offers is meant for this instance.
func (r *resource) promotionScoreApplies(n *node) bool {
	allowed := func() bool {
		w := r.allowed.get(n)
		return w != nil && w.score >= 0
	}
	if !r.is(rscUnique) {
		top, base := r.top(), baseName(r.id)
		var active *resource
		known := false
		for _, child := range top.children {
			m := child.cloneMember(base)
			if active == nil {
				active = child.find(func(m *resource) bool {
					return (m.id == base || m.xml.Get("id") == base) && m.isOn(n)
				})
			}
			known = known || m != nil && m.known.get(n) != nil
		}
		if active == r || active == nil && known {
			return allowed()
		}
	}
	if len(r.active) == 0 && r.known.empty() {
		return allowed()
	}
	return (r.known.get(n) != nil || r.isOn(n)) && allowed()
}

// isOn says whether a resource runs on a node; one that runs nowhere is where it is assigned to.
func (r *resource) isOn(n *node) bool {
	for _, a := range r.active {
		if a == n {
			return true
		}
	}
	return false
}

// assignRoles decides which instances are promoted.
func (c *cluster) assignRoles(r *resource) {
	for i := range r.allowed {
		r.allowed[i].count = 0
	}
	for _, i := range r.children {
		c.setPromotionPriority(i, r)
	}
	c.sortForPromotion(r)
	promoted := 0
	for _, i := range r.children {
		c.setRole(i, &promoted)
	}
}

func (c *cluster) setPromotionPriority(i, parent *resource) {
	if i.state(true) == roleStarted {
		i.eachBelow(func(m *resource) {
			if m.role == roleStarted {
				m.role = roleUnpromoted
			}
		})
	}
	chosen := i.place(placesAssigned)
	if chosen == nil {
		return
	}
	next := i.state(false)
	switch next {
	case roleStarted, roleUnknown:
		var given bool
		i.priority, given = c.promotionScore(i, chosen)
		if !given {
			i.priority = -1
		}
		i.explainOffer(given)
	case roleUnpromoted, roleStopped:
		i.priority = -infinity
		i.explainRole(fromRole)
	}
	i.addPromotedLocations(i, chosen)
	i.addPromotedLocations(parent, chosen)
	for _, col := range i.thisWithAll() {
		i.applyColocation(col.primary, col, true)
	}
	i.promotionPriority = i.priority
	if next == rolePromoted {
		i.promotionPriority = infinity
		i.explainRole(fromPromoted)
	}
}

// addPromotedLocations adds what location constraints for the promoted role say about a node.
func (r *resource) addPromotedLocations(of *resource, chosen *node) {
	for k := len(of.locations) - 1; k >= 0; k-- {
		l := of.locations[k]
		if l.role != rolePromoted {
			continue
		}
		for _, ln := range l.nodes {
			if ln.node == chosen {
				r.c.addPriority(r, ln.score, l.source())
				break
			}
		}
	}
}

// sortForPromotion sorts instances by how much they should be promoted, once all wishes are added up.
func (c *cluster) sortForPromotion(r *resource) {
	if r.clone.promotionConstrained {
		return
	}
	r.clone.promotionConstrained = true
	r.set(rscUpdatingNodes)
	for _, i := range r.children {
		if i.promotionPriority < 0 {
			continue
		}
		if n := i.place(placesAssigned); n != nil {
			if w := r.allowed.get(n); w != nil {
				c.add(w, i.promotionPriority, source{kind: fromOffer, with: i, of: int32(i.promotionPriority), parts: i.roleParts})
			}
		}
	}
	for _, col := range r.withThisAll() {
		if col.primaryRole == rolePromoted && col.hasInfluence(nil) {
			col.dependent.addWishes(r, &r.allowed, col, float32(col.score)/float32(infinity), selectActive|selectNonnegative)
		}
	}
	r.requirePromotionTickets()
	for _, i := range r.children {
		n := i.place(placesAssigned)
		switch {
		case !i.is(rscManaged) && i.next == rolePromoted:
			i.promotionPriority = infinity
			i.explainRole(fromPromoted)
		case n == nil:
			i.promotionPriority = -infinity
			i.explainRole(fromNowhere)
		case i.promotionPriority < 0:
		default:
			if w := r.allowed.get(n); w != nil {
				i.promotionPriority, i.roleParts = int(w.score), w.parts
			}
		}
	}
	r.children = sorted(r.children, func(a, b *resource) int {
		if a.promotionPriority != b.promotionPriority {
			return b.promotionPriority - a.promotionPriority
		}
		if x, y := a.state(true), b.state(true); x != y {
			return int(y) - int(x)
		}
		return compareInstances(a, b)
	})
	r.unset(rscUpdatingNodes)
}

// setRole promotes an instance if there is room.
func (c *cluster) setRole(i *resource, promoted *int) {
	top := i.top()
	c.showPromotion(i)
	var at *weight
	if i.promotionPriority >= 0 && (*promoted < top.clone.promotedMax || !top.is(rscManaged)) {
		at = c.promotionPlace(i)
	}
	if at == nil || i.role < rolePromoted && !c.quorate && c.quorumPolicy == quorumFreeze {
		i.eachBelow(func(m *resource) {
			if len(m.places(placesAssigned)) == 0 {
				m.setNext(roleStopped)
			} else {
				m.setNext(roleUnpromoted)
			}
		})
		return
	}
	at.count++
	i.eachBelow(func(m *resource) {
		if m.next == roleUnknown {
			m.setNext(rolePromoted)
		}
	})
	*promoted++
}

func (c *cluster) showPromotion(i *resource) {
	if !c.opt.ShowScores {
		return
	}
	n := i.place(placesAssigned)
	if c.why != nil {
		c.why.lines = append(c.why.lines, scoreLine{"promotion score", i, n, i.promotionPriority, i.roleParts})
	}
	c.showPromotionScore(i, n, i.promotionPriority)
}

// promotionPlace is what the clone thinks of the node where an instance can be promoted, nil when it cannot.
func (c *cluster) promotionPlace(i *resource) *weight {
	for _, m := range i.children {
		if c.promotionPlace(m) == nil {
			return nil
		}
	}
	n := i.place(placesAssigned)
	switch {
	case n == nil:
		return nil
	case !i.is(rscManaged):
		if i.state(true) != rolePromoted {
			return nil
		}
	case i.priority < 0, !c.available(n, 0, false, true):
		return nil
	}
	top := i.top()
	w := top.allowed.get(n)
	if w == nil || int(w.count) >= top.clone.promotedNodeMax && i.is(rscManaged) {
		return nil
	}
	return w
}

// assignBundle assigns the containers of a bundle and then what belongs to each.
func (c *cluster) assignBundle(r *resource, prefer *node, stopIfFail bool) {
	r.set(rscAssigning)
	c.showScores(r, "pcmk__bundle_assign")
	containers := sorted(r.containers(), compareInstances)
	c.assignInstances(r, containers, r.bundle.count, r.bundle.perHost)
	for _, p := range r.bundle.replicas {
		c.assignReplica(p, prefer, stopIfFail)
	}
	if child := r.bundle.child; child != nil {
		for _, n := range c.nodes {
			if w := child.allowed.get(n); w != nil {
				to, why := -infinity, source{kind: fromContainer, with: r}
				for _, p := range r.bundle.replicas {
					if p.node == n {
						to = 0
					}
				}
				c.set(w, to, why)
			}
		}
		c.assignResource(child, prefer, stopIfFail)
	}
	r.unset(rscAssigning | rscUnassigned)
}

func (c *cluster) assignReplica(p *replica, prefer *node, stopIfFail bool) {
	if p.ip != nil {
		c.assignResource(p.ip, prefer, stopIfFail)
	}
	if p.remote != nil {
		if host := p.container.assigned; host != nil && host.remote {
			c.newColocation(colocation{id: "#replica-remote-with-host-remote", score: infinity, dependent: p.remote, primary: host.connection,
				flags: colInfluence}, "", "")
		}
		c.assignResource(p.remote, prefer, stopIfFail)
	}
	if p.child == nil {
		return
	}
	for _, n := range c.nodes {
		w := p.child.allowed.get(n)
		if w == nil {
			continue
		}
		if n != p.node {
			c.set(w, -infinity, source{kind: fromContainer, with: p.container})
		} else if _, reached := c.limitReached(p.child, n); !reached {
			c.set(w, infinity, source{kind: fromContainer, with: p.container})
		}
	}
	p.child.parent.set(rscAssigning)
	c.assignResource(p.child, p.node, stopIfFail)
	p.child.parent.unset(rscAssigning)
}
