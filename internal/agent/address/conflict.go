package address

import (
	"context"
	"fmt"
	"slices"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/netif"
)

// The probe of CheckRefuse: two questions, and as long again for the last answer.
const (
	probes     = 2
	probeEvery = 100 * time.Millisecond
)

// ask probes before the address is taken; a rival is an error.
func (k *Keeper) ask(ctx context.Context, h *hold) error {
	rival := make(chan netif.MAC, 1)
	stop := h.port.Listen(h.addr.IP, func(c netif.Claim) {
		select {
		case rival <- c.MAC:
		default:
		}
	})
	defer stop()
	for range probes {
		if err := h.port.Probe(h.addr.IP); err != nil {
			return fail(CodeGeneric, "cannot ask whether %s is free: %v", h.addr.IP, err)
		}
		timer := time.NewTimer(probeEvery)
		for waiting := true; waiting; {
			select {
			case mac := <-rival:
				if k.own(mac) {
					continue
				}
				timer.Stop()
				k.cfg.Record(h.conflict(mac, "It is not taken."))
				return fail(CodeGeneric, "%s is in use by the machine with the MAC address %s (heard on %s); it is not taken", h.addr.IP, mac, h.link.Name)
			case <-timer.C:
				waiting = false
			case <-ctx.Done():
				timer.Stop()
				return fail(CodeGeneric, "interrupted while asking whether %s is free", h.addr.IP)
			}
		}
	}
	return nil
}

// own says that the address belongs to one of our interfaces: two of them on one
// network answer for each other.
func (k *Keeper) own(mac netif.MAC) bool {
	links, err := k.cfg.Kernel.Links()
	return err == nil && slices.ContainsFunc(links, func(l netif.Link) bool { return l.MAC == mac })
}

// claimed reports another machine that says it has a held address, once a minute.
func (k *Keeper) claimed(c netif.Claim) {
	if k.own(c.MAC) {
		return
	}
	var events []event.Event
	now := time.Now()
	k.mu.Lock()
	for _, h := range k.holds {
		if at, known := h.told[c.MAC]; h.addr.IP != c.IP || known && now.Sub(at) < remember {
			continue
		}
		if h.told == nil {
			h.told = map[netif.MAC]time.Time{}
		}
		if len(h.told) >= maxRivals {
			clear(h.told) // somebody plays with MAC addresses; memory stays bounded
		}
		h.told[c.MAC] = now
		events = append(events, h.conflict(c.MAC, "Both answer for it."))
	}
	k.mu.Unlock()
	for _, e := range events {
		k.cfg.Record(e)
	}
}

// maxRivals bounds what one address remembers.
const maxRivals = 64

func (h *hold) conflict(mac netif.MAC, what string) event.Event {
	return event.Event{
		Kind: event.AddressConflict, Subject: h.name,
		Text:  fmt.Sprintf("The machine with the MAC address %s claims service address %s on %s. %s", mac, h.addr.IP, h.link.Name, what),
		Attrs: []event.Attr{{Key: "address", Value: h.addr.IP.String()}, {Key: "interface", Value: h.link.Name}, {Key: "mac", Value: mac.String()}},
	}
}
