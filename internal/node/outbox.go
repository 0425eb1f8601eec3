package node

import (
	"sync/atomic"

	"heartbeat/internal/takeover"
)

// outboxRoom is how many events may wait for the resource loop.
const outboxRoom = 4096

// outbox carries events from the pulse to the resource loop without ever blocking the pulse. When the
// other side does not keep up, cluster messages are dropped and counted, as on a lossy network; what
// happened to nodes is kept and follows as soon as there is room, because a death that is never told
// would leave a service down for ever.
type outbox struct {
	ch      chan takeover.Event
	waiting []takeover.Event // in order; belongs to the pulse
	dropped atomic.Uint64
}

func newOutbox(room int) *outbox { return &outbox{ch: make(chan takeover.Event, room)} }

func (o *outbox) put(ev takeover.Event) {
	if len(o.waiting) == 0 {
		select {
		case o.ch <- ev:
			return
		default:
		}
	}
	if _, message := ev.(takeover.MessageArrived); message {
		o.dropped.Add(1)
		return
	}
	o.waiting = append(o.waiting, ev)
}

// flush moves on what waits; the pulse calls it at every turn.
func (o *outbox) flush() {
	for len(o.waiting) > 0 {
		select {
		case o.ch <- o.waiting[0]:
			o.waiting = o.waiting[1:]
		default:
			return
		}
	}
	o.waiting = nil
}
