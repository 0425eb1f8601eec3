package address

import (
	"errors"
	"maps"
	"slices"

	"heartbeat/internal/netif"
)

// sharedPort is one socket pair for all addresses of an interface.
type sharedPort struct {
	netif.Port
	users int
}

// listen opens the port of a hold and begins to hear claims. The lock is held.
func (k *Keeper) listen(h *hold) error {
	p, err := k.portOf(h.link)
	if errors.Is(err, netif.ErrNoEthernet) {
		return nil // loopback, tunnels: there is nobody to tell
	}
	if err != nil {
		return err
	}
	p.users++
	h.port = p
	h.deaf = p.Listen(h.addr.IP, func(c netif.Claim) {
		select {
		case k.claims <- c:
		default: // a rival that floods is heard again
		}
	})
	return nil
}

// portOf returns the port of an interface, opened if need be. The lock is held.
func (k *Keeper) portOf(link netif.Link) (*sharedPort, error) {
	if p := k.ports[link.Index]; p != nil {
		return p, nil
	}
	port, err := k.cfg.Kernel.OpenPort(link)
	if err != nil {
		return nil, err
	}
	p := &sharedPort{Port: port}
	k.ports[link.Index] = p
	return p, nil
}

// Ready opens what taking the address will need, so that the taking itself is one
// request to the kernel and one frame. It changes nothing on this machine and may fail:
// then Take opens it, or says what is wrong.
func (k *Keeper) Ready(s Spec) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.start(); err != nil {
		return err
	}
	n, err := read(k.cfg.Kernel, true)
	if err != nil {
		return err
	}
	_, link, err := s.resolve(n)
	if err != nil || k.ready[link.Index] {
		return err
	}
	p, err := k.portOf(link)
	if err != nil {
		return err
	}
	p.users++ // by readiness itself, until Close
	k.ready[link.Index] = true
	return nil
}

// unready gives up what Ready opened. The lock is held.
func (k *Keeper) unready() {
	for _, link := range slices.Sorted(maps.Keys(k.ready)) {
		delete(k.ready, link)
		k.closePort(link)
	}
}

// closePort ends the use of a port. The lock is held, which the receiving goroutine never takes.
func (k *Keeper) closePort(link int) {
	p := k.ports[link]
	if p == nil {
		return
	}
	if p.users--; p.users == 0 {
		delete(k.ports, link)
		// The kernel waits for all its readers before a packet socket is gone: 10 to 20 ms that a
		// release, and so the service's outage, need not last. Nothing is heard any more: the ears are closed.
		go p.Close()
	}
}
