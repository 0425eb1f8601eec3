package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/lease"
	"heartbeat/internal/node/bridge"
	"heartbeat/internal/takeover"
)

// What happens to a witness.
const (
	WitnessDies   FaultKind = "witness-dies"
	WitnessStarts FaultKind = "witness-starts"   // without memory
	WitnessCut    FaultKind = "witness-cut"      // Machine and the witness do not reach each other
	WitnessMute   FaultKind = "witness-mute"     // its answers do not reach Machine
	WitnessHeal   FaultKind = "witness-heal"     // of Machine's way
	SlowStops     FaultKind = "slow-stops"       // of Machine, for Length
	CutPairOneWay FaultKind = "nodes-cut-oneway" // Machine hears nothing of Other; Other hears Machine
)

// witness is the third machine of stories with an arbiter.
type witness struct {
	desk    *lease.Desk // nil: it does not run
	toIt    []bool      // the way of every machine to it is cut
	fromIt  []bool
	rng     *rand.Rand
	excused []map[string]bool // by machine: groups that it held when it went on after a pause
}

// RandomArbiter draws a story of two machines under the policy arbiter, with a witness that has its own faults.
func RandomArbiter(seed uint64) Plan {
	p := Random(seed)
	r := rand.New(rand.NewPCG(seed, 0xa4b1))
	p.Arbiter = true
	p.StopBudget = p.Deadtime/4 + time.Duration(r.Int64N(int64(p.Deadtime)))
	add := func(at time.Duration, f Fault) {
		f.At = at
		p.Faults = append(p.Faults, f)
		p.Length = max(p.Length, at+p.Deadtime)
	}
	span := func(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) + time.Millisecond }
	for range 2 + r.IntN(6) {
		at, m := 2*p.Deadtime+span(p.Length), r.IntN(2)
		switch r.IntN(8) {
		case 0, 1:
			add(at, Fault{Kind: WitnessDies})
			add(at+span(6*p.Deadtime), Fault{Kind: WitnessStarts})
		case 2:
			add(at, Fault{Kind: WitnessStarts}) // a restart in no time
		case 3:
			add(at, Fault{Kind: WitnessCut, Machine: m})
			add(at+span(8*p.Deadtime), Fault{Kind: WitnessHeal, Machine: m})
		case 4:
			add(at, Fault{Kind: WitnessMute, Machine: m})
			add(at+span(8*p.Deadtime), Fault{Kind: WitnessHeal, Machine: m})
		case 5:
			add(at, Fault{Kind: SlowStops, Machine: m, Length: span(6 * p.Deadtime)})
		case 6: // the worst: everything about one machine at once
			add(at, Fault{Kind: CutAll, Machine: m})
			add(at+span(p.Deadtime), Fault{Kind: WitnessCut, Machine: m})
			add(at+span(10*p.Deadtime), Fault{Kind: WitnessHeal, Machine: m})
			add(at+span(10*p.Deadtime), Fault{Kind: Heal, Machine: m})
		case 7:
			add(at, Fault{Kind: CutPairOneWay, Machine: m, Other: 1 - m})
			add(at+span(6*p.Deadtime), Fault{Kind: Heal, Machine: m})
		}
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	return p
}

func newWitness(w *world) *witness {
	if !w.plan.Arbiter {
		return nil
	}
	n := w.plan.machines()
	wi := &witness{toIt: make([]bool, n), fromIt: make([]bool, n), rng: rand.New(rand.NewPCG(w.plan.Seed, 0x717)), excused: make([]map[string]bool, n)}
	wi.desk = lease.NewDesk(w.clock.Now.Add(-time.Hour))
	return wi
}

