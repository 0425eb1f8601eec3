package xmltree

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Options are what is kept of a document, and how much of it is read.
type Options struct {
	KeepComments bool
	KeepSpace    bool // also text that is nothing but white space
	MaxBytes     int  // 0: 64 MB
	MaxDepth     int  // 0: 512 levels

	// Pack names elements that are many, and of which next to nothing is changed: their attributes take a quarter of the memory, and have no list.
	// It is for readers that ask with Get, Lookup and Attributes.
	Pack []string
}

const (
	defaultBytes = 64 << 20
	defaultDepth = 512
	maxAttrs     = 1024 // of one element; real ones have some twenty
)

// A SyntaxError is why a document was refused.
type SyntaxError struct {
	Line int
	Msg  string
}

func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("line %d: %s", e.Line, e.Msg)
	if mend := e.Mend(); mend != "" {
		text += "; " + mend
	}
	return text
}

// Parse reads a document and returns its root.
func Parse(doc []byte, o Options) (*Node, error) { return ParseString(string(doc), o) }

// ParseString reads a document and returns its root. The tree refers to the text, which is not copied.
func ParseString(doc string, o Options) (*Node, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultBytes
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = defaultDepth
	}
	if len(doc) > o.MaxBytes {
		return nil, &SyntaxError{1, fmt.Sprintf("the document has %d bytes, %d are allowed", len(doc), o.MaxBytes)}
	}
	p := parser{doc: strings.TrimPrefix(doc, "\uFEFF"), line: 1, o: o}
	if err := p.characters(); err != nil {
		return nil, err
	}
	p.store.expect(len(doc))
	if err := p.document(); err != nil {
		return nil, err
	}
	return p.root, nil
}

// A parser reads one document.
type parser struct {
	o     Options
	doc   string
	pos   int
	line  int
	root  *Node
	open  []frame // elements that are not closed yet, outermost first
	pile  []*Node // finished children of all open elements, those of the innermost last
	names interner
	store store

	marks []mark // of the attributes of an element, where some are packed

	joining *Node // a text of several pieces
	joint   *strings.Builder
}

// A frame is an open element; its children begin at mark in the pile.
type frame struct {
	node *Node
	mark int
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{p.line, fmt.Sprintf(format, args...)}
}

// characters refuses what is no text in UTF-8. Control characters are found where they stand.
func (p *parser) characters() error {
	at := -1
	if !utf8.ValidString(p.doc) {
		for i, r := range p.doc {
			if _, n := utf8.DecodeRuneInString(p.doc[i:]); r == utf8.RuneError && n == 1 {
				at = i
				break
			}
		}
	}
	for _, none := range [...]string{"\uFFFE", "\uFFFF"} {
		if i := strings.Index(p.doc, none); i >= 0 {
			at = earlier(at, i)
		}
	}
	if at < 0 {
		return nil
	}
	return noCharacter(1+strings.Count(p.doc[:at], "\n"), p.doc[at])
}

func noCharacter(line int, c byte) error {
	return &SyntaxError{line, fmt.Sprintf("a byte 0x%02x that is no character of an XML document in UTF-8", c)}
}

// clean refuses control characters in what is not taken apart otherwise.
func (p *parser) clean(s string) error {
	for i := 0; i < len(s); i++ {
		if class[s[i]]&forbidden != 0 {
			return noCharacter(p.line+strings.Count(s[:i], "\n"), s[i])
		}
	}
	return nil
}

// earlier is the first of two places, of which the one before may be unknown (-1).
func earlier(a, b int) int {
	if a < 0 {
		return b
	}
	return min(a, b)
}

// document reads everything.
func (p *parser) document() error {
	for p.pos < len(p.doc) {
		if p.doc[p.pos] != '<' {
			if err := p.text(); err != nil {
				return err
			}
			continue
		}
		if err := p.markup(); err != nil {
			return err
		}
	}
	switch {
	case len(p.open) > 0:
		f := p.open[len(p.open)-1]
		return p.fail("the document ends inside <%s>, which begins in line %d", f.node.Name, f.node.Line)
	case p.root == nil:
		return p.fail("the document has no element")
	}
	return nil
}

