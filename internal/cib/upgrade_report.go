package cib

import (
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/xmltree"
)

// A Rewrite is one kind of change that an upgrade made, wherever it made it.
type Rewrite struct {
	Kind  string  // renamed, moved, changed, dropped or added
	What  string  // in words
	Lines []int32 // of the old document, one for each place; 0 for what has no line there
}

// String is the change with its places: lines of the old document, the first few of them.
func (r Rewrite) String() string {
	const most = 5
	var lines []string
	for _, l := range slices.Compact(slices.Clone(r.Lines)) {
		if l > 0 && len(lines) < most {
			lines = append(lines, fmt.Sprint(l))
		}
	}
	text := r.Kind + ": " + r.What
	switch {
	case len(lines) == 0 && len(r.Lines) > 1:
		return fmt.Sprintf("%s (%d times)", text, len(r.Lines))
	case len(lines) == 0:
		return text
	case len(r.Lines) == 1:
		return text + " (line " + lines[0] + ")"
	case len(r.Lines) > len(lines):
		lines = append(lines, "...")
	}
	return fmt.Sprintf("%s (%d times, lines %s)", text, len(r.Lines), strings.Join(lines, ", "))
}

// SchemaName is the schema of a document in words.
func SchemaName(root *xmltree.Node) string {
	switch name := root.Get("validate-with"); {
	case name == "" && Looks06(root), name == "pacemaker-0.6", name == "transitional-0.6":
		return "Heartbeat 2 (pacemaker-0.6)"
	case name == "" || name == "none":
		return "no schema"
	default:
		return name
	}
}

// NeedsUpgrade says whether a document is older than those that are kept on disks.
func NeedsUpgrade(root *xmltree.Node) bool {
	s, _, err := schemaOf(root)
	return err == nil && s.before(storedMajor, storedMinor)
}

// Rewrites compares the configuration of a document with what an upgrade made of it. What was kept is known again by its line.
func Rewrites(old, next *xmltree.Node) []Rewrite {
	c := &comparison{parents: map[*xmltree.Node]*xmltree.Node{}, twins: map[*xmltree.Node]*xmltree.Node{}, index: map[string]int{}}
	c.before, c.after = c.elements(old), c.elements(next)
	c.match()
	for _, o := range c.before {
		if n := c.twins[o]; n != nil {
			c.element(o, n)
		} else {
			c.gone(o)
		}
	}
	for _, n := range c.fresh {
		switch {
		case n.Name == "nvpair":
			c.note("added", fmt.Sprintf("%s=%s in %s", n.Get("name"), n.Get("value"), c.home(n)), 0)
		case c.standsAlone(n):
			c.note("added", "<"+n.Name+">", 0)
		}
	}
	return c.list
}

// A comparison is the state of Rewrites.
type comparison struct {
	before, after []*xmltree.Node // elements in the order of the documents
	parents       map[*xmltree.Node]*xmltree.Node
	twins         map[*xmltree.Node]*xmltree.Node // what an element has become
	fresh         []*xmltree.Node                 // that were not there before
	list          []Rewrite
	index         map[string]int // of list, by kind and words
}

func (c *comparison) note(kind, what string, line int32) {
	key := kind + " " + what
	i, ok := c.index[key]
	if !ok {
		i = len(c.list)
		c.index[key], c.list = i, append(c.list, Rewrite{Kind: kind, What: what})
	}
	c.list[i].Lines = append(c.list[i].Lines, line)
}

// elements are the root and everything of the configuration. History is not told of: it is not what people wrote.
func (c *comparison) elements(root *xmltree.Node) []*xmltree.Node {
	out := []*xmltree.Node{root}
	var walk func(*xmltree.Node)
	walk = func(n *xmltree.Node) {
		for _, x := range n.Children {
			if x.Kind == xmltree.Element && (n != root || x.Name == "configuration") {
				c.parents[x] = n
				out = append(out, x)
				walk(x)
			}
		}
	}
	walk(root)
	return out
}

// match finds what elements have become, by the line on which they began: the most alike first.
func (c *comparison) match() {
	lines := map[int32][]*xmltree.Node{}
	for _, n := range c.after {
		if n.Line > 0 {
			lines[n.Line] = append(lines[n.Line], n)
		}
	}
	taken := map[*xmltree.Node]bool{}
	for _, alike := range []func(o, n *xmltree.Node) bool{
		func(o, n *xmltree.Node) bool { return o.Name == n.Name && o.Get("id") == n.Get("id") },
		func(o, n *xmltree.Node) bool { return o.Get("id") != "" && o.Get("id") == n.Get("id") },
		func(o, n *xmltree.Node) bool { return o.Name == n.Name },
	} {
		for _, o := range c.before {
			if c.twins[o] != nil {
				continue
			}
			for _, n := range lines[o.Line] {
				if !taken[n] && alike(o, n) {
					c.twins[o], taken[n] = n, true
					break
				}
			}
		}
	}
	for _, n := range c.after {
		if !taken[n] {
			c.fresh = append(c.fresh, n)
		}
	}
}

