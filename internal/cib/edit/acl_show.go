package edit

import "heartbeat/internal/xmltree"

// A Right is what a user may do to an element.
type Right uint8

const (
	NoRight Right = iota
	Readable
	Writable
)

// Rights are what a user may do to the elements of a document, by its access rules, whether enable-acl is on or not.
type Rights struct {
	Root    *xmltree.Node // a copy of the document, in which each element has one place
	Enabled bool          // the rules count
	of      map[*xmltree.Node]Right
}

// Of is the right to an element of Root.
func (r *Rights) Of(n *xmltree.Node) Right { return r.of[n] }

// RightsOf judges a whole document; ok is false for users for whom no rules are.
func RightsOf(root *xmltree.Node, who User) (r *Rights, ok bool, err error) {
	if who.mayAll() {
		return nil, false, nil
	}
	list, err := rulesOf(root, who)
	if err != nil {
		return nil, true, err
	}
	r = &Rights{Root: clone(root), Enabled: aclEnabled(root), of: map[*xmltree.Node]Right{}}
	marks, err := list.marks(r.Root)
	if err != nil {
		return nil, true, err
	}
	r.judge(r.Root, marks, NoRight)
	return r, true, nil
}

// judge goes down: what no rule is about has the right of what is around it, and a rule that lets read takes no right to write away.
func (r *Rights) judge(n *xmltree.Node, marks map[*xmltree.Node]grant, around Right) {
	switch m := marks[n]; {
	case m&denied != 0:
		around = NoRight
	case m&mayWrite != 0:
		around = Writable
	case m&mayRead != 0:
		around = max(around, Readable)
	}
	r.of[n] = around
	for _, c := range n.Children {
		if c.Kind == xmltree.Element {
			r.judge(c, marks, around)
		}
	}
}
