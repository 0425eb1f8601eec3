package media

import "encoding/binary"

// An echo is an echo request or reply of ICMP (RFC 792) or ICMPv6 (RFC 4443); both have the same form.
type echo struct {
	kind     byte
	id, seq  uint16
	payload  []byte
	checksum uint16 // as received; computed when sent
}

const (
	echoReply    = 0
	echoRequest  = 8
	echoRequest6 = 128
	echoReply6   = 129
	echoHeader   = 8 // bytes
)

// encode appends the message to buf. The checksum is filled in: a raw IPv4 socket does not do that. For ICMPv6 the
// kernel puts its own there, which covers the addresses too.
func (e echo) encode(buf []byte) []byte {
	at := len(buf)
	buf = append(buf, e.kind, 0, 0, 0)
	buf = binary.BigEndian.AppendUint16(buf, e.id)
	buf = binary.BigEndian.AppendUint16(buf, e.seq)
	buf = append(buf, e.payload...)
	binary.BigEndian.PutUint16(buf[at+2:], checksum(buf[at:]))
	return buf
}

// decodeEcho reads an ICMP or ICMPv6 message; ok is false for anything but an echo request or reply.
func decodeEcho(b []byte) (e echo, ok bool) {
	if len(b) < echoHeader || b[1] != 0 {
		return echo{}, false
	}
	switch b[0] {
	case echoReply, echoRequest, echoReply6, echoRequest6:
	default:
		return echo{}, false
	}
	return echo{
		kind: b[0], checksum: binary.BigEndian.Uint16(b[2:]),
		id: binary.BigEndian.Uint16(b[4:]), seq: binary.BigEndian.Uint16(b[6:]),
		payload: b[echoHeader:],
	}, true
}

// withoutIPHeader cuts the IPv4 header that a raw socket puts before the message.
func withoutIPHeader(b []byte) (rest []byte, ok bool) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return nil, false
	}
	n := int(b[0]&15) * 4
	if n < 20 || n > len(b) {
		return nil, false
	}
	return b[n:], true
}

// checksum is the Internet checksum (RFC 1071); over a message that carries its own it is 0.
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
