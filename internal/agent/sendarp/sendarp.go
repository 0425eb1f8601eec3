// Package sendarp tells a network that an address lives on this machine, for
// setups where something else puts the address there. Whether it "runs" is a flag:
// an announcement leaves no other trace on the machine that makes it.
package sendarp

import (
	"context"
	"net/netip"
	"strings"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/netif"
)

// Kind describes the agent.
func Kind() native.Kind {
	k := native.Kind{
		Name: "SendArp", Usage: "IP/INTERFACE", Short: "announces an address by gratuitous ARP",
		Long: "Announces on an interface that an address lives on this machine, by gratuitous ARP or an IPv6 neighbour advertisement. It does not add the address: IPaddr2 does both.",
		Params: []native.Param{
			{Name: "ip", Short: "the address", Required: true},
			{Name: "nic", Short: "the interface", Required: true},
		},
		Positional: func(args []string) (native.Values, error) {
			if len(args) != 1 {
				return nil, native.Fail(native.Generic, "usage: SendArp IP/INTERFACE")
			}
			ip, nic, _ := strings.Cut(args[0], "/")
			return native.Values{"ip": ip, "nic": nic}, nil
		},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		ip, err := netip.ParseAddr(v["ip"])
		if err != nil {
			return nil, native.Fail(native.Configured, "%q is no address", v["ip"])
		}
		return &agent{ip, v["nic"], p, p.Flag("SendArp_" + v["ip"] + "_" + v["nic"])}, nil
	}
	return k
}

type agent struct {
	ip    netip.Addr
	nic   string
	place native.Place
	flag  native.Flag
}

func (a *agent) link() (netif.Link, error) {
	links, err := a.place.Kernel.Links()
	if err != nil {
		return netif.Link{}, err
	}
	l, ok := netif.LinkNamed(links, a.nic)
	if !ok {
		return l, native.Fail(native.Configured, "there is no interface %s", a.nic)
	}
	return l, nil
}

// Validate says whether it could start here.
func (a *agent) Validate(context.Context) error {
	_, err := a.link()
	return err
}

func (a *agent) Start(context.Context) (string, error) {
	l, err := a.link()
	if err != nil {
		return "", err
	}
	if err := a.flag.Raise(); err != nil {
		return "", err
	}
	a.place.Burst(native.Burst{Link: l.Name, IP: a.ip, While: a.flag.Path()})
	return "announcing " + a.ip.String() + " on " + l.Name, nil
}

func (a *agent) Stop(context.Context) (string, error) { return "stopped", a.flag.Lower() }

func (a *agent) Status(context.Context) (string, error) {
	if a.flag.Up() {
		return "running", nil
	}
	return "", native.Stopped("stopped")
}

// Announce tells the network again.
func (a *agent) Announce() {
	if a.flag.Up() {
		a.place.Burst(native.Burst{Link: a.nic, IP: a.ip, While: a.flag.Path()})
	}
}
