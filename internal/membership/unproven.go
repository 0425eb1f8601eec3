package membership

import (
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// PeerUnproven says that packets arrive which claim to be from a node of ours and whose signature does not verify, or
// that no such packets came for its deadtime. The node probably lives with other keys (resources spec, S21 and S22): whoever
// believes it dead must not take what it may hold.
type PeerUnproven struct {
	Node string
	Seen bool
}

func (PeerUnproven) isEffect() {}

// unproven is what is seen of a node in packets that prove nothing.
type unproven struct {
	first, last time.Time
	seen        bool // told as PeerUnproven
}

// speaksFor takes note of a packet that fails verification: whose does it say that it is? One packet says nothing, as it may be
// a damaged one; a second one after half a keepalive is somebody who speaks. Where the address of the node is known, a
// packet from another address does not count, so that not everybody can keep us from taking over.
func (c *Core) speaksFor(p PacketArrived, reason wire.DropReason) {
	if reason != wire.BadDigest && reason != wire.UnknownSlot {
		return
	}
	n := c.find(strings.ToLower(wire.Source(p.Data)))
	if n == nil || n == c.self || n.ping || n.source != "" && host(n.source) != host(p.Source) {
		return
	}
	if c.standsFor(n) {
		c.record(event.NodeUnproven, n.name, "packets of node "+n.name+" ("+printable(p.Source)+") arrive and do not verify: it has other keys. If it is believed dead, nothing is taken over from it while it is seen; compare authkeys on all nodes")
	}
}

// standsFor takes note that somebody speaks for a node in a way that we cannot or may not understand; true when that has just
// become certain, and resource management was told.
func (c *Core) standsFor(n *node) bool {
	u := &n.unproven
	if u.first.IsZero() || c.now.Sub(u.last) >= n.deadtime {
		u.first = c.now
	}
	u.last = c.now
	if u.seen || c.now.Sub(u.first) < c.cfg.Keepalive/2 {
		return false
	}
	u.seen = true
	c.touch(n)
	c.emit(PeerUnproven{Node: n.name, Seen: true})
	return true
}

// judgeUnproven forgets one of whom nothing came for its deadtime.
func (c *Core) judgeUnproven(n *node) {
	if u := &n.unproven; u.seen && c.now.Sub(u.last) >= n.deadtime {
		u.seen, u.first = false, time.Time{}
		c.emit(PeerUnproven{Node: n.name})
		c.record(event.NodeUnprovenOver, n.name, "no packets of node "+n.name+" that could not be understood came for "+ms(n.deadtime))
	}
}

// unprovenDue is when judgeUnproven has something to do for a node; zero: never.
func (n *node) unprovenDue() time.Time {
	if !n.unproven.seen {
		return time.Time{}
	}
	return n.unproven.last.Add(n.deadtime)
}

// host is a source address without its port.
func host(source string) string {
	if i := strings.LastIndexByte(source, ':'); i >= 0 {
		return source[:i]
	}
	return source
}
