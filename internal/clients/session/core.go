package session

import (
	"cmp"
	"slices"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// A Core knows all clients of a node. Its methods belong to one goroutine.
type Core struct {
	cfg     Config
	nodes   []Node
	clients []*client // by ascending number
	gen     int       // sign-ons so far
	watch   bool      // somebody has a wider filter
	out     []Effect
}

// client is one connection.
type client struct {
	id     ID
	peer   Peer
	name   string // empty: not signed on
	casual bool
	gen    int
	filter Filter
	signal int
}

func (c *client) signedOn() bool { return c.name != "" }

// New prepares a core that knows no client.
func New(cfg Config) *Core { return &Core{cfg: cfg} }

// Step takes one event and returns what must happen next.
func (c *Core) Step(ev Event) []Effect {
	c.out = nil
	switch ev := ev.(type) {
	case Connected:
		c.connected(ev)
	case Received:
		c.received(ev)
	case Closed:
		if cl := c.byID(ev.ID); cl != nil {
			c.forget(cl, ev.Reason)
		}
	case Written:
		c.written(ev.Message)
	case NodesChanged:
		c.nodes = ev.Nodes
	case Arrived:
		c.arrived(ev.Message)
	case Looped:
		if dest, ok := ev.Message.Lookup(fieldDest); !ok || strings.EqualFold(dest, c.cfg.Self) {
			c.show(ev.Message, Keep)
		}
	case Observed:
		c.show(ev.Message, ev.Treatment)
	case ResourcesTold:
		if cl := c.byID(ev.ID); cl != nil {
			answer := response("getrsc")
			answer.Set("rsc_hold", wire.String, ev.Word)
			c.reply(cl, answer)
		}
	}
	c.noticeWatchers()
	return c.out
}

// connected keeps the clients in the order of their numbers; two that come at once may be told in any order.
func (c *Core) connected(ev Connected) {
	i, found := slices.BinarySearchFunc(c.clients, ev.ID, byID)
	if !found {
		c.clients = slices.Insert(c.clients, i, &client{id: ev.ID, peer: ev.Peer, filter: Keep})
	}
}

func byID(cl *client, id ID) int { return cmp.Compare(cl.id, id) }

func (c *Core) emit(e Effect) { c.out = append(c.out, e) }

func (c *Core) record(kind *event.Kind, subject, text string) {
	c.emit(Record{event.Event{Kind: kind, Subject: subject, Text: text}})
}

// arrived takes a message of the cluster. Queries about our clients are answered here; the rest is for clients.
func (c *Core) arrived(m *wire.Message) {
	if m.Kind() != kindQuery {
		c.show(m, Keep)
		return
	}
	state := offline
	if c.byName(m.Get(fieldClient)) != nil {
		state = Online
	}
	c.emit(Send{wire.New(fieldType, kindAnswer, fieldDest, m.Get(fieldSource), fieldResult, resultOK,
		fieldClient, m.Get(fieldClient), fieldTo, m.Get(fieldFrom), fieldState, state)})
}

// show delivers a message to the client that it names, or to all whose filter it passes.
func (c *Core) show(m *wire.Message, treatment Filter) {
	to, addressed := m.Lookup(fieldTo)
	var ids []ID
	var signals []Effect
	for _, cl := range c.clients {
		if !cl.signedOn() || cl.filter&treatment == 0 || addressed && cl.name != to {
			continue
		}
		ids = append(ids, cl.id)
		if cl.signal != 0 {
			signals = append(signals, Signal{cl.peer.PID, cl.signal})
		}
	}
	if len(ids) > 0 {
		c.emit(Deliver{ids, m})
		c.out = append(c.out, signals...)
	}
}

// reply ends an answer and delivers it.
func (c *Core) reply(cl *client, m *wire.Message) {
	if _, done := m.Lookup(fieldResult); !done {
		m.Set(fieldResult, wire.String, resultOK)
	}
	c.tell(cl, m)
}

func (c *Core) tell(cl *client, m *wire.Message) {
	c.emit(Deliver{[]ID{cl.id}, m})
	if cl.signal != 0 {
		c.emit(Signal{cl.peer.PID, cl.signal})
	}
}

// forget ends a client; a named one is mourned by its namesakes in the whole cluster.
func (c *Core) forget(cl *client, reason string) {
	c.clients = slices.DeleteFunc(c.clients, func(o *client) bool { return o == cl })
	c.emit(Drop{cl.id})
	if cl.signedOn() && !cl.casual {
		c.emit(Send{c.clientStatus(cl, "leave", reason)})
	}
}

// noticeWatchers says when the first client asks for more than the normal events and when the last one has gone.
func (c *Core) noticeWatchers() {
	on := slices.ContainsFunc(c.clients, func(cl *client) bool { return cl.filter&(watched&^Calls) != 0 })
	if on != c.watch {
		c.watch = on
		c.emit(Watch{on})
	}
}

func (c *Core) byID(id ID) *client {
	i, found := slices.BinarySearchFunc(c.clients, id, byID)
	if !found {
		return nil
	}
	return c.clients[i]
}

func (c *Core) byName(name string) *client {
	for _, cl := range c.clients {
		if cl.signedOn() && cl.name == name {
			return cl
		}
	}
	return nil
}

func (c *Core) nodeNamed(name string) *Node {
	for i := range c.nodes {
		if strings.EqualFold(c.nodes[i].Name, name) {
			return &c.nodes[i]
		}
	}
	return nil
}

// Nodes is the picture of the cluster; it must not be modified.
func (c *Core) Nodes() []Node { return c.nodes }

// Clients lists who is signed on.
func (c *Core) Clients() []Client {
	out := []Client{}
	for _, cl := range c.clients {
		if cl.signedOn() {
			out = append(out, Client{ID: cl.id, Name: cl.name, Casual: cl.casual, PID: cl.peer.PID, UID: cl.peer.UID})
		}
	}
	return out
}
