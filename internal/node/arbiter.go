package node

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/disk"
	"heartbeat/internal/arbiter/shareddisk"
	"heartbeat/internal/arbiter/witness"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/node/bridge"
	"heartbeat/internal/takeover"
)

// consulted is one reference of the arbiter as the resource loop uses it.
type consulted interface {
	// Consult asks; it never blocks. The answer comes by another way.
	Consult(arbiter.Consult)
	Run(ctx context.Context)
}

// arbitration is the arbiter on this node: its core, which belongs to the resource loop, and whom it asks.
type arbitration struct {
	*bridge.Arbitration
	asks    []consulted
	word    *entitlement
	away    string // file that says that this node left while the other one ran
	silence func() int
	overdue func() // what ends a node that does not stop
	answers chan arbiter.Answered
	left    bool // in order: the next life begins without entitlement
}

// awayFile is in the state directory while the node must meet the other one before it asks an arbiter.
const awayFile = "left-while-peer-ran"

// newArbitration makes it when ha.cf asks for an arbiter; otherwise nil.
func (n *Node) newArbitration(cfg conf.Config) *arbitration {
	h := cfg.HaCf
	if h.Settings.TakeOver != "arbiter" || n.opts.MessagesOnly || len(h.Nodes) != 2 {
		return nil
	}
	c := arbiter.Config{
		Self: n.self, References: h.Settings.Arbiter.References, Keepalive: h.Keepalive, Deadtime: h.Deadtime,
		Lease: arbiter.LeaseFor(h.Deadtime), StopBudget: cfg.StopBudgetOf(), Margin: arbiter.MarginFor(h.Keepalive, h.Deadtime),
	}
	for _, name := range h.Nodes {
		if name != n.self {
			c.Peer = name
		}
	}
	a := &arbitration{away: filepath.Join(n.opts.State, awayFile), silence: n.silence, answers: make(chan arbiter.Answered, 64)}
	a.overdue = func() { n.fenceSelf(h.Settings.StopFailure) }
	a.word = openEntitlement(filepath.Join(n.opts.Run, "entitled"), n.log)
	c.Entitled = a.word.read(n.clock)
	if _, err := os.Stat(a.away); err == nil {
		c.Away = true
	}
	answer := func(ev arbiter.Answered) {
		select {
		case a.answers <- ev:
		case <-n.ended:
		}
	}
	switch h.Settings.Arbiter.Kind {
	case conf.ArbiterWitness:
		c.Kind = arbiter.Witness
		key, err := witness.SigningKey(cfg.AuthKeys)
		if err != nil {
			n.log.Error("no witness can be asked: " + err.Error())
		}
		for _, at := range c.References {
			a.asks = append(a.asks, witness.NewClient(at, n.self, c.Peer, key, answer))
		}
	case conf.ArbiterDisk:
		c.Kind = arbiter.Disk
		life := disk.Session{Node: n.self, Peer: c.Peer, Generation: uint64(n.generation)}
		a.asks = append(a.asks, shareddisk.New(c.References[0], filepath.Join(n.opts.Run, "disklock"), life, n.clock.now, answer))
	case conf.ArbiterPing:
		c.Kind, c.Lease = arbiter.Ping, pingLease(h)
		_, pings := linksAndPings(h.Media)
		c.References = []string{strings.Join(pings, ", ")}
		a.asks = append(a.asks, newPinged(n, answer))
	}
	a.Arbitration = bridge.NewArbitration(c, n.clock.now())
	return a
}

// fenceSelf ends this machine when it holds what it must not hold and stop_failure says so.
func (n *Node) fenceSelf(policy string) {
	if policy != "fence-self" {
		return
	}
	n.dog.hangs.Store(true) // the watchdog ends what the reboot does not
	if n.opts.reboot != nil {
		n.opts.reboot("resources did not stop in time")
		return
	}
	go n.reboot("resources did not stop in time")
}

