package media

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
)

// openBcast opens a "bcast interface" line. We hear our own packets again: they are duplicates to the
// core and prove that the link sends.
func openBcast(m conf.Medium, opts Options) (Medium, error) {
	u, err := openUDP(m, unix.AF_INET, opts)
	if err != nil {
		return nil, err
	}
	err = u.run([]step{
		{"looking for the broadcast address", func() error {
			to, err := broadcastAddr(u.in, m.Interface)
			if err != nil {
				return err
			}
			u.to = rawcall.NewTarget(netip.AddrPortFrom(to, uint16(m.Port)), 0)
			u.moved = func() bool {
				now, err := broadcastAddr(u.in, m.Interface)
				return err != nil || now != to
			}
			return nil
		}},
		{"setting SO_BROADCAST", intOption(u.in, unix.SOL_SOCKET, unix.SO_BROADCAST, 1)},
		{"setting SO_BROADCAST", intOption(u.out, unix.SOL_SOCKET, unix.SO_BROADCAST, 1)},
		{"setting SO_DONTROUTE", intOption(u.out, unix.SOL_SOCKET, unix.SO_DONTROUTE, 1)},
		u.bindToDevice(u.out),
		u.bindToDevice(u.in),
		u.bind(netip.IPv4Unspecified()),
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// broadcastAddr returns the broadcast address of an interface. An address that was added without one
// (ip addr add without brd) reads as 0.0.0.0, although the kernel serves the last address of the subnet
// as broadcast all the same; C then talks to itself only.
func broadcastAddr(fd int, name string) (netip.Addr, error) {
	brd, err := interfaceAddr(fd, name, unix.SIOCGIFBRDADDR)
	if err != nil || !brd.IsUnspecified() {
		return brd, err
	}
	addr, err := interfaceAddr(fd, name, unix.SIOCGIFADDR)
	if err != nil {
		return netip.Addr{}, err
	}
	mask, err := interfaceAddr(fd, name, unix.SIOCGIFNETMASK)
	if err != nil {
		return netip.Addr{}, err
	}
	last, m := addr.As4(), mask.As4()
	for i := range last {
		last[i] |= ^m[i]
	}
	return netip.AddrFrom4(last), nil
}
