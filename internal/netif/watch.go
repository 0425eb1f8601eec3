package netif

import (
	"slices"
	"sync"
)

// A Change says what to look at again.
type Change struct {
	Addresses bool  // an address or a link came or went, or events were lost
	Links     bool  // a link came, went or changed, or events were lost
	Returned  []int // links whose carrier came back, or which found a new active slave
}

// A Watch collects changes until they are taken; it needs no buffer and never overflows.
type Watch struct {
	c    chan struct{}
	stop func(*Watch)

	mu      sync.Mutex // guards pending
	pending Change
}

func newWatch(stop func(*Watch)) *Watch {
	return &Watch{c: make(chan struct{}, 1), stop: stop}
}

// C has a value while there is something to Take.
func (w *Watch) C() <-chan struct{} { return w.c }

// Take returns what changed since it was last called.
func (w *Watch) Take() Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.pending
	w.pending = Change{}
	return c
}

// Close ends the watch.
func (w *Watch) Close() { w.stop(w) }

func (w *Watch) tell(c Change) {
	w.mu.Lock()
	w.pending.Addresses = w.pending.Addresses || c.Addresses
	w.pending.Links = w.pending.Links || c.Links
	for _, l := range c.Returned {
		if !slices.Contains(w.pending.Returned, l) {
			w.pending.Returned = append(w.pending.Returned, l)
		}
	}
	w.mu.Unlock()
	select {
	case w.c <- struct{}{}:
	default: // it is told already
	}
}

// watches is a set of them.
type watches struct {
	mu  sync.Mutex // guards all
	all []*Watch
}

func (s *watches) add() *Watch {
	w := newWatch(s.remove)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, w)
	return w
}

func (s *watches) remove(w *Watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(o *Watch) bool { return o == w })
}

func (s *watches) tell(c Change) {
	s.mu.Lock()
	all := slices.Clone(s.all)
	s.mu.Unlock()
	for _, w := range all {
		w.tell(c)
	}
}
