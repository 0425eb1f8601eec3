package netif

import (
	"encoding/binary"
	"net/netip"
)

const (
	etherARP  = 0x0806
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd

	arpLen     = 28 // of an ARP packet for IPv4 over Ethernet
	arpRequest = 1
	arpReply   = 2

	ipv6Len      = 40
	ndLen        = 32 // ICMPv6 neighbour message with one link-layer address option
	protoICMPv6  = 58
	ndSolicit    = 135
	ndAdvertise  = 136
	ndOverride   = 0x20000000
	optSourceMAC = 1
	optTargetMAC = 2
)

// arpFrame is the payload of an ARP frame (RFC 826).
func arpFrame(op uint16, srcMAC MAC, srcIP netip.Addr, dstMAC MAC, dstIP netip.Addr) []byte {
	b := make([]byte, arpLen)
	binary.BigEndian.PutUint16(b[0:], 1) // Ethernet
	binary.BigEndian.PutUint16(b[2:], etherIPv4)
	b[4], b[5] = 6, 4 // lengths of a MAC and an IPv4 address
	binary.BigEndian.PutUint16(b[6:], op)
	copy(b[8:14], srcMAC[:])
	copy(b[14:18], srcIP.AsSlice())
	copy(b[18:24], dstMAC[:])
	copy(b[24:28], dstIP.AsSlice())
	return b
}

// parseARP returns the claim an ARP frame makes: its sender has its sender
// address. A probe (sender address 0.0.0.0) claims nothing.
func parseARP(b []byte) (Claim, bool) {
	if len(b) < arpLen || binary.BigEndian.Uint16(b) != 1 || binary.BigEndian.Uint16(b[2:]) != etherIPv4 || b[4] != 6 || b[5] != 4 {
		return Claim{}, false
	}
	if op := binary.BigEndian.Uint16(b[6:]); op != arpRequest && op != arpReply {
		return Claim{}, false
	}
	c := Claim{IP: netip.AddrFrom4([4]byte(b[14:18])), MAC: MAC(b[8:14])}
	return c, !c.IP.IsUnspecified() && !c.MAC.IsZero()
}

// advertisement is an IPv6 packet with an unsolicited neighbour advertisement
// (RFC 4861, section 7.2.6): ip lives at mac, and overrides what you believed.
func advertisement(ip netip.Addr, mac MAC) []byte {
	msg := ndMessage(ndAdvertise, ndOverride, ip, optTargetMAC, mac)
	return ipv6Packet(ip, allNodes(), msg)
}

// solicitation is an IPv6 packet that asks who has ip without a source address (RFC 4862, section 5.4.2).
func solicitation(ip netip.Addr) (packet []byte, to netip.Addr) {
	b := ip.As16()
	to = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 11: 1, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]})
	// Without a source address there must be no link-layer address option.
	msg := ndMessage(ndSolicit, 0, ip, optSourceMAC, MAC{})[:24]
	return ipv6Packet(netip.IPv6Unspecified(), to, msg), to
}

func ndMessage(kind byte, flags uint32, target netip.Addr, opt byte, mac MAC) []byte {
	b := make([]byte, ndLen)
	b[0] = kind
	binary.BigEndian.PutUint32(b[4:], flags)
	t := target.As16()
	copy(b[8:24], t[:])
	b[24], b[25] = opt, 1 // option length in units of 8 bytes
	copy(b[26:32], mac[:])
	return b
}

// ipv6Packet puts an ICMPv6 message into a packet and fills in the checksum of the message.
func ipv6Packet(src, dst netip.Addr, msg []byte) []byte {
	p := make([]byte, ipv6Len, ipv6Len+len(msg))
	p[0] = 6 << 4
	binary.BigEndian.PutUint16(p[4:], uint16(len(msg)))
	p[6] = protoICMPv6
	p[7] = 255 // neighbours refuse anything that may have passed a router
	s, d := src.As16(), dst.As16()
	copy(p[8:24], s[:])
	copy(p[24:40], d[:])
	binary.BigEndian.PutUint16(msg[2:], 0)
	binary.BigEndian.PutUint16(msg[2:], icmpv6Sum(s, d, msg))
	return append(p, msg...)
}

// icmpv6Sum is the checksum over the pseudo header and the message (RFC 4443, section 2.3).
func icmpv6Sum(src, dst [16]byte, msg []byte) uint16 {
	var sum uint32
	add := func(b []byte) {
		for i := 0; i+1 < len(b); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(b[i:]))
		}
		if len(b)%2 == 1 {
			sum += uint32(b[len(b)-1]) << 8
		}
	}
	add(src[:])
	add(dst[:])
	sum += uint32(len(msg)) + protoICMPv6
	add(msg)
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// parseAdvertisement returns the claim of an IPv6 packet that carries a
// neighbour advertisement. One without a link-layer address option claims with
// the MAC it was sent from, which the caller fills in.
func parseAdvertisement(p []byte) (Claim, bool) {
	if len(p) < ipv6Len+24 || p[0]>>4 != 6 || p[6] != protoICMPv6 || p[7] != 255 {
		return Claim{}, false
	}
	msg := p[ipv6Len:]
	if n := int(binary.BigEndian.Uint16(p[4:])); n >= 24 && n < len(msg) {
		msg = msg[:n] // Ethernet pads short frames
	}
	if msg[0] != ndAdvertise || msg[1] != 0 || icmpv6Sum([16]byte(p[8:24]), [16]byte(p[24:40]), msg) != 0 {
		return Claim{}, false
	}
	c := Claim{IP: netip.AddrFrom16([16]byte(msg[8:24]))}
	for opts := msg[24:]; len(opts) >= 8; {
		n := int(opts[1]) * 8
		if n == 0 || n > len(opts) {
			return Claim{}, false
		}
		if opts[0] == optTargetMAC && n == 8 {
			c.MAC = MAC(opts[2:8])
		}
		opts = opts[n:]
	}
	return c, !c.IP.IsMulticast() && !c.IP.IsUnspecified()
}

func allNodes() netip.Addr { return netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 1}) }

// multicastMAC is where IPv6 multicast goes on Ethernet (RFC 2464, section 7).
func multicastMAC(ip netip.Addr) MAC {
	b := ip.As16()
	return MAC{0x33, 0x33, b[12], b[13], b[14], b[15]}
}