// markup reads what begins with <.
func (p *parser) markup() error {
	rest := p.doc[p.pos:]
	if len(rest) < 2 {
		return p.fail("a < at the end of the document")
	}
	switch {
	case rest[1] == '/':
		return p.endTag()
	case rest[1] == '?':
		return p.instruction(rest)
	case rest[1] != '!':
		return p.startTag()
	case strings.HasPrefix(rest, "<!--"):
		return p.comment(rest)
	case strings.HasPrefix(rest, "<![CDATA["):
		return p.cdata(rest)
	case strings.HasPrefix(rest, "<!DOCTYPE"):
		return p.doctype(rest)
	}
	return p.fail("<! begins neither a comment, nor CDATA, nor a document type")
}

// startTag reads <name a="v" …> or <name …/>.
func (p *parser) startTag() error {
	n := p.store.node()
	n.Line = int32(p.line)
	p.pos++
	name, err := p.name("an element")
	if err != nil {
		return err
	}
	n.Name = name
	if len(p.open) == 0 && p.root != nil {
		return p.fail("a second root element <%s>", name)
	}
	if len(p.open) >= p.o.MaxDepth {
		return p.fail("<%s> is nested deeper than %d levels", name, p.o.MaxDepth)
	}
	from := p.pos
	n.Attrs, err = p.attributes(name)
	if err != nil {
		return err
	}
	if p.o.Pack != nil && slices.Contains(p.o.Pack, name) {
		p.pack(n, from)
	}
	if p.doc[p.pos] == '/' {
		if p.pos+1 >= len(p.doc) || p.doc[p.pos+1] != '>' {
			return p.fail("a / inside <%s> without > after it", name)
		}
		p.pos += 2
		p.finish(n)
		return nil
	}
	p.pos++
	p.open = append(p.open, frame{n, len(p.pile)})
	return nil
}

// finish hands a complete node to its parent.
func (p *parser) finish(n *Node) {
	if len(p.open) == 0 {
		p.root = n
		return
	}
	p.pile = append(p.pile, n)
}

// endTag reads </name>.
func (p *parser) endTag() error {
	if len(p.open) == 0 {
		return p.fail("an end tag where nothing is open")
	}
	f := p.open[len(p.open)-1]
	p.pos += 2
	rest := p.doc[p.pos:]
	// The usual case, without a look at every character.
	if len(rest) > len(f.node.Name) && rest[:len(f.node.Name)] == f.node.Name && rest[len(f.node.Name)] == '>' {
		p.pos += len(f.node.Name) + 1
	} else {
		name, err := p.name("an end tag")
		if err != nil {
			return err
		}
		if name != f.node.Name {
			return p.fail("</%s> closes <%s>, which begins in line %d", name, f.node.Name, f.node.Line)
		}
		p.space()
		if p.pos >= len(p.doc) || p.doc[p.pos] != '>' {
			return p.fail("</%s is not ended by >", name)
		}
		p.pos++
	}
	f.node.Children = p.store.children(p.pile[f.mark:])
	p.pile = p.pile[:f.mark]
	p.open = p.open[:len(p.open)-1]
	p.finish(f.node)
	return nil
}

// attributes reads up to the > or / that ends a start tag, and stops there.
func (p *parser) attributes(element string) ([]Attr, error) {
	from := p.store.begin()
	p.marks = p.marks[:0]
	for {
		spaced := p.space()
		if p.pos >= len(p.doc) {
			return nil, p.fail("the document ends inside <%s", element)
		}
		if c := p.doc[p.pos]; c == '>' || c == '/' {
			return p.store.attrsFrom(from), nil
		}
		at := p.pos
		name, err := p.name("an attribute")
		if err != nil {
			return nil, err
		}
		if !spaced {
			return nil, p.fail("no blank before attribute %s of <%s>", name, element)
		}
		for _, a := range p.store.attrs[from:] {
			if a.Name == name {
				return nil, p.fail("attribute %s stands twice in <%s>", name, element)
			}
		}
		if len(p.store.attrs)-from >= maxAttrs {
			return nil, p.fail("<%s> has more than %d attributes", element, maxAttrs)
		}
		value, err := p.value(name)
		if err != nil {
			return nil, err
		}
		if p.o.Pack != nil {
			// Before the quote that ends it, if it is written as it is read.
			p.marks = append(p.marks, mark{at, max(p.pos-1-len(value), at)})
		}
		from = p.store.attr(from, Attr{name, value})
	}
}
