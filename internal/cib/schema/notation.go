package schema

import (
	"fmt"
	"strings"
)

// A term is a piece of a grammar as it is written, before a generation is chosen.
type term struct {
	op    termOp
	name  string // of an element or a piece; of an attribute
	typ   *kind  // of an attribute
	in    span   // generations that have it
	parts []*term
}

type termOp uint8

const (
	opEmpty termOp = iota
	opAny
	opElement
	opPiece // $name
	opAttr
	opSeq
	opMix
	opChoice
	opMaybe
	opMany // at least one
	opStar
)

// A kind is the type of an attribute: a named one, or words that are allowed or not allowed.
type kind struct {
	name  string
	words []word
	not   bool // anything but the words
}

type word struct {
	text string
	in   span
}

// parseGrammar reads lines of name = pattern.
func parseGrammar(text string) (rules map[string]*term, order []string, err error) {
	rules = map[string]*term{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, body, ok := strings.Cut(line, " = ")
		if !ok {
			return nil, nil, fmt.Errorf("no pattern in %q", line)
		}
		r := reader{text: body}
		t, err := r.pattern()
		if err == nil && r.rest() != "" {
			err = fmt.Errorf("%q is left over", r.rest())
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if rules[name] != nil {
			return nil, nil, fmt.Errorf("%s stands twice", name)
		}
		rules[name] = t
		order = append(order, name)
	}
	return rules, order, nil
}

// A reader reads one pattern.
type reader struct {
	text string
	pos  int
}

func (r *reader) rest() string { return strings.TrimLeft(r.text[r.pos:], " ") }

func (r *reader) peek() byte {
	for r.pos < len(r.text) && r.text[r.pos] == ' ' {
		r.pos++
	}
	if r.pos == len(r.text) {
		return 0
	}
	return r.text[r.pos]
}

// until reads up to one of the bytes, which is read too.
func (r *reader) until(end byte) (string, error) {
	i := strings.IndexByte(r.text[r.pos:], end)
	if i < 0 {
		return "", fmt.Errorf("no %q after %q", end, r.text[r.pos:])
	}
	s := r.text[r.pos : r.pos+i]
	r.pos += i + 1
	return s, nil
}

func (r *reader) name() string {
	from := r.pos
	for r.pos < len(r.text) && !strings.ContainsRune(" ,&|?*+()[]={}@!", rune(r.text[r.pos])) {
		r.pos++
	}
	return r.text[from:r.pos]
}

// pattern reads parts that are joined by one kind of sign; parentheses separate kinds.
func (r *reader) pattern() (*term, error) {
	var parts []*term
	var sign byte
	for {
		t, err := r.part()
		if err != nil {
			return nil, err
		}
		parts = append(parts, t)
		c := r.peek()
		if c != ',' && c != '&' && c != '|' {
			break
		}
		if sign != 0 && c != sign {
			return nil, fmt.Errorf("%q and %q without parentheses", sign, c)
		}
		sign = c
		r.pos++
	}
	switch sign {
	case '&':
		return &term{op: opMix, parts: parts}, nil
	case '|':
		return &term{op: opChoice, parts: parts}, nil
	}
	return &term{op: opSeq, parts: parts}, nil
}

func (r *reader) part() (t *term, err error) {
	var in span
	if r.peek() == '[' {
		r.pos++
		text, err := r.until(']')
		if err != nil {
			return nil, err
		}
		if in, err = parseSpan(text); err != nil {
			return nil, err
		}
	}
	switch r.peek() {
	case '(':
		r.pos++
		if t, err = r.pattern(); err != nil {
			return nil, err
		}
		if r.peek() != ')' {
			return nil, fmt.Errorf("no ) before %q", r.rest())
		}
		r.pos++
	case '@':
		r.pos++
		if t, err = r.attribute(); err != nil {
			return nil, err
		}
	case '$':
		r.pos++
		t = &term{op: opPiece, name: "$" + r.name()}
	default:
		switch name := r.name(); name {
		case "":
			return nil, fmt.Errorf("nothing before %q", r.rest())
		case "any":
			t = &term{op: opAny}
		case "empty":
			t = &term{op: opEmpty}
		default:
			t = &term{op: opElement, name: name}
		}
	}
	switch r.peek() {
	case '?':
		t = &term{op: opMaybe, parts: []*term{t}}
		r.pos++
	case '*':
		t = &term{op: opStar, parts: []*term{t}}
		r.pos++
	case '+':
		t = &term{op: opMany, parts: []*term{t}}
		r.pos++
	}
	if in != (span{}) {
		t = &term{op: opSeq, parts: []*term{t}, in: in}
	}
	return t, nil
}

func (r *reader) attribute() (*term, error) {
	t := &term{op: opAttr, name: r.name(), typ: &kind{name: "text"}}
	if r.pos == len(r.text) || r.text[r.pos] != '=' {
		return t, nil
	}
	r.pos++
	t.typ = &kind{}
	if r.peek() == '!' {
		t.typ.not = true
		r.pos++
	}
	if r.peek() != '{' {
		t.typ.name = r.name()
		return t, nil
	}
	r.pos++
	list, err := r.until('}')
	if err != nil {
		return nil, err
	}
	for text := range strings.SplitSeq(list, "|") {
		w := word{text: text}
		if spans, ok := strings.CutPrefix(text, "["); ok {
			in, rest, _ := strings.Cut(spans, "]")
			if w.in, err = parseSpan(in); err != nil {
				return nil, err
			}
			w.text = rest
		}
		t.typ.words = append(t.typ.words, w)
	}
	return t, nil
}
