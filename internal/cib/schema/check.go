package schema

import (
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/conf/spelling"
	"heartbeat/internal/xmltree"
)

// Check judges a document by the generation that it claims. One that claims none is judged by the newest that it is right for, or by the one
// that it looks like, with a warning. With validate-with="none" everything is a warning: somebody has switched the check off.
func Check(root *xmltree.Node) Problems {
	if root == nil || root.Kind != xmltree.Element || root.Name != "cib" {
		return Problems{{Kind: NoCluster, Text: "this is no cluster document: its root is not <cib>", Mend: "give the whole document, from <cib to </cib>"}}
	}
	name := root.Get("validate-with")
	if v, ok := ParseVersion(name); ok {
		return For(v).Check(root)
	}
	v, found := unclaimed(root)
	p := at(root, UnknownSchema, "write validate-with=\""+v.Name()+"\", so that mistakes are found", "")
	p.Attr, p.Warning = "validate-with", true
	switch name {
	case "":
		p.Text = "the document names no schema; it is judged by " + v.Name()
	case "none":
		p.Text = "the check of the document's form is switched off; " + v.Name() + " is what fits best"
		for i := range found {
			found[i].Warning = true
		}
	default:
		p.Text, p.Warning = fmt.Sprintf("nobody knows the schema %q", clip(name)), false
		p.Mend = "write the schema that the document was made for, such as " + v.Name() + nearest(name, schemaNames())
		if strings.HasPrefix(name, "pacemaker-") && len(name) > len("pacemaker-") {
			p.Mend = "if its cluster is newer, look at it with a newer version of this program; else write " + v.Name()
		}
		found = slices.DeleteFunc(found, func(q Problem) bool { return q.Attr == "validate-with" })
	}
	return append(Problems{p}, found...)
}

// unclaimed finds the generation of a document that claims none, and its problems there.
func unclaimed(root *xmltree.Node) (Version, Problems) {
	if LooksOld(root) {
		return Heartbeat2, For(Heartbeat2).Check(root)
	}
	for _, v := range slices.Backward(all[1:]) {
		if l := For(v).Check(root); !l.Errors() {
			return v, l
		}
	}
	return V3_10, For(V3_10).Check(root)
}

// Check judges a document by this grammar, whatever it claims.
func (s *Schema) Check(root *xmltree.Node) Problems {
	c := &checker{Schema: s, ids: map[string]*xmltree.Node{}}
	if root == nil || root.Kind != xmltree.Element || root.Name != "cib" {
		return Check(root)
	}
	c.element(root, s.byRule["cib"])
	c.references()
	if c.left > 0 {
		c.found = append(c.found, Problem{Kind: TooMany, Text: fmt.Sprintf("%d more problems are not listed", c.left), Mend: "mend these first"})
	}
	slices.SortStableFunc(c.found, func(a, b Problem) int {
		if (a.Kind == TooMany) != (b.Kind == TooMany) {
			return int(a.Kind) - int(b.Kind)
		}
		return a.Line - b.Line
	})
	return c.found
}

// A checker walks over one document.
type checker struct {
	*Schema
	found Problems
	left  int // problems that are not listed
	ids   map[string]*xmltree.Node
	refs  []reference
	all   *Knowledge // of all generations; read at the first question
}

type reference struct {
	from *xmltree.Node
	attr int // place among its attributes
}

// add lists a problem. What explains it is worked out only for those that are listed.
func (c *checker) add(explain func() Problem) {
	if len(c.found) >= MostProblems {
		c.left++
		return
	}
	c.found = append(c.found, explain())
}

// element judges an element and what is in it.
func (c *checker) element(n *xmltree.Node, def int32) {
	d := &c.defs[def]
	if d.free {
		return
	}
	p := c.attributes(n, def)
	begin, done := p, map[int32]bool(nil)
	for _, kid := range n.Children {
		if kid.Kind == xmltree.Text && strings.TrimSpace(kid.Text) != "" {
			c.add(func() Problem {
				return at(n, TextInside, "take the text out", "there is text in it: %q", clip(strings.TrimSpace(kid.Text)))
			})
		}
		if kid.Kind != xmltree.Element {
			continue
		}
		kidDef, known := d.kids[kid.Name]
		if !known {
			c.add(func() Problem { return c.unknownChild(n, kid, def) })
			continue
		}
		after := c.kid(p, kidDef)
		if after == never {
			c.add(func() Problem { return c.misplaced(n, kid, kidDef, begin, p, done[kidDef]) })
		} else {
			p = after
		}
		if done == nil {
			done = map[int32]bool{}
		}
		done[kidDef] = true
		c.element(kid, kidDef)
	}
	if !c.book.optional(p) {
		c.add(func() Problem { return c.missingChild(n, p) })
	}
}

