package membership

import (
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// Every tenth message of everybody is acknowledged to him. Sent each for itself, as C does and must have it, that makes N-1
// packets of a node for every ten heartbeats: most of the traffic of a large cluster. Between nodes of our kind the acknowledgements
// of heartbeats wait for our own next heartbeat and travel in it. A stream of messages is acknowledged at once.

// CapAcks is the capability of reading acknowledgements in a status.
const CapAcks = "acks"

// fieldAcks lists them: " node2:6a3f0001:1f4 node3:6a3f0007:a8", a blank, name, generation and number. C ignores it.
const fieldAcks = "acks"

// maxAcks bounds how many one status carries; the others go with the next one.
const maxAcks = 64

// stream is from how many messages of ten on, besides heartbeats, a sender is taken for one that waits for acknowledgements. Who says less
// and waits all the same asks; see prober.
const stream = 3

// acking is what a peer is told about its messages.
type acking struct {
	inStatus bool   // it reads fieldAcks
	spoke    int    // messages since then besides statuses and the start-up protocol
	told     uint64 // acknowledged up to here
	waits    uint64 // acknowledge up to here with our next status; 0: nothing
}

// owesAck takes note that a peer is to be told that we have everything up to a message of its.
func (c *Core) owesAck(a *arrival, upTo uint64) {
	k := &a.from.acks
	switch a.kind {
	case messaging.KindStatus, messaging.KindReqNodes, messaging.KindRepNodes: // nobody waits for these
	default:
		k.spoke++
	}
	if upTo == 0 {
		return
	}
	if a.kind == messaging.KindStatus && a.from.caps == "" { // its first one: what it can is adopted after this
		k.inStatus = slices.Contains(strings.Split(a.message.Get("caps"), ","), CapAcks)
	}
	if !k.inStatus || k.spoke >= stream {
		a.from.ackDue = max(a.from.ackDue, upTo)
		return
	}
	if k.waits == 0 {
		c.ackLater = append(c.ackLater, a.from)
	}
	k.waits = max(k.waits, upTo)
}

// ackTold takes note of an acknowledgement that goes out.
func (n *node) ackTold(upTo uint64) {
	n.acks.told, n.acks.spoke = max(n.acks.told, upTo), 0
	if n.acks.waits <= n.acks.told {
		n.acks.waits = 0
	}
}

// addAcks completes a status.
func (c *Core) addAcks(m *wire.Message, scratch *wire.Scratch) {
	if len(c.ackLater) == 0 {
		return
	}
	text := c.ackText[:0]
	now := min(len(c.ackLater), maxAcks)
	for _, n := range c.ackLater[:now] {
		if n.acks.waits == 0 || !n.live() {
			continue // told otherwise, or it is not waited for
		}
		text = append(append(append(text, ' '), n.name...), ':')
		text = append(strconv.AppendUint(text, n.rx.Generation(), 16), ':')
		text = strconv.AppendUint(text, n.acks.waits, 16)
		n.ackTold(n.acks.waits)
	}
	left := copy(c.ackLater, c.ackLater[now:])
	clear(c.ackLater[left:])
	c.ackLater = c.ackLater[:left]
	if c.ackText = text; len(text) > 0 {
		m.Set(fieldAcks, wire.String, scratch.Raw(text))
	}
}

// adoptAcks reads what a status says to us.
func (c *Core) adoptAcks(a *arrival) {
	list, there := a.message.Lookup(fieldAcks)
	if !there {
		return
	}
	_, list, there = strings.Cut(list, c.ackMark)
	if !there {
		return
	}
	item, _, _ := strings.Cut(list, " ")
	life, number, _ := strings.Cut(item, ":")
	if generation, ok := wire.ParseHex(life); ok && generation == uint64(c.cfg.Generation) {
		c.acknowledged(a, number)
	}
}
