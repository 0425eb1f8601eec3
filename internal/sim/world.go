package sim

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/seal"
	"heartbeat/internal/sim/virtual"
	"heartbeat/internal/takeover"
)

// A Result is what a run came to.
type Result struct {
	Seed      uint64
	Violation string        // empty: every invariant held
	Trace     []string      // the story, for a violation
	Failovers int           // groups that began on one machine after they had run on another
	Fenced    int           // machines that were switched off by a device
	MostShots int           // how often one machine switched the same other one off within an hour
	Deaf      int           // times when a machine went on for one that did not hear it
	Matches   int           // pairs of machines that switched each other off
	Virtual   time.Duration // how much time passed in the world
	Steps     int
}

// world is the whole of one run.
type world struct {
	plan     Plan
	clock    virtual.Clock
	rng      *rand.Rand
	net      *network
	machines []*machine
	outside  *outside
	witness  *witness // nil: no arbiter
	platter  *platter // nil: no shared disk
	shots    shots

	link       map[[2]int]*hearing // from, to
	last       map[string]int      // machine that began the group last
	double     map[pairing]time.Time
	told       map[string]time.Time // by group: the timeline last said that it may have had two owners
	result     Result
	keepTrace  bool
	faultsOver time.Time
	restSince  time.Time // since when everything is as it must be in the end
}

// hearing is what one machine heard of another: the truth against which verdicts are judged.
type hearing struct {
	last   time.Time // last packet that arrived
	steady time.Time // since when no gap was as long as the deadtime

	shunned, shuns time.Time // the last heartbeat that was refused for want of encryption, and the first of those without a gap of a deadtime
}

// Run plays a plan to its end, or to its first violation.
func Run(p Plan) Result { return run(p, false) }

// Replay plays it with the whole trace.
func Replay(p Plan) Result { return run(p, true) }

func run(p Plan, trace bool) Result {
	w := &world{
		plan: p, rng: rand.New(rand.NewPCG(p.Seed, 0xc1a5)), keepTrace: trace,
		link: map[[2]int]*hearing{}, last: map[string]int{}, double: map[pairing]time.Time{}, told: map[string]time.Time{},
		result: Result{Seed: p.Seed},
	}
	w.clock.Now = virtual.Epoch
	w.outside = newOutside(p.machines(), virtual.Epoch)
	w.net = &network{clock: &w.clock, rng: w.rng, manners: p.Manners, cut: map[wireKey]bool{}, deliver: w.arrive}
	w.witness = newWitness(w)
	w.platter = newPlatter(w)
	for i := range p.machines() {
		w.machines = append(w.machines, newMachine(w, i))
	}
	for _, m := range w.machines {
		w.clock.After(time.Duration(w.rng.Int64N(int64(p.Keepalive))), m.boot)
	}
	for _, f := range p.Faults {
		w.clock.At(virtual.Epoch.Add(f.At), func() { w.inflict(f) })
	}
	w.faultsOver = virtual.Epoch.Add(p.Length)
	w.clock.At(w.faultsOver, w.mendAll)
	end := w.faultsOver.Add(w.settleBound())
	for w.result.Violation == "" && w.clock.Step(end) {
		w.result.Steps++
		w.checkOwners()
		w.checkExclusive()
		w.checkNeverTwo()
		w.checkBetter()
		if w.restful() {
			break
		}
	}
	if w.result.Violation == "" {
		w.checkSettled()
	}
	w.result.Fenced, w.result.Matches, w.result.MostShots = w.shots.hit, w.shots.both, w.shots.most
	w.result.Virtual = w.clock.Now.Sub(virtual.Epoch)
	return w.result
}

func (w *world) names() (names []string) {
	for i := range w.plan.machines() {
		names = append(names, nameOf(i))
	}
	return names
}

func nameOf(index int) string { return fmt.Sprintf("node%d", index+1) }

// others are all machines but m.
func (w *world) others(m *machine) (list []*machine) {
	for _, o := range w.machines {
		if o != m {
			list = append(list, o)
		}
	}
	return list
}

