package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"heartbeat/internal/takeover"
)

// A Plan is everything that a run is made of.
type Plan struct {
	Seed      uint64
	Machines  int // 0: two
	Keepalive time.Duration
	Deadtime  time.Duration
	Failback  takeover.Failback
	Links     int
	Groups    []takeover.Group

	Manners Manners       // of every link
	Faults  []Fault       // in order of time
	Length  time.Duration // of the part with faults; the settling follows
	stays   bool          // what is cut at its end stays cut

	Watched bool          // the machines watch the interface towards their clients,
	Pinged  bool          // and a router as well
	Dampen  time.Duration // what works again counts after that

	orders     bool          // administrators give standing orders
	Arbiter    bool          // a witness decides who goes on after a cut
	Disk       bool          // with Arbiter: a shared disk does instead
	StopBudget time.Duration // with either
	Fencing    Fencing

	sabotage sabotage // tests of the invariants break a promise on purpose
}

// sabotage is a deliberate bug, to prove that the invariants would see it.
type sabotage uint8

const (
	none          sabotage = iota
	liesAboutStop          // node2 reports a group stopped that goes on running
	hasty                  // node2 believes in half the deadtime that its peer announces
	repeats                // node2 hands every message up twice
	loses                  // node2 forgets to start what it should
	ignores                // node2 is not told that its resources fail
	boasts                 // node2 always says that its service interface has a carrier
	cries                  // node1 always says that its own has none
	disobeys               // node2 starts what an administrator has just given an order about
	forgets                // a witness grants right after its start
	dawdles                // nobody waits for the other machine to stop
	caches                 // node1 reads from a cache what the other one wrote to the disk
	defies                 // who is not entitled goes on
	mumbles                // nobody's timeline speaks of two owners
	overlooks              // a daemon that is started again does not look what runs already
	haunts                 // a machine that renews itself takes its request for patience back at once
	oversleeps             // nobody gives addresses up after a pause before doing anything else
)

// caps is what the machines say they can.
func (p Plan) caps() string {
	if p.Arbiter {
		return "sim," + takeover.CapArbiter
	}
	return "sim"
}

func (p Plan) policy() takeover.Policy {
	if p.Arbiter {
		return takeover.Arbiter
	}
	return p.Fencing.policy()
}

// Manners are how a link treats packets.
type Manners struct {
	Loss, Dup          float64       // probability for a packet
	DelayMin, DelayMax time.Duration // drawn for each packet, so packets overtake each other
}

// Agents are how resource agents behave on a machine.
type Agents struct {
	Min, Max  time.Duration // of a start or stop
	FailStart float64       // probability that a start fails
	FailStop  float64       // probability that a stop fails
}

// FaultKind names what happens.
type FaultKind string

const (
	PowerOff  FaultKind = "power-off"
	PowerOn   FaultKind = "power-on"
	PowerLost FaultKind = "power-on-lost" // power on; the generation is lost and the clock stands wrong
	Leave     FaultKind = "graceful-stop"
	Pause     FaultKind = "pause"
	CutLink   FaultKind = "cut-link"   // both directions between Machine and everybody, on Link
	CutOneWay FaultKind = "cut-in"     // Machine hears nothing, on any link
	CutAll    FaultKind = "partition"  // Machine is alone
	CutPair   FaultKind = "cut-pair"   // Machine and Other do not hear each other, on any link
	Split     FaultKind = "split"      // Machine and all before it on one side, the others on the other
	Heal      FaultKind = "heal"       // of everything about Machine
	HealAll   FaultKind = "heal-all"   // of the whole network
	Lossy     FaultKind = "lossy"      // for Length
	ClockStep FaultKind = "clock-step" // of Machine's wall clock, by Length
	Standby   FaultKind = "standby"
	Takeover  FaultKind = "takeover"
	BadAgents FaultKind = "bad-agents" // of Machine, for Length
)

// A Fault is one thing done to the cluster.
type Fault struct {
	At      time.Duration
	Kind    FaultKind
	Machine int
	Other   int // of cut-pair
	Link    int
	Length  time.Duration
	Set     string // of standby and takeover
	Verb    takeover.VerbAsked
}

func (f Fault) String() string {
	return fmt.Sprintf("%s machine=%d other=%d link=%d length=%v set=%s", f.Kind, f.Machine+1, f.Other+1, f.Link, f.Length, f.Set) + f.verb()
}

