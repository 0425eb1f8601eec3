package shareddisk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/disk"
)

// An Asker asks one disk lock. A question that the disk does not answer in its time is answered with a failure, also while an
// I/O hangs; there is never more than one I/O under way.
type Asker struct {
	Path    string
	Lock    string // file on this machine: whoever holds it may do I/O, so that an old process whose I/O hangs keeps a new one away
	Session disk.Session
	Now     func() time.Time
	Answer  func(arbiter.Answered)

	waiting chan *question

	mu    sync.Mutex
	since time.Time // an I/O is under way; zero: none is

	dev  *device // belongs to Run, as what follows
	lock *os.File
}

// A question is open until somebody closes it: the disk, or its time.
type question struct {
	arbiter.Consult
	mu    sync.Mutex
	shut  bool
	timer *time.Timer
}

// close is true for the first who says it.
func (q *question) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := q.shut
	q.shut = true
	return !was
}

func (q *question) closed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.shut
}

// New makes it; Run does the work.
func New(path, lock string, s disk.Session, now func() time.Time, answer func(arbiter.Answered)) *Asker {
	return &Asker{Path: path, Lock: lock, Session: s, Now: now, Answer: answer, waiting: make(chan *question, 1)}
}

// Consult asks; it never blocks. It is called from one goroutine at a time.
func (a *Asker) Consult(c arbiter.Consult) {
	q := &question{Consult: c}
	q.timer = time.AfterFunc(c.Timeout, func() {
		if q.close() {
			a.fail(q, a.slow(c.Timeout))
		}
	})
	select {
	case old := <-a.waiting: // a newer question takes its place
		old.timer.Stop()
		old.close()
	default:
	}
	a.waiting <- q
}

func (a *Asker) fail(q *question, text string) {
	a.Answer(arbiter.Answered{Reference: q.Reference, Serial: q.Serial, Outcome: arbiter.Failed, Text: text})
}

// slow says why there is no answer.
func (a *Asker) slow(limit time.Duration) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.since.IsZero() {
		return fmt.Sprintf("it needs more than %v", limit)
	}
	return fmt.Sprintf("an I/O has been under way for %v", time.Since(a.since).Round(time.Millisecond))
}

// Run serves until ctx ends, or longer if an I/O hangs.
func (a *Asker) Run(ctx context.Context) {
	defer a.hangUp()
	for {
		select {
		case <-ctx.Done():
			return
		case q := <-a.waiting:
			if q.closed() {
				continue
			}
			ev := a.ask(q)
			if q.timer.Stop(); q.close() {
				ev.Reference, ev.Serial = q.Reference, q.Serial
				a.Answer(ev)
			}
		}
	}
}

func (a *Asker) hangUp() {
	if a.dev != nil {
		a.dev.close()
		a.dev = nil
	}
	if a.lock != nil {
		_ = a.lock.Close()
		a.lock = nil
	}
}

// busy marks the time of an I/O.
func (a *Asker) busy(do func() error) error {
	mark := func(t time.Time) {
		a.mu.Lock()
		a.since = t
		a.mu.Unlock()
	}
	mark(time.Now())
	defer mark(time.Time{})
	return do()
}

// ask leads one question to its answer.
func (a *Asker) ask(q *question) arbiter.Answered {
	if err := a.busy(a.ready); err != nil {
		return arbiter.Answered{Outcome: arbiter.Failed, Text: err.Error()}
	}
	do := a.Session.Begin(a.Now(), q.Consult)
	for do.Answer == nil {
		var area []byte
		err := a.busy(func() (err error) {
			if do.Read {
				area, err = a.dev.read()
				return err
			}
			return a.dev.write(do.Write, do.Offset)
		})
		if err != nil {
			a.dev.close() // the path may lead to another device by now
			a.dev = nil
		}
		switch {
		case q.closed():
			a.Session.Ended(!do.Read, err)
			return arbiter.Answered{}
		case do.Read:
			do = a.Session.Took(a.Now(), area, err)
		default:
			do = a.Session.Wrote(a.Now(), err)
		}
	}
	return *do.Answer
}

// ready opens what is not open.
func (a *Asker) ready() (err error) {
	if a.lock == nil {
		if a.lock, err = alone(a.Lock); err != nil {
			return err
		}
	}
	if a.dev == nil {
		a.dev, err = open(a.Path, 0)
	}
	return err
}

// alone makes this process the only one of the machine that does the I/O of this node.
func alone(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.New("an older heartbeat process of this node has not ended its I/O")
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}
