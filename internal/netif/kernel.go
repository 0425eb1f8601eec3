package netif

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// dumpTries is how often a list is read again when it changed while it was read.
const dumpTries = 5

type kernel struct {
	h       *netlink.Handle
	watches watches
	once    sync.Once // starts the subscription
	ctx     context.Context
	cancel  context.CancelFunc
}

// Open returns the network of the namespace the process is in. Close ends its watches.
func Open() (interface {
	Kernel
	Close()
}, error) {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("opening a netlink socket: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &kernel{h: h, ctx: ctx, cancel: cancel}, nil
}

func (k *kernel) Close() {
	k.cancel()
	k.h.Close()
}

// dump reads a list until nothing changed meanwhile.
func dump[T any](what string, read func() ([]T, error)) ([]T, error) {
	var list []T
	var err error
	for range dumpTries {
		if list, err = read(); !errors.Is(err, netlink.ErrDumpInterrupted) {
			break
		}
	}
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) {
		return nil, fmt.Errorf("listing %s: %w", what, err)
	}
	return list, nil
}

func (k *kernel) Links() ([]Link, error) {
	list, err := dump("network interfaces", k.h.LinkList)
	if err != nil {
		return nil, err
	}
	out := make([]Link, 0, len(list))
	for _, l := range list {
		out = append(out, toLink(l.Attrs()))
	}
	return out, nil
}

func toLink(a *netlink.LinkAttrs) Link {
	l := Link{
		Index: a.Index, Name: a.Name,
		Up:       a.RawFlags&unix.IFF_UP != 0,
		Carrier:  a.RawFlags&unix.IFF_RUNNING != 0,
		Loopback: a.RawFlags&unix.IFF_LOOPBACK != 0,
		NoARP:    a.RawFlags&unix.IFF_NOARP != 0,
	}
	if len(a.HardwareAddr) == len(l.MAC) && !l.Loopback {
		copy(l.MAC[:], a.HardwareAddr)
	}
	return l
}

func (k *kernel) Addresses() ([]Address, error) {
	list, err := dump("addresses", func() ([]netlink.Addr, error) { return k.h.AddrList(nil, netlink.FAMILY_ALL) })
	if err != nil {
		return nil, err
	}
	out := make([]Address, 0, len(list))
	for _, a := range list {
		if a.IPNet == nil {
			continue
		}
		ip, ok := netip.AddrFromSlice(a.IP)
		if !ok {
			continue
		}
		bits, _ := a.Mask.Size()
		bcast, _ := netip.AddrFromSlice(a.Broadcast)
		out = append(out, Address{
			Link: a.LinkIndex, IP: ip.Unmap(), Bits: bits, Broadcast: bcast.Unmap(), Label: a.Label,
			Secondary: ip.Unmap().Is4() && a.Flags&unix.IFA_F_SECONDARY != 0,
			NoPrefix:  a.Flags&unix.IFA_F_NOPREFIXROUTE != 0,
		})
	}
	return out, nil
}

func (k *kernel) Routes() ([]Route, error) {
	main := &netlink.Route{Table: unix.RT_TABLE_MAIN}
	list, err := dump("routes", func() ([]netlink.Route, error) {
		return k.h.RouteListFiltered(netlink.FAMILY_ALL, main, netlink.RT_FILTER_TABLE)
	})
	if err != nil {
		return nil, err
	}
	out := make([]Route, 0, len(list))
	for _, r := range list {
		if r.Type != unix.RTN_UNICAST {
			continue
		}
		src, _ := netip.AddrFromSlice(r.Src)
		route := Route{Dst: routeDst(r), Link: r.LinkIndex, Src: src.Unmap(), Metric: r.Priority}
		route.OnLink = r.Gw == nil && r.Via == nil && len(r.MultiPath) == 0
		if len(r.MultiPath) > 0 {
			route.Link = r.MultiPath[0].LinkIndex
		}
		out = append(out, route)
	}
	return out, nil
}

func routeDst(r netlink.Route) netip.Prefix {
	if r.Dst != nil {
		if ip, ok := netip.AddrFromSlice(r.Dst.IP); ok {
			bits, _ := r.Dst.Mask.Size()
			return netip.PrefixFrom(ip.Unmap(), bits)
		}
	}
	if r.Family == netlink.FAMILY_V6 {
		return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
}

func (k *kernel) AddAddress(a Address) error {
	n := toNetlink(a)
	if a.IP.Is4() {
		n.Label = a.Label
		// The library computes a broadcast address unless it gets the zero address.
		n.Broadcast = net.IPv4zero
		if a.Broadcast.IsValid() {
			n.Broadcast = a.Broadcast.AsSlice()
		}
	} else {
		// A service address must be usable at once: somebody else was asked already, or is dead.
		n.Flags = unix.IFA_F_NODAD
		if a.NoPrefix {
			n.Flags |= unix.IFA_F_NOPREFIXROUTE
		}
	}
	return explain("adding", a, k.h.AddrAdd(nil, n))
}

func (k *kernel) DeleteAddress(a Address) error {
	return explain("deleting", a, k.h.AddrDel(nil, toNetlink(a)))
}

func toNetlink(a Address) *netlink.Addr {
	ip := net.IP(a.IP.AsSlice())
	return &netlink.Addr{
		IPNet:     &net.IPNet{IP: ip, Mask: net.CIDRMask(a.Bits, len(ip)*8)},
		LinkIndex: a.Link,
	}
}

func explain(doing string, a Address, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EEXIST):
		err = ErrExists
	case errors.Is(err, unix.EADDRNOTAVAIL):
		err = ErrNotFound
	case errors.Is(err, unix.EPERM):
		err = fmt.Errorf("%w (this needs root or CAP_NET_ADMIN)", err)
	}
	return fmt.Errorf("%s address %s: %w", doing, a, err)
}

func (k *kernel) SetUp(link int) error {
	if err := k.h.LinkSetUp(&netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: link}}); err != nil {
		return fmt.Errorf("setting interface %d up: %w", link, err)
	}
	return nil
}

func (k *kernel) PromoteSecondaries(link Link) error {
	path := filepath.Join("/proc/sys/net/ipv4/conf", link.Name, "promote_secondaries")
	if err := os.WriteFile(path, []byte("1\n"), 0o644); err != nil {
		return fmt.Errorf("keeping later addresses of %s: %w", link.Name, err)
	}
	return nil
}

func (k *kernel) Watch() (*Watch, error) {
	k.once.Do(func() { go k.subscribe() })
	return k.watches.add(), nil
}

func (k *kernel) OpenPort(link Link) (Port, error) { return openPort(link) }
