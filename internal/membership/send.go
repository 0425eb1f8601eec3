package membership

import (
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// maxOutbox bounds what waits while a peer does not acknowledge.
const maxOutbox = 1000

// together is up to how many nodes send their heartbeats together: so many datagrams of a kilobyte fit into every queue.
const together = 32

// sendStatus sends the heartbeat and plans the next one, up to 5 % earlier or
// later so that no node leads for ever.
func (c *Core) sendStatus() {
	if c.stopped || c.silent {
		return
	}
	m, scratch := c.draft()
	m.Fields = append(m.Fields, wire.Field{Name: messaging.FieldType, Value: messaging.KindStatus}, wire.Field{Name: "st", Value: string(c.status)},
		wire.Field{Name: "dt", Value: scratch.Hex(uint64((c.cfg.Deadtime + c.renewal).Milliseconds()))}, wire.Field{Name: "protocol", Value: "1"})
	if c.seal.caps != "" {
		m.Set("caps", wire.String, c.seal.caps)
		m.Set(fieldKeys, wire.String, c.keys)
		c.addSolid(m, scratch)
	}
	m.Set(fieldHears, wire.String, c.hears())
	c.addTerms(m)
	c.addAcks(m, scratch)
	c.addHeard(m, scratch)
	if list := c.knows(); list != "" {
		m.Set(fieldKnows, wire.String, list)
	}
	for _, f := range c.extra {
		if strings.HasPrefix(f.Name, announcePrefix) && f.Name != fieldHears && f.Name != fieldKnows && !strings.HasPrefix(f.Name, fieldDigest) {
			m.Fields = append(m.Fields, f)
		}
	}
	c.transmitWith(m, scratch)
	c.rememberStatus()
	k := c.cfg.Keepalive
	c.nextStatus = c.now.Add(c.jitter.Between(k-k/20, k+k/20))
	c.self.heard, c.told = c.now, c.now
	c.expelHaunting()
	c.pingNodes()
}

// statusDue says that it is time for the heartbeat. One that would follow within a tenth of a keepalive joins the heartbeat that just
// arrived: so the nodes of a cluster wake together, once, and not each for every other. In a large cluster all heartbeats at once would
// overflow queues on the way, and there each keeps its own time.
func (c *Core) statusDue() bool {
	at := c.nextStatus
	if c.company && len(c.nodes) <= together {
		at = at.Add(-c.cfg.Keepalive / 10)
	}
	c.company = false
	return !c.now.Before(at)
}

// hears lists the live nodes that we hear, so that a node which is deaf to
// somebody can be told from one that is alone. It is the same string as before when nothing changed.
func (c *Core) hears() string {
	if c.stillHears(c.reuse.heard) {
		return c.reuse.heard
	}
	var b strings.Builder
	for n := range c.peers {
		if !n.live() {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(n.name)
	}
	c.reuse.heard = b.String()
	return c.reuse.heard
}

// post sends a message of the floors above, or keeps it until peers caught up.
func (c *Core) post(m *wire.Message) {
	switch {
	case m == nil || c.stopped:
	case len(c.outbox) == 0 && !c.silent && c.unacked() <= messaging.FlowLimit:
		c.transmit(m)
	case len(c.outbox) < maxOutbox:
		c.outbox = append(c.outbox, m)
	default:
		c.count.lost++
		c.limited(event.QueueFull, "messages", c.cfg.Self, "message "+strconv.Quote(m.Kind())+
			" was not sent: "+strconv.Itoa(maxOutbox)+" messages already wait for acknowledgements of slow nodes")
	}
}

// transmit sends a sequenced message.
func (c *Core) transmit(m *wire.Message) { c.transmitWith(m, nil) }

// transmitWith sends one whose values need not last.
func (c *Core) transmitWith(m *wire.Message, scratch *wire.Scratch) {
	if c.silent {
		return // nobody knows us, and nobody asked
	}
	stamp := c.stamp(m)
	stamp.Scratch = scratch
	packet, err := c.sender.Send(c.now, m, stamp)
	if err != nil {
		c.count.lost++
		c.limited(event.MessageLost, "unsendable", c.cfg.Self, err.Error())
		return
	}
	c.count.sent++
	c.emitPacket(packet)
	c.echo(m)
}

// control sends a message of the messaging layer.
func (c *Core) control(m *wire.Message) { c.controlWith(m, nil) }

// controlWith sends one whose values need not last.
func (c *Core) controlWith(m *wire.Message, scratch *wire.Scratch) {
	if c.silent {
		return
	}
	stamp, t := c.stamp(m), c.newTransmit()
	stamp.Scratch = scratch
	var err error
	if t.room, err = c.sender.AppendControl(t.room[:0], m, stamp); err != nil {
		c.limited(event.MessageLost, "unsendable", c.cfg.Self, err.Error())
		return
	}
	c.count.sent++
	t.Packet = t.room
	c.emit(t)
	c.observe(m, OfProtocol)
}

// stamp collects what the control fields need. A message that names its receiver
// by uuid only gets its name.
func (c *Core) stamp(m *wire.Message) messaging.Stamp {
	s := messaging.Stamp{Time: c.wall(), Load: c.load, TTL: c.cfg.Hopfudge + len(c.nodes)}
	dest, ok := m.Lookup(messaging.FieldDest)
	if !ok {
		if u, has := messaging.ParseUUID(m.Get(messaging.FieldDestUUID)); has {
			if n := c.findUUID(u); n != nil {
				m.Set(messaging.FieldDest, wire.String, n.name)
			}
		}
		return s
	}
	if n := c.find(dest); n != nil {
		s.DestUUID = n.uuid
	}
	return s
}

// flow sends what waited when the peers have caught up.
func (c *Core) flow() {
	c.watchDebts()
	for len(c.outbox) > 0 && !c.silent && c.unacked() <= messaging.FlowLimit {
		m := c.outbox[0]
		c.outbox[0] = nil
		c.outbox = c.outbox[1:]
		c.transmit(m)
	}
	c.sender.Age(c.now, c.sender.Seq()-c.unacked())
}

// patience is how long a peer may lag before it is not waited for.
func (c *Core) patience() time.Duration { return 2 * c.cfg.Deadtime }

// ms writes a duration in whole milliseconds, as C does.
func ms(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) + " ms" }
