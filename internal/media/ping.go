package media

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
)

// pinger is a "ping host" medium: what is sent goes out as an echo request, and what comes back
// in the reply is received. The payload is a signed message of ours, so a reply cannot be made up.
type pinger struct {
	line conf.Medium
	sock int
	raw  bool // a raw socket gives the IP header, sees foreign replies, and leaves the checksum to us
	id   uint16
	seq  uint16
	to   rawcall.Target
	addr netip.Addr
	out  []byte
	reader
}

// openPing prefers a raw socket, which can carry our id as C does, and falls back to the kernel's ping
// sockets, which need no privilege and choose the id themselves.
func openPing(m conf.Medium, opts Options) (Medium, error) {
	if !m.Addr.Is4() {
		return nil, &OpenError{Medium: m, Op: "reading the host's address", Err: errAddress}
	}
	p := &pinger{line: m, id: opts.EchoID, addr: m.Addr, to: rawcall.NewTarget(netip.AddrPortFrom(m.Addr, 0), 0)}
	var err error
	p.sock, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	p.raw = err == nil
	if errors.Is(err, unix.EPERM) {
		p.sock, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
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
	if err := growReceiveQueue(p.sock, opts.ReceiveBuffer); err != nil {
		return explain(p.line, "setting SO_RCVBUF", err)
	}
	if !p.raw {
		return nil
	}
	// A raw socket hears every ICMP message of the host. Let the kernel keep all but echo replies away: bit n of
	// the filter blocks type n. ICMP_FILTER is option 1 of level SOL_RAW (255).
	onlyReplies := ^uint32(1 << echoReply)
	if err := unix.SetsockoptInt(p.sock, unix.SOL_RAW, unix.ICMP_FILTER, int(int32(onlyReplies))); err != nil {
		return explain(p.line, "filtering ICMP", err)
	}
	return nil
}

func (p *pinger) Name() string { return p.line.Name }
func (p *pinger) Kind() string { return p.line.Kind }
func (p *pinger) fd() int      { return p.sock }
func (p *pinger) stale() bool  { return false }
func (p *pinger) Close() error { return unix.Close(p.sock) }

func (p *pinger) Send(packet []byte) error {
	p.seq++
	p.out = echo{kind: echoRequest, id: p.id, seq: p.seq, payload: packet}.encode(p.out[:0])
	return rawcall.Send(p.sock, p.out, &p.to)
}

func (p *pinger) receive(buf []byte) (received, error) {
	got, err := p.read(p.sock, buf)
	if err != nil {
		return received{}, err
	}
	msg := got.data
	if p.raw {
		var ok bool
		if msg, ok = withoutIPHeader(msg); !ok {
			return received{}, errSkip
		}
	}
	e, ok := decodeEcho(msg)
	// Two ping lines share our id; the source tells whose reply it is. The kernel has checked the id of ping sockets.
	if !ok || e.kind != echoReply || got.source != p.addr || (p.raw && (e.id != p.id || checksum(msg) != 0)) {
		return received{}, errSkip
	}
	got.data = e.payload
	return got, nil
}
