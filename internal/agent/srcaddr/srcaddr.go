// Package srcaddr makes a service address the source of what this machine sends
// through its default route, so that answers come back to it wherever it moves.
package srcaddr

import (
	"context"
	"net/netip"
	"strings"

	"heartbeat/internal/agent/native"
	"heartbeat/internal/netif"
)

// Routes is what it asks of the network; netif's kernel has it.
type Routes interface {
	// DefaultRoutes lists the IPv4 or IPv6 default routes of the main table.
	DefaultRoutes(v6 bool) ([]netif.DefaultRoute, error)
	// PreferSource changes the preferred source of a route in place; an invalid address removes it.
	PreferSource(r netif.DefaultRoute, src netip.Addr) error
}

// Kind describes the agent.
func Kind() native.Kind {
	k := native.Kind{
		Name: "IPsrcaddr", Usage: "IP", Short: "makes an address the source of what this machine sends",
		Long:   "Sets the preferred source address of the default route. The address must be on this machine already, so the resource stands after the address in its group, and there must be exactly one default route.",
		Params: []native.Param{{Name: "ipaddress", Short: "the address", Required: true}},
	}
	k.New = func(v native.Values, p native.Place) (native.Agent, error) {
		text, _, _ := strings.Cut(v["ipaddress"], "/")
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, native.Fail(native.Configured, "%q is no address", v["ipaddress"])
		}
		routes, ok := p.Kernel.(Routes)
		if !ok {
			return nil, native.Fail(native.Installed, "the routes of this machine cannot be changed")
		}
		return &agent{ip, p.Kernel, routes}, nil
	}
	return k
}

type agent struct {
	ip     netip.Addr
	kernel netif.Kernel
	routes Routes
}

// route is the default route; several of them make the choice somebody else's.
func (a *agent) route() (netif.DefaultRoute, bool, error) {
	all, err := a.routes.DefaultRoutes(a.ip.Is6())
	switch {
	case err != nil:
		return netif.DefaultRoute{}, false, err
	case len(all) == 0:
		return netif.DefaultRoute{}, false, nil
	case len(all) > 1:
		return netif.DefaultRoute{}, false, native.Fail(native.Generic, "there are %d default routes; with more than one it is not clear which is meant", len(all))
	}
	return all[0], true, nil
}

func (a *agent) Start(context.Context) (string, error) {
	addrs, err := a.kernel.Addresses()
	if err != nil {
		return "", err
	}
	local := false
	for _, x := range addrs {
		local = local || x.IP == a.ip
	}
	if !local {
		return "", native.Fail(native.Generic, "%s is not on this machine; put its address resource before this one", a.ip)
	}
	r, ok, err := a.route()
	if err != nil {
		return "", err
	}
	if !ok {
		return "", native.Fail(native.Generic, "there is no default route")
	}
	if r.Src == a.ip {
		return a.ip.String() + " is the preferred source already", nil
	}
	return a.ip.String() + " is the preferred source", a.routes.PreferSource(r, a.ip)
}

func (a *agent) Stop(context.Context) (string, error) {
	r, ok, err := a.route()
	switch {
	case err != nil:
		return "", err
	case !ok || !r.Src.IsValid():
		return "No preferred source address defined", nil // with the address the kernel removes the route
	case r.Src != a.ip:
		return "", native.Fail(native.Generic, "the preferred source is %s, not %s", r.Src, a.ip)
	}
	return "the preferred source is removed", a.routes.PreferSource(r, netip.Addr{})
}

func (a *agent) Status(context.Context) (string, error) {
	r, ok, err := a.route()
	switch {
	case err != nil:
		return "", err
	case !ok || !r.Src.IsValid():
		return "", native.Stopped("No preferred source address defined")
	case r.Src != a.ip:
		return "", native.Fail(native.Generic, "the preferred source is %s, not %s", r.Src, a.ip)
	}
	return "OK", nil
}
