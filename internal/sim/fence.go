package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"heartbeat/internal/fencing"
	"heartbeat/internal/takeover"
)

// BadDevice makes the fencing devices of Machine fail, for Length.
const BadDevice FaultKind = "bad-device"

// Fencing is how stories with fencing differ. The devices are simulated, what decides about them is the real core.
type Fencing struct {
	On      bool
	Human   bool          // no device: a human looks at silent machines, and says only what is true
	Devices int           // of every machine
	Off     bool          // they switch off and leave it off; otherwise they reset
	Slowest time.Duration // a device needs at most so long
	Delay   time.Duration // takeover_delay
	Brake   int           // fence_brake
	liar    bool          // a sabotage: devices report what they did not do
}

func (f Fencing) policy() takeover.Policy {
	switch {
	case f.Human:
		return takeover.Manual
	case f.On:
		return takeover.Fenced
	}
	return takeover.Unsafe
}

// Fenced draws a story in which deaths are proven. There is never a second owner, whatever happens, not for an instant.
func Fenced(seed uint64) Plan {
	p := Random(seed)
	fence(&p)
	return p
}

// FencedCrowd is the same with three to five machines.
func FencedCrowd(seed uint64) Plan {
	p := Crowd(seed)
	fence(&p)
	return p
}

// fence adds devices to a plan, and what happens to them.
func fence(p *Plan) {
	r := rand.New(rand.NewPCG(p.Seed, 0xfe7ce))
	f := Fencing{On: true, Devices: 1 + r.IntN(2), Off: r.IntN(3) == 0, Slowest: p.Deadtime/4 + time.Duration(r.Int64N(int64(2*p.Deadtime))), Human: r.IntN(6) == 0, Brake: 3}
	if r.IntN(4) == 0 {
		f.Delay = time.Duration(r.Int64N(int64(2 * p.Deadtime)))
	}
	p.Fencing = f
	if f.Human { // hb_takeover is a confirmation there, and this human says only what is true
		p.Faults = slices.DeleteFunc(p.Faults, func(f Fault) bool { return f.Kind == Takeover })
	}
	for range r.IntN(4) {
		at := 2*p.Deadtime + time.Duration(r.Int64N(int64(p.Length)))
		p.Faults = append(p.Faults, Fault{At: at, Kind: BadDevice, Machine: r.IntN(p.machines()), Length: time.Duration(r.Int64N(int64(6 * p.Deadtime)))})
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
}

// armory is the fencing of one machine: the real core, and devices in its place.
type armory struct {
	m     *machine
	core  *fencing.Core
	rng   *rand.Rand
	bad   bool
	life  int
	wake  time.Time
	calls map[uint64]bool
	past  []fencing.Shot // on its disk
}

// shots is what devices did in a story.
type shots struct {
	hit  int                  // machines that were up
	both int                  // pairs that hit each other
	last map[[2]int]time.Time // by shooter and victim
	bad  bool                 // some device failed
	all  map[[2]int][]time.Time
	most int // times that one machine hit the same other one within an hour
}

func newArmory(m *machine) *armory {
	return &armory{m: m, rng: rand.New(rand.NewPCG(m.world.plan.Seed, uint64(m.index)+0xf1e)), calls: map[uint64]bool{}}
}

// yield is what an administrator would write into fence_delay.
func (w *world) yield() time.Duration { return 2*w.plan.Fencing.Slowest + 2*w.plan.Deadtime }

// boot begins a life of the fencing core.
func (a *armory) boot() {
	f := a.m.world.plan.Fencing
	if !f.On || f.Human {
		a.lookAgain()
		return
	}
	cfg := fencing.Config{Self: a.m.name, Action: fencing.Reset, Limit: 2 * f.Slowest, Yield: a.m.world.yield(), Brake: f.Brake, Past: a.past}
	if f.Off {
		cfg.Action = fencing.Off
	}
	for i := range f.Devices {
		cfg.Devices = append(cfg.Devices, fencing.Device{Name: nameOf(i)})
	}
	a.core, a.life, a.wake, a.calls = fencing.New(cfg, a.m.world.clock.Now), a.m.life, time.Time{}, map[uint64]bool{}
	a.step(fencing.Tick{})
}

// effect takes what resource management wants of it.
func (a *armory) effect(e takeover.Effect) {
	if a.core == nil {
		return
	}
	switch e := e.(type) {
	case takeover.ProveDown:
		a.m.later(func() {
			a.step(fencing.Wanted{Node: e.Node, Cause: e.Cause, Yield: e.Yield, Turn: e.Turn, Ask: e.Ask})
		})
	case takeover.CancelProof:
		a.m.later(func() { a.step(fencing.Cancelled{Node: e.Node}) })
	}
}

func (a *armory) step(ev fencing.Event) {
	m, w := a.m, a.m.world
	if !m.up {
		return
	}
	for _, e := range a.core.Step(w.clock.Now, ev) {
		switch e := e.(type) {
		case fencing.Run:
			a.run(e)
		case fencing.Kill:
			delete(a.calls, e.Serial)
		case fencing.Report:
			m.later(func() {
				m.stepResource(takeover.DownProven{Node: e.Node, By: e.By, OK: e.OK, BadHost: e.BadHost, Ask: e.Ask, Text: e.Text})
			})
		case fencing.Remember:
			a.past = e.Past
		case fencing.Record:
			w.note(m, e.Event)
		}
	}
	at := a.core.NextDeadline()
	if at.IsZero() || at.Equal(a.wake) {
		return
	}
	a.wake = at
	life := m.life
	w.clock.At(at, func() {
		if m.life == life && a.wake.Equal(at) {
			a.wake = time.Time{}
			m.do(func() { a.step(fencing.Tick{}) })
		}
	})
}

// run is a device at work. Its program ends with its machine or when it is killed, but what it has sent by then takes effect all the same.
func (a *armory) run(e fencing.Run) {
	m, w := a.m, a.m.world
	a.calls[e.Serial] = true
	part := func() time.Duration { return time.Duration(a.rng.Int64N(int64(w.plan.Fencing.Slowest/3) + 1)) }
	began, life := w.clock.Now, m.life
	there := func() bool { return m.life == life && a.calls[e.Serial] }
	end := func(r fencing.Result) {
		if there() {
			delete(a.calls, e.Serial)
			m.do(func() { a.step(fencing.Ended{Serial: e.Serial, Result: r, Took: w.clock.Now.Sub(began)}) })
		}
	}
	w.clock.After(part(), func() {
		switch {
		case !there():
		case a.bad && e.Op != fencing.Status && a.rng.IntN(2) == 0: // it works, and says that it does not
			w.shots.bad = true
			w.clock.After(part(), func() { a.hit(e); end(fencing.Bad) })
		case a.bad:
			w.shots.bad = true
			w.clock.After(part(), func() { end(fencing.Bad) })
		case e.Op == fencing.Status || w.plan.Fencing.liar:
			w.clock.After(part(), func() { end(fencing.Good) })
		default:
			w.clock.After(part(), func() {
				a.hit(e)
				w.clock.After(part(), func() { end(fencing.Good) })
			})
		}
	})
}

// hit switches the victim off.
func (a *armory) hit(e fencing.Run) {
	w, v := a.m.world, a.m.world.named(e.Node)
	w.trace("a device of %s switches %s off (up: %v)", a.m.name, v.name, v.up)
	if !v.up {
		return
	}
	w.shots.note(a.m.index, v.index, w.clock.Now, w.plan.Fencing.Slowest)
	v.powerOff()
	wait := 2 * w.plan.Deadtime // it boots
	if e.Op == fencing.Off {
		wait = 12 * w.plan.Deadtime // until a human comes
	}
	life := v.life
	w.clock.After(wait, func() {
		if v.life == life && !v.up {
			v.boot()
		}
	})
}

// note counts pairs that hit each other at nearly the same time.
func (s *shots) note(from, to int, now time.Time, slowest time.Duration) {
	if s.last == nil {
		s.last = map[[2]int]time.Time{}
	}
	s.hit++
	if s.all == nil {
		s.all = map[[2]int][]time.Time{}
	}
	times := slices.DeleteFunc(s.all[[2]int{from, to}], func(at time.Time) bool { return now.Sub(at) >= fencing.BrakeTime-slowest }) // an attempt counts from its beginning, a hit when it hits
	s.all[[2]int{from, to}] = append(times, now)
	s.most = max(s.most, len(times)+1)
	s.last[[2]int{from, to}] = now
	if back, ok := s.last[[2]int{to, from}]; ok && now.Sub(back) <= slowest {
		s.both++
	}
}

// lookAgain is a human who walks to the machines now and then, and confirms what is true.
func (a *armory) lookAgain() {
	m, w := a.m, a.m.world
	if !w.plan.Fencing.Human {
		return
	}
	life := m.life
	w.clock.After(3*w.plan.Deadtime, func() {
		if m.life != life || !m.up {
			return
		}
		m.do(func() {
			for _, wait := range m.resource.View().Waits {
				if v := w.named(wait.Node); !v.up {
					m.stepResource(takeover.DownConfirmed{Node: v.name, By: "a human"})
				}
			}
		})
		a.lookAgain()
	})
}

// checkNeverTwo holds the promise of stories with proof: no group is in use on two machines, not for an instant, seen or not.
func (w *world) checkNeverTwo() {
	if !w.plan.Fencing.On {
		return
	}
	for _, g := range w.plan.Groups {
		owner := ""
		for _, m := range w.machines {
			if !m.up || !m.agency.holds(g.Key) {
				continue
			}
			if owner != "" {
				w.violate("%s is in use on %s and on %s, although deaths are proven", g.Key, owner, m.name)
			}
			owner = m.name
		}
	}
}
