package edit

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// expand is what an attribute becomes: NAME++ and NAME+=N add to its old value, which may be none, and stop at infinity (spec 3.1).
// Anything else is taken as it stands.
func expand(name, value, old string) string {
	rest, ok := strings.CutPrefix(value, name+"+")
	if !ok || rest == "" {
		return value
	}
	add := 1
	switch {
	case rest[0] == '=':
		add = score(rest[1:])
	case rest[0] != '+':
		return value
	}
	switch name {
	case AttrAdminEpoch, AttrEpoch, AttrUpdates: // counters, no scores: they have no end
		return strconv.FormatInt(count(old)+int64(add), 10)
	}
	return strconv.Itoa(min(score(old)+add, cib.Infinity))
}

// score reads one; nonsense is 0.
func score(text string) int {
	s, ok := cib.Score(text, cib.Health{})
	if !ok {
		return 0
	}
	return s
}

// fresh is a deep copy of what somebody wants to see in the document, with increments of values that do not exist yet worked out.
func fresh(n *xmltree.Node) *xmltree.Node {
	c := *n
	c.Line = 0
	c.Attrs = slices.Clone(n.Attrs)
	for i, a := range c.Attrs {
		c.Attrs[i].Value = expand(a.Name, a.Value, "")
	}
	c.Children = nil
	for _, child := range n.Children {
		if child.Kind != xmltree.Text || strings.TrimSpace(child.Text) != "" {
			c.Children = append(c.Children, fresh(child))
		}
	}
	return &c
}

// merge makes the element at a place say what the update says: its attributes, then its children, each into the child of that name
// and id, or, without an id, into the first of that name. Nothing is taken away.
func merge(d *xmltree.Draft, way []int, update *xmltree.Node) {
	mergeAttrs(d, way, update)
	for _, u := range update.Children {
		switch u.Kind {
		case xmltree.Text:
			continue
		case xmltree.Comment:
			if !slices.ContainsFunc(node(d.Root(), way).Children, func(c *xmltree.Node) bool { return xmltree.Equal(c, u) }) {
				insert(d, way, fresh(u))
			}
			continue
		case xmltree.Element:
		}
		at := counterpart(node(d.Root(), way), u)
		if at < 0 {
			insert(d, way, fresh(u))
			continue
		}
		merge(d, append(slices.Clip(way), at), u)
	}
}

// counterpart is the place of the child that an update means, -1 without one.
func counterpart(parent, u *xmltree.Node) int {
	if id, ok := u.Lookup("id"); ok {
		return childIndex(parent, u.Name, "id", id)
	}
	if ref, ok := u.Lookup("id-ref"); ok {
		return childIndex(parent, u.Name, "id-ref", ref)
	}
	return childIndex(parent, u.Name, "", "")
}

func mergeAttrs(d *xmltree.Draft, way []int, update *xmltree.Node) {
	old := node(d.Root(), way)
	var n *xmltree.Node // only what really changes is copied
	for _, a := range update.Attrs {
		have, ok := old.Lookup(a.Name)
		value := expand(a.Name, a.Value, have)
		if ok && value == have {
			continue
		}
		if n == nil {
			n = d.Edit(way...)
		}
		n.Set(a.Name, value)
	}
}

// seek finds the first element below a place, or there, that accepts; depth first, each element before its children.
func seek(root *xmltree.Node, way []int, accept func(*xmltree.Node) bool) ([]int, bool) {
	n := node(root, way)
	if n.Kind != xmltree.Element {
		return nil, false
	}
	if accept(n) {
		return way, true
	}
	for i := range n.Children {
		if found, ok := seek(root, append(slices.Clip(way), i), accept); ok {
			return found, true
		}
	}
	return nil, false
}

// sameObject says that an element is the one that an update is about: the same name and the same id.
func sameObject(update *xmltree.Node) func(*xmltree.Node) bool {
	id, has := update.Lookup("id")
	return func(n *xmltree.Node) bool {
		have, ok := n.Lookup("id")
		return n.Name == update.Name && ok == has && have == id
	}
}

// replaceable is sameObject, but an update without id is about the first element of its name.
func replaceable(update *xmltree.Node) func(*xmltree.Node) bool {
	id, has := update.Lookup("id")
	return func(n *xmltree.Node) bool {
		have, ok := n.Lookup("id")
		return n.Name == update.Name && (!has || ok && have == id)
	}
}

// carries says that an element has the name and all attributes of a pattern: what a deletion asks for.
func carries(pattern *xmltree.Node) func(*xmltree.Node) bool {
	return func(n *xmltree.Node) bool {
		if n.Name != pattern.Name {
			return false
		}
		for _, a := range pattern.Attrs {
			if v, ok := n.Lookup(a.Name); !ok || v != a.Value {
				return false
			}
		}
		return true
	}
}
