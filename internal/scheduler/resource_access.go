package scheduler

import (
	"slices"

	"heartbeat/internal/cib"
)

// addScore adds a score to the opinion of a resource and all below it about a node. A first score of everybody leaves out nodes that are not to
// be asked.
func (r *resource) addScore(n *node, score int, initial bool, why source) {
	if initial && (r.is(rscExclusiveProbes) || n.probe == probeNever) {
		return
	}
	for _, child := range r.children {
		child.addScore(n, score, initial, why)
	}
	r.c.add(r.allowed.put(n), score, why)
}

// banEverywhere gives every node minus infinity, and takes back an assignment.
func (r *resource) banEverywhere(why source) {
	for _, n := range r.c.nodes {
		r.addScore(n, -infinity, false, why)
	}
	r.assigned = nil
}

// findResource looks for a resource by its id or the name that its history has.
func (c *cluster) findResource(id string) *resource {
	if c.byRscID == nil {
		c.byRscID = map[string]*resource{}
		for _, top := range c.resources {
			top.eachBelow(func(r *resource) {
				if c.byRscID[r.id] == nil {
					c.byRscID[r.id] = r
				}
			})
		}
	}
	first := c.byRscID[id]
	places := c.historyNames[id]
	if len(places) == 0 {
		return first
	}
	// Of both kinds of names the first in the order of the resources counts.
	best, at := first, len(c.resources)
	if first != nil {
		at = first.topWithBundle().nth
	}
	for _, top := range places {
		if top.nth > at {
			continue
		}
		if r := top.find(func(r *resource) bool { return r.id == id || r.historyID == id }); r != nil {
			best, at = r, top.nth
		}
	}
	return best
}

// noteHistoryName remembers that a resource, or one beside it, has that name in its history.
func (c *cluster) noteHistoryName(id string, r *resource) {
	if top := r.topWithBundle(); !slices.Contains(c.historyNames[id], top) {
		c.historyNames[id] = append(c.historyNames[id], top)
	}
}

// find walks a resource and everything below it, outermost first.
func (r *resource) find(match func(*resource) bool) *resource {
	if match(r) {
		return r
	}
	for _, child := range r.children {
		if found := child.find(match); found != nil {
			return found
		}
	}
	return nil
}

func (r *resource) eachBelow(f func(*resource)) {
	f(r)
	for _, child := range r.children {
		child.eachBelow(f)
	}
}

// printableID is the id without instance number for anonymous instances.
func (r *resource) printableID() string {
	if r.is(rscUnique) {
		return r.id
	}
	return r.xml.Get("id")
}

// parameters are the instance attributes of a resource on a node, or without one.
func (r *resource) parameters(n *node) *cib.Pairs {
	if !r.looked {
		r.looked = true
		for p := r; p != nil; p = p.parent {
			r.varies = r.varies || cib.HasRules(p.xml, "instance_attributes", r.c.refs)
		}
	}
	name := ""
	if n != nil {
		name = n.name
	}
	if !r.varies {
		if r.shared == nil {
			r.shared = r.evaluateParameters(n)
		}
		return r.shared
	}
	if p := r.params[name]; p != nil {
		return p
	}
	p := r.evaluateParameters(n)
	if r.params == nil {
		r.params = map[string]*cib.Pairs{}
	}
	r.params[name] = p
	return p
}

func (r *resource) evaluateParameters(n *node) *cib.Pairs {
	in := r.c.rules()
	if n != nil {
		in.Node = n.attrs
	}
	out := &cib.Pairs{}
	for p := r; p != nil; p = p.parent {
		cib.Blocks(p.xml, "instance_attributes", "", in, out)
	}
	return out
}

// key is the name of an action of a resource.
func (r *resource) key(task string) string {
	if k, ok := r.keys[task]; ok {
		return k
	}
	if r.keys == nil {
		r.keys = make(map[string]string, 8)
	}
	k := r.id + "_" + task + "_0"
	r.keys[task] = k
	return k
}
