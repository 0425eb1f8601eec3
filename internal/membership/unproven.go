package membership

import (
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// PeerUnproven says that packets arrive which claim to be from a node of ours and may not be believed, or
// that no such packets came for its deadtime. The node probably lives (resources spec, S21 and S22): whoever
// believes it dead must not take what it may hold.
type PeerUnproven struct {
	Node  string
	Seen  bool
	Doubt Doubt // where Seen
}

// Doubt is why packets of a node that lives prove nothing.
type Doubt uint8

const (
	OtherKeys   Doubt = iota // they do not verify, or cannot be opened
	CannotSeal               // they are not encrypted, encryption is required here, and the node cannot do it
	HearsNobody              // they are not encrypted, encryption is required here, and the node would do it if it heard us
)

// String completes "its packets arrive".
func (d Doubt) String() string {
	return [...]string{
		"and do not verify here: it has other keys",
		"without encryption, which is required here and which it cannot do",
		"without encryption, which is required here: it does not hear this node",
	}[d]
}

// Mend is what to do about it, as a clause.
func (d Doubt) Mend() string {
	return [...]string{
		"make authkeys the same on all nodes and reload",
		"upgrade heartbeat there, or set #!hb encryption on here and reload",
		"mend the way of packets from here to there",
	}[d]
}

func (PeerUnproven) isEffect() {}

// unproven is what is seen of a node in packets that prove nothing.
type unproven struct {
	first, last time.Time
	seen        bool // told as PeerUnproven
	doubt       Doubt
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
	if c.standsFor(n, OtherKeys) {
		c.record(event.NodeUnproven, n.name, "packets of node "+n.name+" ("+printable(p.Source)+") arrive and do not verify: it has other keys. If it is believed dead, nothing is taken over from it while it is seen; compare authkeys on all nodes")
	}
}

// standsFor takes note that somebody speaks for a node in a way that we cannot or may not understand; true when that has just
// become certain, and resource management was told.
func (c *Core) standsFor(n *node, doubt Doubt) bool {
	u := &n.unproven
	u.doubt = doubt
	if u.first.IsZero() || c.now.Sub(u.last) >= n.deadtime {
		u.first = c.now
	}
	u.last = c.now
	if u.seen || c.now.Sub(u.first) < c.cfg.Keepalive/2 {
		return false
	}
	u.seen = true
	c.touch(n)
	c.emit(PeerUnproven{Node: n.name, Seen: true, Doubt: doubt})
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

// doubted completes the reason of a verdict: what was heard all the same, and does not count. Empty: nothing.
func (c *Core) doubted(n *node) string {
	switch u := &n.unproven; {
	case u.seen && c.now.Sub(u.last) < n.deadtime:
		return "its packets arrive " + u.doubt.String()
	case !n.outdated.IsZero() && c.now.Sub(n.outdated) < n.deadtime:
		return "its packets arrive with a generation below " + wire.FormatHex(n.rx.Generation()) + ", as recordings have it"
	}
	return ""
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
