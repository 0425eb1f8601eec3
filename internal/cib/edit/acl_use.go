package edit

import (
	"slices"

	"heartbeat/internal/xmltree"
)

// visible is what a user may read of a document. Elements above something visible keep their names and ids, and nothing else.
func (r *rules) visible(root *xmltree.Node) (*xmltree.Node, error) {
	if r == nil {
		return root, nil
	}
	// A subtree may stand in several trees; grants belong to places, so this one is made of nodes of its own.
	root = clone(root)
	marks, err := r.marks(root)
	if err != nil {
		return nil, err
	}
	if out := filtered(root, marks, false); out != nil {
		return out, nil
	}
	return nil, fail(Denied, "no access rule lets this user read anything")
}

// filtered is the part of a tree that may be read; nil for nothing. Open says that what is around may be read.
func filtered(n *xmltree.Node, marks map[*xmltree.Node]grant, open bool) *xmltree.Node {
	if n.Kind != xmltree.Element {
		if open {
			return n
		}
		return nil
	}
	switch m := marks[n]; {
	case m&denied != 0:
		open = false
	case m != 0:
		open = true
	}
	out := &xmltree.Node{Name: n.Name, Line: n.Line}
	for _, c := range n.Children {
		if c = filtered(c, marks, open); c != nil {
			out.Children = append(out.Children, c)
		}
	}
	if open {
		out.Attrs = n.Attrs
		return out
	}
	if len(out.Children) == 0 {
		return nil
	}
	if id, ok := n.Lookup("id"); ok {
		out.Set("id", id)
	}
	return out
}

// allow judges the difference that an operation made: what was changed or taken away by the rights over the old document, what came by those over the new
// one. The rules are those of the old document, so nobody gives himself rights.
func (r *rules) allow(old, next *xmltree.Node) error {
	if r == nil || old == next {
		return nil
	}
	old, next = clone(old), clone(next)
	before, err := r.marks(old)
	if err != nil {
		return err
	}
	after, err := r.marks(next)
	if err != nil {
		return err
	}
	j := judge{before, after}
	if bad := j.element(old, next, false, false, "/"+stepOf(next)); bad != "" {
		return fail(Denied, "access rules do not let this user change %s", bad)
	}
	return nil
}

// A judge walks two documents side by side.
type judge struct{ before, after map[*xmltree.Node]grant }

// writable is what holds at an element, given what holds around it. A rule that only lets read takes nothing away from what is around, as with C Pacemaker.
func writable(m grant, around bool) bool {
	switch {
	case m&denied != 0:
		return false
	case m&mayWrite != 0:
		return true
	}
	return around
}

// element names the first place below two elements that are the same one where something changed without right; empty: none.
func (j judge) element(old, next *xmltree.Node, was, is bool, path string) string {
	was, is = writable(j.before[old], was), writable(j.after[next], is)
	if !(was && is) && !Same(bare(old), bare(next)) {
		return path
	}
	paired := map[*xmltree.Node]bool{}
	for _, o := range old.Children {
		at := -1
		if o.Kind == xmltree.Element {
			at = twin(next, o)
		} else {
			at = slices.IndexFunc(next.Children, func(c *xmltree.Node) bool { return !paired[c] && c.Kind == o.Kind && c.Text == o.Text })
		}
		below := path + "/" + stepOf(o)
		switch {
		case at >= 0 && !paired[next.Children[at]]:
			n := next.Children[at]
			paired[n] = true
			if o.Kind == xmltree.Element {
				if bad := j.element(o, n, was, is, below); bad != "" {
					return bad
				}
			}
		case !j.all(j.before, o, was):
			return below
		}
	}
	if !is && moved(old, next, paired) {
		return path
	}
	for _, n := range next.Children {
		if !paired[n] && !j.all(j.after, n, is) {
			return path + "/" + stepOf(n)
		}
	}
	return ""
}

// all says that everything of a subtree that comes or goes may be written.
func (j judge) all(marks map[*xmltree.Node]grant, n *xmltree.Node, around bool) bool {
	around = writable(marks[n], around)
	if !around {
		return false
	}
	for _, c := range n.Children {
		if !j.all(marks, c, around) {
			return false
		}
	}
	return true
}

// moved says that children that stayed stand in another order.
func moved(old, next *xmltree.Node, paired map[*xmltree.Node]bool) bool {
	last := -1
	for _, n := range next.Children {
		if !paired[n] || n.Kind != xmltree.Element {
			continue
		}
		at := twin(old, n)
		if at < last {
			return true
		}
		last = at
	}
	return false
}
