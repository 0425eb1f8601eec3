package media

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
)

// openMcast opens a "mcast interface group port ttl loop" line.
func openMcast(m conf.Medium, opts Options) (Medium, error) {
	if !m.Addr.Is4() {
		return nil, &OpenError{Medium: m, Op: "reading the group address", Err: errAddress}
	}
	u, err := openUDP(m, unix.AF_INET, opts)
	if err != nil {
		return nil, err
	}
	u.to = rawcall.NewTarget(netip.AddrPortFrom(m.Addr, uint16(m.Port)), 0)
	loop := 0
	if m.Loop {
		loop = 1
	}
	onInterface := &unix.IPMreqn{Multiaddr: m.Addr.As4(), Ifindex: int32(u.ifindex)}
	err = u.run([]step{
		// Without an address of its own the kernel would send from another interface's.
		{"looking for the interface's address", func() error {
			_, err := interfaceAddr(u.in, m.Interface, unix.SIOCGIFADDR)
			return err
		}},
		{"setting IP_MULTICAST_IF", func() error {
			return unix.SetsockoptIPMreqn(u.out, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, onInterface)
		}},
		{"setting IP_MULTICAST_TTL", intOption(u.out, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, m.TTL)},
		{"setting IP_MULTICAST_LOOP", intOption(u.out, unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, loop)},
		// The socket is bound to the group, not to the device, as C's is. Without this option two lines with one
		// group on two interfaces would each hear both links, and a dead link would look alive.
		{"clearing IP_MULTICAST_ALL", intOption(u.in, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0)},
		u.bind(m.Addr),
		{"joining the group", func() error {
			return unix.SetsockoptIPMreqn(u.in, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, onInterface)
		}},
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}
