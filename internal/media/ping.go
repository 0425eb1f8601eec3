package media

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
)

// pinger is a "ping host", "ping6 address" or one host of a ping group: what is sent goes out as an echo request,
// and what comes back in the reply is received. The payload is a signed message of ours, so a reply cannot be made up.
type pinger struct {
	line    conf.Medium
	sock    int
	raw     bool // a raw socket sees foreign replies; over IPv4 it gives the IP header and leaves the checksum to us
	ipv6    bool
	ifindex int // of the interface of a link-local address; otherwise 0
	id      uint16
	seq     uint16
	to      rawcall.Target
	addr    netip.Addr // without a zone
	out     []byte
	reader
}

// openPing prefers a raw socket, which can carry our id as C does, and falls back to the kernel's ping
// sockets, which need no privilege and choose the id themselves.
func openPing(m conf.Medium, opts Options) (Medium, error) {
	addr := m.Addr.Unmap()
	if !addr.IsValid() || (m.Kind == "ping" && !addr.Is4()) || (m.Kind == "ping6" && !addr.Is6()) {
		return nil, &OpenError{Medium: m, Op: "reading the host's address", Err: errAddress}
	}
	p := &pinger{line: m, id: opts.EchoID, addr: addr.WithZone(""), ipv6: addr.Is6()}
	family, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	if p.ipv6 {
		family, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	var err error
	p.sock, err = unix.Socket(family, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	p.raw = err == nil
	if errors.Is(err, unix.EPERM) {
		p.sock, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
	}
	if err != nil {
		return nil, explain(m, "making an ICMP socket", err)
	}
	if err := p.prepare(opts); err != nil {
		unix.Close(p.sock)
		return nil, err
	}
	return p, nil
}

func (p *pinger) prepare(opts Options) error {
	if p.addr.IsLinkLocalUnicast() && p.ipv6 {
		if p.line.Addr.Zone() == "" {
			return explain(p.line, "reading the host's address", errZone)
		}
		var err error
		if p.ifindex, err = interfaceIndex(p.sock, p.line.Addr.Zone()); err != nil {
			return explain(p.line, "looking for interface "+p.line.Addr.Zone(), err)
		}
	}
	p.to = rawcall.NewTarget(netip.AddrPortFrom(p.addr, 0), p.ifindex)
	if err := growReceiveQueue(p.sock, opts.ReceiveBuffer); err != nil {
		return explain(p.line, "setting SO_RCVBUF", err)
	}
	if !p.raw {
		return nil
	}
	if err := p.onlyReplies(); err != nil {
		return explain(p.line, "filtering ICMP", err)
	}
	return nil
}

// icmp6Filter is the socket option ICMPV6_FILTER (RFC 3542).
const icmp6Filter = 1

// onlyReplies lets the kernel keep all but echo replies away: a raw socket hears every ICMP message of the host.
// Bit n of the filter blocks type n. ICMP_FILTER is option 1 of level SOL_RAW (255).
func (p *pinger) onlyReplies() error {
	if !p.ipv6 {
		filter := ^uint32(1 << echoReply)
		return unix.SetsockoptInt(p.sock, unix.SOL_RAW, unix.ICMP_FILTER, int(int32(filter)))
	}
	var filter unix.ICMPv6Filter
	for i := range filter.Data {
		filter.Data[i] = ^uint32(0)
	}
	filter.Data[echoReply6/32] &^= 1 << (echoReply6 % 32)
	return unix.SetsockoptICMPv6Filter(p.sock, unix.IPPROTO_ICMPV6, icmp6Filter, &filter)
}

func (p *pinger) Name() string { return p.line.Name }
func (p *pinger) Kind() string { return p.line.Kind }
func (p *pinger) fd() int      { return p.sock }
func (p *pinger) Close() error { return unix.Close(p.sock) }

// stale says whether the interface of a link-local address was made anew.
func (p *pinger) stale() bool {
	if p.ifindex == 0 {
		return false
	}
	i, err := interfaceIndex(p.sock, p.line.Addr.Zone())
	return err != nil || i != p.ifindex
}

func (p *pinger) Send(packet []byte) error {
	p.seq++
	request := byte(echoRequest)
	if p.ipv6 {
		request = echoRequest6
	}
	p.out = echo{kind: request, id: p.id, seq: p.seq, payload: packet}.encode(p.out[:0])
	return rawcall.Send(p.sock, p.out, &p.to)
}

func (p *pinger) receive(buf []byte) (received, error) {
	got, err := p.read(p.sock, buf)
	if err != nil {
		return received{}, err
	}
	msg := got.data
	if p.raw && !p.ipv6 {
		var ok bool
		if msg, ok = withoutIPHeader(msg); !ok {
			return received{}, errSkip
		}
	}
	if e, ok := decodeEcho(msg); ok && p.ours(e, msg, got) {
		got.data = e.payload
		return got, nil
	}
	return received{}, errSkip
}

// ours says whether an echo is the reply to a request of this line. Two lines share our id; the source tells whose
// reply it is. The kernel has checked the id of ping sockets, and every checksum of ICMPv6.
func (p *pinger) ours(e echo, msg []byte, got received) bool {
	reply := byte(echoReply)
	if p.ipv6 {
		reply = echoReply6
	}
	switch {
	case e.kind != reply, got.source != p.addr, p.ifindex != 0 && got.zone != uint32(p.ifindex):
		return false
	case p.raw && e.id != p.id:
		return false
	}
	return p.ipv6 || !p.raw || checksum(msg) == 0
}
