package takeover

import (
	"fmt"
	"slices"
	"time"
)

// A crowd is more than two nodes. C's resource manager knows itself and one other side (defect D21), so in a crowd a C node
//
//   - starts the groups of any node that dies, and its own once more, wherever they run;
//   - starts everything that is not at home with itself when any node leaves (shutdone);
//   - starts, when it agrees to a hand-over, its half as if the asking node held all the rest;
//   - says "foreign" about whatever of that it did, and never gives way.
//
// Nodes of our kind keep clear of it: they know what each C node is about to start, give that up before it does, and read
// its "foreign" as the homes that it can mean. Two C nodes that do it to each other nobody can help.

// expectFor is how long a C node is given to say that it took what it takes: its first word comes within two seconds.
const expectFor = requestDelay

func (c *Core) crowd() bool { return len(c.cfg.Nodes) > 2 && c.cfg.Failback != FailbackLegacy }

// claims says whether p claims g with the halves in s. One that leaves stops everything, whatever it took.
func (c *Core) claims(p *peer, g *group, s Set) bool {
	h := half(g, p.name)
	return s&h != 0 && (h == Local || !c.crowd() || p.homes == nil || p.homes[g.home] || p.going())
}

// claimed is all that a C peer holds, still releases, or is about to start.
func (p *peer) claimed() Set { return p.holds | p.releasing | p.expected }

// expects notes that p starts the half s at any moment, Foreign meaning the groups of these homes (nil: of all), and gives up
// here what that includes.
func (c *Core) expects(p *peer, s Set, homes []string, why, cause string) {
	if s&Foreign != 0 {
		switch {
		case homes == nil:
			p.homes = nil
		case p.claimed()&Foreign == 0:
			p.homes = map[string]bool{}
		}
		for _, h := range homes {
			if p.homes != nil {
				p.homes[h] = true
			}
		}
	}
	p.expected |= s
	p.expectUntil = c.now.Add(expectFor)
	for _, g := range c.groups {
		if (g.state == Running || g.state == Starting) && c.claims(p, g, s) {
			c.release(g, fmt.Sprintf("%s, and %s takes it then: C Heartbeat knows two nodes only", why, p.name), cause)
		}
	}
}

// settledC lists the C peers that react to what happens to others.
func (c *Core) settledC() (out []*peer) {
	for _, p := range c.live() {
		if p.rev == 0 && !p.ours() && p.told && !p.going() && p.healUntil.IsZero() {
			out = append(out, p)
		}
	}
	return out
}

// crowdLost: x died or left, and the C peers take over.
func (c *Core) crowdLost(x *peer, left bool) {
	if !c.crowd() {
		return
	}
	for _, p := range c.settledC() {
		if left {
			c.expects(p, All, nil, x.name+" leaves", "node.left "+x.name)
		} else {
			c.expects(p, All, []string{x.name}, x.name+" is dead", "node.dead "+x.name)
		}
	}
}

// crowdAgreed: p is of the C kind and takes set, as the asking node sees it.
func (c *Core) crowdAgreed(p *peer, set Set) {
	if c.crowd() && !p.ours() && p.told {
		c.expects(p, set.mirror(), nil, p.name+" agrees to a hand-over", "node.active "+p.name)
	}
}

// toldHomes settles what the word of p means after it said hold; first: for the first time in its life.
func (c *Core) toldHomes(p *peer, old, hold Set, first bool) {
	switch {
	case !c.crowd() || p.rev > 0:
	case first:
		p.homes = nil
	case (old|p.releasing|p.expected)&Foreign == 0:
		// It may have seen a death that we are yet to see; then crowdLost adds that home.
		p.homes = map[string]bool{}
		for _, q := range c.peers {
			if !q.present() || q.going() {
				p.homes[q.name] = true
			}
		}
	}
	p.expected &^= hold
}

