package membership

import (
	"time"

	"heartbeat/internal/messaging"
)

// Acknowledgements come for every tenth message and may be lost, and a loss at the end of a burst shows only when something
// follows. So a sender of application messages that hears nothing for a while asks: how far are you?

// prober is when to ask next.
type prober struct {
	last  uint64        // newest application message
	at    time.Time     // zero: nothing is waited for
	pause time.Duration // grows while nobody answers
}

// expectAck starts the clock for a message that was sent.
func (c *Core) expectAck() {
	p := &c.lanes.prober
	if p.last = c.sender.Seq(); p.at.IsZero() {
		p.pause = c.lanes.window.Patience()
		p.at = c.now.Add(p.pause)
	}
}

// ackCame starts it anew, or ends it.
func (c *Core) ackCame() {
	p := &c.lanes.prober
	if p.at.IsZero() {
		return // nobody is waited for
	}
	p.at = time.Time{}
	for n := range c.peers {
		if c.owes(n) {
			p.pause = c.lanes.window.Patience()
			p.at = c.now.Add(p.pause)
			return
		}
	}
}

// owes says whether a peer that knows the question has not acknowledged the newest application message.
func (c *Core) owes(n *node) bool {
	return n.live() && n.parts && n.debt.Missing(c.sender.Seq()) > c.sender.Seq()-c.lanes.prober.last
}

// probe asks those who have been silent for too long.
func (c *Core) probe() {
	p := &c.lanes.prober
	if p.at.IsZero() || c.now.Before(p.at) {
		return
	}
	p.at = time.Time{}
	for n := range c.peers {
		if c.owes(n) {
			c.control(messaging.Probe(n.name, c.sender.Seq()))
			p.at = c.now.Add(p.pause)
		}
	}
	p.pause = min(2*p.pause, max(c.cfg.MaxRexmitDelay, c.lanes.window.Patience()))
}

// askForLast asks all that know the question whether they have the last words, so that nobody who leaves waits for longer than they need to
// answer.
func (c *Core) askForLast() {
	for n := range c.peers {
		if n.live() && n.parts && n.debt.Missing(c.sender.Seq()) > 0 {
			c.control(messaging.Probe(n.name, c.sender.Seq()))
		}
	}
}

// probed answers the question.
func (c *Core) probed(a *arrival) {
	n := a.from
	last, ok := a.message.Hex("lastseq")
	if !ok || last > messaging.MaxSeq {
		c.refuse(a.source, badField, "bad lastseq in "+a.kind+" from "+a.src)
		return
	}
	n.rx.Expect(c.now, last)
	n.ackDue = max(n.ackDue, n.rx.Contiguous())
	c.touch(n)
}