// Random draws a plan from a seed. Every seed is a different story of about ten faults.
func Random(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	timers := []struct{ k, d time.Duration }{
		{20 * time.Millisecond, 100 * time.Millisecond}, {200 * time.Millisecond, time.Second},
		{time.Second, 5 * time.Second}, {100 * time.Millisecond, 2 * time.Second},
	}
	t := timers[r.IntN(len(timers))]
	p := Plan{
		Seed: seed, Keepalive: t.k, Deadtime: t.d, Links: 1 + r.IntN(2),
		Failback: []takeover.Failback{takeover.FailbackOn, takeover.FailbackOff, takeover.FailbackLegacy}[r.IntN(3)],
		Groups:   []takeover.Group{{Key: "IPaddr::10.0.0.100/24/eth0", Home: "node1"}},
	}
	if r.IntN(2) == 0 {
		p.Groups = append(p.Groups, takeover.Group{Key: "IPaddr::10.0.0.101/24/eth0", Home: "node2"})
	}
	if r.IntN(4) == 0 {
		p.Groups = append(p.Groups, takeover.Group{Key: "Filesystem::/dev/drbd0::/data::ext4", Home: "node1"})
	}
	p.Manners = drawManners(r)
	p.Faults, p.Length = drawFaults(r, p)
	drawOutside(&p)
	return p
}

func drawManners(r *rand.Rand) Manners {
	m := Manners{DelayMin: 50 * time.Microsecond, DelayMax: time.Duration(1+r.IntN(5)) * time.Millisecond}
	if r.IntN(3) == 0 {
		m.Loss = []float64{0.01, 0.05, 0.2}[r.IntN(3)]
	}
	if r.IntN(3) == 0 {
		m.Dup = 0.1
	}
	return m
}

// A schedule is faults being drawn, in order of time.
type schedule struct {
	r   *rand.Rand
	p   Plan
	at  time.Duration
	out []Fault
}

func newSchedule(r *rand.Rand, p Plan) *schedule { return &schedule{r: r, p: p, at: 4 * p.Deadtime} }

// wait lets up to four deadtimes pass.
func (s *schedule) wait() { s.at += s.gap() }

func (s *schedule) gap() time.Duration {
	return time.Duration(s.r.Int64N(int64(4*s.p.Deadtime))) + s.p.Keepalive/2
}

// short is how long a fault lasts that ends by itself.
func (s *schedule) short() time.Duration {
	return time.Duration(s.r.Int64N(int64(3*s.p.Deadtime))) + time.Millisecond
}

// step is by how much a wall clock is wrong: up to a day.
func (s *schedule) step() time.Duration {
	return time.Duration(s.r.Int64N(int64(48*time.Hour))) - 24*time.Hour
}

func (s *schedule) add(f Fault) {
	f.At = s.at
	s.out = append(s.out, f)
}

// mended is a fault that takes something away, and later the one that gives it back.
func (s *schedule) mended(f Fault, by FaultKind) {
	s.add(f)
	s.wait()
	s.add(Fault{Kind: by, Machine: f.Machine})
}

// drawFaults draws a schedule in which every fault that takes something away is
// followed, sooner or later, by the one that gives it back.
func drawFaults(r *rand.Rand, p Plan) ([]Fault, time.Duration) {
	s := newSchedule(r, p)
	sets := []string{"all", "local", "foreign", "failback"}
	for range 4 + r.IntN(8) {
		s.wait()
		m := r.IntN(2)
		switch k := r.IntN(12); k {
		case 0, 1:
			s.mended(Fault{Kind: PowerOff, Machine: m}, PowerOn)
		case 2:
			s.mended(Fault{Kind: Leave, Machine: m}, PowerOn)
		case 3:
			s.add(Fault{Kind: Pause, Machine: m, Length: s.short()})
		case 4:
			s.mended(Fault{Kind: CutLink, Machine: m, Link: r.IntN(p.Links)}, Heal)
		case 5:
			s.mended(Fault{Kind: CutOneWay, Machine: m}, Heal)
		case 6, 7:
			s.mended(Fault{Kind: CutAll, Machine: m}, Heal)
		case 8:
			s.add(Fault{Kind: Lossy, Length: s.short()})
		case 9:
			s.add(Fault{Kind: ClockStep, Machine: m, Length: s.step()})
		case 10:
			s.add(Fault{Kind: []FaultKind{Standby, Takeover}[r.IntN(2)], Machine: m, Set: sets[r.IntN(4)]})
			if r.IntN(3) == 0 { // both sides ask at nearly the same time
				at := s.at + time.Duration(r.Int64N(int64(p.Keepalive)))
				s.out = append(s.out, Fault{At: at, Kind: Standby, Machine: 1 - m, Set: sets[r.IntN(4)]})
			}
		case 11:
			s.add(Fault{Kind: BadAgents, Machine: m, Length: s.short() * 2})
		}
	}
	return s.out, s.at + s.gap()
}

// LoseGenerations turns about half of the boots of a plan into ones that find no generation.
func LoseGenerations(p Plan) Plan {
	r := rand.New(rand.NewPCG(p.Seed, 0x6e6))
	for i := range p.Faults {
		if p.Faults[i].Kind == PowerOn && r.IntN(2) == 0 {
			p.Faults[i].Kind = PowerLost
		}
	}
	return p
}
