// Package spans keeps the book of who had what when: which machine carried which service address, as the kernels tell. From it come
// the owners of a moment, and the times in which there were two.
package spans

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// A Span is a time in which a machine carried an address.
type Span struct {
	Addr     netip.Addr
	Node     string
	From, To time.Time // To zero: it lasts
}

// An Overlap is a time in which two machines carried one address.
type Overlap struct {
	Addr  netip.Addr
	Nodes [2]string
	From  time.Time
	Took  time.Duration
}

// A Book takes notes from any goroutine.
type Book struct {
	mu    sync.Mutex
	spans []*Span
	news  chan struct{} // closed and replaced with every note
}

// New begins an empty book.
func New() *Book { return &Book{news: make(chan struct{})} }

// Note opens or closes a span; what is known already changes nothing.
func (b *Book) Note(addr netip.Addr, node string, added bool, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() { close(b.news); b.news = make(chan struct{}) }()
	for _, s := range b.spans {
		if s.Addr == addr && s.Node == node && s.To.IsZero() {
			if !added {
				s.To = at
			}
			return
		}
	}
	if added {
		b.spans = append(b.spans, &Span{Addr: addr, Node: node, From: at})
	}
}

// Changed is closed at the next note.
func (b *Book) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.news
}

// Owners are the nodes that carry an address now, in the order of their names, and since when it is these. What the given nodes do does not count.
func (b *Book) Owners(addr netip.Addr, but ...string) (names []string, since time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.spans {
		if s.Addr != addr || slices.Contains(but, s.Node) {
			continue
		}
		since = latest(since, s.From, s.To)
		if s.To.IsZero() {
			names = append(names, s.Node)
		}
	}
	slices.Sort(names)
	return names, since
}

// Overlaps are the times since from in which two nodes carried one address. What the given nodes do does not count.
func (b *Book) Overlaps(from time.Time, but ...string) (out []Overlap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	for i, s := range b.spans {
		for _, o := range b.spans[:i] {
			if s.Addr != o.Addr || s.Node == o.Node || slices.Contains(but, s.Node) || slices.Contains(but, o.Node) {
				continue
			}
			begin := latest(s.From, o.From, from)
			if both := earliest(s.End(now), o.End(now)).Sub(begin); both > 0 {
				out = append(out, Overlap{s.Addr, [2]string{o.Node, s.Node}, begin, both})
			}
		}
	}
	return out
}

// Since copies the spans that touch the time from then on.
func (b *Book) Since(from time.Time) (out []Span) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.spans {
		if s.To.IsZero() || s.To.After(from) {
			out = append(out, *s)
		}
	}
	return out
}

// End is when the span ended; one that lasts ends now.
func (s *Span) End(now time.Time) time.Time {
	if s.To.IsZero() {
		return now
	}
	return s.To
}

func latest(ts ...time.Time) (m time.Time) {
	for _, t := range ts {
		if t.After(m) {
			m = t
		}
	}
	return m
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
