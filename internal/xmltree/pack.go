package xmltree

import "slices"

// A span is an attribute of a packed element: where it stands in the text of the start tag. An Attr takes four times as much, and the histories of a
// large cluster have ten million attributes.
type span struct {
	name, value uint16 // where they begin
	valueLen    uint16
	nameLen     uint8
}

// spans are those of many elements.
type spans [1024]span

// Limits of what is packed; elements beyond them have a list of attributes.
const (
	mostPacked   = 255
	mostNameLen  = 255
	mostTagBytes = 1<<16 - 1
)

// A mark is where an attribute's name and value begin in the document.
type mark struct{ name, value int }

// pack puts places in the text between a name and the end of its tag instead of the list of attributes. What is written
// with references or line ends is no part of the text as it is, so such elements keep the list.
func (p *parser) pack(n *Node, from int) {
	text := p.doc[from:p.pos]
	if len(text) > mostTagBytes || len(n.Attrs) > mostPacked || len(n.Attrs) == 0 {
		return
	}
	for i, a := range n.Attrs {
		at := p.marks[i].value
		if len(a.Name) > mostNameLen || p.doc[at:at+len(a.Value)] != a.Value || p.doc[at+len(a.Value)] != p.doc[at-1] {
			return
		}
	}
	s := &p.store
	if s.spans == nil || s.packed+len(n.Attrs) > len(s.spans) {
		s.spans, s.packed = new(spans), 0
	}
	for i, a := range n.Attrs {
		s.spans[s.packed+i] = span{uint16(p.marks[i].name - from), uint16(p.marks[i].value - from), uint16(len(a.Value)), uint8(len(a.Name))}
	}
	n.Text, n.spans, n.first, n.count = text, s.spans, uint16(s.packed), uint8(len(n.Attrs))
	s.packed += len(n.Attrs)
	s.attrs = s.attrs[:len(s.attrs)-len(n.Attrs)] // for the next element
	n.Attrs = nil
}

// places are those of the attributes of a packed element.
func (n *Node) places() []span { return n.spans[n.first : int(n.first)+int(n.count)] }

func (n *Node) attr(s span) Attr {
	return Attr{n.Text[s.name : int(s.name)+int(s.nameLen)], n.Text[s.value : int(s.value)+int(s.valueLen)]}
}

// find looks an attribute up in a packed element.
func (n *Node) find(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	last := name[len(name)-1] // tells names of one length from each other better than the first letter
	for _, s := range n.places() {
		end := int(s.name) + int(s.nameLen)
		if int(s.nameLen) == len(name) && n.Text[end-1] == last && n.Text[s.name:end] == name {
			return n.Text[s.value : int(s.value)+int(s.valueLen)], true
		}
	}
	return "", false
}

// unpack gives an element a list of attributes.
func (n *Node) unpack() {
	if n.spans != nil {
		n.Attrs = n.Attributes()
		n.Text, n.spans, n.first, n.count = "", nil, 0, 0
	}
}

// Attributes are the attributes in the order of the document, also those of a packed element; see Options. They are for reading.
func (n *Node) Attributes() []Attr {
	if n.spans == nil {
		return n.Attrs
	}
	out := make([]Attr, 0, n.count)
	for _, s := range n.places() {
		out = append(out, n.attr(s))
	}
	return out
}

// Clone is a node that may be changed, with the same children in a list of its own.
func (n *Node) Clone() *Node {
	c := *n
	c.unpack()
	if n.spans == nil {
		c.Attrs = slices.Clone(n.Attrs)
	}
	c.Children = slices.Clone(n.Children)
	return &c
}

// sameAttrs says whether two elements have the same attributes in the same order.
func sameAttrs(a, b *Node) bool {
	if a.spans == nil && b.spans == nil {
		return slices.Equal(a.Attrs, b.Attrs)
	}
	if a.spans != nil && b.spans != nil && a.Text == b.Text {
		return true
	}
	return slices.Equal(a.Attributes(), b.Attributes())
}
