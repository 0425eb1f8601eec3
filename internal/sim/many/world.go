package many

import (
	"fmt"
	"math/rand/v2"
	"time"

	"heartbeat/internal/membership"
	"heartbeat/internal/sim/virtual"
	"heartbeat/internal/wire"
)

// world is the whole of one run.
type world struct {
	plan     Plan
	clock    virtual.Clock
	rng      *rand.Rand
	keys     wire.Keyring
	names    []string
	links    []string
	machines []*machine
	result   Result

	sees  []bool          // observer * nodes + observed: is it believed to live
	heard []time.Duration // receiver * nodes + sender: when it was heard last, since the epoch

	reading *shared
	packet  membership.PacketArrived // that arrives
	spare   []*broadcast
	last    time.Time // when something happened to a node
}

// Run plays a plan to its end, or to its first violation.
func Run(p Plan) Result {
	w := &world{
		plan: p, clock: virtual.Clock{Now: virtual.Epoch}, rng: rand.New(rand.NewPCG(p.Seed, 0x6d616e79)),
		keys:   wire.Keyring{Sign: 1, Keys: []wire.Key{{Slot: 1, Method: wire.SHA1, Secret: "simulated"}}},
		result: Result{Kinds: map[string]uint64{}},
		sees:   make([]bool, p.Nodes*p.Nodes),
		heard:  make([]time.Duration, p.Nodes*p.Nodes),
	}
	for l := range p.Links {
		w.links = append(w.links, fmt.Sprintf("eth%d", l))
	}
	for i := range p.Nodes {
		w.machines = append(w.machines, newMachine(w, i))
		w.names = append(w.names, w.machines[i].name)
	}
	for _, m := range w.machines { // a power cut of the whole hall is over
		w.clock.After(w.between(0, 2*time.Second), m.boot)
	}
	w.clock.After(2*time.Second, w.happened)
	w.next()
	end := virtual.Epoch.Add(p.Length)
	told := virtual.Epoch
	for w.result.Violation == "" && w.clock.Step(end) {
		w.result.steps++
		if p.Progress != nil && w.clock.Now.Sub(told) >= 10*time.Minute {
			told = w.clock.Now
			w.result.Virtual = told.Sub(virtual.Epoch)
			p.Progress(w.result)
		}
	}
	w.result.Virtual = w.clock.Now.Sub(virtual.Epoch)
	if w.result.Violation == "" && w.clock.Now.Sub(w.last) >= p.settled() {
		w.checkViews()
	}
	return w.result
}

func (w *world) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(w.rng.Int64N(int64(max(hi-lo, 1))))
}

// next plans the next thing that happens to nodes.
func (w *world) next() {
	if w.plan.Every <= 0 {
		return
	}
	w.clock.After(w.plan.settled()+w.between(0, 2*w.plan.Every), func() {
		w.happen()
		w.next()
	})
}

// happen does something to one node, or to a part of the cluster at once.
func (w *world) happen() {
	count := 1
	if w.rng.IntN(4) == 0 { // a rack, or half of the hall
		count = 1 + w.rng.IntN(max(w.plan.Nodes/2, 1))
	}
	graceful := w.rng.IntN(2) == 0
	for range count {
		m := w.machines[w.rng.IntN(len(w.machines))]
		if !m.up {
			continue
		}
		if graceful {
			w.result.Leaves++
			m.leave()
		} else {
			w.result.Cuts++
			m.off()
		}
		back := w.between(w.plan.Keepalive, 3*w.plan.Deadtime)
		if w.rng.IntN(3) == 0 { // before anybody noticed
			back = w.between(0, w.plan.Deadtime/2)
		}
		w.clock.After(back, func() {
			w.result.Returns++
			m.boot()
			w.happened()
		})
	}
	w.happened()
}

func (w *world) violate(format string, args ...any) {
	if w.result.Violation == "" {
		w.result.Violation = fmt.Sprintf("at %v: ", w.clock.Now.Sub(virtual.Epoch)) + fmt.Sprintf(format, args...)
	}
}

// tampers says that a deliberate bug keeps a packet from a receiver.
func (w *world) tampers(from, to *machine) bool {
	switch w.plan.sabotage {
	case mutes:
		return from.index == 1 && to.index == 0 && w.clock.Now.Sub(virtual.Epoch) > time.Minute
	case deafens:
		return from.life > 1 && to.index == 0
	case honest, hears, hasty:
	}
	return false
}
