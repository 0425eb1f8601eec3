package membership

import (
	"slices"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// answerNodes answers reqnodes. A node list ends in a blank, an empty one is a blank (section 6).
func (c *Core) answerNodes(to *node) {
	if c.stopped {
		return
	}
	var gone []string
	for _, m := range c.gone {
		gone = append(gone, m.Name)
	}
	c.transmit(wire.New(messaging.FieldDest, to.name, messaging.FieldType, messaging.KindRepNodes,
		"nodelist", strings.Join(c.normalNames(), " ")+" ", "delnodelist", strings.Join(gone, " ")+" "))
}

// nodesAnswered takes the node list of a peer, which ends the start-up.
func (c *Core) nodesAnswered(from *node, m *wire.Message) {
	if c.asked == nil || c.commUp {
		return // nobody asked
	}
	c.adoptList(from, nameList(m.Get("nodelist")), nameList(m.Get("delnodelist")))
	if !c.cloned() {
		c.communicationUp("node " + from.name + " sent its node list")
	}
}

// adoptList brings our list to what the cluster agreed on while we were away. Unlike C, which does as it is told:
//
//   - A node that we know to be deleted stays so, although a C peer may list it again; a peer of our kind
//     keeps its own list of deleted nodes, and is believed.
//   - A node of our ha.cf is removed only if the peer says that it was deleted, not because the peer does not know it.
//   - Nobody who lives is removed, and nobody is added whom this node could not add by hand.
func (c *Core) adoptList(from *node, list, gone []string) {
	if !slices.Contains(list, c.cfg.Self) {
		c.limited(event.NodeUnknown, "not listed", c.cfg.Self, "this node is not a member of the node list of "+from.name+
			" ("+strings.Join(list, " ")+"); list it in ha.cf there, or run there: hb_addnode "+c.cfg.Self)
	}
	if from.caps != "" {
		c.gone = slices.DeleteFunc(slices.Clone(c.gone), func(m Member) bool { return !slices.Contains(gone, m.Name) })
	}
	for _, name := range gone {
		n := c.find(name)
		switch {
		case name == c.cfg.Self:
		case n == nil && c.deleted(name, messaging.UUID{}) == nil && badName(name) == "":
			c.gone = append(slices.Clip(c.gone), Member{Name: name, Weight: defaultWeight})
			c.rosterChanged()
		case n != nil && !n.ping && !n.live():
			c.remove(n, true)
		}
	}
	for n := range c.peers {
		if n.joined && !n.live() && !slices.Contains(list, n.name) {
			c.remove(n, false)
		}
	}
	for _, name := range list {
		if c.find(name) != nil || c.deleted(name, messaging.UUID{}) != nil {
			continue
		}
		if why := c.unfit(name); why != "" {
			c.limited(event.RosterRefused, "repnodes", from.name, "node "+from.name+" lists node "+printable(name)+", which is not added here: "+why)
			continue
		}
		c.add(name, "node "+from.name+" lists it")
	}
}
