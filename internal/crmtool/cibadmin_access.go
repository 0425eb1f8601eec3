package crmtool

import (
	"slices"
	"strings"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/cib/xpath"
	"heartbeat/internal/xmltree"
)

// An accessForm is how --show-access writes rights, each with the marks that it puts before elements.
type accessForm struct {
	marks    [3]string // by edit.Right
	reset    string    // behind each element
	prefixes bool      // marks are prefixes of names
	lines    bool      // marks are lines of their own
}

const accessNamespace = "http://clusterlabs.org/ns/pacemaker/access/"

func accessForms() map[string]accessForm {
	return map[string]accessForm{
		"text":      {marks: [3]string{"vvv---[ ~DENIED~ ]---vvv", "vvv---[ READABLE ]---vvv", "vvv---[ WRITABLE ]---vvv"}, lines: true},
		"color":     {marks: [3]string{"\x1b[31m", "\x1b[34m", "\x1b[32m"}, reset: "\x1b[0m"},
		"namespace": {marks: [3]string{"pcmk-access-denied:", "pcmk-access-readable:", "pcmk-access-writable:"}, prefixes: true},
	}
}

// showAccess prints what a query finds, with the rights of a user to it.
func (c *cibCall) showAccess() Code {
	form, known := accessForms()[c.access]
	if c.access == "auto" {
		form, known = accessForms()[oneOf(onTerminal(c.w.Stdout), "color", "text")], true
	}
	switch {
	case !known:
		return c.Wrong("Unrecognized value for --show-access: %q; it takes text, color, namespace or auto", c.access)
	case !c.query:
		return c.Wrong("--show-access is for --query")
	case c.user == "":
		c.w.complain("The supplied command requires -U user specified.\n")
		return Usage
	case strings.ContainsAny(c.user, "<>&"):
		return c.noAccess("Invalid argument")
	}
	doc, err := c.w.Document("")
	if err != nil {
		c.w.complain("Could not connect to the CIB: %s\nInit failed, could not perform requested operations\n", err)
		return DocumentCode(err)
	}
	rights, ok, err := edit.RightsOf(doc.Root(), who(c.user))
	switch {
	case err != nil:
		return c.noAccess(err.Error())
	case !ok:
		return c.noAccess("Already in requested state")
	}
	found, err := c.found(rights.Root)
	if err != nil {
		c.w.complain("Call cib_query failed: %s\n", err)
		return DocumentCode(err)
	}
	if !rights.Enabled {
		c.w.complain("%s: the option enable-acl is off: until it is on, these rules do not count\n", c.w.Prog)
	}
	p := accessPrinter{accessForm: form, rights: rights, bare: c.bare}
	p.text = append(p.text, "<!-- ACLs as evaluated for user "+c.user+" -->\n"...)
	for i, n := range found {
		p.element(n, 0, i > 0, nil)
		p.text = append(p.text, '\n')
	}
	_, _ = c.w.Stdout.Write(p.text)
	return OK
}

func (c *cibCall) noAccess(why string) Code {
	c.w.complain("Could not evaluate access per request (%s, error: %s)\n", c.user, why)
	return Config
}

// found are the elements that the query is about, in the tree that was judged: the rights of a part follow from all of the document.
func (c *cibCall) found(root *xmltree.Node) ([]*xmltree.Node, error) {
	if c.xpath == "" {
		n := root
		if slices.Contains(edit.Sections(), c.scope) {
			n = edit.Section(root, c.scope)
		}
		if n == nil {
			return nil, &edit.Error{Reason: edit.Missing, Detail: "the document has no section " + c.scope}
		}
		return []*xmltree.Node{n}, nil
	}
	path, err := xpath.Compile(c.xpath)
	if err != nil {
		return nil, &edit.Error{Reason: edit.Invalid, Detail: err.Error()}
	}
	matches, err := path.Find(root)
	if err != nil {
		return nil, &edit.Error{Reason: edit.Invalid, Detail: err.Error()}
	}
	var out []*xmltree.Node
	for _, m := range matches {
		if m.Node.Kind == xmltree.Element && !slices.Contains(out, m.Node) {
			out = append(out, m.Node)
		}
	}
	if len(out) == 0 {
		return nil, &edit.Error{Reason: edit.Missing, Detail: "nothing matches the XPath " + c.xpath}
	}
	return out, nil
}

// An accessPrinter writes elements with the rights to them.
type accessPrinter struct {
	accessForm
	rights *edit.Rights
	bare   bool
	text   []byte
}

func (p *accessPrinter) indent(depth int) {
	p.text = append(p.text, '\n')
	p.text = append(p.text, strings.Repeat("  ", depth)...)
}

// element writes one; around is the right to what is around, nil for an outermost one.
func (p *accessPrinter) element(n *xmltree.Node, depth int, again bool, around *edit.Right) {
	right := p.rights.Of(n)
	mark, other := p.marks[right], around == nil || *around != right
	name, end := n.Name, "</"+n.Name+">"
	switch {
	case p.prefixes && other:
		name, end = mark+n.Name, "</"+mark+n.Name+">"
	case p.prefixes:
	case p.lines && other:
		if depth > 0 { // one more line sets it off
			p.indent(depth)
		}
		p.text = append(p.text, mark...)
		p.indent(depth)
	case !p.lines:
		p.text, end = append(p.text, mark...), mark+end
	}
	p.tag(n, name, around == nil && !again)
	children := n.Children
	if p.bare {
		children = nil
	}
	if len(children) == 0 {
		p.text = append(append(p.text, "/>"...), p.reset...)
		return
	}
	p.text = append(p.text, '>')
	for _, c := range children {
		switch c.Kind {
		case xmltree.Element:
			p.indent(depth + 1)
			p.element(c, depth+1, false, &right)
		default:
			if text := c.String(); strings.TrimSpace(text) != "" {
				p.indent(depth + 1)
				p.text = append(p.text, strings.TrimSpace(text)...)
			}
		}
	}
	p.indent(depth)
	p.text = append(append(p.text, end...), p.reset...)
}

// tag writes the begin of an element with its attributes, and on the first one the names of the prefixes.
func (p *accessPrinter) tag(n *xmltree.Node, name string, first bool) {
	alone := xmltree.Node{Kind: xmltree.Element, Name: name, Attrs: n.Attrs}
	p.text = append(p.text, strings.TrimRight(strings.TrimSpace(alone.String()), "/>")...)
	if p.prefixes && first {
		for _, kind := range []string{"writable", "readable", "denied"} {
			p.text = append(p.text, ` xmlns:pcmk-access-`+kind+`="`+accessNamespace+kind+`"`...)
		}
	}
}
