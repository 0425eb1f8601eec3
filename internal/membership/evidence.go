package membership

import "heartbeat/internal/event"

// weakFor is for how many deadtimes after the last provably new message copies
// and unsequenced messages still count as a sign of life. They can be replayed by
// an attacker who holds no key, so they must not keep a dead node alive; but in a
// lossy network they may be all that arrives for a while.
const weakFor = 2

// evidence takes a packet that may be a copy of an older one as a sign of life.
func (c *Core) evidence(a *arrival) {
	n := a.from
	if n.live() && c.now.Sub(n.proven) < weakFor*n.deadtime {
		c.hear(n, a.link)
	}
}

// hear refreshes a node and the link on which it was heard.
func (c *Core) hear(n *node, on string) {
	if n.live() && c.now.Sub(n.heard) <= n.deadtime {
		c.heardAfter(&n.silence, n.heard)
	}
	n.heard = c.now
	l := n.link(on)
	if l == nil {
		return
	}
	if l.up {
		c.heardAfter(&l.silence, l.heard)
		l.heard = c.now
		return
	}
	l.heard = c.now
	l.up, l.since = true, c.now
	c.touch(n)
	if n == c.self {
		return // our own echo concerns nobody else
	}
	c.emit(LinkChanged{Node: n.name, Link: l.name, Up: true})
	c.record(event.LinkUp, n.name+"/"+l.name, "Link "+n.name+":"+l.name+" up.")
}
