package address

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/netif"
)

const (
	// fightWindow and fightLimit keep a quarrel with another program about an
	// address from filling a processor: so many repairs at once, then one a window.
	fightWindow = time.Second
	fightLimit  = 10
	// remember is how long repairs and rivals are counted.
	remember = time.Minute
)

// run is the keeper's goroutine.
func (k *Keeper) run(w *netif.Watch) {
	defer close(k.done)
	defer w.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		change := netif.Change{}
		select {
		case <-k.quit:
			return
		case <-w.C():
			change = w.Take()
		case c := <-k.claims:
			k.claimed(c)
		case <-k.wake:
		case <-timer.C:
		}
		k.mu.Lock()
		events, again := k.look(change, time.Now())
		next := k.announce(time.Now())
		k.ledger.flush()
		k.mu.Unlock()
		for _, e := range events {
			k.cfg.Record(e)
		}
		if again {
			next = sooner(next, time.Now().Add(fightWindow))
		}
		if next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(time.Until(next), 0))
		}
	}
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// look compares what is held with what is there. It returns what happened, and
// whether something could not be mended now. The lock is held.
func (k *Keeper) look(c netif.Change, now time.Time) (events []event.Event, again bool) {
	for _, h := range k.holds {
		if slices.Contains(c.Returned, h.link.Index) && h.port != nil {
			h.burst.restart(now)
		}
	}
	if len(k.holds) == 0 || !c.Addresses && !k.unmended() {
		return nil, false
	}
	n, err := read(k.cfg.Kernel, false)
	if err != nil {
		return nil, true
	}
	for _, h := range k.holds {
		if slices.ContainsFunc(n.addrs, h.addr.Same) {
			continue
		}
		e, done := k.mend(h, n, now)
		again = again || !done
		if e.Kind != nil {
			events = append(events, e)
		}
	}
	return events, again
}

// unmended says whether a repair was put off.
func (k *Keeper) unmended() bool {
	return slices.ContainsFunc(k.holds, func(h *hold) bool { return len(h.mended) > 0 })
}

// mend puts a lost address back; not done: it is worth another try soon.
func (k *Keeper) mend(h *hold, n network, now time.Time) (event.Event, bool) {
	h.mended = slices.DeleteFunc(h.mended, func(t time.Time) bool { return now.Sub(t) > remember })
	recent := 0
	for _, t := range h.mended {
		if now.Sub(t) < fightWindow {
			recent++
		}
	}
	if recent >= fightLimit {
		return event.Event{}, false
	}
	link, ok := netif.LinkNamed(n.links, h.link.Name)
	if !ok || !link.Up {
		return event.Event{}, true // its return is a change of its own
	}
	if link.Index != h.link.Index || link.MAC != h.link.MAC {
		k.moveTo(h, link)
	}
	if err := k.cfg.Kernel.AddAddress(h.addr); err != nil && !errors.Is(err, netif.ErrExists) {
		h.mended = append(h.mended, now)
		return event.Event{}, false
	}
	h.mended = append(h.mended, now)
	if h.port != nil {
		_ = h.announceNow(now) // repeated by the burst
	}
	return h.restored(), true
}

// moveTo follows an interface that was made anew under its old name.
func (k *Keeper) moveTo(h *hold, link netif.Link) {
	if h.deaf != nil {
		h.deaf()
	}
	if h.port != nil {
		k.closePort(h.link.Index)
	}
	h.deaf, h.port = nil, nil
	h.link, h.addr.Link = link, link.Index
	if k.listen(h) != nil {
		h.port = nil
	}
}

func (h *hold) restored() event.Event {
	text := fmt.Sprintf("Service address %s was removed from %s by something else; it is back and announced.", h.addr, h.link.Name)
	if n := len(h.mended); n >= 3 {
		text += fmt.Sprintf(" That is %d times within a minute: with systemd-networkd set KeepConfiguration=yes for %s, with NetworkManager set it unmanaged.", n, h.link.Name)
	}
	return event.Event{
		Kind: event.AddressRestored, Subject: h.name, Text: text,
		Attrs: []event.Attr{{Key: "address", Value: h.addr.String()}, {Key: "interface", Value: h.link.Name}, {Key: "times", Value: strconv.Itoa(len(h.mended))}},
	}
}
