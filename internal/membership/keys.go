package membership

import "heartbeat/internal/wire"

// fieldKeys is the field of a status that tells which keys its sender accepts and which one it signs with. C ignores it.
const fieldKeys = "keys"

// announceKeys prepares what our status says about our keys.
func (c *Core) announceKeys() { c.keys = wire.FormatMarks(c.cfg.Keys.Marks()) }

// adoptKeys takes over what an authentic status says about the keys of its sender. The key that it is signed with is known
// of C nodes, too.
func (c *Core) adoptKeys(n *node, m *wire.Message) {
	if keys := m.Get(fieldKeys); keys != n.keys { // the message may not last; what is kept of one that does is
		n.keys = keys
	}
	if slot, ok := wire.Slot(c.packet); ok {
		n.signs = slot
	}
}