// inflictArbiter does one fault to the witness or the way to it.
func (w *world) inflictArbiter(f Fault) {
	wi := w.witness
	switch f.Kind {
	case WitnessDies:
		wi.desk = nil
	case WitnessStarts:
		wi.start(w)
	case WitnessCut:
		wi.toIt[f.Machine], wi.fromIt[f.Machine] = true, true
	case WitnessMute:
		wi.fromIt[f.Machine] = true
	case WitnessHeal:
		wi.toIt[f.Machine], wi.fromIt[f.Machine] = false, false
	case SlowStops:
		m := w.machines[f.Machine]
		m.setAgents(Agents{Min: time.Millisecond, Max: 2 * w.plan.StopBudget})
		w.clock.After(f.Length, func() { m.setAgents(w.goodAgents()) })
	case CutPairOneWay:
		w.net.setCut(-1, w.plan.Links, f.Other, f.Machine, true)
	}
}

// start is a life without memory.
func (wi *witness) start(w *world) {
	boot := w.clock.Now
	if w.plan.sabotage == forgets {
		boot = boot.Add(-time.Hour)
	}
	wi.desk = lease.NewDesk(boot)
}

func (w *world) mendArbiter() {
	if w.witness == nil {
		return
	}
	if w.witness.desk == nil {
		w.witness.start(w)
	}
	for i := range w.machines {
		w.inflictArbiter(Fault{Kind: WitnessHeal, Machine: i})
	}
}

// arbitrate begins the arbiter of a machine that boots.
func (m *machine) arbitrate() {
	w := m.world
	if !w.plan.Arbiter {
		return
	}
	cfg := arbiter.Config{
		Self: m.name, Peer: w.others(m)[0].name, References: []string{"w1"}, Keepalive: w.plan.Keepalive, Deadtime: w.plan.Deadtime,
		Lease: arbiter.LeaseFor(w.plan.Deadtime), StopBudget: w.plan.StopBudget, Margin: arbiter.MarginFor(w.plan.Keepalive, w.plan.Deadtime), Away: m.away,
	}
	if w.plan.sabotage == dawdles && m.index == 1 {
		cfg.Margin, cfg.StopBudget = 0, 0
	}
	if w.plan.Disk {
		cfg.Kind, cfg.References, cfg.Entitled = arbiter.Disk, []string{"/dev/shared"}, m.entitled
	}
	m.arbiter = bridge.NewArbitration(cfg, w.clock.Now)
	m.session = &lease.Session{Node: cfg.Self, Peer: cfg.Peer}
	if w.plan.Disk {
		m.spindle = m.newSpindle(cfg.Peer)
	}
	m.settleArbiter()
	if !w.plan.Disk || !m.up {
		return
	}
	ev := takeover.Event(takeover.EntitlementLost{})
	if m.arbiter.View().Entitled {
		ev = takeover.EntitlementGained{}
	}
	m.stepResource(ev)
}

// noteEntitled keeps for the next life of the daemon until when this one may run resources.
func (m *machine) noteEntitled() {
	now, v := m.world.clock.Now, m.arbiter.View()
	switch {
	case v.Entitled && v.Until.IsZero():
		m.entitled = now.Add(24 * time.Hour)
	case v.Entitled:
		m.entitled = v.Until
	case m.entitled.After(now):
		m.entitled = now
	}
}

// settleArbiter lets the arbiter and resource management talk until both are content.
func (m *machine) settleArbiter(evs ...arbiter.Event) {
	if m.arbiter == nil || !m.up {
		return
	}
	for {
		do, up := m.arbiter.Step(m.world.clock.Now, m.resource.Standing(), evs...)
		evs = nil
		for _, e := range do {
			m.arbiterEffect(e)
			if !m.up {
				return
			}
		}
		if len(up) == 0 {
			break
		}
		for _, ev := range up {
			for _, e := range m.resource.Step(m.world.clock.Now, ev) {
				m.arbiter.Take(e)
				m.resourceEffect(e)
				if !m.up {
					return
				}
			}
		}
	}
	m.noteEntitled()
	m.plan(1, m.resource.NextDeadline(), func() { m.stepResource(takeover.Tick{}) })
	m.plan(2, m.arbiter.NextDeadline(), func() { m.settleArbiter(arbiter.Tick{}) })
}

