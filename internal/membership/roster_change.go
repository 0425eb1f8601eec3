package membership

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// rosterAsked does what an administrator of this node wants, or says why not, and tells the peers. All
// nodes judge for themselves; a wish that would fail here is not sent at all.
func (c *Core) rosterAsked(ev RosterAsked) {
	ch := change{verb: ev.Verb, nodes: lower(ev.Nodes), value: ev.Value, by: c.cfg.Self}
	answer := RosterAnswered{ID: ev.ID}
	if why := c.rosterRefusal(ch); why != "" {
		answer.Refused, answer.Text = true, why
		c.emit(answer)
		return
	}
	c.post(c.rosterNotice(ch.verb, ch.nodes, ch.value, ""))
	answer.Text = c.rosterApply(ch)
	c.emit(answer)
}

// rosterPosted takes a change that a program on this node sends as a message, as C's scripts do; false when it is another message.
func (c *Core) rosterPosted(m *wire.Message) bool {
	if m == nil {
		return false
	}
	ch, ok := readChange(m)
	if !ok {
		return false
	}
	if why := c.rosterRefusal(ch); why != "" {
		c.limited(event.RosterRefused, ch.verb, c.cfg.Self, ch.verb+" "+strings.Join(ch.nodes, " ")+" was asked for and is not done: "+why)
		return true
	}
	c.post(c.rosterNotice(ch.verb, ch.nodes, ch.value, ""))
	c.rosterApply(ch)
	return true
}

// A change is what one of the four messages about the list of nodes says (section 11).
type change struct {
	verb, value, by string
	nodes           []string
}

// rosterNotice makes the message; dest is empty for all nodes.
func (c *Core) rosterNotice(verb string, nodes []string, value, dest string) *wire.Message {
	var m *wire.Message
	switch verb {
	case messaging.KindSetWeight:
		m = wire.New(messaging.FieldType, verb, "node", nodes[0], "weight", value)
	case messaging.KindSetSite:
		m = wire.New(messaging.FieldType, verb, "node", nodes[0], "site", value)
	default:
		// The trailing blank of a list is C's only in repnodes; its scripts send none.
		m = wire.New(messaging.FieldType, verb, "nodelist", strings.Join(nodes, " "))
	}
	if dest != "" {
		m.Set(messaging.FieldDest, wire.String, dest)
	}
	return m
}

// rosterMessage takes such a message of a peer; false when it is another one.
func (c *Core) rosterMessage(from string, m *wire.Message) bool {
	ch, ok := readChange(m)
	if !ok {
		return false
	}
	ch.by = from
	if ch.verb == messaging.KindDelNode && slices.Contains(ch.nodes, c.cfg.Self) {
		c.expelled(from)
		return true
	}
	if ch.verb == messaging.KindAddNode || ch.verb == messaging.KindDelNode {
		// What is so already needs no change and no complaint.
		ch.nodes = slices.DeleteFunc(ch.nodes, func(name string) bool {
			return (c.find(name) != nil) == (ch.verb == messaging.KindAddNode)
		})
		if len(ch.nodes) == 0 {
			return true
		}
	}
	if why := c.rosterRefusal(ch); why != "" {
		c.limited(event.RosterRefused, ch.verb, from, "node "+from+" asks for "+ch.verb+" "+strings.Join(ch.nodes, " ")+
			", which is not done here: "+why)
		return true
	}
	c.rosterApply(ch)
	return true
}

// readChange reads a message about the list of nodes; ok is false for other messages.
func readChange(m *wire.Message) (ch change, ok bool) {
	ch.verb, ch.by = m.Kind(), "this node"
	switch ch.verb {
	case messaging.KindAddNode, messaging.KindDelNode:
		ch.nodes = nameList(m.Get("nodelist"))
	case messaging.KindSetWeight:
		ch.nodes, ch.value = nameList(m.Get("node")), m.Get("weight")
	case messaging.KindSetSite:
		ch.nodes, ch.value = nameList(m.Get("node")), m.Get("site")
	default:
		return ch, false
	}
	return ch, true
}