// attributes judges a start tag, and returns what may come after it.
func (c *checker) attributes(n *xmltree.Node, def int32) pattern {
	d := &c.defs[def]
	p := d.body
	for i, a := range n.Attrs {
		leaves := d.attrs[a.Name]
		if leaves == nil {
			c.add(func() Problem { return c.unknownAttribute(n, a, def) })
			continue
		}
		c.remember(n, i, leaves)
		after := c.attr(p, def, a.Name, a.Value, false)
		if after != never {
			p = after
			continue
		}
		// Go on as if the value were right.
		after = c.attr(p, def, a.Name, a.Value, true)
		if c.wrongValue(leaves, a.Value) {
			c.add(func() Problem { return c.badValue(n, a, leaves) })
		} else {
			c.add(func() Problem { return c.conflict(n, a, i, def) })
		}
		if after != never {
			p = after
		}
	}
	after := c.closed(p)
	if after != never {
		return after
	}
	return c.missingAttributes(n, p, def)
}

// wrongValue says whether a value is right for none of the places where the attribute may stand.
func (c *checker) wrongValue(leaves []int32, value string) bool {
	return !slices.ContainsFunc(leaves, func(l int32) bool { return c.leaves[l].kind.fits(c.version, value) })
}

// remember notes ids and references.
func (c *checker) remember(n *xmltree.Node, i int, leaves []int32) {
	a := n.Attrs[i]
	switch c.leaves[leaves[0]].kind.name {
	case "id", "oldid":
		if first := c.ids[a.Value]; first != nil {
			c.add(func() Problem { return c.twice(n, a, first) })
			return
		}
		c.ids[a.Value] = n
	case "idref":
		c.refs = append(c.refs, reference{n, i})
	}
}

// twice is an id that stands at a second place. Such documents of Heartbeat 2 worked as long as nobody changed one of the two.
func (c *checker) twice(n *xmltree.Node, a xmltree.Attr, first *xmltree.Node) Problem {
	p := at(n, DuplicateID, "give one of the two another id", "the id %q stands in line %d already, in <%s>", clip(a.Value), first.Line, first.Name)
	p.Attr, p.Warning = a.Name, c.version < V1_0
	return p
}

// references looks up what was referred to.
func (c *checker) references() {
	for _, r := range c.refs {
		a := r.from.Attrs[r.attr]
		value := strings.Trim(a.Value, " \t\r\n")
		if c.ids[value] != nil || !isName(value) {
			continue
		}
		c.add(func() Problem { return c.dangling(r.from, a.Name, value) })
	}
}

func (c *checker) dangling(n *xmltree.Node, attr, value string) Problem {
	mend := "write an id that exists, or take the element out"
	if near := c.nearestID(value); near != "" {
		mend = "did you mean " + near + "?"
	}
	p := at(n, UnknownReference, mend, "%s=%q: there is no element with that id", attr, clip(value))
	p.Attr = attr
	return p
}

// nearestID finds an id that differs by a slip of the fingers. Large documents are not searched: that would take long.
func (c *checker) nearestID(id string) (best string) {
	const most = 5000
	if len(c.ids) > most || len(id) > spelling.MaxLen {
		return ""
	}
	least := 3
	if len(id) < 4 {
		least = 2 // of a short id two slips leave nothing
	}
	for have, n := range c.ids {
		if n.Name == "nvpair" || strings.HasPrefix(n.Name, "rsc_") || len(have)-len(id) > 2 || len(id)-len(have) > 2 {
			continue // nothing refers to those, or it is too far away
		}
		if d := spelling.Distance(id, have); d < min(least, len(have)) || d == least && best != "" && have < best {
			best, least = have, d
		}
	}
	return best
}
