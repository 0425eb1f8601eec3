package many

import (
	"fmt"
	"time"

	"heartbeat/internal/membership"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// A machine is one node: its core, and what outlives it.
type machine struct {
	w       *world
	index   int
	name    string
	sources []string // its addresses, one a link

	up         bool
	life       int
	generation uint32
	core       *membership.Core
	wake       time.Time
	booted     time.Time // begin of the present life
	gone       time.Time // end of the last one
	known      []membership.KnownPeer
}

func newMachine(w *world, index int) *machine {
	m := &machine{w: w, index: index, name: fmt.Sprintf("node%03d", index+1), generation: 1000}
	for l := range w.plan.Links {
		m.sources = append(m.sources, fmt.Sprintf("10.%d.%d.%d:694", l, index>>8, index&255))
	}
	return m
}

func (m *machine) boot() {
	w := m.w
	m.life++
	m.generation++
	m.up, m.wake, m.booted = true, time.Time{}, w.clock.Now
	p := &w.plan
	deadtime := p.Deadtime
	if p.sabotage == hasty && m.index == 1 {
		deadtime = deadtime / 2
	}
	cfg := membership.Config{
		Self: m.name, Generation: m.generation, Nodes: w.names, Links: w.links,
		Keepalive: p.Keepalive, Warntime: p.Deadtime / 2, Deadtime: deadtime, Initdead: 2 * p.Deadtime, Deadping: p.Deadtime,
		MaxRexmitDelay: 250 * time.Millisecond, Hopfudge: 1, Keys: w.keys, Decode: w.decode,
		Seed: p.Seed<<24 | uint64(m.index)<<8 | uint64(m.life&255), Caps: capabilities, Version: "sim", Known: m.known,
		SealSalt: [16]byte{byte(m.index), byte(m.life), byte(m.life >> 8)},
	}
	cfg.UUID[0], cfg.UUID[1], cfg.UUID[15] = byte(m.index), byte(m.index>>8), 1
	m.core = membership.New(cfg, w.clock.Now)
	for i := range w.machines {
		w.sees[m.index*p.Nodes+i] = false
	}
	m.step(membership.EnvironmentChanged{Load: "0.00 0.00 0.00 1/1 1"})
}

// capabilities are what real nodes announce as far as this world goes.
const capabilities = "announce,sha256," + membership.CapParts + "," + membership.CapBundle + "," + membership.CapAcks

// off ends the machine at once.
func (m *machine) off() {
	m.up, m.core = false, nil
	m.life++
	m.gone = m.w.clock.Now
}

// leave is a graceful stop: it says good-bye and is gone.
func (m *machine) leave() {
	m.step(membership.SendRequested{Message: wire.New(messaging.FieldType, "shutdone")})
	m.step(membership.StopRequested{})
	m.off()
}

func (m *machine) step(e membership.Event) {
	for _, e := range m.core.Step(m.w.clock.Now, e) {
		switch e := e.(type) {
		case *membership.Transmit:
			m.w.send(m, e.Packet)
		case membership.NodeChanged:
			m.w.changed(m, e)
		case membership.RememberPeers:
			m.known = e.Peers
		case membership.SelfPaused:
			m.w.violate("%s believes that it did not run for %v", m.name, e.Gap)
		}
	}
	at := m.core.NextDeadline()
	if at.IsZero() || at.Equal(m.wake) {
		return
	}
	m.wake = at
	life := m.life
	m.w.clock.At(at, func() {
		if m.life == life && m.wake.Equal(at) {
			m.wake = time.Time{}
			m.step(membership.Tick{})
		}
	})
}
