package netif

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"

	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// port is two packet sockets of one interface: ARP, and IPv6 of which only
// neighbour advertisements are received.
type port struct {
	link     Link
	arp, ip6 *packet.Conn
	readers  sync.WaitGroup

	mu       sync.Mutex // guards ears and lastEar
	ears     map[int]ear
	lastEar  int
	isClosed bool
}

type ear struct {
	ip    netip.Addr
	heard func(Claim)
}

func openPort(link Link) (Port, error) {
	if link.MAC.IsZero() || link.NoARP || link.Loopback {
		return nil, fmt.Errorf("%s: %w", link.Name, ErrNoEthernet)
	}
	filter, err := bpf.Assemble(onlyAdvertisements())
	if err != nil {
		return nil, fmt.Errorf("assembling the neighbour filter: %w", err)
	}
	ifi := &net.Interface{Index: link.Index, Name: link.Name, HardwareAddr: link.MAC[:]}
	p := &port{link: link, ears: map[int]ear{}}
	if p.arp, err = packet.Listen(ifi, packet.Datagram, etherARP, nil); err != nil {
		return nil, fmt.Errorf("opening an ARP socket on %s (this needs CAP_NET_RAW): %w", link.Name, err)
	}
	if p.ip6, err = packet.Listen(ifi, packet.Datagram, etherIPv6, &packet.Config{Filter: filter}); err != nil {
		p.arp.Close()
		return nil, fmt.Errorf("opening a neighbour socket on %s (this needs CAP_NET_RAW): %w", link.Name, err)
	}
	p.readers.Go(func() { p.receive(p.arp, parseARP) })
	p.readers.Go(func() { p.receive(p.ip6, parseAdvertisement) })
	return p, nil
}

// onlyAdvertisements keeps the flood of ordinary IPv6 packets in the kernel.
func onlyAdvertisements() []bpf.Instruction {
	return []bpf.Instruction{
		bpf.LoadAbsolute{Off: 6, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: protoICMPv6, SkipTrue: 3},
		bpf.LoadAbsolute{Off: ipv6Len, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: ndAdvertise, SkipTrue: 1},
		bpf.RetConstant{Val: 2048},
		bpf.RetConstant{Val: 0},
	}
}

func (p *port) Announce(ip netip.Addr) error {
	if ip.Is6() {
		return p.send(p.ip6, advertisement(ip, p.link.MAC), multicastMAC(allNodes()), "announcing", ip)
	}
	err := p.send(p.arp, arpFrame(arpRequest, p.link.MAC, ip, MAC{}, ip), broadcastMAC(), "announcing", ip)
	if err != nil {
		return err
	}
	return p.send(p.arp, arpFrame(arpReply, p.link.MAC, ip, p.link.MAC, ip), broadcastMAC(), "announcing", ip)
}

func (p *port) Probe(ip netip.Addr) error {
	if ip.Is6() {
		frame, to := solicitation(ip)
		return p.send(p.ip6, frame, multicastMAC(to), "probing", ip)
	}
	frame := arpFrame(arpRequest, p.link.MAC, netip.IPv4Unspecified(), MAC{}, ip)
	return p.send(p.arp, frame, broadcastMAC(), "probing", ip)
}

func broadcastMAC() MAC { return MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} }

func (p *port) send(c *packet.Conn, frame []byte, to MAC, doing string, ip netip.Addr) error {
	if _, err := c.WriteTo(frame, &packet.Addr{HardwareAddr: to[:]}); err != nil {
		return fmt.Errorf("%s %s on %s: %w", doing, ip, p.link.Name, err)
	}
	return nil
}

func (p *port) Listen(ip netip.Addr, heard func(Claim)) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastEar++
	id := p.lastEar
	p.ears[id] = ear{ip, heard}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.ears, id)
	}
}

// receive hands claims to the ears until the socket is closed or its interface is gone.
func (p *port) receive(c *packet.Conn, parse func([]byte) (Claim, bool)) {
	buf := make([]byte, 2048)
	for {
		n, from, err := c.ReadFrom(buf)
		switch {
		case errors.Is(err, unix.ENETDOWN):
			continue // told once when the interface goes down; the socket lives on
		case err != nil:
			return
		}
		claim, ok := parse(buf[:n])
		if !ok {
			continue
		}
		if a, isPacket := from.(*packet.Addr); claim.MAC.IsZero() && isPacket && len(a.HardwareAddr) == len(claim.MAC) {
			copy(claim.MAC[:], a.HardwareAddr)
		}
		if claim.MAC != p.link.MAC {
			p.tell(claim)
		}
	}
}

func (p *port) tell(claim Claim) {
	p.mu.Lock()
	var heard []func(Claim)
	for _, e := range p.ears {
		if e.ip == claim.IP {
			heard = append(heard, e.heard)
		}
	}
	p.mu.Unlock()
	for _, f := range heard {
		f(claim)
	}
}

// Close ends the port; no ear is called after it returned.
func (p *port) Close() error {
	p.mu.Lock()
	if p.isClosed {
		p.mu.Unlock()
		return os.ErrClosed
	}
	p.isClosed = true
	p.mu.Unlock()
	err := errors.Join(p.arp.Close(), p.ip6.Close())
	p.readers.Wait()
	return err
}
