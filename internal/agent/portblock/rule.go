package portblock

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// mostPorts bounds the list of one resource.
const mostPorts = 64

// ports is one port or a range.
type ports struct{ from, to uint16 }

// parsePorts reads 80,443,6000:6010.
func parsePorts(text string) ([]ports, error) {
	var out []ports
	for word := range strings.SplitSeq(text, ",") {
		a, b, isRange := strings.Cut(strings.TrimSpace(word), ":")
		if !isRange {
			b = a
		}
		from, err1 := strconv.ParseUint(a, 10, 16)
		to, err2 := strconv.ParseUint(b, 10, 16)
		if err1 != nil || err2 != nil || from == 0 || to < from {
			return nil, fmt.Errorf("%q is no port from 1 to 65535 and no range FROM:TO", word)
		}
		out = append(out, ports{uint16(from), uint16(to)})
	}
	if len(out) > mostPorts {
		return nil, fmt.Errorf("%d ports are more than %d; write a range FROM:TO", len(out), mostPorts)
	}
	return out, nil
}

// drop is the rule that lets packets to these ports vanish.
func drop(protocol string, to netip.Prefix, p ports) []expr.Any {
	number := byte(unix.IPPROTO_TCP)
	if protocol == "udp" {
		number = unix.IPPROTO_UDP
	}
	out := []expr.Any{
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{number}},
	}
	if to.IsValid() && to.Bits() > 0 {
		out = append(out, destination(to)...)
	}
	out = append(out, &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}) // destination port
	from, until := binaryutil.BigEndian.PutUint16(p.from), binaryutil.BigEndian.PutUint16(p.to)
	if p.from == p.to {
		out = append(out, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: from})
	} else {
		out = append(out, &expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: from, ToData: until})
	}
	return append(out, &expr.Counter{}, &expr.Verdict{Kind: expr.VerdictDrop})
}

// destination matches the address that a packet is for.
func destination(to netip.Prefix) []expr.Any {
	family, offset, size := byte(nftables.TableFamilyIPv4), uint32(16), uint32(4)
	if to.Addr().Is6() {
		family, offset, size = byte(nftables.TableFamilyIPv6), 24, 16
	}
	mask := make([]byte, size)
	for i := range to.Bits() {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{family}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: size},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: size, Mask: mask, Xor: make([]byte, size)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: to.Masked().Addr().AsSlice()},
	}
}
