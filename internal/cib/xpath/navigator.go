package xpath

import (
	"strings"

	antch "github.com/antchfx/xpath"

	"heartbeat/internal/xmltree"
)

// A navigator stands on the document, on a node, or on an attribute of one. Nodes have no way up, so it remembers the
// whole way down: a copy shares it, because a step down copies what it appends to.
type navigator struct {
	root *xmltree.Node
	path []step // empty: on the document, above its root element
	attr int    // index of the attribute it stands on, -1: on none
}

// A step is a node and its index among the children of the one before.
type step struct {
	node  *xmltree.Node
	index int
}

func newNavigator(root *xmltree.Node) *navigator { return &navigator{root: root, attr: -1} }

func (n *navigator) here() *xmltree.Node { return n.path[len(n.path)-1].node }

// siblings are the children of the node above; nil on the document and on its root element.
func (n *navigator) siblings() []*xmltree.Node {
	if len(n.path) < 2 {
		return nil
	}
	return n.path[len(n.path)-2].node.Children
}

func (n *navigator) match() (Match, bool) {
	path := n.path
	if len(path) == 0 {
		return Match{Node: n.root}, true
	}
	if last := path[len(path)-1]; last.node.Kind != xmltree.Element {
		path = path[:len(path)-1]
	}
	if len(path) == 0 {
		return Match{}, false
	}
	way := make([]int, 0, len(path)-1)
	for _, s := range path[1:] {
		way = append(way, s.index)
	}
	return Match{Way: way, Node: path[len(path)-1].node}, true
}

func (n *navigator) NodeType() antch.NodeType {
	switch {
	case len(n.path) == 0:
		return antch.RootNode
	case n.attr >= 0:
		return antch.AttributeNode
	case n.here().Kind == xmltree.Text:
		return antch.TextNode
	case n.here().Kind == xmltree.Comment:
		return antch.CommentNode
	}
	return antch.ElementNode
}

func (n *navigator) LocalName() string {
	switch {
	case len(n.path) == 0:
		return ""
	case n.attr >= 0:
		return n.here().Attrs[n.attr].Name
	}
	return n.here().Name
}

// Prefix is always empty: the colon belongs to the name in these documents.
func (n *navigator) Prefix() string { return "" }

func (n *navigator) Value() string {
	switch {
	case len(n.path) == 0:
		return content(n.root)
	case n.attr >= 0:
		return n.here().Attrs[n.attr].Value
	}
	return content(n.here())
}

// content is the text of a node and of everything below it.
func content(n *xmltree.Node) string {
	if n.Kind != xmltree.Element {
		return n.Text
	}
	var b strings.Builder
	for c := range n.All() {
		if c.Kind == xmltree.Text {
			b.WriteString(c.Text)
		}
	}
	return b.String()
}

func (n *navigator) Copy() antch.NodeNavigator {
	c := *n
	c.path = n.path[:len(n.path):len(n.path)]
	return &c
}

func (n *navigator) MoveToRoot() { n.path, n.attr = nil, -1 }

func (n *navigator) MoveToParent() bool {
	switch {
	case n.attr >= 0:
		n.attr = -1
	case len(n.path) == 0:
		return false
	default:
		n.path = n.path[: len(n.path)-1 : len(n.path)-1]
	}
	return true
}

func (n *navigator) MoveToNextAttribute() bool {
	if len(n.path) == 0 || n.attr+1 >= len(n.here().Attrs) {
		return false
	}
	n.attr++
	return true
}

func (n *navigator) MoveToChild() bool {
	switch {
	case n.attr >= 0:
		return false
	case len(n.path) == 0:
		n.path = []step{{n.root, 0}}
		return true
	case len(n.here().Children) == 0:
		return false
	}
	n.path = append(n.path[:len(n.path):len(n.path)], step{n.here().Children[0], 0})
	return true
}

// sibling moves to the one with an index. The last step is replaced in a copy: others may share the way.
func (n *navigator) sibling(index int) bool {
	all := n.siblings()
	if n.attr >= 0 || index < 0 || index >= len(all) {
		return false
	}
	n.path = append(n.path[:len(n.path)-1:len(n.path)-1], step{all[index], index})
	return true
}

func (n *navigator) index() int {
	if len(n.path) == 0 {
		return -1
	}
	return n.path[len(n.path)-1].index
}

func (n *navigator) MoveToFirst() bool    { return len(n.path) > 1 && n.index() > 0 && n.sibling(0) }
func (n *navigator) MoveToNext() bool     { return len(n.path) > 1 && n.sibling(n.index()+1) }
func (n *navigator) MoveToPrevious() bool { return len(n.path) > 1 && n.sibling(n.index()-1) }

func (n *navigator) MoveTo(other antch.NodeNavigator) bool {
	o, ok := other.(*navigator)
	if !ok || o.root != n.root {
		return false
	}
	n.path, n.attr = o.path[:len(o.path):len(o.path)], o.attr
	return true
}
