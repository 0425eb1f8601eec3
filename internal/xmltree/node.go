package xmltree

import (
	"iter"
	"slices"
	"strings"
)

// A Kind is what a node is.
type Kind uint8

const (
	Element Kind = iota
	Text
	Comment
)

// A Node is an element, a piece of text or a comment.
type Node struct {
	Name     string  // of an element
	Text     string  // of text and comments, without marks and escapes; of a packed element, its attributes as they are written
	Attrs    []Attr  // in the order of the document; none of a packed element, see Attributes
	Children []*Node // in the order of the document
	spans    *spans  // of a packed element: where its attributes stand in Text
	Line     int32   // where it begins, from 1; 0: it was not read
	first    uint16  // of its spans
	count    uint8   // of its spans
	Kind     Kind
}

// An Attr is an attribute.
type Attr struct{ Name, Value string }

// New makes an element; pairs are names and values of its attributes, in order.
func New(name string, pairs ...string) *Node {
	n := &Node{Name: name}
	if len(pairs) > 0 {
		n.Attrs = make([]Attr, 0, len(pairs)/2)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Attrs = append(n.Attrs, Attr{pairs[i], pairs[i+1]})
	}
	return n
}

// Add appends children and returns the node, for trees written down in code.
func (n *Node) Add(children ...*Node) *Node {
	n.Children = append(n.Children, children...)
	return n
}

// Get returns the value of an attribute, empty without one.
func (n *Node) Get(name string) string {
	v, _ := n.Lookup(name)
	return v
}

// Lookup returns the value of an attribute and whether there is one.
func (n *Node) Lookup(name string) (string, bool) {
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			return n.Attrs[i].Value, true
		}
	}
	if n.spans != nil {
		return n.find(name)
	}
	return "", false
}

// Set gives an attribute a value; a new one comes last. Only for nodes that nobody else can see: see Draft.
func (n *Node) Set(name, value string) {
	n.unpack()
	for i := range n.Attrs {
		if n.Attrs[i].Name == name {
			n.Attrs[i].Value = value
			return
		}
	}
	n.Attrs = append(n.Attrs, Attr{name, value})
}

// Unset takes an attribute away. Only for nodes that nobody else can see.
func (n *Node) Unset(name string) {
	n.unpack()
	n.Attrs = slices.DeleteFunc(n.Attrs, func(a Attr) bool { return a.Name == name })
}

// Elements are the child elements of a name in order; an empty name: of any name.
func (n *Node) Elements(name string) iter.Seq[*Node] {
	return func(yield func(*Node) bool) {
		for _, c := range n.Children {
			if c.Kind == Element && (name == "" || c.Name == name) && !yield(c) {
				return
			}
		}
	}
}

// First is the first child element of a name, nil without one.
func (n *Node) First(name string) *Node {
	for c := range n.Elements(name) {
		return c
	}
	return nil
}

// Find walks down by names and returns the first element there, nil without one.
func (n *Node) Find(names ...string) *Node {
	for _, name := range names {
		if n = n.First(name); n == nil {
			return nil
		}
	}
	return n
}

// All is the node and everything below it, in the order of the document.
func (n *Node) All() iter.Seq[*Node] {
	return func(yield func(*Node) bool) { n.walk(yield) }
}

func (n *Node) walk(yield func(*Node) bool) bool {
	if !yield(n) {
		return false
	}
	for _, c := range n.Children {
		if !c.walk(yield) {
			return false
		}
	}
	return true
}

// Content is the text directly in an element, pieces joined.
func (n *Node) Content() string {
	if len(n.Children) == 1 && n.Children[0].Kind == Text {
		return n.Children[0].Text
	}
	var b strings.Builder
	for _, c := range n.Children {
		if c.Kind == Text {
			b.WriteString(c.Text)
		}
	}
	return b.String()
}

// Equal says whether two trees say the same, attributes in the same order; lines do not matter. What is shared is not looked at.
func Equal(a, b *Node) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.Kind != b.Kind || a.Name != b.Name || a.Kind != Element && a.Text != b.Text ||
		len(a.Children) != len(b.Children) || !sameAttrs(a, b) {
		return false
	}
	for i := range a.Children {
		if !Equal(a.Children[i], b.Children[i]) {
			return false
		}
	}
	return true
}
