package membership

import (
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// partsPatience is for how long a message in parts may pause before the memory of what came is given back:
// a sender that lives goes on within a retransmission, or dies within its deadtime.
const partsPatience = 30 * time.Second

// Capabilities by which nodes of our kind tell what they can open (the "caps" field of status).
const (
	CapParts    = "parts"
	CapBundle   = "bundle"
	CapSegments = "segments"
)

// part adds a part to its message, and delivers the message with its last one. It has the place
// of that part in the sender's order.
func (c *Core) part(n *node, m *wire.Message) {
	text, done, lost := n.whole.Add(c.now, m)
	c.wholeLost(n, lost)
	if !done {
		return
	}
	whole, err := wire.ParseWhole(text)
	if err != nil {
		c.refuse(n.name, badField, "a message in parts is not a message: "+err.Error())
		return
	}
	stampAs(whole, m)
	c.emit(Deliver{From: n.name, Message: whole})
}

func (c *Core) wholeLost(n *node, lost ...error) {
	for _, err := range lost {
		if err != nil {
			c.count.lost++
			c.limited(event.MessageLost, "parts", n.name, "large "+err.Error()+" (from node "+n.name+")")
		}
	}
}

// expireParts gives up messages of which the rest never came.
func (c *Core) expireParts() {
	for _, n := range c.dueNodes() {
		c.wholeLost(n, n.whole.Expire(c.now, partsPatience)...)
	}
}
