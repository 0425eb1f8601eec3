package cib

import "heartbeat/internal/xmltree"

// Refs finds what an id-ref points at. The index is made at the first question, because few documents have references.
type Refs struct {
	root *xmltree.Node
	ids  map[refKey]*xmltree.Node
}

type refKey struct{ element, id string }

// NewRefs prepares references inside a document.
func NewRefs(root *xmltree.Node) *Refs { return &Refs{root: root} }

// Resolve returns the element itself, or what it refers to: an element of the same name with that id. Without such a one it is nil.
func (r *Refs) Resolve(n *xmltree.Node) *xmltree.Node {
	if n == nil {
		return nil
	}
	ref, ok := n.Lookup("id-ref")
	if !ok {
		return n
	}
	if r == nil || r.root == nil {
		return nil
	}
	if r.ids == nil {
		r.ids = map[refKey]*xmltree.Node{}
		for e := range r.root.All() {
			if id, ok := e.Lookup("id"); ok && e.Kind == xmltree.Element {
				if k := (refKey{e.Name, id}); r.ids[k] == nil {
					r.ids[k] = e
				}
			}
		}
	}
	return r.ids[refKey{n.Name, ref}]
}
