package address

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"heartbeat/internal/netif"
)

// maxAlias bounds the search for a free nic:N, as the classic script does.
const maxAlias = 511

// network is one reading of the kernel's lists.
type network struct {
	links  []netif.Link
	addrs  []netif.Address
	routes []netif.Route
}

func read(k netif.Kernel, withRoutes bool) (n network, err error) {
	if n.links, err = k.Links(); err != nil {
		return n, err
	}
	if n.addrs, err = k.Addresses(); err != nil || !withRoutes {
		return n, err
	}
	n.routes, err = k.Routes()
	return n, err
}

// resolve says which address of which link the spec means on this machine now.
func (s Spec) resolve(n network) (netif.Address, netif.Link, error) {
	var nic netif.Link
	if s.Interface != "" {
		var ok bool
		if nic, ok = netif.LinkNamed(n.links, s.Interface); !ok {
			return netif.Address{}, nic, fail(CodeConfigured, "Invalid interface name [%s]: there is no such interface", s.Interface)
		}
	}
	a := netif.Address{Link: nic.Index, IP: s.IP, Bits: s.Bits}
	route, found := s.route(n, nic.Index)
	if found && a.Link == 0 {
		a.Link = route.Link
	}
	if found && a.Bits == 0 {
		a.Bits = route.Dst.Bits()
	}
	if a.Bits == 0 && a.Link != 0 && s.Style == IPaddr {
		a.Bits = 32 // the findif program: an interface without a route to the address
	}
	if a.Link == 0 || a.Bits == 0 {
		return a, nic, s.unroutable()
	}
	link, ok := netif.LinkAt(n.links, a.Link)
	if !ok {
		return a, link, fail(CodeGeneric, "the interface of the route to %s is gone", s.IP)
	}
	err := s.finish(&a, link, route, found, n)
	return a, link, err
}

func (s Spec) unroutable() error {
	return fail(CodeGeneric, "Unable to find nic or netmask: no interface has a network with %s; write the address as %s/BITS/INTERFACE", s.IP, s.IP)
}

// route chooses the route that tells interface and mask.
func (s Spec) route(n network, nic int) (netif.Route, bool) {
	var best netif.Route
	found := false
	for _, r := range n.routes {
		if s.candidate(r, n, nic) && (!found || closer(r, best)) {
			best, found = r, true
		}
	}
	if found || s.Style != IPaddr || nic != 0 {
		return best, found
	}
	return s.programRoute(n)
}

func (s Spec) candidate(r netif.Route, n network, nic int) bool {
	link, ok := netif.LinkAt(n.links, r.Link)
	// A link-local or default route says nothing about where a service address belongs.
	vague := r.Dst.Bits() == 0 || r.Dst.Addr().Is6() && (r.Dst.Addr().IsLinkLocalUnicast() || r.Dst.Addr().IsMulticast() || link.Loopback)
	return ok && link.Up && r.OnLink && r.Dst.Contains(s.IP) &&
		(s.Bits == 0 || r.Dst.Bits() <= s.Bits) &&
		(nic == 0 && !vague || nic == r.Link && r.Dst.Bits() > 0)
}

// closer: the longest prefix, then the lowest metric, then the lowest interface.
func closer(a, b netif.Route) bool {
	if a.Dst.Bits() != b.Dst.Bits() {
		return a.Dst.Bits() > b.Dst.Bits()
	}
	if a.Metric != b.Metric {
		return a.Metric < b.Metric
	}
	return a.Link < b.Link
}

// programRoute follows the findif program of old configurations: gateways count,
// a given mask need not fit, and the default route does when a mask is given.
func (s Spec) programRoute(n network) (netif.Route, bool) {
	var best netif.Route
	found := false
	for _, r := range n.routes {
		if r.Link == 0 || !r.Dst.Contains(s.IP) {
			continue
		}
		if !found || r.Metric <= best.Metric && r.Dst.Bits() >= best.Dst.Bits() {
			best, found = r, true
		}
	}
	if found && best.Dst.Bits() == 0 && s.Bits == 0 {
		return netif.Route{}, false
	}
	return best, found
}

// finish fills in broadcast and label.
func (s Spec) finish(a *netif.Address, link netif.Link, route netif.Route, found bool, n network) error {
	if a.IP.Is6() {
		a.NoPrefix = a.Bits < 128 && hasPrefix(n.addrs, *a)
		return nil
	}
	computed := broadcast(a.IP, a.Bits)
	switch {
	case s.Broadcast.IsValid():
		a.Broadcast = s.Broadcast
		if s.Style == IPaddr && a.Broadcast != computed {
			return fail(CodeArgs, "broadcast address %s does not fit %s/%d: it is %s", s.Broadcast, a.IP, a.Bits, computed)
		}
	case s.Style == IPaddr:
		a.Broadcast = computed
	case found && route.Src.IsValid():
		a.Broadcast = broadcastOf(n.addrs, route)
	}
	switch {
	case s.Label != "":
		a.Label = link.Name + ":" + s.Label
		if len(a.Label) > maxName {
			return fail(CodeConfigured, "Interface label [%s] has %d characters; %d is the most", a.Label, len(a.Label), maxName)
		}
	case s.Style == IPaddr:
		a.Label = freeAlias(n.addrs, link.Name)
	}
	return nil
}

func hasPrefix(addrs []netif.Address, a netif.Address) bool {
	for _, o := range addrs {
		if o.Link == a.Link && o.IP != a.IP && o.Prefix() == a.Prefix() && !o.NoPrefix {
			return true
		}
	}
	return false
}

// broadcast is the last address of the subnet.
func broadcast(ip netip.Addr, bits int) netip.Addr {
	b := ip.As4()
	v := binary.BigEndian.Uint32(b[:]) | uint32(1<<(32-bits)-1)
	binary.BigEndian.PutUint32(b[:], v)
	return netip.AddrFrom4(b)
}

func broadcastOf(addrs []netif.Address, r netif.Route) netip.Addr {
	for _, a := range addrs {
		if a.Link == r.Link && a.IP == r.Src {
			return a.Broadcast
		}
	}
	return netip.Addr{}
}

// freeAlias is nic:N with the smallest free N, so that ifconfig shows the
// address as users expect; empty when no name fits.
func freeAlias(addrs []netif.Address, nic string) string {
	used := map[string]bool{}
	for _, a := range addrs {
		used[a.Label] = true
	}
	for n := range maxAlias + 1 {
		if label := fmt.Sprintf("%s:%d", nic, n); !used[label] && len(label) <= maxName {
			return label
		}
	}
	return ""
}

// served finds the address on this machine. IPaddr looks for the bare address on
// every interface, whatever its mask; the others for exactly what they would add.
func (s Spec) served(n network) (netif.Address, netif.Link, bool) {
	want, _, err := s.resolve(n)
	for _, a := range n.addrs {
		link, ok := netif.LinkAt(n.links, a.Link)
		if !ok || a.IP != s.IP || link.Loopback && !s.IP.IsLoopback() && s.Interface != link.Name {
			continue
		}
		anywhere := s.Style == IPaddr && (s.Interface == "" || s.Interface == link.Name)
		if anywhere || err == nil && a.Same(want) {
			return a, link, true
		}
	}
	return netif.Address{}, netif.Link{}, false
}
