package address

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// OCF exit codes a native address answers with; users know them from the scripts.
const (
	CodeOK         = 0
	CodeGeneric    = 1
	CodeArgs       = 2
	CodeConfigured = 6
	CodeNotRunning = 7
)

// A Failure is an error with the exit code the classic script would have ended with.
type Failure struct {
	Code int
	Text string
}

func (f *Failure) Error() string { return f.Text }

func fail(code int, format string, args ...any) error {
	return &Failure{code, fmt.Sprintf(format, args...)}
}

// Style is whose rules apply: the classic scripts differ (resources spec, section 7.2).
type Style uint8

const (
	IPaddr   Style = iota // computed broadcast, alias labels, gateways' routes count
	IPaddr2               // on-link routes only, broadcast of the interface's own address
	IPv6addr              // as IPaddr2, IPv6 only
)

func (s Style) String() string {
	switch s {
	case IPaddr:
		return "IPaddr"
	case IPaddr2:
		return "IPaddr2"
	case IPv6addr:
		return "IPv6addr"
	}
	return "unknown"
}

// maxName is the longest interface name or label, in bytes.
const maxName = 15

// A Spec is an address as the administrator wrote it: ip[/mask[/nic[:label][/broadcast]]] or ip/mask/broadcast.
type Spec struct {
	Style     Style
	IP        netip.Addr
	Bits      int    // 0: not given
	Interface string // empty: not given
	Label     string // without the interface; empty: not given
	Broadcast string // an IPv4 address, "+" computed, "-" none; empty: not given
}

// Parse reads the argument of an address resource.
func Parse(style Style, arg string) (Spec, error) {
	parts := strings.Split(arg, "/")
	s := Spec{Style: style}
	ip, err := netip.ParseAddr(parts[0])
	if err != nil || ip.Zone() != "" || ip.IsUnspecified() || ip.IsMulticast() {
		return Spec{}, fail(CodeConfigured, "IP address [%s] not valid.", parts[0])
	}
	s.IP = ip.Unmap()
	if s.IP.Is6() && style == IPaddr {
		return Spec{}, fail(CodeConfigured, "IP address [%s] not valid: IPaddr serves IPv4 only; write IPv6addr::%s", parts[0], arg)
	}
	if s.IP.Is4() && style == IPv6addr {
		return Spec{}, fail(CodeConfigured, "IP address [%s] not valid: IPv6addr serves IPv6 only; write IPaddr::%s", parts[0], arg)
	}
	if len(parts) > 4 {
		return Spec{}, fail(CodeArgs, "address [%s] has %d parts; it is ip/mask/interface/broadcast", arg, len(parts))
	}
	rest := parts[1:]
	if len(rest) > 0 && rest[0] != "" {
		if s.Bits, err = parseMask(rest[0], s.IP); err != nil {
			return Spec{}, err
		}
	}
	if len(rest) > 1 {
		err = s.parseTail(rest[1:])
	}
	return s, err
}

// parseTail reads nic[:label][/broadcast] or broadcast.
func (s *Spec) parseTail(parts []string) error {
	if nic := parts[0]; nic != "" && nic[0] >= '0' && nic[0] <= '9' {
		if len(parts) > 1 {
			return fail(CodeArgs, "a broadcast address [%s] is the last part of an address", nic)
		}
		return s.setBroadcast(nic)
	}
	nic, label, labelled := strings.Cut(parts[0], ":")
	if len(nic) > maxName || strings.ContainsAny(nic, " \t\r") {
		return fail(CodeConfigured, "Invalid interface name [%s].", nic)
	}
	s.Interface = nic
	if labelled && s.Style != IPaddr { // IPaddr chooses the number itself
		s.Label = label
		if n := len(nic) + 1 + len(label); n > maxName {
			return fail(CodeConfigured, "Interface label [%s:%s] has %d characters; %d is the most", nic, label, n, maxName)
		}
	}
	if len(parts) > 1 && parts[1] != "" {
		return s.setBroadcast(parts[1])
	}
	return nil
}

func (s *Spec) setBroadcast(b string) error {
	ip, err := netip.ParseAddr(b)
	given := err == nil && ip.Is4()
	if s.IP.Is6() || !given && b != "+" && b != "-" {
		return fail(CodeConfigured, "Invalid broadcast address [%s].", b)
	}
	s.Broadcast = b
	return nil
}

// parseMask reads a prefix length, or for IPv4 a contiguous dotted mask.
func parseMask(m string, ip netip.Addr) (int, error) {
	bits, err := strconv.Atoi(m)
	if mask, maskErr := netip.ParseAddr(m); maskErr == nil && mask.Is4() && ip.Is4() {
		bits, err = maskBits(mask.As4())
	}
	if err != nil || bits < 1 || bits > ip.BitLen() {
		return 0, fail(CodeConfigured, "Invalid netmask specification [%s]: it is 1 to %d, or for IPv4 a mask like 255.255.255.0", m, ip.BitLen())
	}
	return bits, nil
}

func maskBits(m [4]byte) (int, error) {
	v := uint32(m[0])<<24 | uint32(m[1])<<16 | uint32(m[2])<<8 | uint32(m[3])
	bits := 0
	for ; v&0x80000000 != 0; v <<= 1 {
		bits++
	}
	if v != 0 {
		return 0, strconv.ErrSyntax
	}
	return bits, nil
}
