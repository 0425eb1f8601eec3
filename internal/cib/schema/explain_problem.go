package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"heartbeat/internal/xmltree"
)

// unknownChild says why a child cannot stand in an element.
func (c *checker) unknownChild(n, kid *xmltree.Node, def int32) Problem {
	name := clip(kid.Name)
	parents := c.parentsOf(kid.Name)
	if len(parents) > 0 {
		return at(kid, UnknownElement, "move it into "+join(parents, "or")+", or take it out", "<%s> does not belong in <%s>", name, n.Name)
	}
	if when := c.when(kid.Name, n.Name, ""); when != "" {
		return at(kid, UnknownElement, c.otherSchema("it"), "<%s> is known in %s, and the document is of %s", name, when, c.version.Name())
	}
	return at(kid, UnknownElement, "take it out"+nearest(kid.Name, slices.Sorted(maps.Keys(c.defs[def].kids))), "nobody knows the element <%s>", name)
}

func (c *checker) otherSchema(what string) string {
	return "take " + what + " out, or change the schema (cibadmin --upgrade raises it)"
}

// parentsOf are the elements that may hold a child of that name.
func (c *checker) parentsOf(tag string) (parents []string) {
	for _, d := range c.defs {
		if _, ok := d.kids[tag]; ok && !slices.Contains(parents, d.tag) {
			parents = append(parents, d.tag)
		}
	}
	slices.Sort(parents)
	return parents
}

// misplaced says why a known child cannot stand at this place.
func (c *checker) misplaced(n, kid *xmltree.Node, def int32, begin, p pattern, again bool) Problem {
	switch {
	case c.kid(begin, def) == never:
		return at(kid, MisplacedElement, "take it out, or the attributes that stand in its place", "<%s> cannot stand in %s together with the attributes there", kid.Name, where(n))
	case again:
		return at(kid, MisplacedElement, "take one of them out", "%s has one <%s> too many", where(n), kid.Name)
	}
	if wanted := c.wanted(p); len(wanted) > 0 {
		return at(kid, MisplacedElement, "put <"+join(wanted, "or ")+"> in this place", "<%s> cannot stand here in %s", kid.Name, where(n))
	}
	return at(kid, MisplacedElement, "take it out, or move it before the others", "<%s> cannot stand after what comes before it in %s", kid.Name, where(n))
}

// wanted are the names of children that may come now.
func (c *checker) wanted(p pattern) (names []string) {
	found := map[int32]bool{}
	c.book.next(p, found)
	for d := range found {
		names = append(names, c.defs[d].tag)
	}
	slices.Sort(names)
	return names
}

func where(n *xmltree.Node) string {
	return Problem{Element: n.Name, ID: n.Get("id")}.Where()
}

func (c *checker) missingChild(n *xmltree.Node, p pattern) Problem {
	list, _ := c.book.missing(p, shapeChild, func(int32) int { return 1 })
	var names []string
	for _, d := range list {
		names = append(names, "<"+c.defs[d].tag+">")
	}
	wanted := c.wanted(p)
	text := join(names, "and") + " is missing in it"
	if len(names) == 1 && len(wanted) > 1 && slices.Contains(wanted, strings.Trim(names[0], "<>")) {
		text = "one of <" + strings.Join(wanted, ">, <") + "> is missing in it"
	}
	return at(n, MissingElement, "put it in, or take <"+n.Name+"> out", "%s", text)
}

func (c *checker) unknownAttribute(n *xmltree.Node, a xmltree.Attr, def int32) Problem {
	p := Problem{}
	if when := c.when(n.Name, "", a.Name); when != "" {
		p = at(n, UnknownAttribute, c.otherSchema("the attribute"), "attribute %s is known in %s, and the document is of %s", clip(a.Name), when, c.version.Name())
	} else {
		p = at(n, UnknownAttribute, "take it out"+nearest(a.Name, slices.Sorted(maps.Keys(c.defs[def].attrs))), "<%s> has no attribute %s", n.Name, clip(a.Name))
	}
	p.Attr = a.Name
	return p
}

func (c *checker) badValue(n *xmltree.Node, a xmltree.Attr, leaves []int32) Problem {
	var allowed []string
	for _, l := range leaves {
		if text := c.leaves[l].kind.allowed(c.version); !slices.Contains(allowed, text) {
			allowed = append(allowed, text)
		}
	}
	p := at(n, BadValue, "write "+strings.Join(allowed, ", or "), "%s=%q is not allowed", a.Name, clip(a.Value))
	if k := c.leaves[leaves[0]].kind; k.not && len(leaves) == 1 {
		p = at(n, BadValue, c.otherSchema("it"), "%s=%q is gone from %s", a.Name, clip(a.Value), c.version.Name())
	}
	p.Attr = a.Name
	return p
}

// conflict names the attributes that exclude one.
func (c *checker) conflict(n *xmltree.Node, a xmltree.Attr, i int, def int32) Problem {
	var against []string
	for j, other := range n.Attrs {
		if j != i && c.defs[def].attrs[other.Name] != nil && c.exclude(def, a, other) {
			against = append(against, other.Name)
		}
	}
	p := at(n, Conflict, "take one of them out", "%s=%q cannot stand together with %s", a.Name, clip(a.Value), join(against, "and"))
	if against == nil {
		p.Text, p.Mend = fmt.Sprintf("%s=%q cannot stand together with the other attributes", a.Name, clip(a.Value)), "take it out"
	}
	p.Attr = a.Name
	return p
}

// exclude says whether two attributes can never stand together with these values.
func (c *checker) exclude(def int32, a, b xmltree.Attr) bool {
	p := c.attr(c.defs[def].body, def, b.Name, b.Value, false)
	return p != never && c.attr(p, def, a.Name, a.Value, false) == never
}

// missingAttributes says what a start tag lacks, and goes on as if it were there.
func (c *checker) missingAttributes(n *xmltree.Node, p pattern, def int32) pattern {
	// What refers to something else is seldom what somebody forgot.
	list, ok := c.book.missing(p, shapeAttr, func(l int32) int {
		switch c.leaves[l].name {
		case "id-ref", "template":
			return 4
		}
		return 1
	})
	var names []string
	for _, l := range list {
		if name := c.leaves[l].name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if !ok || names == nil {
		names = []string{"an attribute"}
	}
	first := at(n, MissingAttribute, "", "%s is missing", join(names, "and"))
	first.Attr = names[0]
	var mend []string
	for _, l := range list {
		if k := c.leaves[l]; k.kind.name != "text" {
			mend = append(mend, k.name+": "+k.kind.allowed(c.version))
		}
	}
	first.Mend = "write " + join(names, "and")
	if mend != nil {
		first.Mend += " (" + strings.Join(mend, "; ") + ")"
	}
	c.add(func() Problem { return first })
	for _, l := range list {
		if after := c.attr(p, def, c.leaves[l].name, "", true); after != never {
			p = after
		}
	}
	if after := c.closed(p); after != never {
		return after
	}
	return anythingFrom(c, def)
}

// anythingFrom allows all children of a definition in any number, when nothing better is known.
func anythingFrom(c *checker, def int32) pattern {
	p := never
	for _, tag := range slices.Sorted(maps.Keys(c.defs[def].kids)) {
		p = c.book.choice(p, c.book.child(c.defs[def].kids[tag]))
	}
	return c.book.choice(c.book.many(p), nought)
}
