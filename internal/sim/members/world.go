package members

import (
	"fmt"
	"math/rand/v2"
	"time"

	"heartbeat/internal/ccm"
	"heartbeat/internal/sim/virtual"
)

// A Result is how a story ended.
type Result struct {
	Violation   string
	Trace       []string // of Replay only
	Steps       int
	Messages    int
	Memberships int
	Virtual     time.Duration
	Slowest     time.Duration // until agreement in a calm time
}

type world struct {
	plan     Plan
	clock    virtual.Clock
	rng      *rand.Rand
	machines []*machine
	ways     []way
	result   Result
	tracing  bool

	cookies   map[string]ccm.Membership // every membership ever published
	lastPause time.Time                 // when a machine went on after a pause
	double    time.Time                 // since when two memberships have quorum; zero: they have not
}

// Run plays a story.
func Run(p Plan) Result { return play(p, false) }

// Replay plays a story and tells it.
func Replay(p Plan) Result { return play(p, true) }

func play(p Plan, tracing bool) Result {
	w := &world{plan: p, tracing: tracing, rng: rand.New(rand.NewPCG(p.Seed, 1)), cookies: map[string]ccm.Membership{}}
	w.clock.Now = virtual.Epoch
	w.ways = make([]way, p.Nodes*p.Nodes)
	for i := range p.Nodes {
		w.machines = append(w.machines, &machine{w: w, index: i, name: fmt.Sprintf("n%02d", i+1), c: p.C[i], alive: make([]bool, p.Nodes)})
	}
	for _, m := range w.machines {
		w.clock.After(w.between(0, 2*p.Deadtime), func() {
			if !m.up {
				w.trace("%s boots", m.name)
				m.boot()
			}
		})
	}
	w.calm("start")
	for s := range p.Storms {
		if w.result.Violation != "" {
			break
		}
		w.storm()
		if s%2 == 1 || w.rng.IntN(3) == 0 {
			w.partition()
			w.calm("partition")
		}
		w.mend()
		w.calm("mended")
	}
	w.result.Virtual = w.clock.Now.Sub(virtual.Epoch)
	return w.result
}

func (w *world) between(lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	return lo + time.Duration(w.rng.Int64N(int64(hi-lo)))
}

func (w *world) trace(format string, args ...any) {
	if w.tracing {
		w.result.Trace = append(w.result.Trace, fmt.Sprintf("%9.3f ", w.clock.Now.Sub(virtual.Epoch).Seconds())+fmt.Sprintf(format, args...))
	}
}

func (w *world) violate(format string, args ...any) {
	if w.result.Violation == "" {
		w.result.Violation = fmt.Sprintf("at %.3f s: ", w.clock.Now.Sub(virtual.Epoch).Seconds()) + fmt.Sprintf(format, args...)
		w.trace("VIOLATION %s", w.result.Violation)
	}
}

// pass lets time go by, looking at the promises after each step.
func (w *world) pass(d time.Duration) {
	end := w.clock.Now.Add(d)
	for w.result.Violation == "" && w.clock.Step(end) {
		w.checkQuorum()
	}
}

// storm plays faults at random times.
func (w *world) storm() {
	for range w.plan.Faults {
		w.fault()
		d := w.between(0, 3*w.plan.Deadtime)
		if w.rng.IntN(2) == 0 {
			d = w.between(0, 2*w.plan.Keepalive)
		}
		w.pass(d)
	}
}

func (w *world) fault() {
	m, o := w.machines[w.rng.IntN(len(w.machines))], w.machines[w.rng.IntN(len(w.machines))]
	switch w.rng.IntN(12) {
	case 0:
		w.powerCut(m)
	case 1, 2:
		if !m.up {
			w.bootAgain(m)
			return
		}
		w.powerCut(m)
		w.clock.After(w.between(0, w.plan.Deadtime/2), func() { w.bootAgain(m) })
	case 3:
		if m.up && !m.paused && m.commUp {
			w.trace("%s stops", m.name)
			m.step(ccm.ShutdownAsked{})
			w.powerCut(m)
			w.clock.After(w.between(0, 2*w.plan.Deadtime), func() { w.bootAgain(m) })
		}
	case 4:
		if m.up && !m.paused {
			w.pause(m)
		}
	case 5:
		w.partition()
	case 6, 7:
		if m != o {
			w.trace("cut %s -> %s", m.name, o.name)
			w.setCut(m, o, true)
		}
	case 8:
		w.trace("%s is deaf", m.name)
		for _, x := range w.machines {
			if x != m {
				w.setCut(x, m, true)
			}
		}
	case 9:
		w.trace("%s is mute", m.name)
		for _, x := range w.machines {
			if x != m {
				w.setCut(m, x, true)
			}
		}
	default:
		w.heal()
	}
}

func (w *world) heal() {
	w.trace("all cuts are mended")
	for _, a := range w.machines {
		for _, b := range w.machines {
			if a != b {
				w.setCut(a, b, false)
			}
		}
	}
}

func (w *world) powerCut(m *machine) {
	if !m.up {
		return
	}
	w.trace("%s loses power", m.name)
	m.off()
	for _, o := range w.machines {
		if o != m {
			w.sound(m, o)
		}
	}
}

// bootAgain starts a machine; who has not noticed that it was away learns it from its new life.
func (w *world) bootAgain(m *machine) {
	if m.up {
		return
	}
	w.trace("%s boots again", m.name)
	highest := m.highest
	m.boot()
	if w.plan.sabotage == forgets {
		m.highest = highest
	}
}

func (w *world) pause(m *machine) {
	d := w.between(0, 3*w.plan.Deadtime)
	w.trace("%s pauses for %v", m.name, d)
	m.paused, m.pausedAt = true, w.clock.Now
	life := m.life
	for _, o := range w.machines {
		if o != m {
			w.sound(m, o)
		}
	}
	w.clock.After(d, func() {
		if m.life != life || !m.paused {
			return
		}
		w.trace("%s goes on", m.name)
		m.proceed()
		for _, o := range w.machines {
			if o != m {
				w.sound(m, o)
			}
		}
	})
}

// partition divides the machines into two or three parts.
func (w *world) partition() {
	parts, of := 2+w.rng.IntN(2), make([]int, len(w.machines))
	for i := range of {
		of[i] = w.rng.IntN(parts)
	}
	w.trace("partition %v", of)
	for _, a := range w.machines {
		for _, b := range w.machines {
			if a != b {
				w.setCut(a, b, of[a.index] != of[b.index])
			}
		}
	}
}

// mend ends all faults.
func (w *world) mend() {
	w.heal()
	for _, m := range w.machines {
		if !m.up {
			w.clock.After(w.between(0, w.plan.Deadtime), func() { w.bootAgain(m) })
		}
	}
}
