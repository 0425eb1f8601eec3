package membership

import (
	"errors"
	"strings"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// A header is what every message must say about itself.
type header struct {
	kind, src  string
	generation uint64
	seq        uint64 // 0: unsequenced
	ts         uint64
	uuid       messaging.UUID
}

// arrival is one authentic message on its way through the rules.
type arrival struct {
	header
	link, source string
	size         int // bytes of the packet
	message      *wire.Message
	from         *node
}

// receive judges one datagram. A bundle is over at its first packet that cannot be read: a forged one could hold thousands.
func (c *Core) receive(p PacketArrived) {
	data, ok := c.unseal(p)
	if !ok {
		return
	}
	p.Data = data
	if !wire.IsBundle(p.Data) {
		c.receiveOne(p)
		return
	}
	for packet := range wire.Bundled(p.Data) {
		p.Data = packet
		if !c.receiveOne(p) {
			return
		}
	}
}

// receiveOne judges one packet, unless its source floods us, and says whether it could be read.
func (c *Core) receiveOne(p PacketArrived) bool {
	c.count.received++
	claims := func() bool { return c.claimed(p.Data) }
	admitted, a := c.guard.admits(c.now, p.Source, claims)
	if !admitted {
		c.unread(p.Source, a)
		return false
	}
	refused := c.count.refused
	c.packet, c.proof, c.speaker = p.Data, false, nil
	readable := c.read(p)
	c.packet = nil
	switch {
	case c.proof:
		c.guard.prove(c.now, p.Source, c.speaker)
	case c.count.refused > refused:
		c.guard.charge(c.now, p.Source, len(p.Data), claims)
	}
	return readable
}

// read verifies and decodes one packet; false when it cannot be read.
func (c *Core) read(p PacketArrived) bool {
	if c.copied(p) {
		return true
	}
	m, err := c.decode(p.Data)
	if err != nil {
		c.dropUndecoded(p, err)
		return false
	}
	if c.secret(p, m) {
		c.decoded(p, m)
	}
	return true
}

// decoded takes an authentic message through the rules of section 7.2.
func (c *Core) decoded(p PacketArrived, m *wire.Message) {
	if k := m.Kind(); c.stopped && k != messaging.KindRequest && k != messaging.KindAck {
		return
	}
	a := arrival{link: p.Link, source: p.Source, size: len(p.Data), message: m}
	if c.pings > 0 {
		if n := c.find(p.Link); n != nil && n.ping {
			c.touch(n)
			c.pingAnswered(n, m)
			return
		}
	}
	bad := a.parse(m)
	if bad != "" {
		c.refuse(a.source, badField, bad)
		return
	}
	if a.from = c.identify(&a); a.from == nil {
		return
	}
	c.relay(&a)
	if a.seq == 0 {
		c.observe(m, OfProtocol)
		c.unsequenced(&a)
		return
	}
	c.sequenced(&a)
}

func (c *Core) dropUndecoded(p PacketArrived, err error) {
	var drop *wire.DropError
	if errors.As(err, &drop) {
		c.speaksFor(p, drop.Reason)
		c.refuse(p.Source, drop.Reason.String(), drop.Detail)
		return
	}
	c.refuse(p.Source, wire.Malformed.String(), err.Error())
}

// parse reads the header; it returns what is wrong with it. It looks at each field once: a header has many.
func (a *arrival) parse(m *wire.Message) (bad string) {
	var seq, gen, ts string
	var seen uint
	for i := range m.Fields {
		f := &m.Fields[i]
		var to *string
		bit := uint(0)
		switch f.Name {
		case messaging.FieldType:
			to, bit = &a.kind, 1
		case messaging.FieldSource:
			to, bit = &a.src, 2
		case messaging.FieldSeq:
			to, bit = &seq, 4
		case messaging.FieldGen:
			to, bit = &gen, 8
		case messaging.FieldTime:
			to, bit = &ts, 16
		case messaging.FieldUUID:
			if seen&32 == 0 {
				a.uuid, _ = messaging.ParseUUID(f.Value)
			}
			seen |= 32
			continue
		default:
			continue
		}
		if seen&bit == 0 { // of fields with one name the first counts
			*to = f.Value
		}
		seen |= bit
	}
	a.src = strings.ToLower(a.src)
	var ok bool
	if a.kind == "" || a.src == "" {
		return "missing from or type"
	}
	if a.ts, ok = wire.ParseHex(ts); !ok || a.ts == 0 {
		return "bad or missing ts"
	}
	if a.generation, ok = wire.ParseHex(gen); !ok {
		return "bad or missing hg"
	}
	if messaging.Unsequenced(a.kind) {
		return ""
	}
	if a.seq, ok = wire.ParseHex(seq); !ok || a.seq == 0 || a.seq > messaging.MaxSeq {
		return "missing or bad seqno"
	}
	return ""
}

// sequenced judges a message by generation and number (section 8).
func (c *Core) sequenced(a *arrival) {
	n := a.from
	life := c.lifeOf(n, a.generation)
	switch {
	case life == messaging.OlderLife:
		c.refusedLife(n)
		c.replay(a, "attempted replay attack ["+n.name+"]? [gen = "+wire.FormatHex(a.generation)+
			", curgen = "+wire.FormatHex(n.rx.Generation())+"]")
	case a.kind == messaging.KindStatus:
		c.statusArrived(a, life)
	case life != messaging.SameLife:
		// Its status will say what it is; until then it only proves that it lives.
		c.evidence(a)
	case n.status == Dead:
		// Only a status wakes the dead. What comes before it is asked for again as a hole.
	default:
		c.judgeMessage(a)
	}
}

// judgeMessage takes a sequenced message of a live node. It reports whether the
// message is new.
func (c *Core) judgeMessage(a *arrival) bool {
	n := a.from
	o := n.rx.Judge(c.now, a.seq, c.cfg.MaxRexmitDelay, c.jitter)
	if o.Lost > 0 {
		c.lost(n, o.Lost, "lost a lot of packets!")
	}
	switch o.Verdict {
	case messaging.Replayed:
		c.replay(a, "message "+wire.FormatHex(a.seq)+" of "+n.name+" is older than all that can be under way")
		return false
	case messaging.Duplicate, messaging.Late:
		c.count.duplicates++
		c.observe(a.message, Copy)
		c.evidence(a)
		return false
	case messaging.Keep:
	}
	n.proven, c.proof, c.speaker = c.now, true, n
	c.hear(n, a.link)
	c.owesAck(a, o.Ack)
	if a.size >= messaging.AckAtOnce && n.rx.Holes() == 0 && a.kind != messaging.KindStatus {
		n.ackDue = n.rx.Last() // its sender counts bytes
	}
	switch {
	case a.kind == messaging.KindStatus:
		c.supersede(a)
		if c.packet != nil {
			c.copies.keep(c.packet, a)
		}
	case messaging.ForUs(a.message, c.sender.ID) || a.kind == messaging.KindPart && messaging.IsForAll(a.message):
		c.enqueue(a)
	default:
		c.observe(a.message, ForOthers)
	}
	if n.ackDue > 0 || n.rx.Holes() > 0 {
		c.touch(n)
	}
	c.release(n)
	return true
}

// enqueue hands a message to whom it concerns: the start-up protocol at once, all
// others in their order.
func (c *Core) enqueue(a *arrival) {
	switch a.kind {
	case messaging.KindReqNodes:
		c.answerNodes(a.from)
	case messaging.KindRepNodes:
		c.nodesAnswered(a.from, a.message)
	default:
		if lost := a.from.rx.Queue(a.seq, a.message); lost > 0 {
			c.lost(a.from, lost, "too many messages wait for them")
		}
	}
}

// release delivers what no hole holds back.
func (c *Core) release(n *node) {
	for m := n.rx.Next(); m != nil; m = n.rx.Next() {
		if m.Kind() == "shutdone" {
			n.leaving = true
		}
		if m.Kind() == messaging.KindPart {
			c.touch(n)
			c.part(n, m)
			continue
		}
		if !c.rosterMessage(n.name, m) {
			c.emit(Deliver{From: n.name, Message: m})
		}
	}
}

func (c *Core) lost(n *node, count uint64, why string) {
	c.count.lost += count
	c.limited(event.MessageLost, "lost", n.name, "Irretrievably lost packet: "+number(count, "message")+" of node "+n.name+": "+why)
}
