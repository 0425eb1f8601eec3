package membership

import (
	"bytes"

	"heartbeat/internal/messaging"
)

// Every heartbeat comes once on each link. The second copy is the same datagram, byte for byte, so it need not be verified and
// decoded again: that it is the same is proof enough.

// A copyOf is a heartbeat that was accepted.
type copyOf struct {
	packet     []byte
	from       *node
	generation uint64
	seq        uint64
}

// copies are the newest accepted heartbeats, each at the place that its last bytes give, which are those of its digest.
type copies []copyOf

// newCopies makes room for two heartbeats of each node where there is more than one link; nil otherwise.
func newCopies(cfg Config) copies {
	if len(cfg.Links) < 2 || len(cfg.Ring) > 1 { // what is passed on round a ring has to be read
		return nil
	}
	size := 16
	for size < 2*len(cfg.Nodes) && size < 1024 {
		size *= 2
	}
	return make(copies, size)
}

// place is where a packet belongs; nil when it cannot be there.
func (k copies) place(packet []byte) *copyOf {
	const digest = 16
	if len(k) == 0 || len(packet) < 2*digest {
		return nil
	}
	h := uint32(2166136261) // FNV-1a
	for _, b := range packet[len(packet)-2*digest:] {
		h = (h ^ uint32(b)) * 16777619
	}
	return &k[int(h)&(len(k)-1)]
}

// keep remembers an accepted heartbeat.
func (k copies) keep(packet []byte, a *arrival) {
	if p := k.place(packet); p != nil {
		*p = copyOf{packet: append(p.packet[:0], packet...), from: a.from, generation: a.generation, seq: a.seq}
	}
}

// forget is for when what was accepted may no longer be.
func (k copies) forget() {
	for i := range k {
		k[i].packet = k[i].packet[:0]
	}
}

// copied deals with a packet that is a copy of a heartbeat which still stands; false: it has to be read.
func (c *Core) copied(p PacketArrived) bool {
	k := c.copies.place(p.Data)
	if k == nil || c.watched || c.stopped || !bytes.Equal(k.packet, p.Data) || c.cfg.Encryption == EncryptionRequired && !c.seal.within {
		return false
	}
	n := k.from
	if n.slot.gone || n.status == Dead || n.rx.Life(k.generation) != messaging.SameLife || k.seq > n.rx.Last() {
		return false
	}
	c.judgeMessage(&arrival{header: header{kind: messaging.KindStatus, src: n.name, generation: k.generation, seq: k.seq, uuid: n.uuid},
		link: p.Link, source: p.Source, size: len(p.Data), message: &c.reuse.arrived, from: n})
	return true
}
