package address

import (
	"errors"

	"heartbeat/internal/netif"
)

// sharedPort is one socket pair for all addresses of an interface.
type sharedPort struct {
	netif.Port
	users int
}

// listen opens the port of a hold and begins to hear claims. The lock is held.
func (k *Keeper) listen(h *hold) error {
	p := k.ports[h.link.Index]
	if p == nil {
		port, err := k.cfg.Kernel.OpenPort(h.link)
		if errors.Is(err, netif.ErrNoEthernet) {
			return nil // loopback, tunnels: there is nobody to tell
		}
		if err != nil {
			return err
		}
		p = &sharedPort{Port: port}
		k.ports[h.link.Index] = p
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

// closePort ends the use of a port. The lock is held, which the receiving goroutine never takes.
func (k *Keeper) closePort(link int) {
	p := k.ports[link]
	if p == nil {
		return
	}
	if p.users--; p.users == 0 {
		delete(k.ports, link)
		p.Close()
	}
}