// element tells what became of an element that is still there.
func (c *comparison) element(o, n *xmltree.Node) {
	if o.Name != n.Name {
		c.note("renamed", "<"+o.Name+"> to <"+n.Name+">", o.Line)
	}
	var came []xmltree.Attr
	for _, a := range n.Attrs {
		if _, had := o.Lookup(a.Name); !had && a.Name != "validate-with" {
			came = append(came, a)
		}
	}
	for _, a := range o.Attrs {
		value, kept := n.Lookup(a.Name)
		switch {
		case kept && value == a.Value, a.Name == "validate-with", o.Name == "cib" && (a.Name == "epoch" || a.Name == "num_updates" || a.Name == "admin_epoch"):
		case kept && o.Name == "nvpair" && a.Name == "name":
			c.note("renamed", "option "+a.Value+" to "+value, o.Line)
		case kept && a.Name == "id":
			c.note("renamed", "id "+a.Value+" to "+value, o.Line)
		case kept && o.Name == "nvpair" && a.Name == "value":
			c.note("changed", o.Get("name")+"="+a.Value+" to "+value, o.Line)
		case kept:
			c.note("changed", fmt.Sprintf("attribute %s of <%s> from %s to %s", a.Name, o.Name, a.Value, value), o.Line)
		default:
			i := slices.IndexFunc(came, func(b xmltree.Attr) bool { return b.Value == a.Value })
			if i >= 0 {
				c.note("renamed", fmt.Sprintf("attribute %s of <%s> to %s", a.Name, n.Name, came[i].Name), o.Line)
				came = slices.Delete(came, i, i+1)
			} else if to := c.moved(a.Name, a.Value); to != nil {
				c.note("moved", fmt.Sprintf("attribute %s of <%s> to %s", a.Name, n.Name, c.home(to)), o.Line)
			} else {
				c.note("dropped", fmt.Sprintf("attribute %s of <%s>", a.Name, o.Name), o.Line)
			}
		}
	}
	for _, a := range came {
		c.note("added", fmt.Sprintf("attribute %s=%s to <%s>", a.Name, a.Value, n.Name), o.Line)
	}
	if was, is := c.parents[o], c.parents[n]; was != nil && is != nil && c.twins[was] != is && c.twins[was] != nil {
		c.note("moved", fmt.Sprintf("<%s> from <%s> to <%s>", o.Name, was.Name, is.Name), o.Line)
	}
}

// gone tells what became of an element that is not there any more.
func (c *comparison) gone(o *xmltree.Node) {
	if o.Name != "nvpair" {
		if parent := c.parents[o]; parent == nil || c.twins[parent] != nil { // what was inside went with it
			c.note("dropped", "<"+o.Name+">", o.Line)
		}
		return
	}
	name := o.Get("name")
	if to := c.moved(name, o.Get("value")); to != nil {
		what := "option " + name
		if now := to.Get("name"); now != name {
			what += ", now " + now
		}
		c.note("moved", what+", from "+c.home(o)+" to "+c.home(to), o.Line)
		return
	}
	c.note("dropped", "option "+name+" of "+c.home(o), o.Line)
}

// moved finds the new pair that says what an old name and value said, and takes it.
func (c *comparison) moved(name, value string) *xmltree.Node {
	name = strings.ReplaceAll(name, "_", "-")
	for i, n := range c.fresh {
		now := n.Get("name")
		if n.Name == "nvpair" && n.Get("value") == value && now != "" && (strings.HasSuffix(name, now) || strings.HasPrefix(name, now)) {
			c.fresh = slices.Delete(c.fresh, i, i+1)
			return n
		}
	}
	return nil
}

// home says where a pair stands: the block, and what the block belongs to.
func (c *comparison) home(pair *xmltree.Node) string {
	block := c.parents[pair]
	if block != nil && block.Name == "attributes" {
		block = c.parents[block]
	}
	if block == nil || c.parents[block] == nil {
		return "the document"
	}
	return "<" + block.Name + "> of <" + c.parents[block].Name + ">"
}

// standsAlone says that a new element is not only the wrapping of a new pair, or inside of another new element.
func (c *comparison) standsAlone(n *xmltree.Node) bool {
	switch n.Name {
	case "meta_attributes", "instance_attributes", "cluster_property_set", "rsc_defaults", "op_defaults":
		return false
	}
	return !slices.Contains(c.fresh, c.parents[n])
}
