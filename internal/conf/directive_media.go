package conf

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

func mediaDirectives() []Directive {
	return []Directive{
		{Name: "bcast", Type: "interfaces", Example: "bcast eth0 eth1", Many: true, Hidden: true,
			Doc: "Broadcast heartbeats on these interfaces.", DocZH: "在这些网卡上以广播方式发送心跳。", apply: (*reader).bcast},
		{Name: "udp", Type: "interfaces", Example: "udp eth0", Many: true, Hidden: true,
			Doc: "Old name of bcast.", DocZH: "bcast 的旧名称。",
			apply: func(r *reader, v string, line int) {
				r.warn(line, "write bcast", "WARNING: directive 'udp' replaced by 'bcast'")
				r.bcast(v, line)
			}},
		{Name: "ucast", Type: "interface host", Example: "ucast eth0 192.168.1.2", WholeLine: true, Many: true, Hidden: true,
			Doc:   "Send heartbeats to one host. The same lines may stand on all nodes, each node's own address included.",
			DocZH: "以单播方式向某主机发送心跳。各节点可使用相同的行，包含自身地址也无妨。", apply: (*reader).ucast},
		{Name: "ucast6", Type: "interface address", Example: "ucast6 eth0 fd00::2", WholeLine: true, Many: true, Hidden: true,
			Doc: "As ucast, over IPv6. A link-local address is one on the interface of the line.", DocZH: "同 ucast，使用 IPv6。链路本地地址属于该行的网卡。", apply: (*reader).ucast6},
		{Name: "mcast", Type: "interface group port ttl loop", Example: "mcast eth0 225.0.0.1 694 1 0", WholeLine: true, Many: true, Hidden: true,
			Doc: "Multicast heartbeats to a group.", DocZH: "以组播方式发送心跳。", apply: (*reader).mcast},
		{Name: "mcast6", Type: "interface group port hops loop", Example: "mcast6 eth0 ff02::694 694 1 0", WholeLine: true, Many: true, Hidden: true,
			Doc: "As mcast, over IPv6: a group of scope 2, 4, 5 or 8, and 0 to 4 hops.", DocZH: "同 mcast，使用 IPv6：组的范围为 2、4、5 或 8，跳数 0 至 4。", apply: (*reader).mcast6},
		{Name: "serial", Type: "devices", Example: "serial /dev/ttyS0", Many: true, Hidden: true,
			Doc:   "Send heartbeats over a null-modem cable with RTS and CTS. With two lines or more on a node, what comes on one is passed on to the others: cables from node to node make a ring.",
			DocZH: "通过带 RTS/CTS 的串口线发送心跳。一个节点有两条或更多串口线时，从一条收到的消息会转发到其余各条，因此节点可用电缆连成环。",
			apply: (*reader).serial},
		{Name: "baud", Type: "int", Default: "19200", Example: "baud 19200",
			Doc: "Speed of the serial lines below this line.", DocZH: "此行以下串口的波特率。",
			apply: func(r *reader, v string, line int) {
				rates := []string{"9600", "19200", "38400", "57600", "115200", "230400", "460800"}
				switch {
				case r.baudLine > 0:
					r.fail(line, "keep one of them", "Baudrate multiply specified. (first in line %d)", r.baudLine)
				case !slices.Contains(rates, v):
					r.fail(line, "write one of "+strings.Join(rates, " "), "invalid baudrate [%s] specified.", v)
				default:
					n, _ := strconv.Atoi(v)
					r.h.Baud, r.baud = n, n
					r.lateFor(line, "baud", "serial")
				}
				r.baudLine = line
			}},
		{Name: "udpport", Type: "int", Example: "udpport 694", Many: true,
			Doc:   "UDP port of the bcast, ucast and ucast6 lines below this line, up to the next udpport. Default: 694.",
			DocZH: "此行以下、直到下一条 udpport 为止，bcast、ucast 与 ucast6 使用的 UDP 端口。默认 694。",
			apply: func(r *reader, v string, line int) {
				n, err := numberIn(v, 1, 65535)
				if err != nil {
					r.fail(line, "write: udpport 694", "invalid port [%s] specified.", v)
					return
				}
				if r.portLine == 0 { // later ones are meant for the lines below them
					r.portLine = line
					r.lateFor(line, "udpport", "bcast", "ucast", "ucast6")
				}
				r.h.UDPPort, r.port = n, n
			}},
		{Name: "ping", Type: "hosts", Example: "ping 192.168.1.1", Many: true, Hidden: true,
			Doc: "Hosts outside the cluster whose answer shows that this node is connected.", DocZH: "集群外的参照主机；其应答说明本节点网络正常。", apply: (*reader).ping},
		{Name: "ping6", Type: "addresses", Example: "ping6 fd00::1", Many: true, Hidden: true,
			Doc: "As ping, over IPv6. A link-local address needs its interface: fe80::1%eth0.", DocZH: "同 ping，使用 IPv6。链路本地地址须带网卡：fe80::1%eth0。", apply: (*reader).ping6},
		{Name: "ping_group", Type: "name hosts", Example: "ping_group routers 192.168.1.1 192.168.1.2", WholeLine: true, Many: true, Hidden: true,
			Doc: "Hosts that count as one ping node: it lives while one of them answers.", DocZH: "一组参照主机，作为一个 ping 节点；任一应答即视为存活。", apply: (*reader).pingGroup},
	}
}

