package edit

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/xmltree"
)

// A differ collects the changes of format 2: deletions first, then everything else in the order of the new document. Which child counts as moved
// follows C Pacemaker's walk, so that both make the same patch of the same documents: a child that left its place is passed over when the places of
// the others are compared.
type differ struct {
	order   bool
	whole   map[*xmltree.Node]bool // of the new document: exchanged, not compared
	skip    map[*xmltree.Node]bool // of both: not counted as a place
	deleted []*xmltree.Node
	changes []*xmltree.Node
}

func diffV2(from, to *xmltree.Node, o DiffOptions, whole map[*xmltree.Node]bool) *xmltree.Node {
	d := &differ{order: o.Order, whole: whole, skip: map[*xmltree.Node]bool{}}
	d.element(from, to, "/"+stepOf(to))
	return xmltree.New("diff", "format", "2").Add(d.deleted...).Add(d.changes...)
}

func stepOf(n *xmltree.Node) string {
	if n.Kind == xmltree.Comment {
		return commentStep
	}
	var b strings.Builder
	writeStep(&b, n)
	return b.String()[1:]
}

func change(op, path string, pairs ...string) *xmltree.Node {
	return xmltree.New("change", append([]string{"operation", op, "path", path}, pairs...)...)
}

// element compares two elements that are the same one, before and after.
func (d *differ) element(old, now *xmltree.Node, path string) {
	if old == now {
		return
	}
	d.attributes(old, now, path)
	pair := map[*xmltree.Node]*xmltree.Node{}
	for _, o := range old.Children {
		n := d.match(now, old, o)
		if n == nil || d.whole[n] {
			gone := change("delete", path+"/"+stepOf(o))
			if o.Kind == xmltree.Comment {
				gone.Set("position", strconv.Itoa(d.place(old, o)))
			}
			d.deleted = append(d.deleted, gone)
			d.skip[o] = true
			continue
		}
		if pair[n] == nil {
			pair[n] = o
		}
	}
	moved := map[*xmltree.Node]bool{}
	for _, n := range now.Children {
		o := pair[n]
		if o == nil {
			d.skip[n] = true
			continue
		}
		was, is := d.place(old, o), d.place(now, n)
		if was == is {
			continue
		}
		moved[n] = true
		if was > is {
			d.skip[o] = true
		} else {
			d.skip[n] = true
		}
	}
	for i, n := range now.Children {
		at := strconv.Itoa(i)
		if pair[n] == nil {
			d.changes = append(d.changes, change("create", path, "position", at).Add(n))
			continue
		}
		if n.Kind == xmltree.Element {
			d.element(pair[n], n, path+"/"+stepOf(n))
		}
		if moved[n] {
			d.changes = append(d.changes, change("move", path+"/"+stepOf(n), "position", at))
		}
	}
}

// match finds the child of an element that is what a child of the other one was: of the same name and id, the first of its name without an id, a
// comment of the same words at the same place.
func (d *differ) match(in, parent, child *xmltree.Node) *xmltree.Node {
	switch child.Kind {
	case xmltree.Element:
		if at := twin(in, child); at >= 0 {
			return in.Children[at]
		}
	case xmltree.Comment:
		at := d.place(parent, child)
		for _, c := range in.Children {
			if c.Kind == xmltree.Comment && c.Text == child.Text && d.place(in, c) == at {
				return c
			}
		}
	case xmltree.Text:
	}
	return nil
}

// place counts the siblings before a child that are not passed over.
func (d *differ) place(parent, child *xmltree.Node) int {
	n := 0
	for _, c := range parent.Children {
		if c == child {
			break
		}
		if !d.skip[c] {
			n++
		}
	}
	return n
}

// attributes notes what became of the attributes, and how all of them stand afterwards.
func (d *differ) attributes(old, now *xmltree.Node, path string) {
	list := xmltree.New("change-list")
	shifted := d.shifted(old, now)
	for _, a := range now.Attrs {
		if v, ok := old.Lookup(a.Name); !ok || v != a.Value || shifted[a.Name] {
			list.Add(xmltree.New("change-attr", "name", a.Name, "operation", "set", "value", a.Value))
		}
	}
	for _, a := range old.Attrs {
		if _, ok := now.Lookup(a.Name); !ok {
			list.Add(xmltree.New("change-attr", "name", a.Name, "operation", "unset"))
		}
	}
	if len(list.Children) > 0 {
		d.changes = append(d.changes, change("modify", path).Add(list, xmltree.New("change-result").Add(bare(now))))
	}
}

// shifted are the attributes that kept their value but not their place, where that counts.
func (d *differ) shifted(old, now *xmltree.Node) map[string]bool {
	if !d.order || slices.Equal(old.Attrs, now.Attrs) {
		return nil
	}
	out, skipOld, skipNow := map[string]bool{}, map[string]bool{}, map[string]bool{}
	at := func(n *xmltree.Node, name string, skip map[string]bool) (place int) {
		for _, a := range n.Attrs {
			if a.Name == name {
				break
			}
			if !skip[a.Name] {
				place++
			}
		}
		return place
	}
	for _, a := range old.Attrs {
		if v, ok := now.Lookup(a.Name); !ok || v != a.Value {
			continue
		}
		was, is := at(old, a.Name, skipOld), at(now, a.Name, skipNow)
		if was == is {
			continue
		}
		out[a.Name] = true
		if was > is {
			skipOld[a.Name] = true
		} else {
			skipNow[a.Name] = true
		}
	}
	return out
}
