package membership

import (
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/wire"
)

// Where an arbiter decides who may go on, a node must know until when the other one cannot believe it dead: one deadtime from
// the moment at which it sent the newest heartbeat that the other one has heard. So every status names the newest status heard of
// every live node. (Ordinary acknowledgements come only for every tenth message, and from nodes that serve nobody.)

// fieldHeard lists them: " node2:6a3f0001:1f4", a blank, name, generation and number. C ignores it.
const fieldHeard = "heard"

// HeardBy says that a live node has heard the heartbeat that this node sent at Sent. Given with Config.Acknowledge only.
type HeardBy struct {
	Node string
	Sent time.Time
}

func (HeardBy) isEffect() {}

// sentStatuses remembers when the newest statuses of this node were sent.
type sentStatuses struct {
	ring [256]struct {
		seq uint64
		at  time.Time
	}
	next int
}

func (s *sentStatuses) add(seq uint64, at time.Time) {
	s.ring[s.next].seq, s.ring[s.next].at = seq, at
	s.next = (s.next + 1) % len(s.ring)
}

func (s *sentStatuses) at(seq uint64) (time.Time, bool) {
	for i := range s.ring {
		if r := &s.ring[i]; r.seq == seq && !r.at.IsZero() {
			return r.at, true
		}
	}
	return time.Time{}, false
}

// addHeard completes a status.
func (c *Core) addHeard(m *wire.Message, scratch *wire.Scratch) {
	if !c.cfg.Acknowledge {
		return
	}
	text := c.heardText[:0]
	for n := range c.peers {
		if !n.live() || n.statusSeq == 0 {
			continue
		}
		text = append(append(append(text, ' '), n.name...), ':')
		text = append(strconv.AppendUint(text, n.rx.Generation(), 16), ':')
		text = strconv.AppendUint(text, n.statusSeq, 16)
	}
	if c.heardText = text; len(text) > 0 {
		m.Set(fieldHeard, wire.String, scratch.Raw(text))
	}
}

// rememberStatus notes when the status that has just gone out was sent.
func (c *Core) rememberStatus() {
	if c.cfg.Acknowledge {
		c.sentAt.add(c.sender.Seq(), c.now)
	}
}

// adoptHeard reads what a status says about ours.
func (c *Core) adoptHeard(a *arrival) {
	if !c.cfg.Acknowledge {
		return
	}
	list, _ := a.message.Lookup(fieldHeard)
	_, list, there := strings.Cut(list, c.ackMark)
	if !there {
		return
	}
	item, _, _ := strings.Cut(list, " ")
	life, number, _ := strings.Cut(item, ":")
	seq, ok := wire.ParseHex(number)
	if generation, known := wire.ParseHex(life); !ok || !known || generation != uint64(c.cfg.Generation) {
		return
	}
	if at, ok := c.sentAt.at(seq); ok {
		c.emit(HeardBy{Node: a.from.name, Sent: at})
	}
}
