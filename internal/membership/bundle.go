package membership

import (
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// ship sends a packet that may travel with others in one datagram. Heartbeats never do: every node, also one that
// just started and is C, must understand them.
func (c *Core) ship(packet []byte) {
	b := &c.lanes
	if !wire.FitsBundle(b.bundle, packet) {
		c.closeBundle()
	}
	if !c.bundling() || !wire.FitsBundle(nil, packet) {
		c.closeBundle()
		c.emitPacket(packet)
		return
	}
	if b.in++; b.in == 1 {
		b.bundle, b.only = make([]byte, 0, wire.BundleSize), packet
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
		c.emitPacket(b.only)
	default:
		c.emitPacket(b.bundle)
	}
	b.bundle, b.in, b.only = nil, 0, nil
}

// bundling says whether everybody who listens can open a bundle. A C node that starts unnoticed
// finds holes at worst, and asks for what it missed.
func (c *Core) bundling() bool {
	some := false
	for n := range c.peers {
		if !n.live() {
			continue
		}
		if !n.bundles {
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
