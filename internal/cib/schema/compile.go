package schema

import "strings"

// A definition is what an element may hold where it stands in one context.
type definition struct {
	tag   string
	body  pattern
	ready bool
	free  bool               // anything may stand in it
	attrs map[string][]int32 // leaves by name of attribute
	kids  map[string]int32   // definitions by tag
}

// A leaf is an attribute with its kind.
type leaf struct {
	name string
	kind *kind
}

// A Schema is the grammar of one generation, ready to judge documents. It remembers steps, so it gets faster; it is for one goroutine.
type Schema struct {
	version Version
	book    *book
	rules   map[string]*term
	defs    []definition
	byRule  map[string]int32
	leaves  []leaf
	leafOf  map[leaf]int32

	afterKid  map[kidStep]pattern
	afterAttr map[attrStep]pattern
	close     map[pattern]pattern
}

type kidStep struct {
	p   pattern
	def int32
}

type attrStep struct {
	p    pattern
	def  int32
	name string
	fits uint32 // which leaves of that name are right for the value
}

// For makes the grammar of a generation.
func For(v Version) *Schema {
	text := grammar
	if v < V1_0 {
		text = grammar06
	}
	rules, _, err := parseGrammar(text)
	if err != nil {
		panic("schema: the grammar cannot be read: " + err.Error()) // a test reads it
	}
	s := &Schema{
		version: v, book: newBook(), rules: rules, byRule: map[string]int32{}, leafOf: map[leaf]int32{},
		afterKid: map[kidStep]pattern{}, afterAttr: map[attrStep]pattern{}, close: map[pattern]pattern{},
	}
	s.define("cib")
	return s
}

// Version is the generation.
func (s *Schema) Version() Version { return s.version }

// lookup finds the rule of a name, and the context that % stands for in it.
func (s *Schema) lookup(name string) (t *term, context string) {
	if t = s.rules[name]; t != nil {
		_, context, _ = strings.Cut(name, ":")
		return t, context
	}
	base, context, ok := strings.Cut(name, ":")
	if !ok {
		return nil, ""
	}
	return s.rules[base+":%"], context
}

// define gives a rule of an element a number; what it holds is found out at the first use, because rules may hold themselves.
func (s *Schema) define(name string) int32 {
	if d, ok := s.byRule[name]; ok {
		return d
	}
	tag, _, _ := strings.Cut(name, ":")
	d := int32(len(s.defs))
	s.defs = append(s.defs, definition{tag: tag})
	s.byRule[name] = d
	if t, context := s.lookup(name); t == nil {
		panic("schema: the grammar names " + name + ", which it does not have")
	} else if len(t.parts) == 1 && t.parts[0].op == opAny {
		s.defs[d].free, s.defs[d].ready = true, true
	} else {
		work := &compiling{s: s, context: context, attrs: map[string][]int32{}, kids: map[string]int32{}}
		// The number is known by now, so a rule may hold itself.
		body := work.term(t)
		def := &s.defs[d]
		def.body, def.attrs, def.kids, def.ready = body, work.attrs, work.kids, true
	}
	return d
}

// compiling makes the pattern of one definition.
type compiling struct {
	s       *Schema
	context string
	attrs   map[string][]int32
	kids    map[string]int32
}

func (c *compiling) term(t *term) pattern {
	b := c.s.book
	switch t.op {
	case opAny:
		return anything
	case opElement:
		name := c.name(t.name)
		def := c.s.define(name)
		tag, _, _ := strings.Cut(name, ":")
		c.kids[tag] = def
		return b.child(def)
	case opPiece:
		name := c.name(t.name)
		piece, context := c.s.lookup(name)
		if piece == nil {
			panic("schema: the grammar names " + name + ", which it does not have")
		}
		outer := c.context
		if context != "" {
			c.context = context
		}
		p := c.term(piece)
		c.context = outer
		return p
	case opAttr:
		return b.attr(c.leaf(t))
	case opMaybe:
		return b.choice(c.term(t.parts[0]), nought)
	case opStar:
		return b.choice(b.many(c.term(t.parts[0])), nought)
	case opMany:
		return b.many(c.term(t.parts[0]))
	}
	return c.list(t)
}

// list joins the parts that the generation has.
func (c *compiling) list(t *term) pattern {
	b, p := c.s.book, nought
	if t.op == opChoice {
		p = never
	}
	for _, part := range t.parts {
		if !part.in.has(c.s.version) {
			continue
		}
		switch q := c.term(part); t.op {
		case opChoice:
			p = b.choice(p, q)
		case opMix:
			p = b.mix(p, q)
		default:
			p = b.seq(p, q)
		}
	}
	return p
}

func (c *compiling) name(name string) string {
	base, context, ok := strings.Cut(name, ":")
	if ok && context == "%" {
		return base + ":" + c.context
	}
	return name
}

func (c *compiling) leaf(t *term) int32 {
	l := leaf{t.name, t.typ}
	n, ok := c.s.leafOf[l]
	if !ok {
		n = int32(len(c.s.leaves))
		c.s.leaves = append(c.s.leaves, l)
		c.s.leafOf[l] = n
	}
	for _, have := range c.attrs[t.name] {
		if have == n {
			return n
		}
	}
	c.attrs[t.name] = append(c.attrs[t.name], n)
	return n
}

// attr is the step over an attribute; free: whatever its value is.
func (s *Schema) attr(p pattern, def int32, name, value string, free bool) pattern {
	leaves := s.defs[def].attrs[name]
	step := attrStep{p: p, def: def, name: name}
	for i, l := range leaves {
		if free || s.leaves[l].kind.fits(s.version, value) {
			step.fits |= 1 << i
		}
	}
	after, ok := s.afterAttr[step]
	if !ok {
		after = s.book.afterAttr(p, func(l int32) bool {
			for i, have := range leaves {
				if have == l {
					return step.fits&(1<<i) != 0
				}
			}
			return false
		})
		s.afterAttr[step] = after
	}
	return after
}

// closed is the step over the end of a start tag.
func (s *Schema) closed(p pattern) pattern {
	after, ok := s.close[p]
	if !ok {
		after = s.book.closed(p)
		s.close[p] = after
	}
	return after
}

// kid is the step over a child.
func (s *Schema) kid(p pattern, def int32) pattern {
	step := kidStep{p, def}
	after, ok := s.afterKid[step]
	if !ok {
		after = s.book.afterChild(p, def)
		s.afterKid[step] = after
	}
	return after
}
