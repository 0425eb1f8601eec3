package membership

import (
	"strconv"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// clockWindow is by how much a control message may be older than the newest
// status of its sender, besides two deadtimes. Older ones are replays (section 22).
const clockWindow = 30 * time.Second

// unsequenced takes a message of the messaging layer (NS_*).
func (c *Core) unsequenced(a *arrival) {
	n := a.from
	switch life := c.lifeOf(n, a.generation); {
	case life == messaging.OlderLife:
		c.refusedLife(n)
		c.replay(a, "attempted replay attack ["+n.name+"]? [gen = "+wire.FormatHex(a.generation)+
			", curgen = "+wire.FormatHex(n.rx.Generation())+"]")
		return
	case life != messaging.SameLife || n.status == Dead:
		c.evidence(a)
		return
	}
	oldest := int64(n.statusTS) - int64((clockWindow+2*n.deadtime)/time.Second)
	if int64(a.ts) < oldest {
		c.replay(a, a.kind+" of "+n.name+" is older than its last status")
		return
	}
	c.evidence(a)
	if !messaging.ForUs(a.message, c.sender.ID) {
		c.overheard(a)
		return
	}
	switch a.kind {
	case messaging.KindAck:
		c.acknowledged(a, a.message.Get("ackseq"))
	case messaging.KindRequest:
		c.requested(a)
	case messaging.KindProbe:
		c.probed(a)
	case messaging.KindNak:
		c.refused(a)
	}
}

// acknowledged takes an acknowledgement; the number is as the peer wrote it.
func (c *Core) acknowledged(a *arrival, number string) {
	seq, ok := wire.ParseHex(number)
	before := a.from.debt.Acked()
	if !ok || !c.acknowledges(a.from, seq) {
		c.refuse(a.source, badField, "corrupted ackseq from "+a.src+" [current hiseq = "+
			wire.FormatHex(c.sender.Seq())+", ackseq = "+number+"]")
		return
	}
	if at, ok := c.sender.Sent(seq); ok && seq > before {
		c.lanes.window.Acknowledged(c.now, c.now.Sub(at), c.sender.BytesAfter(before)-c.sender.BytesAfter(seq))
	}
	if seq > before {
		c.ackCame()
	}
}

// overheard is a request of another node for what we miss, too: its answer goes to all, and we need not ask as well.
func (c *Core) overheard(a *arrival) {
	if a.kind != messaging.KindRequest {
		return
	}
	n := c.find(a.message.Get(messaging.FieldDest))
	if n == nil || n == c.self || n.rx.Holes() == 0 {
		return
	}
	if want, ok := messaging.ReadRequest(a.message); ok {
		n.rx.Spare(c.now, want, c.cfg.MaxRexmitDelay)
	}
}

// requested resends what a peer misses.
func (c *Core) requested(a *arrival) {
	want, ok := messaging.ReadRequest(a.message)
	if !ok {
		c.refuse(a.source, badField, "Invalid rexmit seqnos from "+a.src)
		return
	}
	answer := c.sender.Resend(c.now, want, a.from.debt.Acked(), c.cfg.MaxRexmitDelay)
	if answer.Beyond > 0 {
		c.refuse(a.source, badField, "Rexmit of seq "+strconv.FormatUint(answer.Beyond, 10)+" requested by "+a.src+
			". "+strconv.FormatUint(c.sender.Seq(), 10)+" is max.")
	}
	if len(answer.Packets) > 0 {
		c.lanes.window.Lost(c.now)
	}
	for _, p := range answer.Packets {
		c.count.retransmitted++
		c.emitLarge(p)
	}
	for _, r := range answer.Refusals {
		c.control(messaging.Refuse(a.from.name, r))
	}
}

// refused takes note that a peer cannot resend a message.
func (c *Core) refused(a *arrival) {
	seq, ok := a.message.Hex("firstseq")
	if !ok {
		c.refuse(a.source, badField, "bad firstseq in "+a.kind+" from "+a.src)
		return
	}
	if !a.from.rx.Refused(seq) {
		return
	}
	c.count.lost++
	c.limited(event.MessageLost, "lost", a.from.name, "Irretrievably lost packet: node "+a.from.name+" seq "+
		strconv.FormatUint(seq, 10)+": "+a.message.Get("info"))
	c.release(a.from)
}

// mend asks for what is missing and gives up what was asked for long enough.
func (c *Core) mend() {
	delay := c.cfg.MaxRexmitDelay
	for _, n := range c.dueNodes() {
		if n.rx.Holes() == 0 {
			continue
		}
		if gone := n.rx.GiveUp(c.now, delay); len(gone) > 0 {
			c.lost(n, uint64(len(gone)), "node "+n.name+" did not answer "+strconv.Itoa(messaging.Patience)+" requests")
			c.release(n)
		}
		for _, r := range n.rx.Requests(c.now, delay) {
			c.count.requested += r.Last - r.First + 1
			c.control(messaging.Ask(n.name, r))
		}
	}
}