// expelled is told that this node was deleted. One that has not begun to work has nothing to stop; it waits.
func (c *Core) expelled(by string) {
	text := "I am being deleted from the cluster by node " + by + ". This should not happen while this node runs"
	if !c.limited(event.NodeExpelled, "expelled", c.cfg.Self, text+"; to have it back, run on "+by+": hb_addnode "+c.cfg.Self) {
		return
	}
	if c.commUp {
		c.emit(Expelled{By: by})
	}
}

// rosterRefusal says why a change cannot be made, with the way out; "" when it can.
func (c *Core) rosterRefusal(ch change) string {
	if len(ch.nodes) == 0 {
		return "no node is named"
	}
	for _, name := range ch.nodes {
		n := c.find(name)
		known := n != nil && !n.ping
		switch {
		case n != nil && n.ping:
			return name + " is a ping node; ping nodes are changed in ha.cf only"
		case ch.verb == messaging.KindAddNode && known:
			return "node " + name + " is in the configuration already"
		case ch.verb == messaging.KindAddNode:
			if why := c.unfit(name); why != "" {
				return "node " + printable(name) + " cannot be added: " + why
			}
		case !known:
			return "there is no node " + printable(name) + "; the nodes are: " + strings.Join(c.normalNames(), " ")
		case ch.verb == messaging.KindDelNode && n == c.self:
			return "a node cannot delete itself; stop heartbeat on " + name + " and run this on another node"
		case ch.verb == messaging.KindDelNode && n.status != Dead:
			return "deletion failed: node " + name + " is not dead; stop heartbeat there first"
		}
	}
	switch ch.verb {
	case messaging.KindDelNode:
		// All who stay must hear it, or they keep the node and argue about the list later.
		for n := range c.peers {
			if !slices.Contains(ch.nodes, n.name) && n.status != Up && n.status != Active {
				return "deletion failed. We don't have all required nodes alive (" + n.name + " is " + string(n.status) + ")"
			}
		}
	case messaging.KindSetWeight:
		if w, err := strconv.Atoi(ch.value); err != nil || w < 0 || w > 1000000 {
			return "weight " + printable(ch.value) + " is not a number from 0 to 1000000"
		}
	case messaging.KindSetSite:
		if len(ch.value) > maxSite || strings.ContainsFunc(ch.value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return "a site is a text of at most 255 bytes without tabs and line ends"
		}
	}
	return ""
}

// rosterApply makes a change that was found possible, and says what was done.
func (c *Core) rosterApply(ch change) string {
	list := strings.Join(ch.nodes, " ")
	switch ch.verb {
	case messaging.KindAddNode:
		for _, name := range ch.nodes {
			c.add(name, "asked for on "+ch.by)
		}
		return "added: " + list
	case messaging.KindDelNode:
		for _, name := range ch.nodes {
			c.remove(c.find(name), true)
		}
		return "deleted: " + list
	case messaging.KindSetWeight:
		n := c.find(ch.nodes[0])
		n.weight, _ = strconv.Atoi(ch.value)
	case messaging.KindSetSite:
		n := c.find(ch.nodes[0])
		n.site = ch.value
	}
	what := strings.TrimPrefix(ch.verb, "set")
	c.record(event.RosterSet, list, "the "+what+" of node "+list+" is now "+strconv.Quote(ch.value)+", set on "+ch.by+".")
	c.rosterChanged()
	return "the " + what + " of node " + list + " is now " + ch.value
}

func (c *Core) normalNames() []string {
	var list []string
	for _, n := range c.nodes {
		if !n.ping {
			list = append(list, n.name)
		}
	}
	return list
}

// nameList splits a list of nodes. C's scripts let a comma into a name; nobody means it.
func nameList(list string) []string {
	return lower(strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }))
}

// lower writes names as the cluster does, each once.
func lower(list []string) []string {
	var out []string
	for _, name := range list {
		if name = strings.ToLower(name); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
