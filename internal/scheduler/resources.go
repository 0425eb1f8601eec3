package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// What the classes of agents can do.
func hasProvider(class string) bool { return strings.EqualFold(class, "ocf") }
func canBeUnique(class string) bool {
	return strings.EqualFold(class, "ocf") || strings.EqualFold(class, "stonith")
}
func canBePromoted(class string) bool  { return strings.EqualFold(class, "ocf") }
func hasFenceParams(class string) bool { return strings.EqualFold(class, "stonith") }

// isConnection says whether an element describes the connection to a remote or guest node.
func isConnection(x *xmltree.Node) bool {
	return strings.EqualFold(x.Get("type"), "remote") && strings.EqualFold(x.Get("class"), "ocf") && strings.EqualFold(x.Get("provider"), "pacemaker")
}

// unpackResources reads the section resources: first the nodes that it implies, then everything in it.
func (c *cluster) unpackResources() {
	section := c.section("resources")
	if section == nil {
		return
	}
	elements := c.withGuestConnections(section)
	for _, x := range elements {
		id := x.Get("id")
		if id == "" {
			continue
		}
		if x.Name == "template" {
			if _, ok := c.templates[id]; !ok {
				c.templates[id] = nil
			}
			continue
		}
		if r := c.unpackResource(x, nil, ""); r != nil {
			c.addTop(r)
		}
	}
	for _, r := range c.resources {
		c.linkLauncher(r)
		c.linkConnection(r)
	}
	c.sortTops(func(a, b *resource) int { return b.priority - a.priority })
}

// sortTops changes the order of the resources that have no parent.
func (c *cluster) sortTops(compare func(a, b *resource) int) {
	c.resources = sorted(c.resources, compare)
	for i, r := range c.resources {
		r.nth = i
	}
}

// addTop appends a resource that has no parent.
func (c *cluster) addTop(r *resource) {
	r.nth = len(c.resources)
	c.resources = append(c.resources, r)
	c.byRscID = nil
}

// unpackResource makes a resource and everything below it; nil when the element makes none. The number is that of an instance.
func (c *cluster) unpackResource(x *xmltree.Node, parent *resource, number string) *resource {
	id := x.Get("id")
	full := c.merged(x)
	if id == "" || full == nil {
		return nil
	}
	r := &resource{c: c, id: id, xml: full, parent: parent, number: number, role: roleStopped, flags: rscUnassigned, allowed: table{}}
	switch strings.ToLower(full.Name) {
	case "primitive":
		r.variant = primitive
	case "group":
		r.variant = group
	case "clone":
		r.variant = clone
	case "bundle":
		r.variant = bundle
	default:
		c.note(full, "the element "+full.Name+" with id "+id+" is no kind of resource and is left out")
		return nil
	}
	r.ops = c.refs.Resolve(full.First("operations"))
	if number != "" {
		r.id = id + ":" + number
	}
	c.unpackMeta(r)
	c.unpackFlags(r)
	if !r.unpackBelow() {
		return nil
	}
	if c.symmetric || r.is(rscRemoteConnection) && r.meta.Has("container") {
		for _, n := range c.nodes {
			r.addScore(n, 0, c.symmetric, source{})
		}
	}
	cib.Blocks(full, "utilization", "", c.rules(), &r.utilization)
	if full != x {
		if t := x.Get("template"); t != "" {
			c.templates[t] = append(c.templates[t], id)
		}
	}
	return r
}

// unpackBelow makes what is below a resource; false when the resource cannot be.
func (r *resource) unpackBelow() bool {
	switch r.variant {
	case primitive:
		return r.checkClass()
	case group:
		return r.unpackGroup()
	case clone:
		return r.unpackClone()
	}
	return r.unpackBundle()
}

// linkLauncher connects resources that run inside another one with it.
func (c *cluster) linkLauncher(r *resource) {
	if len(r.children) > 0 {
		for _, child := range r.children {
			c.linkLauncher(child)
		}
		return
	}
	if id, ok := r.meta.Lookup("container"); ok && id != r.id {
		if launcher := c.findResource(id); launcher != nil {
			r.launcher = launcher
			launcher.launched = append(launcher.launched, r)
		}
	}
}

// linkConnection connects the connection to a remote node with that node.
func (c *cluster) linkConnection(r *resource) {
	if !r.is(rscRemoteConnection) {
		return
	}
	n := c.findNode(r.id)
	if n == nil {
		return
	}
	n.connection = r
	if r.launcher == nil {
		n.unclean = c.startupFencing
	} else {
		n.attrs["#kind"] = "container"
	}
}
