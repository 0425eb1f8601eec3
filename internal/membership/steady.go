package membership

import (
	"bytes"
	"strings"

	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// A cluster at rest sends and hears the same words for months, so the memory for them is used again and again: a heartbeat allocates
// nothing, and the garbage collector of a node sleeps.

// reuse is memory that lasts from one Step to the next.
type reuse struct {
	message   wire.Message // a heartbeat or an acknowledgement of ours
	scratch   wire.Scratch
	heard     string       // the list of the last one
	arrived   wire.Message // one of somebody else
	transmits []*Transmit  // given out by this Step: the first used of them
	used      int
}

// draft is an empty message for what we say all the time, and memory for its values. Nobody keeps it when it has gone out,
// unless somebody watches.
func (c *Core) draft() (*wire.Message, *wire.Scratch) {
	if c.watched {
		return &wire.Message{}, nil
	}
	r := &c.reuse
	r.message.Fields = r.message.Fields[:0]
	r.scratch.Reset()
	return &r.message, &r.scratch
}

// emitPacket emits a Transmit of a packet that lasts until the next Step.
func (c *Core) emitPacket(packet []byte) {
	t := c.newTransmit()
	t.Packet = packet
	c.emit(t)
}

func (c *Core) newTransmit() *Transmit {
	r := &c.reuse
	if r.used == len(r.transmits) {
		r.transmits = append(r.transmits, new(Transmit))
	}
	r.used++
	r.transmits[r.used-1].Cut = false
	return r.transmits[r.used-1]
}

// decode verifies and reads a packet. A heartbeat that says nothing new is read without a copy, because nothing of it will be kept.
func (c *Core) decode(packet []byte) (*wire.Message, error) {
	if c.cfg.Decode != nil {
		return c.cfg.Decode(packet)
	}
	if !bytes.Contains(packet, statusMark) && !bytes.Contains(packet, ackMark) {
		m, _, err := c.cfg.Keys.Decode(packet)
		return m, err
	}
	m := &c.reuse.arrived
	if _, err := c.cfg.Keys.DecodeInto(m, packet); err != nil {
		return nil, err
	}
	if c.saysNothingNew(m) {
		return m, nil
	}
	return m.Own(), nil
}

// The marks are in every packet of these kinds, in either dialect, and in few others.
var (
	statusMark = []byte("t=" + messaging.KindStatus)
	ackMark    = []byte("t=" + messaging.KindAck)
)

// saysNothingNew says whether a message is an acknowledgement, or one more heartbeat of which only numbers differ from the one before,
// of a live node whose identity is beyond doubt. Whoever keeps something of a status in the rules that follow compares it first, here too.
func (c *Core) saysNothingNew(m *wire.Message) bool {
	if c.watched || len(c.cfg.Ring) > 0 {
		return false
	}
	n := c.find(m.Get(messaging.FieldSource))
	if n == nil || n == c.self || n.ping || !n.ever || !n.live() {
		return false
	}
	gen, _ := m.Hex(messaging.FieldGen)
	uuid, _ := messaging.ParseUUID(m.Get(messaging.FieldUUID))
	if gen != n.rx.Generation() || uuid != n.uuid || uuid == c.self.uuid {
		return false
	}
	switch m.Kind() {
	case messaging.KindAck:
		return true
	case messaging.KindStatus:
		return n.announced && m.Get("st") == string(n.status) && m.Get("caps") == n.caps && m.Get(fieldKeys) == n.keys &&
			m.Get(fieldKnows) == "" && sameAnnouncement(n.fields, m.Fields) && c.sameTerms(n, m)
	}
	return false
}

// stillHears says whether a list names exactly the live nodes.
func (c *Core) stillHears(list string) bool {
	first := true
	for n := range c.peers {
		if !n.live() {
			continue
		}
		ok := true
		if !first {
			list, ok = strings.CutPrefix(list, " ")
		}
		if ok {
			list, ok = strings.CutPrefix(list, n.name)
		}
		if !ok {
			return false
		}
		first = false
	}
	return list == ""
}
