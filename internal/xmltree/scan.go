package xmltree

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Classes of bytes.
const (
	nameStart = 1 << iota
	nameByte
	blank
	forbidden // in any document
	special   // inside an attribute's value: it needs more than copying
	escaped   // when written
)

// class says what each byte may be. Everything beyond ASCII may stand in a name: no document of the field uses it.
var class = classes()

func classes() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == ':', c >= utf8.RuneSelf:
			t[c] = nameStart | nameByte
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = nameByte
		case c == ' ':
			t[c] = blank
		case c == '\t', c == '\n', c == '\r':
			t[c] = blank | special
		case c < ' ':
			t[c] = forbidden | special
		case c == '<', c == '&', c == '"', c == '\'':
			t[c] = special
		}
	}
	for _, c := range "&<>\"\t\n\r" {
		t[c] |= escaped
	}
	return t
}

// space skips white space and says whether there was any.
func (p *parser) space() bool {
	from := p.pos
	for p.pos < len(p.doc) && class[p.doc[p.pos]]&blank != 0 {
		if p.doc[p.pos] == '\n' {
			p.line++
		}
		p.pos++
	}
	return p.pos > from
}

// name reads a name; what says of what, for the error.
func (p *parser) name(what string) (string, error) {
	from := p.pos
	if from >= len(p.doc) || class[p.doc[from]]&nameStart == 0 {
		return "", p.fail("no name of %s at %.20q", what, p.doc[from:])
	}
	i := from + 1
	for i < len(p.doc) && class[p.doc[i]]&nameByte != 0 {
		i++
	}
	p.pos = i
	return p.names.intern(p.doc[from:i]), nil
}

// value reads ="…" or ='…'.
func (p *parser) value(name string) (string, error) {
	p.space()
	if p.pos >= len(p.doc) || p.doc[p.pos] != '=' {
		return "", p.fail("attribute %s has no value", name)
	}
	p.pos++
	p.space()
	if p.pos >= len(p.doc) || p.doc[p.pos] != '"' && p.doc[p.pos] != '\'' {
		return "", p.fail("the value of attribute %s is not in quotes", name)
	}
	quote := p.doc[p.pos]
	p.pos++
	from, plain, line := p.pos, true, p.line
	for i := from; i < len(p.doc); i++ {
		c := p.doc[i]
		switch {
		case class[c]&special == 0:
			continue
		case c == quote:
			p.pos = i + 1
			if plain {
				return p.doc[from:i], nil
			}
			return p.unescape(p.doc[from:i], line, ' ')
		case c == '<':
			return "", p.fail("a < in the value of attribute %s: write &lt;", name)
		case c == '\n':
			p.line++
			plain = false
		case c == '"', c == '\'':
		case class[c]&forbidden != 0:
			return "", noCharacter(p.line, c)
		default:
			plain = false
		}
	}
	return "", &SyntaxError{line, "the value of attribute " + name + " is not ended by " + string(quote)}
}

// text reads up to the next markup.
func (p *parser) text() error {
	rest := p.doc[p.pos:]
	end := strings.IndexByte(rest, '<')
	if end < 0 {
		end = len(rest)
	}
	s, line := rest[:end], p.line
	only := true
	for i := 0; i < len(s); i++ {
		if class[s[i]]&blank == 0 {
			only = false
			break
		}
		if s[i] == '\n' {
			p.line++
		}
	}
	p.pos += end
	if only {
		if p.o.KeepSpace && len(p.open) > 0 {
			return p.addText(s, line)
		}
		return nil
	}
	p.line = line
	if len(p.open) == 0 {
		return p.fail("text outside the root element: %.20q", strings.TrimSpace(s))
	}
	if err := p.clean(s); err != nil {
		return err
	}
	if i := strings.Index(s, "]]>"); i >= 0 {
		return &SyntaxError{line + strings.Count(s[:i], "\n"), "]]> in text: write ]]&gt;"}
	}
	if err := p.addText(s, line); err != nil {
		return err
	}
	p.line = line + strings.Count(s, "\n")
	return nil
}

// addText puts a piece of text behind the one before, or makes a new node of it.
func (p *parser) addText(s string, line int) error {
	if strings.ContainsAny(s, "&\r") {
		var err error
		if s, err = p.unescape(s, line, '\n'); err != nil {
			return err
		}
	}
	p.join(s, line)
	return nil
}

// join appends without a copy of what is there already, however many pieces a text has.
func (p *parser) join(s string, line int) {
	if f := p.open[len(p.open)-1]; len(p.pile) > f.mark && p.pile[len(p.pile)-1].Kind == Text {
		last := p.pile[len(p.pile)-1]
		if p.joining != last {
			p.joining, p.joint = last, new(strings.Builder)
			p.joint.WriteString(last.Text)
		}
		p.joint.WriteString(s)
		last.Text = p.joint.String()
		return
	}
	n := p.store.node()
	n.Kind, n.Text, n.Line = Text, s, int32(line)
	p.pile = append(p.pile, n)
}

// unescape resolves references, and reads every kind of line end as the given byte; white space of
// attribute values becomes blanks (XML 1.0, sections 2.11 and 3.3.3).
func (p *parser) unescape(s string, line int, lineEnd byte) (string, error) {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			line++
			b.WriteByte(lineEnd)
		case c == '\r':
			if i+1 < len(s) && s[i+1] == '\n' {
				continue // the line feed speaks for both
			}
			b.WriteByte(lineEnd)
		case c == '\t' && lineEnd == ' ':
			b.WriteByte(' ')
		case c == '&':
			end := strings.IndexByte(s[i:], ';')
			r := rune(-1)
			if end > 0 {
				r = reference(s[i+1 : i+end])
			}
			if r < 0 {
				return "", &SyntaxError{line, "unknown reference " + strconv.Quote(clip(s[i:], 12)) + ": write &amp; for an ampersand"}
			}
			b.WriteRune(r)
			i += end
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// reference is the character that &name; stands for, -1: none.
func reference(name string) rune {
	switch name {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return -1
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	v, err := strconv.ParseUint(digits, base, 32)
	r := rune(v)
	switch {
	case err != nil, v > utf8.MaxRune, !utf8.ValidRune(r), r == 0xFFFE, r == 0xFFFF:
		return -1
	case r < utf8.RuneSelf && class[r]&forbidden != 0:
		return -1
	}
	return r
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}
