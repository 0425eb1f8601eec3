package membership

import (
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// What clients of a node may see of its messages beyond what is delivered.

type (
	// Sent says that a message of the floors above has gone out, completed as the peers see it. In C it would
	// come back through the daemon itself; here who wants it takes it from this effect. It must not be modified.
	Sent struct{ Message *wire.Message }
	// Observed is any other message, for those who watch the traffic (see WatchChanged).
	Observed struct {
		Message *wire.Message
		Seen    Seen
	}
	// WatchChanged is an event: it makes Observed effects be emitted, or no longer. They cost.
	WatchChanged struct{ On bool }
)

func (Sent) isEffect()        {}
func (Observed) isEffect()    {}
func (WatchChanged) isEvent() {}

// Seen says why an observed message was not delivered.
type Seen uint8

const (
	Unchanged  Seen = iota // a heartbeat that says nothing new
	ForOthers              // addressed to another node
	Copy                   // it had come before
	OfProtocol             // a message of the messaging layer (NS_*)
)

func (c *Core) observe(m *wire.Message, seen Seen) {
	if c.watched {
		c.emit(Observed{m, seen})
	}
}

// echo shows an own message that has gone out.
func (c *Core) echo(m *wire.Message) {
	switch m.Kind() {
	case messaging.KindStatus:
		c.observe(m, Unchanged)
	case messaging.KindReqNodes, messaging.KindRepNodes:
	default:
		c.emit(Sent{m})
	}
}
