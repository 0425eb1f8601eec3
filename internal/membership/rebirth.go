package membership

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// IdentityNeeded asks for another identity of this node, because the others cannot or must not accept the
// present one. The shell makes and stores it, and answers with IdentityChanged. It is asked again as long as nothing comes.
type IdentityNeeded struct {
	UUID  bool   // the uuid belongs to another machine
	Above uint64 // the generation must be higher than this; 0: higher than the present one
}

// IdentityChanged gives this node the identity that it speaks with from now on. Its generation is higher than
// the former one, so that the peers see a new life; what this node knows and holds stays.
type IdentityChanged struct {
	UUID       [16]byte
	Generation uint32
}

func (IdentityNeeded) isEffect() {}
func (IdentityChanged) isEvent() {}

// fieldKnows lists, in a status, nodes whose messages the sender refuses because it knows a higher generation
// of them, with that generation: "node1=6a3f0001". The node itself then takes a higher one. Nothing else
// could tell it: to the others its messages look like recordings of a former life (resources spec, S23).
const fieldKnows = "x-knows"

const (
	// wishAgain is after how long an identity is asked for again.
	wishAgain = 5 * time.Second
	// vainRequests is how many requests for the node list a C node may leave unanswered before we think that
	// it takes us for a recording. It would answer the first within a second.
	vainRequests = 4
	// maxGeneration keeps room for starts to come: the number has 32 bits.
	maxGeneration = 1<<32 - 1<<20
)

// wish asks the shell for another identity, once in a while.
func (c *Core) wish(w IdentityNeeded) {
	if c.stopped || w.Above > maxGeneration || (!c.wished.IsZero() && c.now.Sub(c.wished) < wishAgain) {
		return
	}
	c.wished = c.now
	c.emit(w)
}

// identityChanged begins a new life in the eyes of the peers.
func (c *Core) identityChanged(ev IdentityChanged) {
	if c.stopped || ev.Generation <= c.cfg.Generation {
		return
	}
	c.closeBundle()
	if ev.UUID != c.cfg.UUID {
		c.former = append(c.former, c.self.uuid)
		c.record(event.IdentityRenewed, c.cfg.Self, "this node has a new uuid: the former one belongs to another machine as well")
	}
	c.record(event.GenerationRaised, c.cfg.Self, "this node goes on with generation "+wire.FormatHex(uint64(ev.Generation))+
		" instead of "+wire.FormatHex(uint64(c.cfg.Generation)),
		event.Attr{Key: "generation", Value: wire.FormatHex(uint64(ev.Generation))})
	c.cfg.UUID, c.cfg.Generation, c.self.uuid = ev.UUID, ev.Generation, ev.UUID
	c.sender.Begin(messaging.Identity{Name: c.cfg.Self, UUID: ev.UUID, Generation: ev.Generation})
	for n := range c.peers {
		if n.live() && n.speaks {
			n.debt.Enter(0)
			c.debtsChanged()
		}
	}
	for _, l := range c.lanes.list {
		l.cutter = nil // nobody can put parts of two lives together
	}
	c.asked, c.vain = nil, 0
	c.sendStatus()
	c.sendStatus() // as at a start: one may be lost
}

// refusedLife takes note that a peer came with an older generation than we know of it. The first time it is told at once.
func (c *Core) refusedLife(n *node) {
	first := n.outdated.IsZero() || c.now.Sub(n.outdated) >= 2*n.deadtime
	n.outdated = c.now
	if first {
		c.tell()
	}
}

// knows is the value of fieldKnows; empty when there is nothing to tell.
func (c *Core) knows() string {
	var b strings.Builder
	for n := range c.peers {
		if n.outdated.IsZero() || c.now.Sub(n.outdated) >= 2*n.deadtime {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(n.name + "=" + wire.FormatHex(n.rx.Generation()))
	}
	return b.String()
}

// toldOutdated reads fieldKnows of a peer: does it know a higher generation of us than ours?
func (c *Core) toldOutdated(a *arrival) {
	list, there := a.message.Lookup(fieldKnows)
	if !there {
		return
	}
	for _, item := range strings.Fields(list) {
		name, number, _ := strings.Cut(item, "=")
		above, ok := wire.ParseHex(number)
		if name != c.cfg.Self || !ok || above < uint64(c.cfg.Generation) {
			continue
		}
		if above > uint64(c.cfg.Generation) {
			c.limited(event.GenerationOld, "outdated", c.cfg.Self, "node "+a.src+" refuses this node's messages as recordings: it knows generation "+
				number+" of it, and the present one is "+wire.FormatHex(uint64(c.cfg.Generation))+"; a higher one is taken")
			c.wish(IdentityNeeded{Above: above})
		}
	}
}

// askedInVain notices at the start that a C node speaks and never answers. It cannot tell why; the one
// reason that we can mend is that it remembers a higher generation of us, after our file was lost and our clock
// set back. Generations begin with the time of a node's first start, so the peer's clock is above all of them.
func (c *Core) askedInVain() {
	if c.asked == nil || c.asked.caps != "" || c.now.Before(c.askAgain) {
		return
	}
	c.vain++
	if c.vain < vainRequests {
		return
	}
	c.vain = 0
	n := c.asked
	if n.statusTS <= uint64(c.cfg.Generation) {
		c.limited(event.GenerationOld, "unanswered", n.name, "node "+n.name+" is heard and does not answer: it does not hear this node, or knows a higher generation than "+
			wire.FormatHex(uint64(c.cfg.Generation))+" of it; check the way there, and if that works, restart heartbeat on "+n.name)
		return
	}
	c.limited(event.GenerationOld, "unanswered", n.name, "node "+n.name+" is heard and does not answer; this node's generation "+
		wire.FormatHex(uint64(c.cfg.Generation))+" is below the clock of "+n.name+", so it may be taken for a recording; a generation above that clock is taken")
	c.wish(IdentityNeeded{Above: n.statusTS})
}

// neverAcknowledged names the likely cause when a C node, which acknowledges every tenth message, has not acknowledged one. An
// active node does not change its generation for that: if only the way there is broken, C must find its former life.
func (c *Core) neverAcknowledged(n *node) {
	if n.caps != "" || n.debt.Acked() > 0 {
		return
	}
	c.limited(event.GenerationOld, "unacknowledged", n.name, "node "+n.name+" has acknowledged nothing since it is heard: it does not hear this node, or knows a higher generation than "+
		wire.FormatHex(uint64(c.cfg.Generation))+" of it; check the way there, and if that works, restart heartbeat on "+n.name)
}

// ownUUID notices that another node uses our uuid. Before this node takes part it takes another one; later
// a change would look like a second machine to the peers.
func (c *Core) ownUUID(a *arrival) {
	if a.uuid != c.self.uuid || a.uuid == (messaging.UUID{}) || a.src == c.cfg.Self || c.commUp {
		return
	}
	c.conflict("own", a.src, "node "+a.src+" ("+a.source+") has the same uuid as this node: one disk was copied from the other; this node takes a new uuid before it joins")
	c.wish(IdentityNeeded{UUID: true})
}

// ours says whether a uuid is or was that of this node.
func (c *Core) ours(u messaging.UUID) bool {
	return u == c.self.uuid || u == messaging.UUID{} || slices.Contains(c.former, u)
}

// listening says that this node does not speak yet, because its uuid may be that of another machine.
func (c *Core) listening() bool { return c.now.Before(c.began.Add(c.cfg.Listen)) && c.silent }