// medium adds a line, unless the same one stands further up.
func (r *reader) medium(m Medium) {
	for _, o := range r.h.Media {
		if o.Kind == m.Kind && o.Interface == m.Interface && o.Name == m.Name && o.Peer == m.Peer && o.Addr == m.Addr && o.Port == m.Port && slices.Equal(o.Targets, m.Targets) {
			r.warn(m.Line, "remove it", "%s %s stands in line %d already", m.Kind, strings.TrimSpace(m.Name+" "+m.Peer), o.Line)
			return
		}
	}
	r.h.Media = append(r.h.Media, m)
}

// lateFor warns of a setting that stands below media it was meant for.
func (r *reader) lateFor(line int, name string, kinds ...string) {
	for _, m := range r.h.Media {
		if slices.Contains(kinds, m.Kind) {
			r.warn(line, "move it above line "+itoa(m.Line), "%s setting must precede media statements: %s in line %d does not see it", name, m.Kind, m.Line)
			return
		}
	}
}

// device checks an interface name. mustExist is C's rule for bcast; the others may wait for theirs.
func (r *reader) device(kind, name string, line int, mustExist bool) bool {
	if !validInterface(name) {
		r.fail(line, "write an interface such as eth0", "IP interface [%.40s] does not exist: no name of an interface", name)
		return false
	}
	if r.env.Interfaces == nil {
		return true
	}
	if _, ok := r.env.interfaceNamed(name); ok {
		return true
	}
	fix := didYouMean(name, r.env.interfaceNames(), "`ip link` lists the interfaces of this machine")
	if mustExist {
		r.fail(line, fix, "IP interface [%s] does not exist: Illegal %s [UDP/IP broadcast] in config file [%s]", name, kind, name)
		return false
	}
	r.warn(line, fix, "IP interface [%s] does not exist here", name)
	return true
}

func (r *reader) bcast(v string, line int) {
	if r.device("bcast", v, line, true) {
		r.medium(Medium{Kind: "bcast", Interface: v, Name: v, Port: r.port, Line: line})
	}
}

func (r *reader) serial(v string, line int) {
	if !strings.HasPrefix(v, "/") {
		r.fail(line, "write: serial /dev/"+v, "Serial port not full pathname [%s]", v)
		return
	}
	r.medium(Medium{Kind: "serial", Interface: v, Name: v, Baud: r.baud, Line: line})
}

