package membership

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// fieldTTL is how many hops a message may still make (section 6). C writes it and never looks at it.
const fieldTTL = "ttl"

// maxTTL is the most that hopfudge and the number of nodes allow (sections 1 and 2.2).
const maxTTL = 255 + 100

// maxRelayed bounds what is remembered about messages that were passed on.
const maxRelayed = 128

// A relayed message was passed on a moment ago.
type relayed struct {
	sum uint64
	at  time.Time
}

// relay passes a message that came on a serial line on to the other ones: nodes that are wired in a ring or a row
// hear each other only so. C Heartbeat 2.x and 3.x do not do it, but they accept what is passed on.
//
// A message ends at its sender, at the only node that it is for, when its hops are used up, and where the same message was
// passed on within the time that a retransmission takes: in a ring everything arrives from both sides. A
// retransmission itself, which looks the same, goes on.
func (c *Core) relay(a *arrival) {
	if len(c.cfg.Ring) < 2 || c.stopped || a.from == c.self || !slices.Contains(c.cfg.Ring, a.link) {
		return
	}
	m := a.message
	if dest, ok := m.Lookup(messaging.FieldDest); ok && dest == c.cfg.Self {
		return
	}
	ttl, err := strconv.Atoi(m.Get(fieldTTL))
	if err != nil || ttl < 2 || ttl > maxTTL || !c.fresh(m) {
		return
	}
	onward := &wire.Message{Fields: slices.Clone(m.Fields)}
	for i := range onward.Fields {
		if onward.Fields[i].Name == fieldTTL { // the first counts; the order stays
			onward.Fields[i].Value = strconv.Itoa(ttl - 1)
			break
		}
	}
	packet, err := c.cfg.Keys.Encode(onward, wire.Classic)
	if err != nil {
		return // it was larger in the other dialect; the sender's other links carry it
	}
	c.count.relayed++
	c.emit(Relay{From: a.link, Packet: packet})
}

// fresh says whether a message was not passed on lately, and remembers it.
func (c *Core) fresh(m *wire.Message) bool {
	h := fnv.New64a()
	for _, f := range m.Fields {
		if f.Name != fieldTTL {
			h.Write([]byte(f.Name + "=" + f.Value + "\n"))
		}
	}
	sum := h.Sum64()
	c.passedOn = slices.DeleteFunc(c.passedOn, func(r relayed) bool { return c.now.Sub(r.at) >= c.cfg.MaxRexmitDelay })
	if slices.ContainsFunc(c.passedOn, func(r relayed) bool { return r.sum == sum }) {
		return false
	}
	if len(c.passedOn) == maxRelayed {
		c.passedOn = slices.Delete(c.passedOn, 0, 1)
	}
	c.passedOn = append(c.passedOn, relayed{sum, c.now})
	return true
}
