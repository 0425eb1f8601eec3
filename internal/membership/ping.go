package membership

import (
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// pingNodes asks every ping node for a sign of life. The payload is a complete
// signed message, so that a forged echo is refused like any forged packet (section 15).
func (c *Core) pingNodes() {
	for n := range c.others {
		if !n.ping {
			continue
		}
		m := wire.New(messaging.FieldType, messaging.KindPing, "st", string(Ping), "info", c.pingKind(n.name),
			messaging.FieldSource, n.name, messaging.FieldTime, wire.FormatHex(uint64(max(c.wall().Unix(), 1))))
		packet, err := c.cfg.Keys.Encode(m, c.cfg.Dialect)
		if err != nil {
			c.limited(event.MessageLost, "unsendable", n.name, "pinging "+n.name+": "+err.Error())
			continue
		}
		c.emit(PingNode{Node: n.name, Packet: packet})
	}
}

// pingKind is the kind of medium of a ping node, which is part of its echo; only we read our own answers.
func (c *Core) pingKind(name string) string {
	if kind := c.cfg.PingKinds[name]; kind != "" {
		return kind
	}
	return "ping"
}

// pingAnswered takes the answer of a ping node. It must be what we sent, and no
// older than the node's deadtime: an echo carries no number that we could check.
func (c *Core) pingAnswered(n *node, m *wire.Message) {
	ts, ok := m.Hex(messaging.FieldTime)
	age := c.wall().Unix() - int64(ts)
	switch {
	case !ok || m.Kind() != messaging.KindPing || m.Get(messaging.FieldSource) != n.name || m.Get("info") != c.pingKind(n.name):
		c.refuse(n.name, badField, "the echo is not what was sent to ping node "+n.name)
		return
	case age < -1 || age > int64(n.deadtime.Seconds())+1:
		c.refuse(n.name, replayed, "an echo of ping node "+n.name+" is too old")
		return
	}
	from := n.status
	n.ever, n.status = true, Ping
	c.proof = true
	if n.late {
		n.late = false
		c.emit(PingLate{Node: n.name})
	}
	c.hear(n, n.name)
	if from == Ping {
		c.observe(m, Unchanged)
		return
	}
	c.emit(NodeChanged{Node: n.name, From: from, To: Ping, Why: Heard, Reason: "it answers", Message: m})
	c.record(event.NodeUp, n.name, "Status update for node "+n.name+": status ping.")
}

// lateAt is when the answer of a ping node counts as late; zero: it is so already, or does not answer at all.
func (n *node) lateAt() time.Time {
	if !n.ping || n.late || n.status != Ping {
		return time.Time{}
	}
	return n.heard.Add(n.deadtime / 2)
}
