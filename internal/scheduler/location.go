package scheduler

import (
	"regexp"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// unpackLocation reads a location constraint: for a resource, for all of a tag, for those that match a pattern, or for sets.
func (c *cluster) unpackLocation(x *xmltree.Node) {
	if x.First("resource_set") != nil {
		sets, ok := c.sets(x)
		if !ok {
			return
		}
		for _, s := range sets {
			if !c.locateSet(x, s, "") {
				return
			}
		}
		return
	}
	if id, ok := x.Lookup("rsc"); ok {
		r, refs, known := c.known(id)
		if !known {
			c.note(x, "location "+x.Get("id")+" is left out: resource "+id+" is not there")
			return
		}
		if r == nil {
			c.locateSet(x, setOf(id, refs), x.Get("role"))
			return
		}
		c.locate(x, r, "", "", nil)
	}
	if pattern, ok := x.Lookup("rsc-pattern"); ok {
		c.locatePattern(x, pattern)
	}
}

func (c *cluster) locateSet(x, set *xmltree.Node, role string) bool {
	if set.Get("id") == "" {
		return false
	}
	if v, ok := set.Lookup("role"); ok {
		role = v
	}
	for ref := range set.Elements("resource_ref") {
		r := c.constrained(ref.Get("id"))
		if r == nil {
			return false
		}
		c.locate(x, r, role, set.Get("score"), nil)
	}
	return true
}

func (c *cluster) locatePattern(x *xmltree.Node, pattern string) {
	pattern, invert := strings.CutPrefix(pattern, "!")
	re, err := regexp.CompilePOSIX(pattern)
	if err != nil {
		c.note(x, "location "+x.Get("id")+" is left out: "+err.Error())
		return
	}
	for _, r := range c.resources {
		match := re.FindStringSubmatch(r.id)
		if (match != nil) == invert {
			continue
		}
		c.locate(x, r, "", "", match)
	}
}

// locate reads a constraint for one resource: either a node and a score, or a rule.
func (c *cluster) locate(x *xmltree.Node, r *resource, roleText, scoreText string, submatches []string) {
	if scoreText == "" {
		scoreText = x.Get("score")
	}
	discovery := x.Get("resource-discovery")
	if name, ok := x.Lookup("node"); ok && scoreText != "" {
		n := c.findNode(name)
		score, good := cib.Score(scoreText, c.health)
		if n == nil || !good {
			return
		}
		if roleText == "" {
			roleText = x.Get("role")
		}
		to, fine := locationRole(roleText)
		if !fine {
			return
		}
		c.newLocation(x.Get("id"), r, score, discovery, n).role = to
		return
	}
	for rule := range x.Elements("rule") {
		c.locateRule(x, rule, r, discovery, submatches)
	}
}

// locationRole reads the role of a location: only that of promotion makes a difference.
func locationRole(text string) (role, bool) {
	to := parseRole(text)
	switch {
	case text == "":
		return roleUnknown, true
	case to == roleUnknown:
		return to, false
	case to == roleStarted || to == roleUnpromoted:
		return roleUnknown, true
	}
	return to, true
}

func (c *cluster) locateRule(x, rule *xmltree.Node, r *resource, discovery string, submatches []string) {
	rule = c.refs.Resolve(rule)
	if rule == nil || rule.Get("id") == "" {
		return
	}
	to, ok := locationRole(rule.Get("role"))
	if op, given := rule.Lookup("boolean-op"); !ok || given && !sameFold(op, "and") && !sameFold(op, "or") {
		return
	}
	attribute, byAttribute := rule.Lookup("score-attribute")
	attribute = cib.Expand(attribute, submatches)
	score, good := cib.Score(rule.Get("score"), c.health)
	if !byAttribute && !good {
		return
	}
	l := c.newLocation(rule.Get("id"), r, 0, discovery, nil)
	l.role = to
	if l.kind == fromLocation {
		l.kind = fromRule
	}
	in := c.rules()
	in.Meta, in.Submatches = r.meta, submatches
	for _, n := range c.nodes {
		in.Node = n.attrs
		in.Parameters = *r.parameters(n)
		if !in.Passes(rule) {
			continue
		}
		if byAttribute {
			text, have := c.attr(n, attribute, r.meta.Get("container-attribute-target"), false)
			if score, good = cib.Score(text, c.health); !have || text == "" || !good {
				continue
			}
		}
		l.nodes = append([]locationNode{{n, score}}, l.nodes...)
	}
}

// newLocation notes a constraint; the node may be missing.
func (c *cluster) newLocation(id string, r *resource, score int, discovery string, n *node) *location {
	l := &location{id: id, kind: locationKind(id), rsc: r}
	switch strings.ToLower(discovery) {
	case "never":
		l.probe = probeNever
	case "exclusive":
		l.probe = probeExclusive
		r.set(rscExclusiveProbes)
	}
	if n != nil {
		l.nodes = []locationNode{{n, score}}
	}
	c.locations = append(c.locations, l)
	r.locations = append(r.locations, l)
	return l
}

// applyLocation takes a constraint into a resource's opinion of nodes.
func (r *resource) applyLocation(l *location) {
	switch r.variant {
	case primitive:
		r.applyLocationHere(l)
	case group:
		r.applyLocationHere(l)
		zero := l.withoutScores()
		for i, member := range r.children {
			if r.group.colocated && i > 0 {
				// The others follow the first; they only must know that the node may be used.
				member.applyLocation(zero)
			} else {
				member.applyLocation(l)
			}
		}
	case clone:
		r.applyLocationHere(l)
		for _, i := range r.children {
			i.applyLocation(l)
		}
	case bundle:
		r.applyLocationHere(l)
		for _, p := range r.bundle.replicas {
			p.container.applyLocation(l)
			if p.ip != nil {
				p.ip.applyLocation(l)
			}
		}
		if child := r.bundle.child; child != nil && (l.role == roleUnpromoted || l.role == rolePromoted) {
			child.applyLocation(l)
			child.locations = append(child.locations, l)
		}
	}
}

func (l *location) withoutScores() *location {
	out := *l
	out.nodes = make([]locationNode, len(l.nodes))
	for i, n := range l.nodes {
		out.nodes[len(l.nodes)-1-i] = locationNode{n.node, 0}
	}
	return &out
}

func (r *resource) applyLocationHere(l *location) {
	if l.role > roleUnknown && l.role != r.next {
		return
	}
	for _, ln := range l.nodes {
		w := r.allowed.get(ln.node)
		if w == nil {
			w = r.allowed.put(ln.node)
			w.parts = 0
			r.c.set(w, ln.score, l.source())
		} else {
			r.c.add(w, ln.score, l.source())
		}
		if w.probe < l.probe {
			if l.probe == probeExclusive {
				r.set(rscExclusiveProbes)
			}
			w.probe = l.probe
		}
	}
}

// locationKind tells what administrators wrote from what a tool left behind, by the names that it gives.
func locationKind(id string) string {
	switch {
	case strings.HasPrefix(id, "cli-ban-"):
		return fromBan
	case strings.HasPrefix(id, "cli-prefer-"), strings.HasPrefix(id, "cli-standby-"):
		return fromPrefer
	}
	return fromLocation
}
