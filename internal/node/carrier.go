package node

import (
	"context"
	"slices"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
	"heartbeat/internal/connectivity"
	"heartbeat/internal/netif"
	"heartbeat/internal/takeover"
)

// connectivityConfig says what this node compares with the others: see the setting connectivity in docs/ha.cf.md.
func connectivityConfig(h conf.HaCf) connectivity.Config {
	set := h.Settings
	c := connectivity.Config{Carrier: set.Connectivity != conf.ConnectivityOff, Dampen: set.Dampen}
	if set.Connectivity != conf.ConnectivityOn {
		return c
	}
	_, pings := linksAndPings(h.Media)
	for _, name := range pings {
		weight := 1
		for _, w := range set.Weights {
			if w.Target == name {
				weight = w.Value
			}
		}
		c.Pings = append(c.Pings, connectivity.Target{Name: name, Weight: weight})
	}
	return c
}

// carriers watches the interfaces of the service addresses. The kernel tells about every change, nothing is polled.
type carriers struct {
	kernel netif.Kernel
	groups map[string][]*placed // by group key
	tell   func(takeover.LinksChanged)
}

// placed is a service address and the interface it lives on or would live on; empty: not known yet.
type placed struct {
	agent agent.Placed
	on    string
}

// newCarriers finds the service addresses of the groups; nil when there are none.
func newCarriers(groups []conf.Group, kernel netif.Kernel, resolve func(conf.Resource) (agent.Agent, error), tell func(takeover.LinksChanged)) *carriers {
	c := &carriers{kernel: kernel, groups: map[string][]*placed{}, tell: tell}
	for _, g := range groups {
		for _, r := range g.Resources {
			a, err := resolve(r)
			if err != nil {
				continue // the start of the group tells it
			}
			if p, ok := a.(agent.Placed); ok {
				c.groups[g.Key()] = append(c.groups[g.Key()], &placed{agent: p})
			}
		}
	}
	if len(c.groups) == 0 {
		return nil
	}
	return c
}

// run tells the first picture and every change until ctx is done.
func (c *carriers) run(ctx context.Context) {
	w, err := c.kernel.Watch()
	if err != nil {
		return // without news from the kernel nothing is known, and so nothing moves
	}
	defer w.Close()
	again := time.NewTimer(0) // the first look, and the next one when the kernel did not answer
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		case <-w.C():
			if !w.Take().Links {
				continue
			}
		}
		if !c.look() {
			again.Reset(time.Second)
		}
	}
}

// look tells how the interfaces are now; false when the kernel did not say.
func (c *carriers) look() bool {
	links, err := c.kernel.Links()
	if err != nil {
		return false
	}
	ev := takeover.LinksChanged{Groups: map[string][]string{}}
	for key, list := range c.groups {
		for _, p := range list {
			name := p.where(links)
			if name == "" {
				// Where the address would go is not known, so the whole group is not.
				delete(ev.Groups, key)
				break
			}
			ev.Groups[key] = append(ev.Groups[key], name)
			if !slices.ContainsFunc(ev.Links, func(l connectivity.Link) bool { return l.Name == name }) {
				ev.Links = append(ev.Links, connectivity.Link{Name: name, Carrier: sends(links, name)})
			}
		}
	}
	slices.SortFunc(ev.Links, func(a, b connectivity.Link) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	c.tell(ev)
	return true
}

// where is the interface of the address. One that cannot send takes its routes along, which would lead the search astray, so what
// was found while it could send stays in force.
func (p *placed) where(links []netif.Link) string {
	if p.on != "" && !sends(links, p.on) {
		return p.on
	}
	if name, err := p.agent.Interface(); err == nil {
		p.on = name
	}
	return p.on
}

// sends says that an interface is there, up, and has a carrier.
func sends(links []netif.Link, name string) bool {
	l, ok := netif.LinkNamed(links, name)
	return ok && l.Up && l.Carrier
}

// watchCarriers begins to watch the interfaces of the service addresses, until the resource loop ends.
func (n *Node) watchCarriers() {
	cfg := n.Config()
	if n.scripts == nil || !connectivityConfig(cfg.HaCf).Carrier {
		return
	}
	c := newCarriers(n.groups(cfg), n.kernel, n.scripts.Resolve, func(ev takeover.LinksChanged) {
		n.res.do(func(r *resources) { r.step(ev) })
	})
	if c == nil {
		return
	}
	ctx, end := context.WithCancel(context.Background())
	go func() { <-n.res.done; end() }()
	go c.run(ctx)
}
