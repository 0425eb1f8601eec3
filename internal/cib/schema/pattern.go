package schema

// A pattern is what may still come in an element. Patterns are numbers in a book, equal ones have equal numbers, so
// that steps between them can be remembered.
type pattern int32

const (
	never  pattern = iota // nothing is right any more
	nought                // nothing needs to come
	anything
)

type shape uint8

const (
	shapeNever shape = iota
	shapeNought
	shapeAnything
	shapeChild  // what: number of the definition
	shapeAttr   // what: number of the attribute leaf
	shapeSeq    // a, then b
	shapeMix    // a and b in any order
	shapeChoice // a or b
	shapeMany   // a, at least once
)

type node struct {
	shape shape
	a, b  pattern
	what  int32
}

// A book holds patterns.
type book struct {
	nodes []node
	index map[node]pattern
}

func newBook() *book {
	b := &book{index: map[node]pattern{}}
	for _, s := range []shape{shapeNever, shapeNought, shapeAnything} {
		b.add(node{shape: s})
	}
	return b
}

func (b *book) add(n node) pattern {
	if p, ok := b.index[n]; ok {
		return p
	}
	p := pattern(len(b.nodes))
	b.nodes = append(b.nodes, n)
	b.index[n] = p
	return p
}

func (b *book) child(def int32) pattern { return b.add(node{shape: shapeChild, what: def}) }
func (b *book) attr(leaf int32) pattern { return b.add(node{shape: shapeAttr, what: leaf}) }

func (b *book) seq(x, y pattern) pattern { return b.both(shapeSeq, x, y) }
func (b *book) mix(x, y pattern) pattern { return b.both(shapeMix, x, y) }

func (b *book) both(s shape, x, y pattern) pattern {
	switch {
	case x == never || y == never:
		return never
	case x == nought:
		return y
	case y == nought:
		return x
	}
	return b.add(node{shape: s, a: x, b: y})
}

func (b *book) choice(x, y pattern) pattern {
	if x == never || b.offers(y, x) {
		return y
	}
	if y == never || b.offers(x, y) {
		return x
	}
	return b.add(node{shape: shapeChoice, a: x, b: y})
}

// offers says whether y is x or one of the alternatives of x.
func (b *book) offers(x, y pattern) bool {
	for {
		if x == y {
			return true
		}
		n := b.nodes[x]
		if n.shape != shapeChoice {
			return false
		}
		if b.offers(n.a, y) {
			return true
		}
		x = n.b
	}
}

func (b *book) many(x pattern) pattern {
	if x == never || x == nought {
		return x
	}
	return b.add(node{shape: shapeMany, a: x})
}

// optional says whether nothing more needs to come.
func (b *book) optional(p pattern) bool {
	n := b.nodes[p]
	switch n.shape {
	case shapeNought, shapeAnything:
		return true
	case shapeSeq, shapeMix:
		return b.optional(n.a) && b.optional(n.b)
	case shapeChoice:
		return b.optional(n.a) || b.optional(n.b)
	case shapeMany:
		return b.optional(n.a)
	}
	return false
}

// afterChild is what may come after a child of that definition.
func (b *book) afterChild(p pattern, def int32) pattern {
	n := b.nodes[p]
	switch n.shape {
	case shapeChild:
		if n.what == def {
			return nought
		}
	case shapeChoice:
		return b.choice(b.afterChild(n.a, def), b.afterChild(n.b, def))
	case shapeSeq:
		after := b.seq(b.afterChild(n.a, def), n.b)
		if b.optional(n.a) {
			after = b.choice(after, b.afterChild(n.b, def))
		}
		return after
	case shapeMix:
		return b.choice(b.mix(b.afterChild(n.a, def), n.b), b.mix(n.a, b.afterChild(n.b, def)))
	case shapeMany:
		return b.seq(b.afterChild(n.a, def), b.choice(p, nought))
	}
	return never
}

// afterAttr is what may come after an attribute that the leaves in fits are right for.
func (b *book) afterAttr(p pattern, fits func(leaf int32) bool) pattern {
	n := b.nodes[p]
	switch n.shape {
	case shapeAttr:
		if fits(n.what) {
			return nought
		}
	case shapeChoice:
		return b.choice(b.afterAttr(n.a, fits), b.afterAttr(n.b, fits))
	case shapeSeq:
		return b.choice(b.seq(b.afterAttr(n.a, fits), n.b), b.seq(n.a, b.afterAttr(n.b, fits)))
	case shapeMix:
		return b.choice(b.mix(b.afterAttr(n.a, fits), n.b), b.mix(n.a, b.afterAttr(n.b, fits)))
	case shapeMany:
		return b.seq(b.afterAttr(n.a, fits), b.choice(p, nought))
	}
	return never
}

// closed is what may come after the last attribute; never when one is missing.
func (b *book) closed(p pattern) pattern {
	n := b.nodes[p]
	switch n.shape {
	case shapeAttr:
		return never
	case shapeChoice:
		return b.choice(b.closed(n.a), b.closed(n.b))
	case shapeSeq:
		return b.seq(b.closed(n.a), b.closed(n.b))
	case shapeMix:
		return b.mix(b.closed(n.a), b.closed(n.b))
	case shapeMany:
		return b.many(b.closed(n.a))
	}
	return p
}

// missing finds the fewest things of one shape (attributes or children) without which p cannot end; ok is false when p cannot end at all.
func (b *book) missing(p pattern, want shape, price func(what int32) int) (list []int32, ok bool) {
	n := b.nodes[p]
	switch n.shape {
	case shapeNever:
		return nil, false
	case want:
		return []int32{n.what}, true
	case shapeChoice:
		x, okX := b.missing(n.a, want, price)
		y, okY := b.missing(n.b, want, price)
		if !okX || okY && cost(y, price) < cost(x, price) {
			return y, okY
		}
		return x, true
	case shapeSeq, shapeMix:
		x, okX := b.missing(n.a, want, price)
		y, okY := b.missing(n.b, want, price)
		return append(x[:len(x):len(x)], y...), okX && okY
	case shapeMany:
		return b.missing(n.a, want, price)
	}
	return nil, true
}

func cost(list []int32, price func(int32) int) (sum int) {
	for _, w := range list {
		sum += price(w)
	}
	return sum
}

// next adds the definitions of children that may come now.
func (b *book) next(p pattern, found map[int32]bool) {
	n := b.nodes[p]
	switch n.shape {
	case shapeChild:
		found[n.what] = true
	case shapeSeq:
		b.next(n.a, found)
		if b.optional(n.a) {
			b.next(n.b, found)
		}
	case shapeMix, shapeChoice:
		b.next(n.a, found)
		b.next(n.b, found)
	case shapeMany:
		b.next(n.a, found)
	}
}
