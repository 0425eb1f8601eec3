package netif

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// A DefaultRoute is a default route that can be changed.
type DefaultRoute struct {
	Link int
	Src  netip.Addr // preferred source; invalid: none

	route netlink.Route
}

// DefaultRoutes lists the default routes of the main table.
func (k *kernel) DefaultRoutes(v6 bool) ([]DefaultRoute, error) {
	family := netlink.FAMILY_V4
	if v6 {
		family = netlink.FAMILY_V6
	}
	main := &netlink.Route{Table: unix.RT_TABLE_MAIN}
	list, err := dump("routes", func() ([]netlink.Route, error) {
		return k.h.RouteListFiltered(family, main, netlink.RT_FILTER_TABLE)
	})
	if err != nil {
		return nil, err
	}
	var out []DefaultRoute
	for _, r := range list {
		if r.Type != unix.RTN_UNICAST || routeDst(r).Bits() != 0 {
			continue
		}
		src, _ := netip.AddrFromSlice(r.Src)
		out = append(out, DefaultRoute{Link: r.LinkIndex, Src: src.Unmap(), route: r})
	}
	return out, nil
}

// PreferSource changes the preferred source of a route in place: at no time there is no route.
func (k *kernel) PreferSource(d DefaultRoute, src netip.Addr) error {
	r := d.route
	r.Src = nil
	if src.IsValid() {
		r.Src = net.IP(src.AsSlice())
	}
	if err := k.h.RouteReplace(&r); err != nil {
		return fmt.Errorf("changing the source of the default route: %w", err)
	}
	return nil
}
