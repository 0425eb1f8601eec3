package node

import (
	"sync"
	"sync/atomic"
	"time"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/membership"
	"heartbeat/internal/messaging"
	"heartbeat/internal/propagate"
	"heartbeat/internal/wire"
)

// Bounds of the news that may wait for the loop of the clients: turns of the pulse, and pieces while even these are full.
const (
	feedTurns  = 16
	feedPieces = 65536
	feedBytes  = 2 * messaging.MaxWhole
)

// clientFeed carries what clients are told from the pulse to their loop, without ever blocking the pulse. When
// the other side does not keep up, news are lost and counted, and the clients are disconnected: they must not
// go on with a hole in what they know.
type clientFeed struct {
	ch      chan []session.Event // what happened in one turn of the pulse
	up      chan struct{}        // closed when communication is up
	once    sync.Once
	lost    func()
	dropped atomic.Uint64

	// The rest belongs to the pulse.
	pending []session.Event
	bytes   int  // of the messages in it
	fresh   bool // the picture of the nodes was sent in this step
}

func newClientFeed() *clientFeed {
	return &clientFeed{ch: make(chan []session.Event, feedTurns), up: make(chan struct{})}
}

// begin is called before the effects of each step.
func (f *clientFeed) begin() { f.fresh = false }

// take turns an effect of membership into news for clients.
func (f *clientFeed) take(core *membership.Core, e membership.Effect, now time.Time) {
	switch e := e.(type) {
	case membership.Deliver:
		if e.Message.Kind() != propagate.Kind { // between the nodes only
			f.put(session.Arrived{Message: e.Message})
		}
	case membership.Sent:
		f.put(session.Looped{Message: e.Message})
	case membership.Observed:
		f.put(session.Observed{Message: e.Message, Treatment: treatment(e.Seen)})
	case membership.NodeAdded, membership.RosterChanged:
		f.picture(core)
	case membership.NodeRemoved:
		f.picture(core)
		f.put(session.Arrived{Message: wire.New("t", "delnode", "node", e.Node)})
	case membership.CommUp:
		f.picture(core)
		f.once.Do(func() { close(f.up) })
	case membership.NodeChanged:
		f.picture(core)
		f.put(session.Arrived{Message: statusMessage(e, now)})
	case membership.LinkChanged:
		f.picture(core)
		f.put(session.Arrived{Message: linkMessage(e)})
	}
}

func (f *clientFeed) put(ev session.Event) {
	if a, ok := ev.(session.Arrived); ok {
		for i := range a.Message.Fields {
			f.bytes += len(a.Message.Fields[i].Value)
		}
	}
	if len(f.pending) >= feedPieces || f.bytes > feedBytes && len(f.pending) > 0 {
		f.dropped.Add(1)
		f.lost()
		return
	}
	f.pending = append(f.pending, ev)
}

// flush hands over what came in this turn. What does not fit waits for the next one.
func (f *clientFeed) flush() {
	if len(f.pending) == 0 {
		return
	}
	select {
	case f.ch <- f.pending:
		f.pending, f.bytes = nil, 0
	default:
	}
}

// picture sends what the cluster looks like, once a step and before the news of the step.
func (f *clientFeed) picture(core *membership.Core) {
	if f.fresh {
		return
	}
	f.fresh = true
	v := core.View()
	f.put(session.NodesChanged{Nodes: sessionNodes(v)})
}

func sessionNodes(v membership.View) []session.Node {
	var out []session.Node
	for _, n := range v.Nodes {
		s := session.Node{Name: n.Name, Ping: n.Ping, Status: string(n.Status), UUID: n.UUID, Weight: n.Weight, Site: n.Site}
		for _, l := range n.Links {
			s.Links = append(s.Links, session.Link{Name: l.Name, Up: l.Up})
		}
		out = append(out, s)
	}
	return out
}

func treatment(s membership.Seen) session.Filter {
	switch s {
	case membership.Unchanged:
		return session.NoChange
	case membership.ForOthers:
		return session.Dropped
	case membership.Copy:
		return session.Duplicate
	case membership.OfProtocol:
	}
	return session.Protocol
}

// statusMessage is what clients are told about a change: the node's own status, or one made here for the dead
// (messaging spec, section 11).
func statusMessage(e membership.NodeChanged, now time.Time) *wire.Message {
	if e.Message != nil {
		return e.Message
	}
	m := wire.New("t", "status", "st", string(e.To), "src", e.Node, "seq", "1", "ts", wire.FormatHex(uint64(max(now.Unix(), 1))))
	if e.From == membership.Ping {
		m.Set("info", wire.String, "ping")
	}
	return m
}

func linkMessage(e membership.LinkChanged) *wire.Message {
	st := "dead"
	if e.Up {
		st = "up"
	}
	return wire.New("t", "ifstat", "node", e.Node, "ifname", e.Link, "st", st)
}