func (r *reader) ucast(v string, line int) {
	f := words(v)
	if len(f) < 2 {
		r.fail(line, "write: ucast "+f[0]+" 192.168.1.2", "ucast: [%s] missing target IP address/hostname", f[0])
		return
	}
	r.extra("ucast", f, 2, line)
	if !r.device("ucast", f[0], line, false) {
		return
	}
	addr, ok := r.resolve(f[1], line, "cannot resolve hostname [%s]")
	if !ok {
		return
	}
	if addr.Is6() {
		r.fail(line, "write: ucast6 "+f[0]+" "+f[1], "ucast: %s is an IPv6 address", f[1])
		return
	}
	r.medium(Medium{Kind: "ucast", Interface: f[0], Name: f[0], Peer: f[1], Addr: addr, Port: r.port, Line: line})
}

func (r *reader) ucast6(v string, line int) {
	f := words(v)
	if len(f) < 2 {
		r.fail(line, "write: ucast6 "+f[0]+" fd00::2", "ucast6: [%s] missing target IP address/hostname", f[0])
		return
	}
	r.extra("ucast6", f, 2, line)
	addr, err := netip.ParseAddr(f[1])
	if zone := addr.Zone(); zone == f[0] {
		addr = addr.WithZone("") // the interface of the line says it already
	} else if zone != "" {
		r.fail(line, "write one interface", "ucast6: [%s] is an address on %s, not on %s", f[1], zone, f[0])
		return
	}
	if err != nil || !addr.Is6() || addr.Is4In6() || addr.IsLoopback() || addr.IsMulticast() || addr.IsUnspecified() {
		r.fail(line, "write a literal unicast address such as fd00::2", "ucast6: bad address [%s]", f[1])
		return
	}
	if r.device("ucast6", f[0], line, false) {
		r.medium(Medium{Kind: "ucast6", Interface: f[0], Name: f[0], Peer: f[1], Addr: addr, Port: r.port, Line: line})
	}
}

func (r *reader) mcast(v string, line int) {
	r.multicast("mcast", v, line, func(a netip.Addr) bool { return a.Is4() && a.IsMulticast() }, "a class D address such as 225.0.0.1")
}

func (r *reader) mcast6(v string, line int) {
	scopes := []byte{2, 4, 5, 8}
	r.multicast("mcast6", v, line, func(a netip.Addr) bool {
		return a.Is6() && a.IsMulticast() && slices.Contains(scopes, a.As16()[1]&15)
	}, "a group of scope 2, 4, 5 or 8 such as ff02::694")
}

func (r *reader) multicast(kind, v string, line int, good func(netip.Addr) bool, want string) {
	f := words(v)
	const form = "eth0 225.0.0.1 694 1 0"
	if missing := []string{"address", "port", "ttl", "loop"}; len(f) < 5 {
		r.fail(line, "write for example: "+kind+" "+form, "%s [%s] missing mcast %s", kind, f[0], missing[len(f)-1])
		return
	}
	r.extra(kind, f, 5, line)
	group, err := netip.ParseAddr(f[1])
	if err != nil || !good(group) {
		r.fail(line, "write "+want, "%s [%s] bad addr [%s]", kind, f[0], f[1])
	}
	port, err1 := numberIn(f[2], 1, 65535)
	if err1 != nil {
		r.fail(line, "write 694", "%s [%s] bad port [%s]", kind, f[0], f[2])
	}
	ttl, err2 := numberIn(f[3], 0, 4)
	if err2 != nil {
		r.fail(line, "write a number from 0 to 4, usually 1", "%s [%s] bad ttl [%s]", kind, f[0], f[3])
	}
	loop, err3 := numberIn(f[4], 0, 1)
	if err3 != nil {
		r.fail(line, "write 0, or 1 to hear ourselves", "%s [%s] bad loop [%s]", kind, f[0], f[4])
	}
	if !r.device(kind, f[0], line, false) || err != nil || !good(group) || err1 != nil || err2 != nil || err3 != nil {
		return
	}
	r.medium(Medium{Kind: kind, Interface: f[0], Name: f[0], Addr: group, Port: port, TTL: ttl, Loop: loop == 1, Line: line})
}

// extra warns of words after the last one that counts.
func (r *reader) extra(kind string, f []string, n, line int) {
	if len(f) > n {
		r.warn(line, "remove it", "%s: %s is ignored", kind, strings.Join(f[n:], " "))
	}
}
