package session

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/propagate"
	"heartbeat/internal/wire"
)

// ours are the types of messages that only this node's own parts may send.
var ours = []string{"status", "reqnodes", "repnodes", "starting", "resource", "shutdone", "ip-request-resp",
	kindRequest, kindResponse, kindClient, kindQuery, kindAnswer, propagate.Kind}

// roster are the types by which administrators change the list of nodes.
var roster = []string{"addnode", "delnode", "setweight", "setsite"}

// speak sends a client's message to its namesakes in the whole cluster (section 17.5).
func (c *Core) speak(cl *client, m *wire.Message) {
	switch {
	case cl.casual:
		c.record(event.ClientRefused, cl.name, "client "+cl.name+" was sent away: only clients with a registered name may send messages")
		c.forget(cl, "badclient")
	case c.order(m):
	case !Sendable(m):
		c.record(event.ClientRefused, cl.name, "client "+cl.name+" may not send a message of type "+clip(m.Kind())+"; it was dropped")
	default:
		m.Set(fieldFrom, wire.String, cl.name)
		m.Set(fieldTo, wire.String, cl.name)
		m.Set(fieldGen, wire.String, strconv.Itoa(cl.gen))
		c.emit(Send{m})
	}
}

// written takes what a script wrote into the FIFO, as the classic scripts do (section 11). C's own
// take-over script reports its end there; here there is nobody to whom that is news.
func (c *Core) written(m *wire.Message) {
	switch {
	case c.order(m):
	case slices.Contains(roster, m.Kind()):
		c.changeRoster(m)
	case m.Kind() == "resource" && m.Get(fieldInfo) == "mach_down":
	case !Sendable(m):
		c.record(event.ClientRefused, "fifo", "a message of type "+clip(m.Kind())+" in the FIFO was dropped: only the node itself sends such messages")
	default:
		c.emit(Send{m})
	}
}

// changeRoster takes what hb_addnode and its like write.
func (c *Core) changeRoster(m *wire.Message) {
	change := ChangeRoster{Verb: m.Kind()}
	switch m.Kind() {
	case "addnode", "delnode":
		change.Nodes = strings.FieldsFunc(m.Get("nodelist"), func(r rune) bool { return r == ' ' || r == ',' })
	case "setweight":
		change.Nodes, change.Value = []string{m.Get(fieldNode)}, m.Get("weight")
	case "setsite":
		change.Nodes, change.Value = []string{m.Get(fieldNode)}, m.Get("site")
	}
	c.emit(change)
}

// order recognizes the requests of administrators and of ipfail.
func (c *Core) order(m *wire.Message) bool {
	set := m.Get("rsc_hold")
	switch m.Kind() {
	case "ask_resources":
		if m.Get(fieldInfo) == "me" {
			c.emit(Standby{set})
			return true
		}
	case "hb_takeover":
		c.emit(Takeover{set})
		return true
	}
	return false
}

// Sendable says that a message of this type is no business of the messaging layer or of resource management.
func Sendable(m *wire.Message) bool {
	kind := m.Kind()
	return kind != "" && kind != "ask_resources" && !strings.HasPrefix(kind, "NS_") && !slices.Contains(ours, kind) && !slices.Contains(roster, kind)
}
