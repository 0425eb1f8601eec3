package takeover

import (
	"slices"

	"heartbeat/internal/wire"
)

// auto_failback legacy: no announcements of halves; the home node asks for each
// of its groups, the holder releases and answers (resources spec, section 4.9).

// askLegacy asks for one of our own groups. An unanswered request is repeated.
func (c *Core) askLegacy(g *group) {
	if c.cfg.Failback != FailbackLegacy || g.home != c.cfg.Self || g.held() {
		return
	}
	if !g.askedAt.IsZero() && c.now.Before(g.askedAt.Add(legacyAgain)) {
		return
	}
	if !slices.ContainsFunc(c.live(), func(p *peer) bool { return p.active && !c.clearOf(g, p) }) {
		return
	}
	g.askedAt = c.now
	c.send(wire.New("t", "ip-request", "ipaddr", g.key))
}

// ipRequestArrived releases a group for the node that asks, if it runs here, and answers.
func (c *Core) ipRequestArrived(p *peer, m *wire.Message) {
	g := c.group(m.Get("ipaddr"))
	if g == nil {
		return // we know nothing about it, so we cannot grant it
	}
	if c.frozen(g) {
		return
	}
	if !g.held() {
		if g.want {
			c.unwish(g, p.name+" asks for it", "node.active "+p.name)
		}
		c.answerRequest(g, p.name, "no")
		return
	}
	g.answerTo = p.name
	c.release(g, p.name+" asks for it", "node.active "+p.name)
}

func (c *Core) answerRequest(g *group, to, weOwn string) {
	c.send(wire.New("t", "ip-request-resp", "dest", to, "ipaddr", g.key, "weown", weOwn, "ok", "OK"))
}

// legacyReleased answers the node that waited for the end of a release.
func (c *Core) legacyReleased(g *group) {
	if g.answerTo == "" {
		return
	}
	to := g.answerTo
	g.answerTo = ""
	c.answerRequest(g, to, "yes")
}

// legacyStuck forgets who asked: the group cannot be given.
func (c *Core) legacyStuck(g *group) { g.answerTo = "" }

// ipResponseArrived notes that a peer let go of one of our groups.
func (c *Core) ipResponseArrived(p *peer, m *wire.Message) {
	g := c.group(m.Get("ipaddr"))
	if g == nil || m.Get("dest") != c.cfg.Self || m.Get("ok") != "OK" {
		return
	}
	if g.granted == nil {
		g.granted = map[string]bool{}
	}
	g.granted[p.name] = true
}