// handsToAnother says that p, of the C kind, is in a hand-over with another node of our kind: it may say that it is stable while it
// still releases.
func (c *Core) handsToAnother(p *peer) bool {
	return c.crowd() && c.move.with != p.name &&
		slices.ContainsFunc(c.live(), func(q *peer) bool { return q.rev > 0 && q.moving == p.name })
}

// stillReleases says that we wait for p to release: in a crowd it says that it is stable to any node that starts meanwhile.
func (c *Core) stillReleases(p *peer) bool {
	return c.crowd() && c.move.role == taking && c.move.with == p.name && !c.move.gone
}

// expectOver: p has not done what it was expected to do.
func (p *peer) expectOver() { p.expected, p.expectUntil = None, time.Time{} }

// leftToC says that g belongs to a node that is about to leave without shutdone, and C takes it over when that node is silent.
func (c *Core) leftToC(g *group) bool {
	h := c.peer(g.home)
	return c.crowd() && h != nil && h.alive && h.going() && len(c.settledC()) > 0
}

// leavesSilently says that this node does not say shutdone: every C node would start all that runs elsewhere.
func (c *Core) leavesSilently() bool { return c.crowd() && c.withC() && len(c.live()) > 1 }

// forCrowd says whether g, of what p hands over, comes to this node in a crowd: its home gets it; what has no home that lives, or
// whose home is p itself, goes to the first node of our kind in turn, unless a C node takes it anyway.
func (c *Core) forCrowd(p *peer, g *group) bool {
	if !c.crowd() || g.home == c.cfg.Self || len(c.live()) == 1 {
		return true
	}
	if p.ours() {
		return false // among us a fail-back is all that is handed over in a crowd
	}
	if h := c.peer(g.home); h != p && (h == nil || h.present()) {
		return false
	}
	for _, q := range c.settledC() {
		if q != p && g.home == p.name {
			return false
		}
	}
	return c.inTurn(g, p) == c.cfg.Self
}

// forOthers says that nothing of what p hands over comes to this node; whom it concerns will answer. A C node releases once for each
// answer, and after the first it no longer says when it is done.
func (c *Core) forOthers(p *peer, set Set) bool {
	return c.crowd() && len(c.live()) > 1 &&
		!slices.ContainsFunc(c.groups, func(g *group) bool { return half(g, p.name)&set != 0 && !g.homeless && !g.held() && c.forCrowd(p, g) })
}

// inTurn is the first node of our kind that can run g, counted from its home.
func (c *Core) inTurn(g *group, but *peer) string {
	home := max(slices.Index(c.cfg.Nodes, g.home), 0)
	for i := range c.cfg.Nodes {
		n := c.cfg.Nodes[(home+i)%len(c.cfg.Nodes)]
		q := c.peer(n)
		if _, able := c.ability(g, n); able && q != but && (q == nil || q.rev > 0) {
			return n
		}
	}
	return ""
}

// holdsForAll is what C is told while a C node starts: it takes its own groups unless the last word that it heard names them, whoever
// said it. So each of us speaks for all of us.
func (c *Core) holdsForAll(hold Set) Set {
	if !c.crowd() || !slices.ContainsFunc(c.live(), func(p *peer) bool { return !p.ours() && !p.stable }) {
		return hold
	}
	for _, p := range c.live() {
		for _, g := range c.groups {
			if p.rev > 0 && isHeld(p.own[g.id].state) {
				hold |= half(g, c.cfg.Self)
			}
		}
	}
	return hold
}

// homeLater has a fail-back that came to nothing tried again: in a crowd others hand over at the same time.
func (c *Core) homeLater(mv move) {
	if p := c.peer(mv.with); p != nil && c.crowd() && mv.auto && mv.why == "" && mv.role != taking {
		p.needsFailback, p.homeAt = true, c.now.Add(homeAgain)
	}
}

// homeAgain is how long C waits before it tries a fail-back again; twice that, to let it go first.
const homeAgain = 2 * time.Second
