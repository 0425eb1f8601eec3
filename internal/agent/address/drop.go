package address

import (
	"errors"
	"fmt"
	"net/netip"

	"heartbeat/internal/netif"
)

// Drop takes the address off this machine and ends its announcements. An address
// that is not here is dropped already. Every other address stays (scenario S44).
func (k *Keeper) Drop(name string, s Spec) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n, err := read(k.cfg.Kernel, true)
	if err != nil {
		return "", err
	}
	target, link, here := s.served(n)
	h := k.held(name)
	if h != nil {
		target, link, here = h.addr, h.link, true
	}
	if !here {
		k.ledger.remove(name)
		return fmt.Sprintf("%s is not on this machine", s.IP), nil
	}
	if h != nil {
		k.forget(h) // first, or the keeper would put it back
	}
	if err := k.remove(target, link, n); err != nil {
		if h != nil {
			k.adopt(name, s, target, link)
		}
		return "", err
	}
	text := fmt.Sprintf("%s removed from %s", target, link.Name)
	if k.ledger.copyOnLoopback(name) {
		if err := k.showLoopbackCopy(target.IP, n.links); err != nil {
			text += "; " + err.Error()
		}
	}
	k.ledger.strike(name)
	k.poke()
	return text, nil
}

// remove deletes exactly one address and verifies that the others of its subnet are still there.
func (k *Keeper) remove(a netif.Address, link netif.Link, n network) error {
	siblings := siblingsOf(a, n.addrs)
	if len(siblings) > 0 {
		// A refusal (a read-only /proc/sys) is mended below by adding what vanished.
		_ = k.cfg.Kernel.PromoteSecondaries(link)
	}
	if err := k.cfg.Kernel.DeleteAddress(a); err != nil && !errors.Is(err, netif.ErrNotFound) {
		return err
	}
	if len(siblings) == 0 {
		return nil
	}
	now, err := k.cfg.Kernel.Addresses()
	if err != nil {
		return fmt.Errorf("verifying the other addresses of %s: %w", link.Name, err)
	}
	var lost []error
	for _, sibling := range siblings {
		if contains(now, sibling) {
			continue
		}
		if err := k.cfg.Kernel.AddAddress(sibling); err != nil && !errors.Is(err, netif.ErrExists) {
			lost = append(lost, fmt.Errorf("%s vanished from %s together with %s: %w", sibling, link.Name, a, err))
		}
	}
	return errors.Join(lost...)
}

// siblingsOf are the later addresses of the subnet of a first address.
func siblingsOf(a netif.Address, all []netif.Address) []netif.Address {
	var out []netif.Address
	first := false
	for _, o := range all {
		if !a.IP.Is4() || o.Link != a.Link || o.Prefix() != a.Prefix() {
			continue
		}
		switch {
		case o.IP == a.IP:
			first = true
		case !first:
			return nil // the kernel lists the first address of a subnet first; the others go alone
		default:
			out = append(out, o)
		}
	}
	return out
}

func contains(all []netif.Address, a netif.Address) bool {
	for _, o := range all {
		if a.Same(o) {
			return true
		}
	}
	return false
}

// hideLoopbackCopy takes the /32 copy off the loopback interface that makes this
// machine an LVS real server for the address, while it is the director itself.
func (k *Keeper) hideLoopbackCopy(h *hold) (bool, error) {
	if h.copy == nil {
		return false, nil
	}
	if err := k.cfg.Kernel.DeleteAddress(*h.copy); err != nil {
		return false, err
	}
	k.ledger.setCopyOnLoopback(h.name)
	return true, nil
}

// loopbackCopy finds the copy that hideLoopbackCopy sets aside; nil: there is none.
func loopbackCopy(s Spec, served netif.Address, n network) *netif.Address {
	if s.Style != IPaddr2 || served.IP.Is6() {
		return nil
	}
	for _, a := range n.addrs {
		if l, ok := netif.LinkAt(n.links, a.Link); ok && l.Loopback && a.IP == served.IP && a.Bits == 32 {
			return &a
		}
	}
	return nil
}

func (k *Keeper) showLoopbackCopy(ip netip.Addr, links []netif.Link) error {
	for _, l := range links {
		if l.Loopback {
			err := k.cfg.Kernel.AddAddress(netif.Address{Link: l.Index, IP: ip, Bits: 32})
			if errors.Is(err, netif.ErrExists) {
				return nil
			}
			return err
		}
	}
	return nil
}
