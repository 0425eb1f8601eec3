package xmltree

// A store hands out memory in larger pieces: a document has thousands of small nodes, and one allocation for
// each would take longer than reading them. The pieces are small enough that a part of a tree that outlives the rest
// does not keep much of it.
type store struct {
	nodes []Node
	attrs []Attr
	kids  []*Node
	piece int // nodes in the next piece

	spans  *spans // of packed elements
	packed int    // spans that are taken
}

// Sizes of pieces, in nodes: about 12 kB at most.
const (
	smallest = 4
	largest  = 128
	// typical is the bytes of a document that make a node.
	typical = 100
)

// expect sizes the pieces by the document.
func (s *store) expect(bytes int) { s.piece = min(max(bytes/typical, smallest), largest) }

func (s *store) node() *Node {
	if len(s.nodes) == 0 {
		s.nodes = make([]Node, s.piece)
	}
	n := &s.nodes[0]
	s.nodes = s.nodes[1:]
	return n
}

// begin is where the attributes of an element begin.
func (s *store) begin() int { return len(s.attrs) }

// attr adds one to those that begin at from. When the piece is full they move to a new one.
func (s *store) attr(from int, a Attr) int {
	if len(s.attrs) == cap(s.attrs) {
		have := s.attrs[from:]
		s.attrs = append(make([]Attr, 0, max(2*s.piece, 2*len(have)+2)), have...)
		from = 0
	}
	s.attrs = append(s.attrs, a)
	return from
}

// attrsFrom is what was added since begin; whoever appends to it gets a copy.
func (s *store) attrsFrom(from int) []Attr {
	if from == len(s.attrs) {
		return nil
	}
	return s.attrs[from:len(s.attrs):len(s.attrs)]
}

func (s *store) children(list []*Node) []*Node {
	if len(list) == 0 {
		return nil
	}
	if len(s.kids) < len(list) {
		s.kids = make([]*Node, max(s.piece, len(list)))
	}
	out := s.kids[:len(list):len(list)]
	s.kids = s.kids[len(list):]
	copy(out, list)
	return out
}

// An interner remembers names by length and ends: documents have few different ones, and equal strings
// that share memory are compared at once. A name that loses its place costs nothing but that.
type interner struct{ seen [256]string }

func (t *interner) intern(s string) string {
	place := (uint(len(s))*31 ^ uint(s[0])*7 ^ uint(s[len(s)-1])*13 ^ uint(s[len(s)/2])) % uint(len(t.seen))
	if t.seen[place] == s {
		return t.seen[place]
	}
	t.seen[place] = s
	return s
}
