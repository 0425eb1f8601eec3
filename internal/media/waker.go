package media

import (
	"sync"

	"golang.org/x/sys/unix"
)

// waker is an eventfd. The mutex keeps a late Wake from writing into whatever file has been given the
// number of the closed descriptor; the goroutine of the Set takes it only to close.
type waker struct {
	mu sync.Mutex
	fd int // -1: closed
}

func (w *waker) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd >= 0 {
		one := [8]byte{0: 1, 7: 1} // not zero in either byte order
		unix.Write(w.fd, one[:])
	}
}

func (w *waker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fd >= 0 {
		unix.Close(w.fd)
		w.fd = -1
	}
}
