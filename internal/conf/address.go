package conf

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Address is the argument of IPaddr, IPaddr2 and IPv6addr (resources spec, 7.1).
type Address struct {
	IP        netip.Addr
	Bits      int        // prefix length; 0: not given, take the route's
	Interface string     // empty: not given, take the route's
	Label     string     // what stands after the colon in eth0:web; IPaddr drops it
	Broadcast netip.Addr // invalid: not given
}

// KernelLabel is the label as the kernel wants it (eth0:web), or empty.
func (a Address) KernelLabel() string {
	if a.Label == "" {
		return ""
	}
	return a.Interface + ":" + a.Label
}

// String writes the address so that ParseAddress reads the same again.
func (a Address) String() string {
	s := a.IP.String()
	if a.Bits > 0 {
		s += "/" + strconv.Itoa(a.Bits)
	}
	if a.Interface != "" {
		s += "/" + a.Interface
		if a.Label != "" {
			s += ":" + a.Label
		}
	}
	if a.Broadcast.IsValid() {
		s += "/" + a.Broadcast.String()
	}
	return s
}

// ParseAddress reads ip[/mask[/nic[:label][/broadcast]]] or ip/mask/broadcast. The mask is a
// prefix length or, for IPv4, a dotted quad; broadcast may be + (all ones) or - (all zeros).
func ParseAddress(arg string) (Address, error) {
	var a Address
	parts := strings.Split(arg, "/")
	ip, err := netip.ParseAddr(parts[0])
	switch {
	case err != nil || ip.Zone() != "":
		return a, fmt.Errorf("IP address [%s] not valid: write it like 192.168.1.10/24 or 192.168.1.10/24/eth0", parts[0])
	case ip.Is4In6() || ip.IsUnspecified() || ip.IsMulticast() || ip.Is4() && ip.As4()[0] == 0:
		return a, fmt.Errorf("IP address [%s] not valid: it cannot be given to an interface", parts[0])
	case len(parts) > 4:
		return a, fmt.Errorf("address [%s] has more than four parts: write ip/mask/interface/broadcast", arg)
	}
	a.IP = ip
	if len(parts) > 1 {
		if a.Bits, err = parseMask(parts[1], ip); err != nil {
			return Address{}, err
		}
	}
	rest := parts[min(2, len(parts)):]
	if len(rest) > 0 && !startsBroadcast(rest[0]) {
		name, label, labelled := strings.Cut(rest[0], ":")
		if !validInterface(name) || labelled && label == "" || len(rest[0]) > 15 || strings.ContainsAny(label, ": \t") {
			return Address{}, fmt.Errorf("invalid interface name [%s]: an interface and its label have 15 characters at the most", rest[0])
		}
		a.Interface, a.Label, rest = name, label, rest[1:]
	}
	if len(rest) > 1 {
		return Address{}, fmt.Errorf("address [%s] has something after the broadcast address: write ip/mask/interface/broadcast", arg)
	}
	if len(rest) == 1 {
		if a.Broadcast, err = parseBroadcast(rest[0], a); err != nil {
			return Address{}, err
		}
	}
	return a, nil
}

func startsBroadcast(s string) bool {
	return s == "+" || s == "-" || s != "" && s[0] >= '0' && s[0] <= '9'
}

// validInterface is the kernel's rule for names, and none of our separators.
func validInterface(s string) bool {
	return s != "" && len(s) <= 15 && s != "." && s != ".." && !strings.ContainsAny(s, "/: \t\n,#\x00")
}

func parseMask(s string, ip netip.Addr) (int, error) {
	if bits, err := strconv.Atoi(s); err == nil && s[0] != '+' {
		if bits < 1 || bits > ip.BitLen() {
			return 0, fmt.Errorf("invalid netmask specification [%s]: it is a number from 1 to %d", s, ip.BitLen())
		}
		return bits, nil
	}
	m, err := netip.ParseAddr(s)
	if err != nil || !m.Is4() || !ip.Is4() {
		return 0, fmt.Errorf("invalid netmask specification [%s]: write the number of bits, such as 24", s)
	}
	b := m.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	bits := 0
	for v&(1<<31) != 0 {
		v <<= 1
		bits++
	}
	if v != 0 || bits == 0 {
		return 0, fmt.Errorf("invalid netmask specification [%s]: its ones are not contiguous", s)
	}
	return bits, nil
}

func parseBroadcast(s string, a Address) (netip.Addr, error) {
	if !a.IP.Is4() {
		return netip.Addr{}, fmt.Errorf("invalid broadcast address [%s]: IPv6 has no broadcast, leave it out", s)
	}
	if s == "+" || s == "-" {
		b := a.IP.As4()
		for i := a.Bits; i < 32; i++ {
			b[i/8] &^= 1 << (7 - i%8)
			if s == "+" {
				b[i/8] |= 1 << (7 - i%8)
			}
		}
		return netip.AddrFrom4(b), nil
	}
	b, err := netip.ParseAddr(s)
	if err != nil || !b.Is4() {
		return netip.Addr{}, fmt.Errorf("invalid broadcast address [%s]: write it like 192.168.1.255", s)
	}
	return b, nil
}
