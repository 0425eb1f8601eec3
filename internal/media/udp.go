package media

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
	"heartbeat/internal/wire"
)

// udp is what ucast, bcast and mcast have in common, over IPv4 and IPv6: one socket that receives on the
// cluster's port and one that sends from a port of the kernel's choice, as C does.
type udp struct {
	line    conf.Medium
	in, out int
	to      rawcall.Target
	byHand  bool        // the kernel does not send segments together here
	ifindex int         // of the interface when the sockets were opened
	moved   func() bool // nil, or: does the target address no longer fit the interface?
	reader
}

func (u *udp) Name() string { return u.line.Name }
func (u *udp) Kind() string { return u.line.Kind }
func (u *udp) fd() int      { return u.in }

func (u *udp) Send(packet []byte) error {
	if len(packet) > wire.SegmentSize && wire.IsSegment(packet) {
		return u.sendCut(packet)
	}
	return rawcall.Send(u.out, packet, &u.to)
}

func (u *udp) Close() error {
	err := unix.Close(u.in)
	if e := unix.Close(u.out); err == nil {
		err = e
	}
	return err
}

func (u *udp) receive(buf []byte) (received, error) { return u.read(u.in, buf) }

// stale compares interface indexes: an interface that was deleted and made again has the old name and a
// new index, and sockets bound to the old one stay deaf for ever.
func (u *udp) stale() bool {
	i, err := interfaceIndex(u.in, u.line.Interface)
	return err != nil || i != u.ifindex || (u.moved != nil && u.moved())
}

// openUDP makes both sockets of a family with what all kinds share; the caller adds its own options and binds.
func openUDP(m conf.Medium, family int, opts Options) (*udp, error) {
	u := &udp{line: m, in: -1, out: -1}
	var err error
	if u.in, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		return nil, explain(m, "making a socket", err)
	}
	if u.out, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0); err != nil {
		unix.Close(u.in)
		return nil, explain(m, "making a socket", err)
	}
	steps := []step{
		{"looking for the interface", func() (err error) {
			u.ifindex, err = interfaceIndex(u.in, m.Interface)
			return err
		}},
		{"setting SO_REUSEADDR", intOption(u.in, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)},
		{"setting SO_RCVBUF", func() error { return growReceiveQueue(u.in, opts.ReceiveBuffer) }},
		{"setting UDP_GRO", func() error { // segments of one datagram come together, too; without it they come one by one
			_ = unix.SetsockoptInt(u.in, unix.IPPROTO_UDP, unix.UDP_GRO, 1)
			return nil
		}},
		{"setting SO_SNDBUF", func() error { return growSendQueue(u.out) }},
		// Interactive band of the interface queue: a backup over the same link must not delay heartbeats.
		{"setting SO_PRIORITY", intOption(u.out, unix.SOL_SOCKET, unix.SO_PRIORITY, 6)},
	}
	return u, u.run(steps)
}

// A step is one system call of an opening, with its name for the error.
type step struct {
	op string
	do func() error
}

// run takes the steps in order; the first that fails closes the sockets.
func (u *udp) run(steps []step) error {
	for _, s := range steps {
		if err := s.do(); err != nil {
			u.Close()
			return explain(u.line, s.op, err)
		}
	}
	return nil
}

func (u *udp) bind(addr netip.Addr) step {
	return step{"binding the port", func() error {
		return unix.Bind(u.in, &unix.SockaddrInet4{Port: u.line.Port, Addr: addr.As4()})
	}}
}

// bind6 binds the receiving socket for IPv6 only: an IPv4 line on the same port has a socket of its own.
func (u *udp) bind6(addr netip.Addr) step {
	return step{"binding the port", func() error {
		if err := unix.SetsockoptInt(u.in, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			return err
		}
		return unix.Bind(u.in, &unix.SockaddrInet6{Port: u.line.Port, Addr: addr.As16(), ZoneId: uint32(u.zoneOf(addr))})
	}}
}

// zoneOf is what the kernel must be told beside an address that means something on one link only; otherwise 0.
func (u *udp) zoneOf(addr netip.Addr) int {
	if addr.IsLinkLocalUnicast() || addr.IsLinkLocalMulticast() {
		return u.ifindex
	}
	return 0
}

func (u *udp) bindToDevice(fd int) step {
	return step{"binding to the interface", func() error { return unix.BindToDevice(fd, u.line.Interface) }}
}

func intOption(fd, level, opt, value int) func() error {
	return func() error { return unix.SetsockoptInt(fd, level, opt, value) }
}

// growReceiveQueue asks for the privileged form first: the ordinary one stops at net.core.rmem_max.
func growReceiveQueue(fd, bytes int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) != nil {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes); err != nil {
			return err
		}
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
}

// sendQueue holds twice what a node lets be under way to its peers, in bytes.
const sendQueue = 1 << 20

// growSendQueue asks for the privileged form first, as growReceiveQueue does.
func growSendQueue(fd int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, sendQueue) == nil {
		return nil
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, sendQueue)
}

// interfaceIndex returns the index of an interface in the network namespace of fd.
func interfaceIndex(fd int, name string) (int, error) {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return 0, unix.ENODEV // longer than any interface name can be
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, r); err != nil {
		return 0, err
	}
	return int(r.Uint32()), nil
}

// interfaceAddr asks for one of the IPv4 addresses that an interface has: SIOCGIFADDR, SIOCGIFNETMASK, SIOCGIFBRDADDR.
func interfaceAddr(fd int, name string, request uint) (netip.Addr, error) {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return netip.Addr{}, unix.ENODEV
	}
	if err := unix.IoctlIfreq(fd, request, r); err != nil {
		return netip.Addr{}, err
	}
	raw, err := r.Inet4Addr()
	if err != nil {
		return netip.Addr{}, err
	}
	addr, _ := netip.AddrFromSlice(raw)
	return addr, nil
}

// reader reads one socket and keeps what need not be made anew for every datagram.
type reader struct{ oob [64]byte }

// read takes one datagram; errEmpty when there is none.
func (r *reader) read(fd int, buf []byte) (received, error) {
	d, err := rawcall.Receive(fd, buf, r.oob[:])
	switch err {
	case nil:
	case unix.EAGAIN:
		return received{}, errEmpty
	default:
		return received{}, err
	}
	return received{data: buf[:d.Len], source: d.Source, zone: d.Zone, truncated: d.Truncated, overflows: control(r.oob[:d.Control], unix.SOL_SOCKET, unix.SO_RXQ_OVFL),
		stride: int(control(r.oob[:d.Control], unix.IPPROTO_UDP, unix.UDP_GRO))}, nil
}

// control reads a number that the kernel sent along: its count of dropped datagrams, which is there only once something was dropped, or
// the length of each of several datagrams that it gave as one.
func control(oob []byte, level, kind int32) uint32 {
	for len(oob) > 0 {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return 0
		}
		if h.Level == level && h.Type == kind && len(data) >= 4 {
			return binary.NativeEndian.Uint32(data)
		}
		oob = rest
	}
	return 0
}
