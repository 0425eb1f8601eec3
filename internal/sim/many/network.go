package many

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"time"

	"heartbeat/internal/membership"
	"heartbeat/internal/sim/virtual"
	"heartbeat/internal/wire"
)

// A broadcast is one datagram on one link on its way to all others.
type broadcast struct {
	from    *machine
	link    int
	sent    time.Time
	shared  *shared
	arrives []uint64 // delay in ns << 16 | receiver, in order of time
	next    int
	run     func()
}

// shared is a datagram and what it says, the same for all links and receivers.
type shared struct {
	packet  []byte
	message *wire.Message
	err     error
	read    bool
}

// send puts a datagram on every link.
func (w *world) send(from *machine, packet []byte) {
	s := &shared{packet: bytes.Clone(packet)}
	for l := range w.links {
		b := w.idle()
		b.from, b.link, b.sent, b.shared, b.next = from, l, w.clock.Now, s, 0
		span := uint64(w.plan.DelayMax - w.plan.DelayMin + 1)
		for _, to := range w.machines {
			if to == from || !to.up {
				continue
			}
			if w.rng.Float64() < w.plan.Loss {
				w.result.Missed++
				continue
			}
			b.arrives = append(b.arrives, (uint64(w.plan.DelayMin)+w.rng.Uint64N(span))<<16|uint64(to.index))
		}
		w.result.Sent++
		w.result.Bytes += uint64(len(packet))
		slices.Sort(b.arrives)
		if len(b.arrives) > 0 {
			w.clock.At(b.at(), b.run)
		}
	}
}

func (b *broadcast) at() time.Time { return b.sent.Add(time.Duration(b.arrives[b.next] >> 16)) }

// idle is a broadcast that is over, to be used again.
func (w *world) idle() *broadcast {
	if n := len(w.spare); n > 0 {
		b := w.spare[n-1]
		w.spare = w.spare[:n-1]
		b.arrives = b.arrives[:0]
		return b
	}
	b := &broadcast{}
	b.run = func() { w.arrive(b) }
	return b
}

// arrive hands the datagram to one receiver after the other, until something else comes between.
func (w *world) arrive(b *broadcast) {
	for {
		w.receive(b, w.machines[b.arrives[b.next]&0xffff])
		b.next++
		if b.next == len(b.arrives) {
			w.arrived(b)
			return
		}
		if at := b.at(); w.result.Violation != "" || !w.clock.Jump(at) {
			w.clock.At(at, b.run)
			return
		}
	}
}

func (w *world) receive(b *broadcast, to *machine) {
	if !to.up || w.tampers(b.from, to) {
		return
	}
	w.result.Arrived++
	w.result.steps++
	w.heard[to.index*len(w.machines)+b.from.index] = w.clock.Now.Sub(virtual.Epoch)
	w.reading = b.shared
	w.packet = membership.PacketArrived{Link: w.links[b.link], Source: b.from.sources[b.link], Data: b.shared.packet}
	to.step(&w.packet)
}

// arrived makes sure, for some datagrams, that no receiver changed the message that all share.
func (w *world) arrived(b *broadcast) {
	w.spare = append(w.spare, b)
	if b.shared.read && b.shared.err == nil {
		w.result.Kinds[b.shared.message.Kind()]++
	}
	if w.result.Sent%1000 != 0 || !b.shared.read || b.shared.err != nil {
		return
	}
	if fresh, _, err := w.keys.Decode(b.shared.packet); err != nil || !reflect.DeepEqual(fresh, b.shared.message) {
		w.violate("a message of %s was changed by those who got it (%v)", b.from.name, err)
	}
}

// decode is how cores read packets: the first receiver verifies and decodes, the others get what it got.
func (w *world) decode(packet []byte) (*wire.Message, error) {
	s := w.reading
	if &packet[0] != &s.packet[0] || len(packet) != len(s.packet) {
		return nil, fmt.Errorf("the packet is not the one that arrived")
	}
	if !s.read {
		s.read = true
		s.message, _, s.err = w.keys.Decode(packet)
	}
	return s.message, s.err
}
