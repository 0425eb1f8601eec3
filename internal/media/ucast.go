package media

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
)

// iptosLowDelay is what C asks for on ucast packets, and only there.
const iptosLowDelay = 0x10

// openUcast opens a "ucast interface host" line. Several lines on one interface share the port through
// SO_REUSEPORT; any of the sockets may be given a peer's packet, and all feed the same link. A line with
// our own address, as in a file that is equal on all nodes, sends to ourselves through loopback; that is
// why the sockets of such a line cannot be told apart from the others and need not be.
func openUcast(m conf.Medium, opts Options) (Medium, error) {
	if !m.Addr.Is4() {
		return nil, &OpenError{Medium: m, Op: "reading the peer's address", Err: errAddress}
	}
	u, err := openUDP(m, unix.AF_INET, opts)
	if err != nil {
		return nil, err
	}
	u.to = rawcall.NewTarget(netip.AddrPortFrom(m.Addr, uint16(m.Port)), 0)
	err = u.run([]step{
		{"setting SO_REUSEPORT", intOption(u.in, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)},
		{"setting IP_TOS", intOption(u.out, unix.IPPROTO_IP, unix.IP_TOS, iptosLowDelay)},
		u.bindToDevice(u.out),
		u.bindToDevice(u.in),
		u.bind(netip.IPv4Unspecified()),
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}
