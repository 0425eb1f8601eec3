package timeline

import (
	"sync"
	"sync/atomic"
	"time"

	"heartbeat/internal/event"
)

// Kept is how many records stay in memory.
const Kept = 4096

// queued is how many events may wait for the timeline's goroutine; a burst of one
// event per node and link of the largest cluster fits.
const queued = 1024

// Config is what a timeline needs.
type Config struct {
	Node string
	// Sink is given every record in order, on the timeline's goroutine: the log. It must not block for long.
	Sink func(event.Record)
	// File is the journal; empty: none.
	File string
	// FileFailed is told once when the journal begins to fail and once (nil) when it works again.
	FileFailed func(error)
	Limit      int64            // of the journal in bytes; 0: DefaultLimit
	Now        func() time.Time // nil: time.Now
}

// A Timeline is safe for concurrent use.
type Timeline struct {
	cfg     Config
	in      chan stamped
	stop    chan struct{}
	done    chan struct{}
	dropped atomic.Uint64
	file    *journal

	mu      sync.Mutex
	ring    []event.Record // the last Kept records in order, from ring[start]
	start   int
	last    uint64        // ID of the newest record
	changed chan struct{} // closed and replaced at every record
}

type stamped struct {
	at time.Time
	event.Event
}

// New starts a timeline; Close ends it.
func New(cfg Config) *Timeline {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	t := &Timeline{cfg: cfg, in: make(chan stamped, queued), stop: make(chan struct{}), done: make(chan struct{}), changed: make(chan struct{})}
	if cfg.File != "" {
		t.file = startJournal(cfg)
	}
	go t.run()
	return t
}

// Add records an event with the time of now. It never blocks.
func (t *Timeline) Add(e event.Event) {
	select {
	case t.in <- stamped{t.cfg.Now(), e}:
	default:
		t.dropped.Add(1)
	}
}

// Dropped counts events that found the queue full, and lines that the journal lost.
func (t *Timeline) Dropped() (events, lines uint64) {
	if t.file != nil {
		lines = t.file.lost.Load()
	}
	return t.dropped.Load(), lines
}

// Close writes down what was added and ends the goroutines; what is added afterwards is forgotten.
// It waits for the disk no longer than patience.
func (t *Timeline) Close(patience time.Duration) {
	close(t.stop)
	<-t.done
	if t.file != nil {
		t.file.close(patience)
	}
}

func (t *Timeline) run() {
	defer close(t.done)
	for {
		select {
		case s := <-t.in:
			t.take(s)
		case <-t.stop:
			for {
				select {
				case s := <-t.in:
					t.take(s)
				default:
					return
				}
			}
		}
	}
}

func (t *Timeline) take(s stamped) {
	r := t.keep(s)
	if t.cfg.Sink != nil {
		t.cfg.Sink(r)
	}
	if t.file != nil {
		t.file.add(r)
	}
}

// keep gives the event its place and wakes the watchers.
func (t *Timeline) keep(s stamped) event.Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	r := event.Record{ID: t.last, At: s.at, Node: t.cfg.Node, Event: s.Event}
	if len(t.ring) < Kept {
		t.ring = append(t.ring, r)
	} else {
		t.ring[t.start] = r
		t.start = (t.start + 1) % Kept
	}
	close(t.changed)
	t.changed = make(chan struct{})
	return r
}

// After returns up to limit records with an ID above after, oldest first. Records that are no longer
// in memory are skipped; the gap shows in the IDs. A limit of 0 or less means all.
func (t *Timeline) After(after uint64, limit int) []event.Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.ring)
	skip := 0
	if first := t.last - uint64(n); after > first {
		skip = int(min(after-first, uint64(n)))
	}
	count := n - skip
	if limit > 0 {
		count = min(count, limit)
	}
	out := make([]event.Record, 0, count)
	for i := range count {
		out = append(out, t.ring[(t.start+skip+i)%n])
	}
	return out
}

// Changed returns a channel that is closed at the next record. Ask for it before After, then wait on it.
func (t *Timeline) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}
