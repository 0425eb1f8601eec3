package interop

import (
	"context"
	"fmt"
	"net/netip"
	"sort"
	"strings"
	"sync"
	"time"

	"heartbeat/internal/lab"
	"heartbeat/internal/lab/spans"
)

// A book notes which machine carried which service address when, as the kernels tell.
type book struct {
	*spans.Book
	lab    *lab.Lab
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newBook(l *lab.Lab) *book {
	b := &book{Book: spans.New(), lab: l}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// follow notes the addresses of a machine until it goes off.
func (b *book) follow(node string) error {
	changes, err := b.lab.WatchAddrs(b.ctx, node)
	if err != nil {
		return err
	}
	one, two := netip.MustParseAddr(addrOne), netip.MustParseAddr(addrTwo)
	b.wg.Go(func() {
		for c := range changes {
			if addr := c.Prefix.Addr(); addr == one || addr == two {
				b.Note(addr, node, c.Added, c.At)
			}
		}
		for _, addr := range []netip.Addr{one, two} { // power is off, and with it all addresses
			b.Note(addr, node, false, time.Now())
		}
	})
	return nil
}

func (b *book) close() {
	b.cancel()
	b.wg.Wait()
}

// lateness is granted to the news of an address: it is dated when a process of the
// machine reads it, and on a busy host that may be after the next owner has begun.
const lateness = 100 * time.Millisecond

// doubles lists the times since from in which two machines carried one address.
func (b *book) doubles(from time.Time) (out []string) {
	for _, o := range b.Overlaps(from) {
		if o.Took > lateness {
			out = append(out, fmt.Sprintf("%s on both nodes for %v from %s", o.Addr, o.Took.Round(time.Millisecond), o.From.Format("15:04:05.000")))
		}
	}
	return out
}

// story tells the owners since from, for a failing test.
func (b *book) story(from time.Time) string {
	var lines []string
	for _, s := range b.Since(from) {
		to := "now"
		if !s.To.IsZero() {
			to = s.To.Format("15:04:05.000")
		}
		lines = append(lines, fmt.Sprintf("%s - %s  %s had %s", s.From.Format("15:04:05.000"), to, s.Node, s.Addr))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}
