package interop

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/lab"
)

// A book notes which machine carried which service address when, as the kernels tell.
type book struct {
	lab    *lab.Lab
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex
	spans []*span
}

// A span is a time in which a machine carried an address.
type span struct {
	addr, node string
	from, to   time.Time // to: zero while it lasts
}

func newBook(l *lab.Lab) *book {
	b := &book{lab: l}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// follow notes the addresses of a machine until it goes off.
func (b *book) follow(node string) error {
	changes, err := b.lab.WatchAddrs(b.ctx, node)
	if err != nil {
		return err
	}
	b.wg.Go(func() {
		for c := range changes {
			if addr := c.Prefix.Addr().String(); addr == addrOne || addr == addrTwo {
				b.note(addr, node, c.Added, c.At)
			}
		}
		for _, addr := range []string{addrOne, addrTwo} { // power is off, and with it all addresses
			b.note(addr, node, false, time.Now())
		}
	})
	return nil
}

// note opens or closes a span; what is known already changes nothing.
func (b *book) note(addr, node string, added bool, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.spans {
		if s.addr == addr && s.node == node && s.to.IsZero() {
			if !added {
				s.to = at
			}
			return
		}
	}
	if added {
		b.spans = append(b.spans, &span{addr: addr, node: node, from: at})
	}
}

func (b *book) close() {
	b.cancel()
	b.wg.Wait()
}

// lateness is granted to the news of an address: it is dated when a process of the
// machine reads it, and on a busy host that may be after the next owner has begun.
const lateness = 100 * time.Millisecond

// doubles lists the times since from in which two machines carried one address.
func (b *book) doubles(from time.Time) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	var out []string
	for i, s := range b.spans {
		for _, o := range b.spans[:i] {
			if s.addr != o.addr || s.node == o.node {
				continue
			}
			begin, end := latest(s.from, o.from, from), earliest(s.end(now), o.end(now))
			if end.Sub(begin) > lateness {
				out = append(out, fmt.Sprintf("%s on both nodes for %v from %s", s.addr, end.Sub(begin).Round(time.Millisecond), begin.Format("15:04:05.000")))
			}
		}
	}
	return out
}

func (s *span) end(now time.Time) time.Time {
	if s.to.IsZero() {
		return now
	}
	return s.to
}

// story tells the owners since from, for a failing test.
func (b *book) story(from time.Time) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []string
	for _, s := range b.spans {
		if !s.to.IsZero() && s.to.Before(from) {
			continue
		}
		to := "now"
		if !s.to.IsZero() {
			to = s.to.Format("15:04:05.000")
		}
		lines = append(lines, fmt.Sprintf("%s - %s  %s had %s", s.from.Format("15:04:05.000"), to, s.node, s.addr))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func latest(ts ...time.Time) time.Time {
	m := ts[0]
	for _, t := range ts[1:] {
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
