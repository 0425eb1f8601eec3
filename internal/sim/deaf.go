package sim

import (
	"math/rand/v2"
	"time"
)

// DeafForGood draws a story of two machines under the policy arbiter that ends with one of them hearing nothing of the other, and nobody
// mends that. Until then groups may have moved. The deaf machine may have lost the witness as well, and its links may have gone silent one by
// one. Whoever goes on, every group must run on exactly one machine in the end.
func DeafForGood(seed uint64) Plan {
	p := Random(seed)
	r := rand.New(rand.NewPCG(seed, 0xdeaf))
	p.Arbiter, p.stays, p.Manners.Loss = true, true, 0
	if p.Keepalive < 200*time.Millisecond { // these stories are long: leases outlast cuts
		p.Keepalive, p.Deadtime = time.Second, 5*time.Second
		drawOutside(&p)
	}
	p.StopBudget = p.Deadtime/4 + time.Duration(r.Int64N(int64(p.Deadtime)))
	s := newSchedule(r, p)
	for range r.IntN(3) {
		switch m := r.IntN(2); r.IntN(3) {
		case 0:
			s.mended(Fault{Kind: PowerOff, Machine: m}, PowerOn)
		case 1:
			s.mended(Fault{Kind: CutPairOneWay, Machine: m, Other: 1 - m}, Heal)
		case 2:
			s.add(Fault{Kind: Standby, Machine: m, Set: "all"})
		}
		s.at += 12*p.Deadtime + 40*time.Second
	}
	s.at += 12 * p.Deadtime
	deaf := r.IntN(2)
	switch r.IntN(4) {
	case 0:
		s.add(Fault{Kind: WitnessCut, Machine: deaf})
	case 1:
		s.add(Fault{Kind: WitnessMute, Machine: deaf})
		s.wait()
	}
	s.add(Fault{Kind: CutPairOneWay, Machine: deaf, Other: 1 - deaf})
	if r.IntN(4) == 0 {
		s.at += time.Duration(r.Int64N(int64(2 * p.Deadtime)))
		s.add(Fault{Kind: WitnessCut, Machine: deaf})
	}
	p.Faults, p.Length = s.out, s.at+p.Deadtime
	return p
}
