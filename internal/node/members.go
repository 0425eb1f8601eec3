package node

import (
	"sync/atomic"
	"time"

	"heartbeat/internal/ccm"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/bridge"
	"heartbeat/internal/node/ccmdoor"
)

// membersRoom is how many events may wait for the loop of consensus membership.
const membersRoom = 4096

// members is the loop that agrees with the other nodes on who is a member. It owns the consensus core, is fed by the pulse, and
// waits for nobody. A nil *members is a node on which ha.cf does not ask for it.
type members struct {
	self   string
	core   *ccm.Core
	clock  clock
	bridge bridge.Bridge
	pulse  *pulse
	record func(event.Event)
	door   *ccmdoor.Door

	up       chan ccm.Event
	waiting  []ccm.Event // belongs to the pulse: what found no room, in order
	dropped  atomic.Uint64
	requests chan func(*members)
	stop     chan struct{} // ends the loop, after it took leave
	done     chan struct{} // closed when the loop has ended
}

// newMembers makes the loop, or nil when ha.cf does not want it. The nodes are those that membership begins with.
func (n *Node) newMembers(cfg conf.Config, seed uint64) *members {
	if !cfg.HaCf.RunsConsensus() {
		return nil
	}
	c := ccm.Config{Self: n.self, Keepalive: cfg.HaCf.Keepalive, Quorum: quorumConfig(cfg.HaCf), Seed: seed}
	for _, v := range n.pulse.core.View().Nodes {
		if !v.Ping {
			c.Nodes = append(c.Nodes, ccm.Node{Name: v.Name, Weight: v.Weight, Site: v.Site})
		}
	}
	return &members{
		self: n.self, core: ccm.New(c, n.clock.now()), clock: n.clock, bridge: n.pulse.bridge, pulse: n.pulse, record: n.timeline.Add,
		door: ccmdoor.New(n.opts.Run, n.log), up: make(chan ccm.Event, membersRoom), requests: make(chan func(*members)),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
}

// beginMembers opens the door for programs and starts the loop.
func (n *Node) beginMembers() {
	if n.members == nil {
		return
	}
	if err := n.members.door.Listen(); err != nil {
		n.trouble.set(n.members.door.Path(), err.Error()+"; programs of this machine cannot read the membership there")
		n.log.Warn(err.Error())
	}
	go n.members.run()
}

// take is called by the pulse with every effect of membership; it returns at once. When the loop does not keep up, messages are
// dropped and counted; what happened to nodes is kept, because a death that is never told would be believed alive for ever.
func (m *members) take(e membership.Effect) {
	if m == nil {
		return
	}
	for _, ev := range m.bridge.Members(e) {
		m.flush()
		if len(m.waiting) == 0 {
			select {
			case m.up <- ev:
				continue
			default:
			}
		}
		if _, message := ev.(ccm.MessageArrived); message {
			m.dropped.Add(1)
			continue
		}
		m.waiting = append(m.waiting, ev)
	}
}

// flush moves on what waits; the pulse calls it at every turn.
func (m *members) flush() {
	if m == nil {
		return
	}
	for len(m.waiting) > 0 {
		select {
		case m.up <- m.waiting[0]:
			m.waiting = m.waiting[1:]
		default:
			return
		}
	}
}

// run is the loop.
func (m *members) run() {
	defer close(m.done)
	defer m.door.Close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case ev := <-m.up:
			m.step(ev)
		case ask := <-m.requests:
			ask(m)
		case <-timer.C:
			m.step(ccm.Tick{})
		case <-m.stop:
			m.step(ccm.ShutdownAsked{})
			return
		case <-m.pulse.done:
			return
		}
		if at := m.core.NextDeadline(); at.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(at.Sub(m.clock.now()), 0))
		}
	}
}

func (m *members) step(ev ccm.Event) {
	for _, e := range m.core.Step(m.clock.now(), ev) {
		switch e := e.(type) {
		case ccm.Send:
			m.pulse.post(job{event: membership.SendRequested{Message: e.Message}})
		case ccm.Record:
			m.record(e.Event)
		case ccm.Formed:
			m.door.Formed(m.core.View(), m.self)
		case ccm.InFlux:
			m.door.InFlux()
		case ccm.Evicted:
			m.door.Evicted()
		}
	}
}

// leave tells the others that this node ends its membership, and ends the loop.
func (m *members) leave() {
	if m != nil {
		close(m.stop)
		<-m.done
	}
}

// look returns what the core believes; false when the loop does not answer.
func (m *members) look(patience time.Duration) (v ccm.View, ok bool) {
	seen := make(chan ccm.View, 1)
	give := time.NewTimer(patience)
	defer give.Stop()
	select {
	case m.requests <- func(m *members) { seen <- m.core.View() }:
		return <-seen, true
	case <-m.done:
	case <-give.C:
	}
	return v, false
}
