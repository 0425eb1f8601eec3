package schema

import (
	"slices"
	"strings"
)

// A set is a set of generations: bit i is all[i].
type set uint32

func (in span) set() (s set) {
	for i, v := range all {
		if in.has(v) {
			s |= 1 << i
		}
	}
	return s
}

// Knowledge is what all generations have together: which elements, in which others, with which attributes.
type Knowledge struct {
	Elements map[string]*Element // by name
	seen     map[string]set      // rules that were walked through, with the generations
}

// An Element is what is known about the elements of one name.
type Element struct {
	Name  string
	Attrs map[string]*Attribute
	Kids  map[string]set
	in    set
}

// An Attribute is what is known about one attribute of an element.
type Attribute struct {
	Name  string
	kinds []*kind
	has   []set // which generations have each of the kinds
	in    set
}

// Know reads the grammars of all generations.
func Know() *Knowledge {
	k := &Knowledge{Elements: map[string]*Element{}}
	old, modern := span{to: Heartbeat2}.set(), span{from: V1_0}.set()
	for _, g := range [...]struct { // today's first: what is told of both begins with it
		text string
		in   set
	}{{grammar, modern}, {grammar06, old}} {
		rules, _, err := parseGrammar(g.text)
		if err != nil {
			panic("schema: the grammar cannot be read: " + err.Error()) // a test reads it
		}
		k.seen = map[string]set{}
		k.element(&Schema{rules: rules}, "cib", g.in)
	}
	return k
}

// element walks through the rule of an element, for generations that it has not been seen in.
func (k *Knowledge) element(s *Schema, name string, in set) {
	in &^= k.seen[name]
	if in == 0 {
		return
	}
	k.seen[name] |= in
	tag, _, _ := strings.Cut(name, ":")
	e := k.Elements[tag]
	if e == nil {
		e = &Element{Name: tag, Attrs: map[string]*Attribute{}, Kids: map[string]set{}}
		k.Elements[tag] = e
	}
	e.in |= in
	t, context := s.lookup(name)
	k.term(s, e, t, context, in)
}

func (k *Knowledge) term(s *Schema, e *Element, t *term, context string, in set) {
	in &= t.in.set()
	named := func() string { return (&compiling{context: context}).name(t.name) }
	switch {
	case in == 0:
	case t.op == opElement:
		tag, _, _ := strings.Cut(t.name, ":")
		e.Kids[tag] |= in
		k.element(s, named(), in)
	case t.op == opPiece:
		piece, inner := s.lookup(named())
		if inner == "" {
			inner = context
		}
		k.term(s, e, piece, inner, in)
	case t.op == opAttr:
		a := e.Attrs[t.name]
		if a == nil {
			a = &Attribute{Name: t.name}
			e.Attrs[t.name] = a
		}
		a.in |= in
		i := slices.Index(a.kinds, t.typ)
		if i < 0 {
			i = len(a.kinds)
			a.kinds, a.has = append(a.kinds, t.typ), append(a.has, 0)
		}
		a.has[i] |= in
	default:
		for _, part := range t.parts {
			k.term(s, e, part, context, in)
		}
	}
}

// when says in which generations an element may stand in a parent (empty: anywhere), or has an attribute; empty: in none.
func (c *checker) when(tag, parent, attr string) string {
	if c.all == nil {
		c.all = Know()
	}
	if attr != "" {
		if e := c.all.Elements[tag]; e != nil && e.Attrs[attr] != nil {
			return e.Attrs[attr].in.String()
		}
		return ""
	}
	if e := c.all.Elements[parent]; e != nil {
		return e.Kids[tag].String()
	}
	return ""
}

// String describes generations: "pacemaker-3.0 to 3.10", "pacemaker-3.6 and later".
func (s set) String() string {
	var runs []string
	for i := 0; i < len(all); i++ {
		if s&(1<<i) == 0 {
			continue
		}
		j := i
		for j+1 < len(all) && s&(1<<(j+1)) != 0 {
			j++
		}
		switch {
		case all[j] == Newest && i != j:
			runs = append(runs, all[i].Name()+" and later")
		case i == j:
			runs = append(runs, all[i].Name())
		default:
			runs = append(runs, all[i].Name()+" to "+all[j].String())
		}
		i = j
	}
	return strings.Join(runs, ", ")
}