// named is the machine of that name; nil: there is none.
func (w *world) named(name string) *machine {
	for _, m := range w.machines {
		if m.name == name {
			return m
		}
	}
	return nil
}

// arrive hands a packet that came through the network to a machine.
func (w *world) arrive(link, from, to int, packet []byte) {
	m := w.machines[to]
	if !m.up {
		return
	}
	proof := w.proves(w.machines[from], m, packet)
	if !m.paused && proof {
		w.heard(from, to)
	}
	m.do(func() {
		if proof {
			w.askedForPatience(w.machines[from], m, packet)
			w.heard(from, to)
		}
		w.shun(from, to, packet)
		m.stepPulse(membership.PacketArrived{Link: fmt.Sprintf("eth%d", link), Source: w.machines[from].name, Data: packet})
	})
}

// proves says whether a packet proves to its receiver that the sender lives. A recording must prove nothing, and what could be one does
// not: then the life that speaks is not the one that the receiver knows, which may be over.
func (w *world) proves(from, to *machine, packet []byte) bool {
	if from.outdated || refuses(to, packet) {
		return false
	}
	if isStatus(packet) {
		return true // it may begin a life
	}
	// After a step of the sender's clock its packets may look replayed until its next status has told the new time. What comes before the
	// first status of a life, or sealed in a life that is not known yet, says no more than that something is there.
	return w.clock.Now.Sub(from.stepped) > w.plan.Deadtime && to.met[from.name] == strconv.FormatUint(uint64(from.generation), 16)
}

// isStatus says whether a packet is a heartbeat that everybody may read.
func isStatus(packet []byte) bool { return bytes.Contains(packet, []byte("t=status")) }

// refuses says whether a machine believes nothing of a packet because it is not encrypted.
func refuses(to *machine, packet []byte) bool {
	return to.world.plan.encryption(to.index) == membership.EncryptionRequired && !seal.Sealed(packet)
}

// shun notes that a heartbeat came which the receiver must not believe.
func (w *world) shun(from, to int, packet []byte) {
	if h := w.link[[2]int{from, to}]; h != nil && isStatus(packet) && refuses(w.machines[to], packet) {
		if w.clock.Now.Sub(h.shunned) >= w.plan.Deadtime {
			h.shuns = w.clock.Now
		}
		h.shunned = w.clock.Now
	}
}

// heard notes the truth about who heard whom when.
func (w *world) heard(from, to int) {
	h := w.link[[2]int{from, to}]
	if h == nil {
		h = &hearing{steady: w.clock.Now}
		w.link[[2]int{from, to}] = h
	}
	if w.clock.Now.Sub(h.last) >= w.plan.Deadtime {
		h.steady = w.clock.Now
	}
	h.last = w.clock.Now
}

