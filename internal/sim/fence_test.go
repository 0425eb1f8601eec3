package sim

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// TestSeedsWithFencing plays stories in which every death is proven, by devices or by a human.
func TestSeedsWithFencing(t *testing.T) { tell(t, "TestSeedsWithFencing", slice(5), Fenced) }

// slice is the part of the stories that the ordinary tests play; make sim plays all.
func slice(part uint64) uint64 {
	if os.Getenv("HEARTBEAT_SIM_SEEDS") != "" {
		return 1
	}
	return part
}

// TestSeedsWithFencingInACrowd plays some of three to five machines.
func TestSeedsWithFencingInACrowd(t *testing.T) {
	tell(t, "TestSeedsWithFencingInACrowd", 20*slice(5), FencedCrowd)
}

// A cut cluster whose devices work loses one machine, not two, and the other one runs everything.
func TestAPartitionKillsOneMachineAndNotBoth(t *testing.T) {
	fenced := 0
	for seed := range max(seeds(t)/50, 20) {
		p := cuts(seed)
		r := Run(p)
		fenced += r.Fenced
		if r.Violation != "" || r.Matches > 0 {
			t.Fatalf("seed %d: %d machines fenced, %d pairs each other: %s\n%s", seed, r.Fenced, r.Matches, r.Violation, strings.Join(Replay(p).Trace, "\n"))
		}
	}
	if fenced == 0 {
		t.Error("nobody was fenced")
	}
}

// cuts is a story of nothing but partitions.
func cuts(seed uint64) Plan {
	p := Random(seed)
	fence(&p)
	p.Fencing.Human = false
	r := rand.New(rand.NewPCG(seed, 0xc0755))
	s := newSchedule(r, p)
	p.Manners.Loss = 0
	for range 3 {
		s.wait()
		s.mended(Fault{Kind: CutAll, Machine: r.IntN(2)}, Heal)
		s.at += 20 * p.Deadtime
	}
	p.Faults, p.Length = s.out, s.at
	return p
}

// lied is a story with devices that lie.
func lied(seed uint64) Plan {
	p := Fenced(seed)
	p.Fencing.liar, p.Fencing.Human = true, false
	return p
}
