package takeover

import "heartbeat/internal/connectivity"

// reachView shows our own connectivity and that of every live node that tells.
func (c *Core) reachView() []Reach {
	if !c.reach.on {
		return nil
	}
	out := []Reach{c.reachOf(c.cfg.Self, c.reach.tracker.Report(c.now, c.reach.ids))}
	for _, p := range c.live() {
		if len(p.reach.Groups) > 0 || p.reach.Ping.Total > 0 {
			out = append(out, c.reachOf(p.name, p.reach))
		}
	}
	return out
}

func (c *Core) reachOf(node string, r connectivity.Report) Reach {
	v := Reach{Node: node, Answers: r.Ping.High, Of: r.Ping.Total, Trusted: r.Ping.Low}
	for _, g := range c.groups {
		if s := r.Service(g.id); s.Level != connectivity.Unknown {
			v.Services = append(v.Services, ServiceReach{Group: g.key, Interface: s.Interface, Level: s.Level.String()})
		}
	}
	return v
}
