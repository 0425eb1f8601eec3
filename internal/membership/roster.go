package membership

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
)

// Join is the directive autojoin: which nodes may take part that ha.cf does not list (messaging spec, section 14.3).
type Join uint8

const (
	JoinNone  Join = iota // only those that ha.cf or an administrator names
	JoinOther             // every node that speaks with our keys
	JoinAny               // the same, and this node itself need not be listed
)

// A Member is what the host cache keeps about a node (section 14.1).
type Member struct {
	Name   string
	UUID   [16]byte // zero: unknown
	Weight int
	Site   string
}

const (
	defaultWeight = 100 // of a node about which nobody said anything, as in C
	// maxNodes is how many nodes C's table holds, ping nodes included; a list that C cannot hold would split a mixed cluster.
	maxNodes = 100
	maxSite  = 255 // bytes
)

// rememberCached takes over what the host cache knows.
func (c *Core) rememberCached() {
	c.gone = slices.Clone(c.cfg.Deleted)
	for _, m := range c.cfg.Cached {
		n := c.find(m.Name)
		if n == nil && (c.cfg.Join == JoinNone || c.deleted(m.Name, m.UUID) != nil || len(c.nodes) >= maxNodes || badName(m.Name) != "") {
			continue
		}
		if n == nil {
			n = newNode(m.Name, c.cfg.Links, c.cfg.Deadtime)
			n.joined = true
			c.enter(n)
		}
		if n.ping {
			continue
		}
		n.weight, n.site = m.Weight, m.Site
		if n != c.self && c.findUUID(m.UUID) == nil {
			n.uuid = m.UUID
		}
	}
}

// joinersUntil is until when a start waits for nodes that nobody listed: with autojoin the whole
// initdead, because who will come is not known (section 12.3).
func (c *Core) joinersUntil() time.Time {
	if c.cfg.Join == JoinNone {
		return time.Time{}
	}
	return c.began.Add(c.cfg.Initdead)
}

// newcomer adds the sender of a message when autojoin lets it in; nil when not. Its message is judged
// at once, while C drops it and waits for the second.
func (c *Core) newcomer(a *arrival) *node {
	if c.cfg.Join == JoinNone || c.stopped || c.deleted(a.src, a.uuid) != nil {
		return nil
	}
	if why := c.unfit(a.src); why != "" {
		c.refuse(a.source, badField, "node ["+printable(a.src)+"] cannot join: "+why)
		return nil
	}
	// The same machine under a new name; the former one is not heard any more.
	if old := c.findUUID(a.uuid); old != nil && old != c.self && old.joined && !old.live() {
		c.record(event.IdentityNew, a.src, "node "+old.name+" comes as "+a.src+" now: its uuid is the same, and nothing is heard of the former name")
		c.remove(old, false)
	}
	return c.add(a.src, "it speaks with the keys of this cluster (autojoin, from "+printable(a.source)+")")
}

// unfit says why a name cannot be added, or "".
func (c *Core) unfit(name string) string {
	switch {
	case len(c.nodes) >= maxNodes:
		return "the cluster has the largest possible number of nodes; delete one first (hb_delnode)"
	case c.cfg.Homes != nil && !slices.Contains(c.cfg.Homes, name):
		// Two nodes that both miss an owner for its half would both take everything (resources spec, S41).
		return "haresources has no group at home there, and a node without one makes two owners of everything; give it a group on all nodes and restart them, or use crm on"
	}
	return badName(name)
}

// badName says what is wrong with a node name, or "".
func badName(name string) string {
	switch {
	case name == "" || len(name) > 99:
		return "a node name has 1 to 99 bytes"
	case strings.ToLower(name) != name:
		return "a node name is written in lower case"
	case strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == ',' || r == '#' || r >= 0x7f }):
		return "a node name has no blanks, commas, # or special characters"
	}
	return ""
}

// add puts a node at the end of the list. It is waited for from now on, as for one of ha.cf after a start.
func (c *Core) add(name, why string) *node {
	n := newNode(name, c.cfg.Links, c.cfg.Deadtime)
	n.joined, n.heard = !slices.Contains(c.cfg.Nodes, name), c.now
	for _, m := range c.cfg.Cached {
		if m.Name == name {
			n.weight, n.site = m.Weight, m.Site
		}
	}
	c.enter(n)
	c.gone = slices.DeleteFunc(slices.Clone(c.gone), func(m Member) bool { return m.Name == name })
	c.emit(NodeAdded{Node: name})
	c.record(event.NodeAdded, name, "Adding new node ["+name+"] to configuration: "+why+".")
	c.rosterChanged()
	return n
}

// remove takes a node out of the list; deleted nodes are remembered.
func (c *Core) remove(n *node, deleted bool) {
	c.nodes = slices.DeleteFunc(slices.Clone(c.nodes), func(o *node) bool { return o == n })
	delete(c.names, n.name)
	n.slot.gone = true
	c.touch(n)
	c.debtsChanged()
	if c.asked == n {
		c.asked = nil
	}
	if deleted {
		c.gone = append(slices.Clip(c.gone), n.member())
	}
	for i := range n.links {
		if n.links[i].up {
			c.linkDown(n, &n.links[i], "the node was removed")
		}
	}
	c.emit(NodeRemoved{Node: n.name, Deleted: deleted})
	c.record(event.NodeRemoved, n.name, "Removing node ["+n.name+"] from configuration.")
	c.rosterChanged()
}

// deleted finds a name or a uuid among the deleted nodes; nil when it is not there.
func (c *Core) deleted(name string, id messaging.UUID) *Member {
	for i := range c.gone {
		if m := &c.gone[i]; m.Name == name || (id != messaging.UUID{} && messaging.UUID(m.UUID) == id) {
			return m
		}
	}
	return nil
}

// refuseDeleted ignores a node that was deleted. One of our kind is told, so that it lets go of what it
// holds; a C node would be told in vain by its C peers that it is welcome.
func (c *Core) refuseDeleted(a *arrival) {
	c.count.drop(unknownNode)
	c.limited(event.NodeUnknown, "deleted", a.src, "node ["+a.src+"] ("+a.source+
		") was deleted from the cluster and is ignored; to have it back, run: hb_addnode "+a.src)
	if _, ours := a.message.Lookup("caps"); ours && !slices.Contains(c.haunting, a.src) {
		c.haunting = append(c.haunting, a.src)
	}
}

// expelHaunting tells deleted nodes that still speak, after every status, because only a status makes them
// listen to what follows it.
func (c *Core) expelHaunting() {
	for _, name := range c.haunting {
		if c.deleted(name, messaging.UUID{}) != nil {
			c.transmit(c.rosterNotice(messaging.KindDelNode, []string{name}, "", name))
		}
	}
	c.haunting = c.haunting[:0]
}

func (n *node) member() Member {
	return Member{Name: n.name, UUID: n.uuid, Weight: n.weight, Site: n.site}
}

// rosterChanged gives the shell what belongs into the host cache.
func (c *Core) rosterChanged() {
	var list []Member
	for _, n := range c.nodes {
		if !n.ping {
			list = append(list, n.member())
		}
	}
	c.emit(RosterChanged{Members: list, Deleted: slices.Clone(c.gone)})
}
