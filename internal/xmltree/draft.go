package xmltree

import (
	"fmt"
	"slices"
)

// A Draft is a tree under change. Nodes that it made itself it changes in place, all others it copies first, so any number of
// changes costs each node one copy.
type Draft struct {
	root *Node
	own  map[*Node]bool
}

// NewDraft begins with a tree, which stays as it is.
func NewDraft(root *Node) *Draft { return &Draft{root: root, own: map[*Node]bool{}} }

// Root is the tree as changed so far. The draft may go on only after the last look at it: it changes its own nodes in place.
func (d *Draft) Root() *Node { return d.root }

// Publish returns the tree for everybody's eyes; what the draft changes afterwards is copied again.
func (d *Draft) Publish() *Node {
	clear(d.own)
	return d.root
}

// Edit returns a node to change: the root, or the child that the places lead to, each the index among the children of the one before.
// Its children are for reading: each is edited by a way of its own. It panics when no such child exists, as an index does.
func (d *Draft) Edit(way ...int) *Node {
	d.root = d.mine(d.root)
	n := d.root
	for depth, i := range way {
		if i < 0 || i >= len(n.Children) {
			panic(fmt.Sprintf("xmltree: no child %d of %s at depth %d of %v", i, n.Name, depth, way))
		}
		c := d.mine(n.Children[i])
		n.Children[i] = c
		n = c
	}
	return n
}

// Insert puts a child before the one with that index, or at the end.
func (d *Draft) Insert(way []int, at int, child *Node) {
	n := d.Edit(way...)
	n.Children = slices.Insert(n.Children, at, child)
}

// Remove takes a child out.
func (d *Draft) Remove(way []int, at int) {
	n := d.Edit(way...)
	n.Children = slices.Delete(n.Children, at, at+1)
}

// mine returns the node itself when this draft made it, else a copy. Attributes and the list of children are copied with
// it; the children are not.
func (d *Draft) mine(n *Node) *Node {
	if d.own[n] {
		return n
	}
	c := n.Clone()
	d.own[c] = true
	return c
}
