package applet

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"heartbeat/internal/agent/address"
	"heartbeat/internal/netif"
)

const findifUsage = `
Usage: findif [-C]
Options:
    -C: Output netmask as the number of bits rather than as 4 octets.
Environment variables:
OCF_RESKEY_ip		 ip address (mandatory!)
OCF_RESKEY_cidr_netmask netmask of interface
OCF_RESKEY_broadcast	 broadcast address for interface
OCF_RESKEY_nic		 interface to assign to
`

// findif says which interface an address belongs to (resources spec, section 7.2): what IPaddr would do with it.
func findif(c *call, args []string) int {
	options, rest, err := getopt(c.prog, "C", args)
	if err != nil || len(rest) > 0 {
		c.complain("%s", findifUsage)
		return 2
	}
	value := func(name string) string {
		if v := c.Getenv("OCF_RESKEY_" + name); v != "" {
			return v
		}
		return c.Getenv(name)
	}
	ip, mask, nic := value("ip"), value("cidr_netmask"), value("nic")
	if mask == "" {
		mask = value("netmask")
	}
	const notConfigured = 6
	if ip == "" {
		c.complain("ERROR: IP address parameter is mandatory.%s", findifUsage)
		return notConfigured
	}
	// A colon makes an alias of IPaddr; findif knows interfaces only.
	nic, _, _ = strings.Cut(nic, ":")
	spec, err := address.Parse(address.IPaddr, strings.TrimSuffix(ip+"/"+mask, "/"))
	if err != nil {
		c.complain("%s\n%s", err, findifUsage)
		return notConfigured
	}
	if nic == "" && spec.Bits == 0 && spec.IP.IsLoopback() && spec.IP.Is4() {
		nic, spec.Bits = "lo", 8 // no route of the main table leads there
	}
	spec.Interface = nic
	if nic != "" && spec.Bits == 0 {
		spec.Bits = spec.IP.BitLen() // a given interface without a mask: all ones, as findif always said
	}
	k, err := netif.Open()
	if err != nil {
		return c.report(err)
	}
	defer k.Close()
	if nic != "" {
		links, err := k.Links()
		if err != nil {
			return c.report(err)
		}
		if _, ok := netif.LinkNamed(links, nic); !ok {
			c.complain("%s: unknown interface: No such device\n%s", nic, findifUsage)
			return notConfigured
		}
	}
	keeper := address.NewKeeper(address.Config{Kernel: k})
	defer keeper.Close()
	a, link, err := keeper.Resolve(spec)
	if err != nil {
		c.complain("ERROR: %s\n", err)
		if f, ok := errors.AsType[*address.Failure](err); ok {
			return f.ExitCode()
		}
		return exitNotWell
	}
	c.printFindif(a, link, value("broadcast"), len(options) > 0)
	return exitOK
}

// printFindif prints the one line that scripts cut at its tabs.
func (c *call) printFindif(a netif.Address, link netif.Link, broadcast string, bits bool) {
	mask := netip.PrefixFrom(a.IP, a.Bits)
	text := net.IP(net.CIDRMask(a.Bits, a.IP.BitLen())).String()
	if bits {
		_, text, _ = strings.Cut(mask.String(), "/")
	}
	if broadcast == "" {
		broadcast = lastOf(mask).String()
	}
	c.printf("%s\tnetmask %s\tbroadcast %s\n", link.Name, text, broadcast)
}

// lastOf is the address with all host bits set.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	last, _ := netip.AddrFromSlice(b)
	return last
}
