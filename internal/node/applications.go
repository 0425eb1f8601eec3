package node

import (
	"fmt"
	"sync/atomic"

	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// applicationRoom is how many messages of all lanes may wait to be looked at by the pulse.
const applicationRoom = 1024

// Bounds of what a listener that does not listen makes the pulse keep.
const (
	listenerBatches  = 16
	listenerMessages = 65536
)

// application is a message on its way from a lane to the core.
type application struct {
	lane  *Lane
	event membership.ApplicationPosted
}

// A Delivery is a cluster message for this node, in the order of its sender.
type Delivery struct {
	From    string // node
	Message *wire.Message
	Own     bool // it was sent here, through a Lane
}

// A Listener is given every cluster message for this node, except status and those of the messaging layer.
type Listener struct {
	C <-chan []Delivery // what arrived in one turn of the pulse; closed when the node ends

	pulse   *pulse
	c       chan []Delivery
	pending []Delivery // belongs to the pulse
	bytes   int        // belongs to the pulse
	dropped atomic.Uint64
}

// Dropped is how many messages were dropped because nobody took them.
func (l *Listener) Dropped() uint64 { return l.dropped.Load() }

// Listen begins to listen. Messages are dropped and counted when a listener lets too many wait, because the
// pulse waits for nobody. nil: the node has ended.
func (n *Node) Listen() *Listener {
	l := &Listener{pulse: n.pulse, c: make(chan []Delivery, listenerBatches)}
	l.C = l.c
	if !n.pulse.post(job{look: func(*membership.Core) { n.pulse.listeners = append(n.pulse.listeners, l) }}) {
		return nil
	}
	return l
}

// Close ends listening.
func (l *Listener) Close() {
	l.pulse.post(job{look: func(*membership.Core) {
		for i, other := range l.pulse.listeners {
			if other == l {
				l.pulse.listeners = append(l.pulse.listeners[:i], l.pulse.listeners[i+1:]...)
				close(l.c)
				return
			}
		}
	}})
}

func (l *Listener) put(d Delivery) {
	if len(l.pending) >= listenerMessages || l.bytes > 2*messaging.MaxWhole {
		l.dropped.Add(1)
		return
	}
	l.pending = append(l.pending, d)
	for i := range d.Message.Fields {
		l.bytes += len(d.Message.Fields[i].Value)
	}
}

// flush hands over what came in this turn.
func (l *Listener) flush() {
	if len(l.pending) == 0 {
		return
	}
	select {
	case l.c <- l.pending:
		l.pending, l.bytes = nil, 0
	default:
	}
}

// applications is the part of the pulse that serves lanes and listeners. It belongs to the loop.
type applications struct {
	lanes     map[uint64]*Lane // those with something on its way
	listeners []*Listener
	lost      uint64 // told so far
}

// postApplication hands a message to the pulse; false when the pulse has ended. It may block the caller, never the pulse.
func (p *pulse) postApplication(a application) bool {
	select {
	case p.posted <- a:
		if p.asleep.Swap(false) {
			p.media.Wake()
		}
		return true
	case <-p.done:
		return false
	}
}

// take hands what the lanes want to the core, as much as waited when the turn began.
func (p *pulse) take() {
	for range len(p.posted) {
		a := <-p.posted
		p.lanes[a.lane.id] = a.lane
		p.step(a.event)
	}
}

// applyApplication does what the core wants of lanes and listeners.
func (p *pulse) applyApplication(e membership.Effect) {
	switch e := e.(type) {
	case membership.ApplicationSent:
		l := p.lanes[e.Lane]
		if l.sent(e); l.messages.Load() == 0 {
			delete(p.lanes, e.Lane)
		}
	case membership.Deliver:
		p.traffic.note(p.clock.now())
		p.courier.take(e)
		for _, l := range p.listeners {
			l.put(Delivery{e.From, e.Message, e.Own})
		}
	}
}

func (p *pulse) flushListeners() {
	for _, l := range p.listeners {
		l.flush()
	}
}

// closeListeners says that nothing more comes.
func (p *pulse) closeListeners() {
	for _, l := range p.listeners {
		close(l.c)
	}
	p.listeners = nil
}

// tellLost reports messages that listeners did not take.
func (p *pulse) tellLost() {
	var lost uint64
	for _, l := range p.listeners {
		lost += l.dropped.Load()
	}
	if lost > p.lost {
		p.record(event.Event{Kind: event.QueueFull, Text: fmt.Sprintf("%d messages for local programs were dropped since the last such line, because they were not taken", lost-p.lost)})
	}
	p.lost = lost
}
