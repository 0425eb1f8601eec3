package cts

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/cts/drive"
)

// A book notes which machine carried which service address when, as the kernels tell.
type book struct {
	driver drive.Driver
	ctx    context.Context
	end    context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex
	spans []*span
	news  chan struct{} // closed and replaced with every change
}

// A span is a time in which a machine carried an address.
type span struct {
	Addr     netip.Addr
	Node     string
	From, To time.Time // To zero: it lasts
}

func newBook(d drive.Driver) *book {
	ctx, end := context.WithCancel(context.Background())
	return &book{driver: d, ctx: ctx, end: end, news: make(chan struct{})}
}

// follow notes the addresses of a machine until it goes off.
func (b *book) follow(role string) error {
	changes, err := b.driver.Watch(b.ctx, role)
	if err != nil {
		return err
	}
	service := map[netip.Addr]bool{}
	for _, g := range groups {
		service[b.driver.Service(g.name).Addr()] = true
	}
	b.wg.Go(func() {
		for c := range changes {
			if service[c.Addr] {
				b.note(c.Addr, role, c.Added, c.At)
			}
		}
		for addr := range service { // power is off, and with it all addresses
			b.note(addr, role, false, time.Now())
		}
	})
	return nil
}

// note opens or closes a span; what is known already changes nothing.
func (b *book) note(addr netip.Addr, node string, added bool, at time.Time) {
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
		b.spans = append(b.spans, &span{Addr: addr, Node: node, From: at})
	}
}

func (b *book) close() {
	b.end()
	b.wg.Wait()
}

// changed is closed at the next change.
func (b *book) changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.news
}

// owners are the nodes that carry an address now, joined by +, and since when it is these.
func (b *book) owners(addr netip.Addr) (who string, since time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for _, s := range b.spans {
		if s.Addr != addr || s.Node == drive.R3 {
			continue
		}
		since = latest(since, s.From, s.To)
		if s.To.IsZero() {
			names = append(names, s.Node)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "nobody", since
	}
	return strings.Join(names, "+"), since
}

// double is how long since a time two nodes carried an address at once.
func (b *book) double(addr netip.Addr, from time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, sum := time.Now(), time.Duration(0)
	for i, s := range b.spans {
		for _, o := range b.spans[:i] {
			if s.Addr != addr || o.Addr != addr || s.Node == o.Node || s.Node == drive.R3 || o.Node == drive.R3 {
				continue
			}
			if both := earliest(s.end(now), o.end(now)).Sub(latest(s.From, o.From, from)); both > 0 {
				sum += both
			}
		}
	}
	return sum
}

func (s *span) end(now time.Time) time.Time {
	if s.To.IsZero() {
		return now
	}
	return s.To
}

// since copies the spans that touch the time from then on.
func (b *book) since(from time.Time) (out []span) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.spans {
		if s.To.IsZero() || s.To.After(from) {
			out = append(out, *s)
		}
	}
	return out
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
