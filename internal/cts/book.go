package cts

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/cts/drive"
	"heartbeat/internal/lab/spans"
)

// A book notes which machine carried which service address when, as the kernels tell.
type book struct {
	*spans.Book
	driver drive.Driver
	ctx    context.Context
	end    context.CancelFunc
	wg     sync.WaitGroup
}

func newBook(d drive.Driver) *book {
	ctx, end := context.WithCancel(context.Background())
	return &book{Book: spans.New(), driver: d, ctx: ctx, end: end}
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
				b.Note(c.Addr, role, c.Added, c.At)
			}
		}
		for addr := range service { // power is off, and with it all addresses
			b.Note(addr, role, false, time.Now())
		}
	})
	return nil
}

func (b *book) close() {
	b.end()
	b.wg.Wait()
}

// owners are the nodes of the cluster that carry an address now, joined by +, and since when it is these.
func (b *book) owners(addr netip.Addr) (who string, since time.Time) {
	names, since := b.Owners(addr, drive.R3)
	if len(names) == 0 {
		return "nobody", since
	}
	return strings.Join(names, "+"), since
}

// double is how long since a time two nodes carried an address at once.
func (b *book) double(addr netip.Addr, from time.Time) (sum time.Duration) {
	for _, o := range b.Overlaps(from, drive.R3) {
		if o.Addr == addr {
			sum += o.Took
		}
	}
	return sum
}
