package xmltree

// Declaration is the first line of a document that stands alone.
const Declaration = `<?xml version="1.0"?>` + "\n"

// Append writes the tree behind dst and returns the whole. indent is put before every line once a level; with an
// empty one the tree is written without line ends. Inside an element with text nothing is indented, because that
// would change the text.
func (n *Node) Append(dst []byte, indent string) []byte {
	dst = n.append(dst, indent, 0)
	if indent != "" {
		dst = append(dst, '\n')
	}
	return dst
}

// String is the tree in one line.
func (n *Node) String() string { return string(n.Append(nil, "")) }

func (n *Node) append(dst []byte, indent string, depth int) []byte {
	switch n.Kind {
	case Text:
		return appendText(dst, n.Text)
	case Comment:
		dst = append(dst, "<!--"...)
		dst = append(dst, n.Text...)
		return append(dst, "-->"...)
	case Element:
	}
	dst = append(dst, '<')
	dst = append(dst, n.Name...)
	for i := range n.Attrs {
		dst = appendAttr(dst, n.Attrs[i])
	}
	if n.spans != nil {
		for _, s := range n.places() {
			dst = appendAttr(dst, n.attr(s))
		}
	}
	if len(n.Children) == 0 {
		return append(dst, '/', '>')
	}
	dst = append(dst, '>')
	if indent != "" && n.mixed() {
		indent = ""
	}
	for _, c := range n.Children {
		dst = newLine(dst, indent, depth+1)
		dst = c.append(dst, indent, depth+1)
	}
	dst = newLine(dst, indent, depth)
	dst = append(dst, '<', '/')
	dst = append(dst, n.Name...)
	return append(dst, '>')
}

func appendAttr(dst []byte, a Attr) []byte {
	dst = append(dst, ' ')
	dst = append(dst, a.Name...)
	dst = append(dst, '=', '"')
	dst = appendValue(dst, a.Value)
	return append(dst, '"')
}

// mixed says that there is text among the children.
func (n *Node) mixed() bool {
	for _, c := range n.Children {
		if c.Kind == Text {
			return true
		}
	}
	return false
}

func newLine(dst []byte, indent string, depth int) []byte {
	if indent == "" {
		return dst
	}
	dst = append(dst, '\n')
	for range depth {
		dst = append(dst, indent...)
	}
	return dst
}

// appendText escapes what would not come back as it is. A carriage return would be read as a line end.
func appendText(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		if class[s[i]]&escaped == 0 {
			continue
		}
		var esc string
		switch s[i] {
		case '&':
			esc = "&amp;"
		case '<':
			esc = "&lt;"
		case '>':
			esc = "&gt;"
		case '\r':
			esc = "&#13;"
		default:
			continue
		}
		dst = append(append(dst, s[from:i]...), esc...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

// appendValue escapes for double quotes; white space other than blanks would be read as blanks.
func appendValue(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); i++ {
		if class[s[i]]&escaped == 0 {
			continue
		}
		var esc string
		switch s[i] {
		case '&':
			esc = "&amp;"
		case '<':
			esc = "&lt;"
		case '>':
			esc = "&gt;"
		case '"':
			esc = "&quot;"
		case '\t':
			esc = "&#9;"
		case '\n':
			esc = "&#10;"
		case '\r':
			esc = "&#13;"
		default:
			continue
		}
		dst = append(append(dst, s[from:i]...), esc...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}
