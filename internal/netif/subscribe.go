package netif

import (
	"errors"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	// eventBuffer is the receive buffer of an event socket in bytes; bursts of some thousand events fit.
	eventBuffer = 1 << 20
	// rereadEvery bounds the delay of a reaction whose event was lost.
	rereadEvery = 10 * time.Second
	// resubscribeAfter is the pause after a subscription ended with an error.
	resubscribeAfter = 20 * time.Millisecond
)

// subscribe turns kernel events into changes until the kernel is closed. The
// library ends a subscription at its first error (an overflow included) by
// closing the channel, so it is opened again and everything counts as changed.
func (k *kernel) subscribe() {
	reread := time.NewTicker(rereadEvery)
	defer reread.Stop()
	seen := map[int]sending{}
	for k.ctx.Err() == nil {
		k.listen(seen, reread.C)
		select {
		case <-k.ctx.Done():
		case <-time.After(resubscribeAfter):
		}
	}
}

// listen serves one pair of subscriptions until either ends.
func (k *kernel) listen(seen map[int]sending, reread <-chan time.Time) {
	done := make(chan struct{})
	addrs, links := make(chan netlink.AddrUpdate, 64), make(chan netlink.LinkUpdate, 64)
	defer drain(addrs, links, done)
	ignore := func(error) {} // the closed channel tells it
	if err := netlink.AddrSubscribeWithOptions(addrs, done, netlink.AddrSubscribeOptions{
		ErrorCallback: ignore, ReceiveBufferSize: eventBuffer,
	}); err != nil {
		close(addrs)
		close(links)
		return
	}
	if err := netlink.LinkSubscribeWithOptions(links, done, netlink.LinkSubscribeOptions{
		ErrorCallback: ignore, ReceiveBufferSize: eventBuffer,
	}); err != nil {
		close(links)
		return
	}
	k.compareLinks(seen)
	for {
		select {
		case <-k.ctx.Done():
			return
		case <-reread:
			k.watches.tell(Change{Addresses: true, Links: true})
		case _, ok := <-addrs:
			if !ok {
				return
			}
			k.watches.tell(Change{Addresses: true})
		case u, ok := <-links:
			if !ok {
				return
			}
			k.linkChanged(seen, u)
		}
	}
}

// sending is how an interface sends; when it changes for the better, the network must learn our addresses again.
type sending struct {
	carrier bool
	slave   int // index of the active slave of a bond, 0: none
}

func sendingOf(l netlink.Link) sending {
	s := sending{carrier: toLink(l.Attrs()).Carrier}
	if b, ok := l.(*netlink.Bond); ok {
		s.slave = b.ActiveSlave
	}
	return s
}

// note remembers how l sends now and says whether that is a return.
func note(seen map[int]sending, l netlink.Link) bool {
	index, now := l.Attrs().Index, sendingOf(l)
	was, known := seen[index]
	seen[index] = now
	return known && now.carrier && (!was.carrier || was.slave != now.slave)
}

// compareLinks notes who can send now, and tells what returned while nobody listened.
func (k *kernel) compareLinks(seen map[int]sending) {
	list, err := k.h.LinkList()
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) {
		return // the next link event notes its link
	}
	change := Change{Addresses: true, Links: true}
	for _, l := range list {
		if note(seen, l) {
			change.Returned = append(change.Returned, l.Attrs().Index)
		}
	}
	k.watches.tell(change)
}

func (k *kernel) linkChanged(seen map[int]sending, u netlink.LinkUpdate) {
	change := Change{Addresses: true, Links: true}
	switch {
	case u.Header.Type == unix.RTM_DELLINK:
		delete(seen, u.Attrs().Index)
	case note(seen, u.Link):
		change.Returned = []int{u.Attrs().Index}
	}
	k.watches.tell(change)
}

// drain ends the subscriptions; the library's goroutines may be blocked on a full channel.
func drain(addrs <-chan netlink.AddrUpdate, links <-chan netlink.LinkUpdate, done chan struct{}) {
	close(done)
	go func() {
		for range addrs {
		}
	}()
	go func() {
		for range links {
		}
	}()
}
