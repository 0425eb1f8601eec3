package conf

import (
	"net/netip"
	"slices"
	"strings"
)

func (k *checker) interfaces() {
	if k.f.Interfaces == nil {
		return
	}
	env := Env{Interfaces: k.f.Interfaces}
	for _, m := range k.c.HaCf.Media {
		if m.Interface == "" || m.Kind == "serial" {
			continue
		}
		switch i, ok := env.interfaceNamed(m.Interface); {
		case !ok:
			k.add(k.c.HaCf.File, m.Line, Error, didYouMean(m.Interface, env.interfaceNames(), "`ip link` lists the interfaces of this machine"), "IP interface [%s] does not exist", m.Interface)
		case !i.Up:
			k.add(k.c.HaCf.File, m.Line, Error, "run: ip link set "+i.Name+" up", "interface %s is down", i.Name)
		case len(i.Prefixes) == 0:
			k.add(k.c.HaCf.File, m.Line, Warning, "give it one", "interface %s has no address", i.Name)
		case !hasFamily(i, strings.HasSuffix(m.Kind, "6")):
			k.add(k.c.HaCf.File, m.Line, Warning, "give it one, or use another medium", "interface %s has no address that %s could use", i.Name, m.Kind)
		}
	}
	for _, p := range k.f.PortsInUse {
		for _, m := range k.c.HaCf.Media {
			if m.Port == p.Port {
				k.add(k.c.HaCf.File, m.Line, Error, "stop it, or give this cluster its own udpport", "UDP port %d is used by %s", p.Port, p.Owner)
				break
			}
		}
	}
}

// hasFamily says whether an interface has an IPv6 address, or an IPv4 one.
func hasFamily(i Interface, ipv6 bool) bool {
	return slices.ContainsFunc(i.Prefixes, func(p netip.Prefix) bool { return p.Addr().Is6() == ipv6 })
}

func (k *checker) serialPorts() {
	h := &k.c.HaCf
	for _, m := range h.Media {
		switch {
		case m.Kind != "serial":
		case k.f.PathExists != nil && !k.f.PathExists(m.Interface):
			k.add(h.File, m.Line, Error, "correct the path, or remove the line", "Nonexistent serial port [%s]", m.Interface)
		case k.f.IsCharDevice != nil && !k.f.IsCharDevice(m.Interface):
			k.add(h.File, m.Line, Error, "name a serial port such as /dev/ttyS0", "Serial port [%s] is not a char device", m.Interface)
		}
	}
}
