package node

import "time"

// newest writes something as it changes. A loop that may not wait hands it over and goes on; only the newest matters, so one that the disk
// was too slow for is replaced.
type newest[T any] struct {
	store func(T) error
	told  func(error) // how every write went
	next  chan T
	end   chan struct{}
	ended chan struct{}
}

func newNewest[T any](told func(error), store func(T) error) *newest[T] {
	return &newest[T]{store: store, told: told, next: make(chan T, 1), end: make(chan struct{}), ended: make(chan struct{})}
}

// put takes what is to be stored; it never waits. Only one loop calls it.
func (w *newest[T]) put(v T) {
	select {
	case <-w.next: // outdated before it was written
	default:
	}
	w.next <- v
}

// run writes until close.
func (w *newest[T]) run() {
	defer close(w.ended)
	for {
		select {
		case v := <-w.next:
			w.told(w.store(v))
		case <-w.end:
			select {
			case v := <-w.next:
				w.told(w.store(v))
			default:
			}
			return
		}
	}
}

// close writes what waits, for a limited time.
func (w *newest[T]) close(patience time.Duration) {
	close(w.end)
	give := time.NewTimer(patience)
	defer give.Stop()
	select {
	case <-w.ended:
	case <-give.C:
	}
}
