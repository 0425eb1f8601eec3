package membership

import (
	"strconv"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
)

// identify finds the node that sent a message by its name; nil when it must be
// ignored. Names are never changed by what arrives: C renames nodes to and fro
// when two machines share one uuid (section 14.2).
func (c *Core) identify(a *arrival) *node {
	n := c.guard.sender() // mostly one source is one node
	if n == nil || n.name != a.src || n.slot.gone {
		n = c.find(a.src)
	}
	if n == nil {
		n = c.newcomer(a)
	}
	switch {
	case n == nil && c.deleted(a.src, a.uuid) != nil:
		c.refuseDeleted(a)
		return nil
	case n == nil || n.ping:
		c.count.drop(unknownNode)
		c.limited(event.NodeUnknown, "unknown", a.src, "bad node ["+a.src+"] in message from "+a.source+
			": ha.cf does not list it; list it on all nodes, or give the clusters different keys or ports")
		return nil
	case n == c.self:
		c.ownName(a)
		return nil
	}
	c.ownUUID(a)
	if !c.ownsIdentity(n, a) {
		return nil
	}
	return n
}

// ownName judges a message that carries our own name: an echo, or a second
// machine with our name.
func (c *Core) ownName(a *arrival) {
	own := c.ours(a.uuid)
	gen := uint64(c.cfg.Generation)
	switch {
	case own && a.generation == gen && a.seq <= c.sender.Seq():
		c.hear(c.self, a.link)
	case own && a.generation < gen:
		c.count.drop(replayed) // of a former life of ours
	default:
		c.cloneSeen = c.now
		c.count.drop(duplicateIdentity)
		c.conflict("duplicate", a.src, "another machine ("+a.source+") speaks as "+a.src+
			", the name of this node: its messages are ignored; give it another name, remove its copy of hb_uuid and restart heartbeat there")
	}
}

// ownsIdentity pins the uuid of a node at its first contact and reports whether
// the message may be believed to be from it.
func (c *Core) ownsIdentity(n *node, a *arrival) bool {
	switch {
	case a.uuid == n.uuid || a.uuid == messaging.UUID{}:
		return true
	case c.findUUID(a.uuid) != nil:
		// A cloned image under its own name: the node is real, its uuid is not.
		o := c.findUUID(a.uuid)
		n.borrowed = a.uuid
		if o == c.self && !c.commUp {
			n.uuid = a.uuid // it may keep it: we take another one
		} else {
			c.conflict("cloned", n.name, "node "+n.name+" ("+a.source+") has the uuid of "+o.whence()+
				": one disk was copied from the other; on the copy remove hb_uuid and restart heartbeat")
		}
		return true
	case n.uuid == messaging.UUID{} || a.uuid == n.borrowed && a.generation >= n.rx.Generation():
		// Nothing was known of it, or the other owner of its uuid was removed meanwhile.
		n.uuid, c.rememberNow = a.uuid, true
		return true
	case n.status == Active || n.live() && a.generation <= n.rx.Generation():
		// One that starts may still find out that its uuid is a copy, and take another.
		c.count.drop(duplicateIdentity)
		c.conflict("duplicate", n.name, "another machine ("+a.source+") speaks as "+n.whence()+
			", which is alive with a different uuid: the newcomer is ignored; give it another name, remove its copy of hb_uuid and restart heartbeat there")
		return false
	case a.generation <= n.rx.Generation():
		c.refusedLife(n)
		c.replay(a, "node "+n.name+" with another uuid but no newer generation")
		return false
	}
	n.uuid, n.borrowed, c.rememberNow = a.uuid, messaging.UUID{}, true
	c.record(event.IdentityNew, n.name, "node "+n.name+" changed its uuid; "+a.source+" is taken for a reinstalled machine")
	return true
}

// findUUID returns the node with a uuid, or nil.
func (c *Core) findUUID(u messaging.UUID) *node {
	for _, n := range c.nodes {
		if n.uuid == u && u != (messaging.UUID{}) {
			return n
		}
	}
	return nil
}

// number writes a count with its noun: "1 message", "2 messages".
func number(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.FormatUint(n, 10) + " " + noun + "s"
}
