package membership

import (
	"errors"
	"fmt"
	"slices"

	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// Applications send through lanes: one a producer, each in its own order, served in turn. What they send
// goes out when a turn of the shell ends (a Tick), as much as the windows allow; heartbeats, the messages of
// this layer and those of resource management never wait behind it.

// turnMessages bounds how many application messages one Step sends, so that a turn of the pulse stays short.
const turnMessages = 256

// lane is what one producer has not sent yet.
type lane struct {
	id     uint64
	queue  []ApplicationPosted
	cutter *messaging.Cutter // of the first message, while it is on its way in parts
}

// lanes is all producers that have something to send.
type lanes struct {
	list   []*lane
	turn   int    // whose turn it is
	wholes uint64 // messages cut into parts in this life
	window messaging.Window
	prober prober
	bundle []byte
	in     int    // packets in bundle
	only   []byte // the packet in bundle, when it is one
}

var errLeaving = errors.New("this node is leaving the cluster and sends nothing more")

// posted takes an application message.
func (c *Core) posted(p ApplicationPosted) {
	if p.Message == nil || c.stopped {
		c.emit(ApplicationSent{Lane: p.Lane, Ticket: p.Ticket, Bytes: p.Size, Err: errLeaving})
		return
	}
	if err := c.carries(p); err != nil {
		c.emit(ApplicationSent{Lane: p.Lane, Ticket: p.Ticket, Bytes: p.Size, Err: err})
		return
	}
	i := slices.IndexFunc(c.lanes.list, func(l *lane) bool { return l.id == p.Lane })
	if i < 0 {
		i = len(c.lanes.list)
		c.lanes.list = append(c.lanes.list, &lane{id: p.Lane})
	}
	c.lanes.list[i].queue = append(c.lanes.list[i].queue, p)
}

// carries says why a message cannot reach those it is for; nil when it can.
func (c *Core) carries(p ApplicationPosted) error {
	if p.Whole == "" || len(p.Whole) < wire.MaxPacket {
		return nil // the sender compresses what is too large, and says when that is not enough
	}
	if old := c.oldest(p.Message); old != "" {
		return fmt.Errorf("message of %d bytes cannot be sent: node %s takes at most %d (it runs C Heartbeat or an older version); send less at once",
			len(p.Whole), old, wire.MaxPacket-1)
	}
	return nil
}

// oldest names a live node that is to have the message and cannot put parts together; "" when all can.
func (c *Core) oldest(m *wire.Message) string {
	dest := c.destination(m)
	for n := range c.peers {
		if n.live() && !n.parts && (dest == "" || dest == n.name) {
			return n.name
		}
	}
	return ""
}

// destination is the node that a message is for, "" when it is for all.
func (c *Core) destination(m *wire.Message) string {
	if u, ok := messaging.ParseUUID(m.Get(messaging.FieldDestUUID)); ok {
		if n := c.findUUID(u); n != nil {
			return n.name
		}
	}
	return m.Get(messaging.FieldDest)
}

// room says whether one more application message may go on its way.
func (c *Core) room() bool {
	n := c.unacked()
	// C acknowledges every tenth message only: with less under way nothing would ever be acknowledged.
	return n < messaging.AppWindow && (n <= c.slack() || c.sender.BytesAfter(c.sender.Seq()-n) < c.lanes.window.Size())
}

// slack is how many messages may be under way whatever their size.
func (c *Core) slack() uint64 {
	for n := range c.peers {
		if n.live() && !n.parts {
			return 11
		}
	}
	return 1
}

// pump sends what the windows allow, one message or one part of each lane in turn.
func (c *Core) pump() {
	for range turnMessages {
		if len(c.lanes.list) == 0 || len(c.outbox) > 0 || !c.room() {
			break
		}
		c.lanes.turn %= len(c.lanes.list)
		l := c.lanes.list[c.lanes.turn]
		c.serve(l)
		if len(l.queue) == 0 {
			c.lanes.list = slices.Delete(c.lanes.list, c.lanes.turn, c.lanes.turn+1)
			continue
		}
		c.lanes.turn++
	}
	c.closeBundle()
}

// pumping says that pump has something to do.
func (c *Core) pumping() bool { return len(c.lanes.list) > 0 && len(c.outbox) == 0 && c.room() }

// serve sends the next message of a lane, or the next part of it.
func (c *Core) serve(l *lane) {
	p := l.queue[0]
	if l.cutter == nil && p.Whole != "" && c.oldest(p.Message) == "" {
		if c.cutting() >= messaging.MaxOpen {
			return // others are on their way: a receiver keeps no more
		}
		c.lanes.wholes++
		l.cutter = &messaging.Cutter{ID: c.lanes.wholes, Dest: c.destination(p.Message), Text: p.Whole}
	}
	var err error
	if l.cutter == nil {
		err = c.sendApplication(p.Message, false)
	} else {
		part := l.cutter.Next()
		if err = c.sendApplication(part, true); err == nil && !l.cutter.Done() {
			return
		}
		stampAs(p.Message, part)
		l.cutter = nil
	}
	l.queue[0] = ApplicationPosted{}
	l.queue = l.queue[1:]
	c.emit(ApplicationSent{Lane: p.Lane, Ticket: p.Ticket, Bytes: p.Size, Err: err})
	if err == nil && messaging.ForUs(p.Message, c.sender.ID) {
		c.emit(Deliver{From: c.cfg.Self, Message: p.Message, Own: true})
	}
}

// cutting is how many messages are on their way in parts.
func (c *Core) cutting() (n int) {
	for _, l := range c.lanes.list {
		if l.cutter != nil {
			n++
		}
	}
	return n
}

func (c *Core) sendApplication(m *wire.Message, part bool) error {
	send := c.sender.Send
	if part {
		send = c.sender.SendPart
	}
	packet, err := send(c.now, m, c.stamp(m))
	if err != nil {
		return err
	}
	c.count.sent++
	c.ship(packet)
	c.expectAck()
	return nil
}

// stampAs gives a message that travelled in parts the control fields of its last part.
func stampAs(m, part *wire.Message) {
	for _, name := range []string{messaging.FieldSource, messaging.FieldUUID, messaging.FieldSeq, messaging.FieldGen,
		messaging.FieldTime, messaging.FieldLoad, messaging.FieldTTL} {
		for _, f := range part.Fields {
			if f.Name == name {
				m.Set(name, f.Type, f.Value)
				break
			}
		}
	}
}