func (m *machine) arbiterEffect(e arbiter.Effect) {
	w := m.world
	switch e := e.(type) {
	case arbiter.Consult:
		if m.spindle != nil {
			m.spindle.consult(e)
			return
		}
		m.session.Begin(e)
		m.ask()
	case arbiter.Lose:
		w.trace("%s is not entitled: %s", m.name, e.Reason)
		w.outside.troubled = later(w.outside.troubled, w.clock.Now.Add(2*w.plan.Deadtime)) // nothing is moved for better links meanwhile
		if w.plan.sabotage != defies {
			m.agency.silence()
		}
	case arbiter.Gain:
		w.trace("%s is entitled: %s", m.name, e.Reason)
	case arbiter.Overdue: // what a watchdog does
		w.trace("%s is reset by its watchdog", m.name)
		m.powerOff()
		w.clock.After(w.plan.Deadtime, func() {
			if !m.up {
				m.boot()
			}
		})
	case arbiter.MetAgain:
		m.away = false
	case arbiter.Record:
		w.note(m, e.Event)
	}
}

// ask carries the newest question to the witness and the answer back.
func (m *machine) ask() {
	w, wi, s, life := m.world, m.world.witness, m.session, m.life
	r, ok := s.Request(wi.rng.Uint64())
	if !ok {
		return
	}
	delay := func() time.Duration {
		return w.plan.Manners.DelayMin + time.Duration(wi.rng.Int64N(int64(w.plan.Manners.DelayMax-w.plan.Manners.DelayMin)+1))
	}
	lost := func() bool { return wi.rng.Float64() < w.plan.Manners.Loss+w.net.extra }
	if lost() {
		return
	}
	w.clock.After(delay(), func() {
		if wi.desk == nil || wi.toIt[m.index] {
			return
		}
		reply := wi.desk.Handle(w.clock.Now, "c", r, wi.rng.Uint64())
		if lost() {
			return
		}
		w.clock.After(delay(), func() {
			if m.life != life || wi.fromIt[m.index] {
				return
			}
			m.do(func() {
				switch ev, again, ok := s.Take(reply); {
				case again:
					m.ask()
				case ok:
					m.settleArbiter(ev)
				}
			})
		})
	})
}

// leftInOrder notes what a machine must remember that leaves while the other one runs.
func (m *machine) leftInOrder() {
	if m.arbiter != nil && m.resource.Standing().Alive {
		m.away = true
	}
}

// owns says whether the group is in use on the machine. One that was paused cannot have stopped while it did not run; what it serves
// is what counts, and that it takes away before anything else.
func (m *machine) owns(key string) bool {
	switch {
	case m.paused || !m.agency.holds(key): // what runs on while its daemon is dead counts
		return false
	case m.world.witness.excused[m.index][key]:
		return m.agency.serves(key)
	}
	return true
}

// checkExclusive holds the promise of an arbiter: at no instant do two machines have one group.
func (w *world) checkExclusive() {
	if w.witness == nil {
		return
	}
	for _, g := range w.plan.Groups {
		for _, m := range w.machines {
			if !m.agency.holds(g.Key) {
				delete(w.witness.excused[m.index], g.Key)
			}
		}
		if a, b := w.machines[0], w.machines[1]; a.owns(g.Key) && b.owns(g.Key) {
			w.violate("%s is owned by both machines\n%s\n%s", g.Key, describe(a), describe(b))
		}
	}
}

// excuse notes what a machine held in a pause.
func (w *world) excuse(m *machine) {
	if w.witness == nil {
		return
	}
	w.witness.excused[m.index] = map[string]bool{}
	for _, g := range w.plan.Groups {
		if m.agency.holds(g.Key) {
			w.witness.excused[m.index][g.Key] = true
		}
	}
}