// run asks until ctx ends.
func (a *arbitration) run(ctx context.Context) {
	if a == nil {
		return
	}
	for _, c := range a.asks {
		go c.Run(ctx)
	}
}

// leave ends what a later life could be entitled by.
func (a *arbitration) leave() {
	if a != nil {
		a.left = true
		a.word.word.Store(0)
	}
}

// incoming are the answers of the references; nil without an arbiter.
func (a *arbitration) incoming() <-chan arbiter.Answered {
	if a == nil {
		return nil
	}
	return a.answers
}

// core is nil without an arbiter, as its methods allow.
func (a *arbitration) core() *bridge.Arbitration {
	if a == nil {
		return nil
	}
	return a.Arbitration
}

// rekey signs with another key from now on.
func (a *arbitration) rekey(keys conf.AuthKeys) {
	if a == nil {
		return
	}
	key, err := witness.SigningKey(keys)
	if err != nil {
		return // the check of the files has said so
	}
	for _, c := range a.asks {
		if w, ok := c.(*witness.Client); ok {
			w.SetKey(key)
		}
	}
}

// settleArbiter lets the arbiter and resource management talk until both are content.
func (r *resources) settleArbiter(evs ...arbiter.Event) {
	if r.arbiter == nil || r.halted {
		return
	}
	for {
		do, up := r.arbiter.Step(r.clock.now(), r.core.Standing(), evs...)
		evs = nil
		for _, e := range do {
			r.arbitrate(e)
		}
		if len(up) == 0 {
			break
		}
		for _, ev := range up {
			r.take(ev)
		}
	}
	if !r.arbiter.left {
		r.arbiter.word.write(r.clock, r.arbiter.View())
	}
}

// beginArbiter tells resource management how things stand at the start: what a former life was entitled to run goes on, and what it
// was not is stopped.
func (r *resources) beginArbiter() {
	if r.arbiter == nil {
		return
	}
	r.settleArbiter()
	if v := r.arbiter.View(); v.Entitled {
		r.take(takeover.EntitlementGained{Reason: v.Reason})
	} else {
		r.take(takeover.EntitlementLost{Reason: v.Reason})
	}
	r.settleArbiter()
}

func (r *resources) arbitrate(e arbiter.Effect) {
	a := r.arbiter
	switch e := e.(type) {
	case arbiter.Consult:
		if e.Reference < len(a.asks) {
			a.asks[e.Reference].Consult(e)
		}
	case arbiter.Lose:
		a.silence() // the addresses go at once; what else belongs to the groups follows in its order
	case arbiter.Overdue:
		a.overdue()
	case arbiter.MetAgain:
		if err := os.Remove(a.away); err != nil && !os.IsNotExist(err) {
			r.record(event.Event{Kind: event.StateUnwritable, Subject: a.away, Text: "the note that this node left in order is not removed: " + err.Error()})
		}
	case arbiter.Record:
		r.causes.learn(e.Event)
		r.record(e.Event)
	}
}

// leaves notes before the first word of a graceful stop what this node must not forget.
func (r *resources) leaves(ev takeover.Event) {
	if _, ok := ev.(takeover.ShutdownAsked); !ok || r.arbiter == nil || !r.core.Standing().Alive {
		return
	}
	text := "This node left in order while the other one ran. Until the two meet again, or somebody says heartbeat confirm, it starts nothing by itself.\n"
	if err := os.WriteFile(r.arbiter.away, []byte(text), 0o644); err != nil {
		r.record(event.Event{Kind: event.StateUnwritable, Subject: r.arbiter.away, Text: "this node leaves without a note that the other one runs on: " + err.Error()})
	}
}

// deadline is the earlier of the two cores' deadlines.
func (r *resources) deadline() time.Time {
	at, more := r.core.NextDeadline(), r.arbiter.core().NextDeadline()
	if at.IsZero() || !more.IsZero() && more.Before(at) {
		return more
	}
	return at
}
