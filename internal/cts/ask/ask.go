// Package ask puts numbered questions to a program at the other end of two pipes, in JSON, one a line, and sorts what
// comes back by number. A question may have one answer or many.
package ask

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// A Form says how questions and answers carry their number, and what the ends of the pipes are called.
type Form[Q, A any] struct {
	Number   func(*Q, uint64) // gives a question its number, from 1
	Of       func(*A) uint64  // the number of the question that an answer belongs to
	MostLine int              // longest line that is read, in bytes; a longer one ends the pipe
	Gone     error            // what a question ends with when the other side is gone
	Odd      func(line []byte)
	// Odd is told of a line that is no JSON; nil: it is torn by the end of a machine, and nobody wants to know.
}

// room is how many answers of one question wait unread before the reader of the pipe is held up.
const room = 64

// An Asker asks over one pair of pipes. It is safe for concurrent use.
type Asker[Q, A any] struct {
	form Form[Q, A]

	wmu sync.Mutex // guards out
	out io.WriteCloser

	mu      sync.Mutex // guards last, waiting
	last    uint64
	waiting map[uint64]*question[A]
	done    chan struct{} // closed when the pipe has ended
}

type question[A any] struct {
	to   chan A
	last func(*A) bool
}

// New asks over a pipe: what it writes to out the other side reads.
func New[Q, A any](in io.Reader, out io.WriteCloser, form Form[Q, A]) *Asker[Q, A] {
	a := &Asker[Q, A]{form: form, out: out, waiting: map[uint64]*question[A]{}, done: make(chan struct{})}
	go a.read(in)
	return a
}

// Done is closed when the other side is gone.
func (a *Asker[Q, A]) Done() <-chan struct{} { return a.done }

// Close says that no more questions come.
func (a *Asker[Q, A]) Close() error { return a.out.Close() }

func (a *Asker[Q, A]) read(in io.Reader) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, a.form.MostLine)
	for lines.Scan() {
		var answer A
		if err := json.Unmarshal(lines.Bytes(), &answer); err != nil {
			if a.form.Odd != nil {
				a.form.Odd(lines.Bytes())
			}
			continue
		}
		a.hand(answer)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	close(a.done)
	for id, q := range a.waiting {
		close(q.to)
		delete(a.waiting, id)
	}
}

func (a *Asker[Q, A]) hand(answer A) {
	id := a.form.Of(&answer)
	a.mu.Lock()
	q := a.waiting[id]
	last := q != nil && q.last(&answer)
	if last {
		delete(a.waiting, id)
	}
	a.mu.Unlock()
	if q == nil {
		return
	}
	q.to <- answer // who asks reads to the end, or drains
	if last {
		close(q.to)
	}
}

// Ask sends a question. Its answers come up to the one of which last says so; then the channel is closed, and earlier when the other side is
// gone. Whoever stops reading before hands the channel to Drain.
func (a *Asker[Q, A]) Ask(q Q, last func(*A) bool) (uint64, <-chan A, error) {
	to := make(chan A, room)
	a.mu.Lock()
	select {
	case <-a.done:
		a.mu.Unlock()
		return 0, nil, a.form.Gone
	default:
	}
	a.last++
	id := a.last
	a.waiting[id] = &question[A]{to, last}
	a.mu.Unlock()
	a.form.Number(&q, id)
	if err := a.Tell(q); err != nil {
		a.forget(id)
		return 0, nil, err
	}
	return id, to, nil
}

func (a *Asker[Q, A]) forget(id uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.waiting, id)
}

// Tell sends what has no answer of its own; the number in it is left alone.
func (a *Asker[Q, A]) Tell(q Q) error {
	line, err := json.Marshal(q)
	if err != nil {
		return err
	}
	a.wmu.Lock()
	defer a.wmu.Unlock()
	if _, err := a.out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%w: %w", a.form.Gone, err)
	}
	return nil
}

// Drain takes answers that nobody wants any more, so that the reader of the pipe is not held up.
func Drain[A any](answers <-chan A) {
	go func() {
		for range answers {
		}
	}()
}
