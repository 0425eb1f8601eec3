package node

import (
	"context"
	"net"
	"net/netip"
	"os"
	"os/user"
	"slices"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
	"heartbeat/internal/netif"
)

// resolvePatience bounds one look-up of a host name: a name server that does not answer must not keep
// a node from starting for minutes.
const resolvePatience = 5 * time.Second

// facts are what conf needs to know about this machine. NodeName is uname -n unless name is given.
// Where the network cannot be read, interfaces are not checked.
func facts(name string, kernel netif.Kernel, scripts *agent.Resolver) conf.Env {
	env := conf.Env{
		NodeName: name, LookupHost: lookupHost,
		UserExists:   func(name string) bool { _, err := user.Lookup(name); return err == nil },
		GroupExists:  func(name string) bool { _, err := user.LookupGroup(name); return err == nil },
		ScriptExists: scriptFinder(scripts),
		Executable:   executable,
	}
	if env.NodeName == "" {
		env.NodeName, _ = os.Hostname()
	}
	if kernel != nil {
		env.Interfaces = Interfaces(kernel)
	}
	return env
}

// lookupHost resolves a host name; IPv4 addresses come first.
func lookupHost(name string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(context.Background(), resolvePatience)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, err
	}
	for i, a := range addrs {
		addrs[i] = a.Unmap()
	}
	slices.SortStableFunc(addrs, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	return addrs, nil
}

// Interfaces lists the interfaces of this machine with their addresses; nil when they cannot be read.
func Interfaces(kernel netif.Kernel) []conf.Interface {
	links, err := kernel.Links()
	if err != nil {
		return nil
	}
	addresses, _ := kernel.Addresses()
	out := make([]conf.Interface, 0, len(links))
	for _, l := range links {
		i := conf.Interface{Name: l.Name, Up: l.Up}
		for _, a := range addresses {
			if a.Link == l.Index {
				i.Prefixes = append(i.Prefixes, netip.PrefixFrom(a.IP, a.Bits))
			}
		}
		out = append(out, i)
	}
	return out
}
