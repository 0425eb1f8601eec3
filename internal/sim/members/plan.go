package members

import (
	"math/rand/v2"
	"time"
)

// A Plan is everything that a story is made of.
type Plan struct {
	Seed      uint64
	Nodes     int
	C         []bool // which nodes are of the C kind
	Keepalive time.Duration
	Deadtime  time.Duration
	DelayMin  time.Duration
	DelayMax  time.Duration
	Resend    float64 // part of the messages that have to be asked for again, and come later
	Lost      float64 // part of the messages that are lost for good
	Faults    int     // in each of the stormy times
	Storms    int

	sabotage sabotage // tests of the invariants break a promise on purpose
}

// sabotage is a deliberate bug.
type sabotage uint8

const (
	honest      sabotage = iota
	garblesList          // one receiver reads another list of members
	alwaysYes            // the verdict on quorum is yes on the way to the others
	swallows             // the lists of leaders get lost, always
	forgets              // a node starts its core again and keeps its old life
	deaf                 // the core of a node is never told of deaths
)

// mixed says that nodes of both kinds take part.
func (p Plan) mixed() bool {
	for _, c := range p.C {
		if c {
			return true
		}
	}
	return false
}

// Random draws a story with nodes of our kind only.
func Random(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0x6d656d62657273))
	p := Plan{Seed: seed, Nodes: 2 + r.IntN(6)}
	if r.IntN(6) == 0 {
		p.Nodes = 2 + r.IntN(15)
	}
	p.C = make([]bool, p.Nodes)
	p.Keepalive = time.Duration(200+r.IntN(1800)) * time.Millisecond
	p.Deadtime = p.Keepalive * time.Duration(4+r.IntN(12))
	p.DelayMin = time.Duration(r.IntN(2000)) * time.Microsecond
	p.DelayMax = p.DelayMin + time.Duration(r.Int64N(int64(p.Keepalive/4)))
	if r.IntN(2) == 0 {
		p.Resend = r.Float64() * 0.3
	}
	if r.IntN(3) == 0 {
		p.Lost = r.Float64() * 0.002
	}
	p.Storms, p.Faults = 1+r.IntN(3), 1+r.IntN(8)
	return p
}

// Mixed draws a story in which some nodes are of the C kind, at least one and not all.
func Mixed(seed uint64) Plan {
	p := Random(seed)
	p.Lost = 0
	r := rand.New(rand.NewPCG(seed, 0x63))
	for i := range p.C {
		p.C[i] = r.IntN(2) == 0
	}
	p.C[r.IntN(p.Nodes)] = true
	ours := r.IntN(p.Nodes)
	p.C[ours] = false
	if !p.mixed() {
		p.C[(ours+1)%p.Nodes] = true
	}
	return p
}
