package media

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
)

// openUcast6 opens a "ucast6 interface address" line. It is ucast over IPv6: both sockets belong to the
// device, and lines on one interface share the port. A link-local peer is one on that interface.
func openUcast6(m conf.Medium, opts Options) (Medium, error) {
	if !m.Addr.Is6() || m.Addr.Is4In6() {
		return nil, &OpenError{Medium: m, Op: "reading the peer's address", Err: errAddress}
	}
	u, err := openUDP(m, unix.AF_INET6, opts)
	if err != nil {
		return nil, err
	}
	u.to = rawcall.NewTarget(netip.AddrPortFrom(m.Addr.WithZone(""), uint16(m.Port)), u.zoneOf(m.Addr))
	err = u.run([]step{
		{"setting SO_REUSEPORT", intOption(u.in, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)},
		u.bindToDevice(u.out),
		u.bindToDevice(u.in),
		u.bind6(netip.IPv6Unspecified()),
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}