// inflict does one fault.
func (w *world) inflict(f Fault) {
	m := w.machines[f.Machine]
	w.trace("FAULT %v", f)
	w.inflictOutside(f)
	w.inflictArbiter(f)
	w.inflictDisk(f)
	w.inflictAiling(f)
	switch f.Kind {
	case PowerOff:
		m.powerOff()
	case PowerOn, PowerLost:
		m.lost = f.Kind == PowerLost
		if m.leaving { // a stop that never ended is ended by the power switch
			m.powerOff()
		}
		if !m.up {
			m.boot()
		}
	case Leave:
		if m.up {
			m.leaving = true
			m.leftInOrder()
			m.do(func() { m.stepResource(takeover.ShutdownAsked{}) })
		}
	case Pause:
		if m.up {
			m.stall()
			life := m.life
			w.clock.After(f.Length, func() {
				if m.life == life {
					w.trace("%s goes on", m.name)
					m.proceed()
				}
			})
		}
	case CutLink:
		for _, o := range w.others(m) {
			w.part(f.Link, m, o, true)
		}
	case CutOneWay:
		for _, o := range w.others(m) {
			w.net.setCut(-1, w.plan.Links, o.index, m.index, true)
		}
	case CutAll:
		for _, o := range w.others(m) {
			w.part(-1, m, o, true)
		}
	case CutPair:
		w.part(-1, m, w.machines[f.Other], true)
	case Split:
		for _, a := range w.machines[:f.Machine+1] {
			for _, b := range w.machines[f.Machine+1:] {
				w.part(-1, a, b, true)
			}
		}
	case Heal:
		for _, o := range w.others(m) {
			w.part(-1, m, o, false)
		}
	case HealAll:
		w.net.cut = map[wireKey]bool{}
	case Lossy:
		w.net.extra = 0.3
		w.clock.After(f.Length, func() { w.net.extra = 0 })
	case ClockStep:
		m.wall += f.Length
		m.stepped = w.clock.Now
		m.do(func() { m.stepPulse(membership.EnvironmentChanged{Load: "0.00", WallOffset: m.wall}) })
	case Standby:
		m.do(func() { m.stepResource(takeover.StandbyAsked{ID: 1, Set: f.Set}) })
	case Takeover:
		m.do(func() { m.stepResource(takeover.TakeoverAsked{ID: 2, Set: f.Set}) })
	case BadDevice:
		m.armory.bad = true
		w.clock.After(f.Length, func() { m.armory.bad = false })
	case VerbSaid:
		m.say(f.Verb)
	case Crash:
		if m.up && !(m.paused && w.plan.Disk) { // one that hangs is the matter of a watchdog, as docs/disklock.md says
			m.crash(f.Length)
		}
	case Renewal:
		if m.up && !m.paused && !m.leaving {
			m.renew(f.Length)
		}
	case BadAgents:
		m.setAgents(badAgents(w.rng, w.plan))
		w.clock.After(f.Length, func() { m.setAgents(w.goodAgents()) })
	}
}

// part cuts or mends a link (-1: every link) between two machines, both ways.
func (w *world) part(link int, a, b *machine, cut bool) {
	w.net.setCut(link, w.plan.Links, a.index, b.index, cut)
	w.net.setCut(link, w.plan.Links, b.index, a.index, cut)
}

// mendAll ends every fault: all machines up, all links whole, all agents good.
func (w *world) mendAll() {
	w.trace("FAULTS OVER")
	if w.plan.stays {
		return
	}
	w.net.cut = map[wireKey]bool{}
	w.net.extra, w.net.manners.Loss = 0, 0
	w.mendOutside()
	w.mendArbiter()
	w.mendDisk()
	for _, m := range w.machines {
		m.armory.bad = false
		m.setAgents(w.goodAgents())
		if m.paused {
			m.proceed()
		}
		if m.leaving || w.hasStuck(m) {
			m.powerOff() // what a human does with a node that cannot stop a resource
		}
		if !m.up {
			m.boot()
		}
	}
	w.resumeAll()
}

func (w *world) hasStuck(m *machine) bool {
	for _, s := range m.agency.state {
		if s == stuck {
			return true
		}
	}
	return false
}

// left ends a graceful stop: the daemon is gone, the machine stays on without it.
func (w *world) left(m *machine) {
	for _, g := range w.plan.Groups {
		if m.agency.holds(g.Key) && m.agency.state[g.Key] != stuck {
			w.violate("%s left the cluster while %s was not stopped", m.name, g.Key)
		}
	}
	m.powerOff()
	m.leaving = false
}

func (w *world) note(m *machine, e event.Event) {
	if e.Kind == event.ConnectivityMove {
		w.movedForConnectivity(m, e)
	}
	if e.Kind == event.NodeDeaf {
		w.result.Deaf++
	}
	w.confessed(e)
	if w.keepTrace {
		w.trace("%s %s: %s", m.name, e.Ref(), e.Text)
	}
}

func (w *world) trace(format string, args ...any) {
	if w.keepTrace {
		w.result.Trace = append(w.result.Trace, fmt.Sprintf("%10.6f  ", w.clock.Now.Sub(virtual.Epoch).Seconds())+fmt.Sprintf(format, args...))
	}
}

func (w *world) violate(format string, args ...any) {
	if w.result.Violation == "" {
		w.result.Violation = fmt.Sprintf("at %v: ", w.clock.Now.Sub(virtual.Epoch)) + fmt.Sprintf(format, args...)
		w.trace("VIOLATION %s", w.result.Violation)
	}
}
