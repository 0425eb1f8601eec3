package conf

import (
	"net/netip"
	"strings"
	"time"
)

func (r *reader) ping(v string, line int) {
	addr, ok := r.resolve(v, line, "unknown host: %s")
	switch {
	case !ok:
	case addr.Is6():
		r.fail(line, "write: ping6 "+v, "Illegal ping [ping membership] in config file [%s]: it is an IPv6 address", v)
	default:
		r.medium(Medium{Kind: "ping", Name: strings.ToLower(v), Peer: v, Addr: addr, Line: line})
	}
}

func (r *reader) ping6(v string, line int) {
	addr, err := netip.ParseAddr(v)
	switch {
	case err != nil || !addr.Is6() || addr.Is4In6() || addr.IsMulticast() || addr.IsUnspecified():
		r.fail(line, "write a literal IPv6 address", "Illegal ping6 in config file [%s]", v)
	case addr.IsLinkLocalUnicast() && addr.Zone() == "":
		r.fail(line, "write the interface behind it: ping6 "+v+"%eth0", "ping6: [%s] means another host on every interface", v)
	default:
		r.medium(Medium{Kind: "ping6", Name: v, Peer: v, Addr: addr, Line: line})
	}
}

func (r *reader) pingGroup(v string, line int) {
	f := words(v)
	if len(f) < 2 {
		r.fail(line, "write: ping_group "+f[0]+" 192.168.1.1 192.168.1.2", "ping_group %s has no hosts", f[0])
		return
	}
	m := Medium{Kind: "ping_group", Name: f[0], Targets: f[1:], Line: line}
	for _, host := range m.Targets {
		addr, ok := r.resolve(host, line, "unknown host: %s")
		if !ok {
			return
		}
		m.TargetAddrs = append(m.TargetAddrs, addr)
	}
	r.medium(m)
}

// resolve turns a host into an address. Without a resolver a name stays unresolved, and that is fine.
func (r *reader) resolve(host string, line int, text string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr, true
	}
	if strings.Trim(host, "0123456789.") == "" || len(host) > 253 {
		r.fail(line, "write an address such as 192.168.1.2", text, host)
		return netip.Addr{}, false
	}
	if r.env.LookupHost == nil {
		return netip.Addr{}, true
	}
	addrs, err := r.env.LookupHost(host)
	if err != nil || len(addrs) == 0 {
		r.fail(line, "write its address, or add it to /etc/hosts", text, host)
		return netip.Addr{}, false
	}
	for _, a := range addrs {
		if a.Unmap().Is4() {
			return a.Unmap(), true
		}
	}
	return addrs[0], true
}

// judgePings refuses one name for two ping nodes: nothing could tell their answers apart.
func (r *reader) judgePings() {
	lines := map[string]Medium{}
	for _, m := range r.h.Media {
		if !strings.HasPrefix(m.Kind, "ping") {
			continue
		}
		if first, twice := lines[m.Name]; twice {
			r.fail(m.Line, "give the group a name of its own", "ping node %s stands in line %d already, as %s", m.Name, first.Line, first.Kind)
			continue
		}
		lines[m.Name] = m
	}
}

// statusBytes is the size of a heartbeat on a serial line, roughly: the fields of section 6 with a sha1 signature, and what we add.
const statusBytes = 400

// judgeSerial warns of a line that is slower than the heartbeats it shall carry. On a ring every node's heartbeats come
// by, in both directions.
func (r *reader) judgeSerial() {
	senders := 1
	if rings := r.h.SerialLines(); len(rings) > 1 {
		senders = max(len(r.h.Nodes), 1)
	}
	for _, m := range r.h.Media {
		if m.Kind != "serial" || m.Baud == 0 || r.h.Keepalive <= 0 {
			continue
		}
		// Half the line is left for everything else. A byte is ten bits on the line.
		need := time.Duration(senders) * 2 * statusBytes * 10 * time.Second / time.Duration(m.Baud)
		if need > r.h.Keepalive {
			r.warn(m.Line, "raise baud, or write keepalive "+FormatDuration(need.Round(10*time.Millisecond))+" or more",
				"%s at %d baud is too slow for a heartbeat of every node each %s", m.Name, m.Baud, r.h.Keepalive)
			return
		}
	}
}

// SerialLines are the names of the serial lines, in file order.
func (h HaCf) SerialLines() []string {
	var out []string
	for _, m := range h.Media {
		if m.Kind == "serial" {
			out = append(out, m.Name)
		}
	}
	return out
}
