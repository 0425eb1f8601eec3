package members

import (
	"fmt"
	"time"

	"heartbeat/internal/ccm"
	"heartbeat/internal/wire"
)

// A machine is one node: its core, and what the core last published.
type machine struct {
	w     *world
	index int
	name  string
	c     bool

	up, paused, commUp bool
	life               int
	core               *ccm.Core
	waiting            []func() // what happened while paused
	wake, pausedAt     time.Time
	alive              []bool // by the own sight

	has     bool // a membership holds
	now     ccm.Membership
	highest uint32 // instance published in this life
}

func (m *machine) boot() {
	m.up, m.paused, m.commUp = true, false, false
	m.life++
	m.waiting, m.has, m.highest, m.wake = nil, false, 0, time.Time{}
	m.freshCore()
	life := m.life
	for _, o := range m.w.machines {
		if o != m {
			m.alive[o.index] = m.w.audible(o, m)
			m.w.sound(m, o)
			m.w.sound(o, m)
		}
	}
	d := m.w.between(m.w.plan.Keepalive/10, 2*m.w.plan.Keepalive)
	for _, o := range m.w.machines {
		if o != m && !m.alive[o.index] {
			d = 2 * m.w.plan.Deadtime
		}
	}
	m.w.clock.After(d, func() {
		if m.life == life && m.up {
			m.do(m.communicationUp)
		}
	})
}

func (m *machine) freshCore() {
	w := m.w
	var nodes []ccm.Node
	for _, o := range w.machines {
		nodes = append(nodes, ccm.Node{Name: o.name})
	}
	m.core = ccm.New(ccm.Config{Self: m.name, Nodes: nodes, Keepalive: w.plan.Keepalive, LikeC: m.c,
		Quorum: ccm.QuorumConfig{Plugins: []string{"majority"}}, Seed: w.plan.Seed<<16 | uint64(m.index)<<8 | uint64(m.life)}, w.clock.Now)
	for _, o := range w.machines {
		m.core.Step(w.clock.Now, ccm.PeerKnown{Node: o.name, Ours: !o.c})
	}
}

func (m *machine) communicationUp() {
	m.commUp = true
	var dead []string
	for _, o := range m.w.machines {
		if o != m && !m.alive[o.index] {
			dead = append(dead, o.name)
		}
	}
	m.w.trace("%s communication is up, dead: %v", m.name, dead)
	m.step(ccm.CommunicationUp{Dead: dead})
}

// do runs f now, or when the machine goes on after a pause.
func (m *machine) do(f func()) {
	switch {
	case !m.up:
	case m.paused:
		m.waiting = append(m.waiting, f)
	default:
		f()
	}
}

func (m *machine) proceed() {
	m.paused = false
	waiting := m.waiting
	m.waiting = nil
	m.w.lastPause = m.w.clock.Now
	if gap := m.w.clock.Now.Sub(m.pausedAt); gap >= m.w.plan.Deadtime {
		m.do(func() { m.step(ccm.SelfPaused{Gap: gap}) })
	}
	for _, f := range waiting {
		m.do(f)
	}
	m.do(func() { m.step(ccm.Tick{}) })
}

// off ends the machine at once.
func (m *machine) off() {
	m.up, m.paused, m.has = false, false, false
	m.life++
	m.waiting = nil
}

func (m *machine) step(ev ccm.Event) {
	w := m.w
	w.result.Steps++
	for _, e := range m.core.Step(w.clock.Now, ev) {
		switch e := e.(type) {
		case ccm.Send:
			w.send(m, e.Message)
		case ccm.Formed:
			w.trace("%s formed %d %v quorum=%v leader=%s cookie=%s", m.name, e.Membership.Instance, names(e.Membership), e.Membership.Quorum, e.Membership.Leader, e.Membership.Cookie)
			w.formed(m, e.Membership)
		case ccm.InFlux:
			w.trace("%s in flux: %s", m.name, e.Reason)
			m.has = false
		case ccm.Evicted:
			w.trace("%s evicted: %s", m.name, e.Reason)
			m.has = false
		}
	}
	at := m.core.NextDeadline()
	if at.IsZero() || at.Equal(m.wake) {
		return
	}
	m.wake = at
	life := m.life
	if at.Before(w.clock.Now) {
		w.violate("%s wants to be woken in the past", m.name)
	}
	w.clock.At(at, func() {
		if m.life == life && m.wake.Equal(at) {
			m.wake = time.Time{}
			m.do(func() { m.step(ccm.Tick{}) })
		}
	})
}

func (m *machine) sees(o *machine, alive bool) {
	if m.alive[o.index] == alive {
		return
	}
	m.alive[o.index] = alive
	m.w.trace("%s sees %s alive=%v", m.name, o.name, alive)
	if alive {
		m.step(ccm.NodeAlive{Node: o.name})
		return
	}
	if m.w.plan.sabotage == deaf && m.index == 0 {
		return
	}
	m.step(ccm.NodeDied{Node: o.name})
}

func (m *machine) receive(from *machine, msg *wire.Message) {
	if !m.alive[from.index] {
		return // of a node that counts as dead only a status is heard
	}
	m.step(ccm.MessageArrived{From: from.name, Message: msg})
}

func (m *machine) describe() string {
	if !m.up {
		return m.name + ": off"
	}
	v := m.core.View()
	return fmt.Sprintf("%s: %s since %v, membership %v %d %v, paused=%v, waits for %q", m.name, v.State, m.w.clock.Now.Sub(v.Since), m.has, m.now.Instance, names(m.now), m.paused, v.Waiting)
}

func names(m ccm.Membership) []string {
	var out []string
	for _, x := range m.Members {
		out = append(out, x.Name)
	}
	return out
}
