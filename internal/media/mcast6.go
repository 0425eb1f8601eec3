package media

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
)

// openMcast6 opens a "mcast6 interface group port hops loop" line. C binds its socket to every address; ours
// is bound to the group, because one that is not would compete with a ucast6 line for its packets.
func openMcast6(m conf.Medium, opts Options) (Medium, error) {
	if !m.Addr.Is6() || !m.Addr.IsMulticast() {
		return nil, &OpenError{Medium: m, Op: "reading the group address", Err: errAddress}
	}
	u, err := openUDP(m, unix.AF_INET6, opts)
	if err != nil {
		return nil, err
	}
	u.to = rawcall.NewTarget(netip.AddrPortFrom(m.Addr, uint16(m.Port)), u.zoneOf(m.Addr))
	loop := 0
	if m.Loop {
		loop = 1
	}
	err = u.run([]step{
		{"setting IPV6_MULTICAST_IF", intOption(u.out, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, u.ifindex)},
		{"setting IPV6_MULTICAST_HOPS", intOption(u.out, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, m.TTL)},
		{"setting IPV6_MULTICAST_LOOP", intOption(u.out, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, loop)},
		u.bindToDevice(u.out),
		// The kernel compares groups without their interface: two lines with one group on two interfaces would
		// each hear both links, and a dead link would look alive.
		u.bindToDevice(u.in),
		u.bind6(m.Addr),
		{"joining the group", func() error {
			return unix.SetsockoptIPv6Mreq(u.in, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP,
				&unix.IPv6Mreq{Multiaddr: m.Addr.As16(), Interface: uint32(u.ifindex)})
		}},
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}
