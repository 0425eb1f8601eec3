package address

import (
	"fmt"
	"net/netip"

	"heartbeat/internal/conf"
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

// ExitCode lets other packages read the code without knowing this type.
func (f *Failure) ExitCode() int { return f.Code }

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

// A Spec is an address as the administrator wrote it, and by whose rules.
type Spec struct {
	Style     Style
	IP        netip.Addr
	Bits      int        // 0: not given
	Interface string     // empty: not given
	Label     string     // without the interface; empty: not given
	Broadcast netip.Addr // invalid: not given
}

// Parse reads the argument of an address resource (resources spec, section 7.1).
func Parse(style Style, arg string) (Spec, error) {
	a, err := conf.ParseAddress(arg)
	switch {
	case err != nil:
		return Spec{}, fail(CodeConfigured, "%v", err)
	case a.IP.Is6() && style == IPaddr:
		return Spec{}, fail(CodeConfigured, "IP address [%s] not valid: IPaddr serves IPv4 only; write IPv6addr::%s", a.IP, arg)
	case a.IP.Is4() && style == IPv6addr:
		return Spec{}, fail(CodeConfigured, "IP address [%s] not valid: IPv6addr serves IPv6 only; write IPaddr::%s", a.IP, arg)
	}
	s := Spec{Style: style, IP: a.IP, Bits: a.Bits, Interface: a.Interface, Label: a.Label, Broadcast: a.Broadcast}
	if style == IPaddr {
		s.Label = "" // it chooses a number itself
	}
	return s, nil
}
