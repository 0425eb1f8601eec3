package membership

import (
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// ship sends a packet that may travel with others in one datagram. Heartbeats never do: every node, also one that
// just started and is C, must understand them.
func (c *Core) ship(packet []byte) {
	b := &c.lanes
	most := wire.BundleSize
	if c.segmenting() {
		most = wire.LargeBundle
	}
	if !wire.FitsBundle(most, b.bundle, packet) {
		c.closeBundle()
	}
	if !c.bundling() || !wire.FitsBundle(most, nil, packet) {
		c.closeBundle()
		c.emitLarge(packet)
		return
	}
	if b.in++; b.in == 1 {
		b.bundle, b.only = make([]byte, 0, most), packet
	}
	b.bundle = wire.AppendBundled(b.bundle, packet)
}

// closeBundle sends what was collected; a single packet goes as it is.
func (c *Core) closeBundle() {
	b := &c.lanes
	switch b.in {
	case 0:
		return
	case 1:
		c.emitLarge(b.only)
	default:
		c.emitLarge(b.bundle)
	}
	b.bundle, b.in, b.only = nil, 0, nil
}

// emitLarge emits a packet that may be cut into segments. Heartbeats never are.
func (c *Core) emitLarge(packet []byte) {
	t := c.newTransmit()
	t.Packet, t.Cut = packet, len(packet) > wire.SegmentSize && c.segmenting()
	c.emit(t)
}

// bundling says whether everybody who listens can open a bundle. A C node that starts unnoticed
// finds holes at worst, and asks for what it missed.
func (c *Core) bundling() bool { return c.everybody(func(n *node) bool { return n.bundles }) }

// segmenting says the same of segments.
func (c *Core) segmenting() bool { return c.everybody(func(n *node) bool { return n.segments }) }

// everybody says whether something holds for all live peers, and there are some.
func (c *Core) everybody(can func(*node) bool) bool {
	some := false
	for n := range c.peers {
		if !n.live() {
			continue
		}
		if !can(n) {
			return false
		}
		some = true
	}
	return some
}

// acknowledge sends the acknowledgements that fell due in this turn, one a peer.
func (c *Core) acknowledge() {
	for _, n := range c.dueNodes() {
		if n.ackDue > 0 {
			m, scratch := c.draft()
			messaging.Acknowledge(m, scratch, n.name, n.ackDue)
			n.ackTold(n.ackDue)
			n.ackDue = 0
			c.controlWith(m, scratch)
		}
	}
}
