package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"heartbeat/internal/takeover"
)

func (p Plan) machines() int { return max(p.Machines, 2) }

// Crowd draws a story of three to five machines: as Random, with groups at home anywhere, and the ways in which more than two can lose
// sight of each other.
func Crowd(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0xc404d))
	timers := []struct{ k, d time.Duration }{
		{20 * time.Millisecond, 100 * time.Millisecond}, {200 * time.Millisecond, time.Second}, {time.Second, 5 * time.Second},
	}
	t := timers[r.IntN(len(timers))]
	p := Plan{
		Seed: seed, Machines: 3 + r.IntN(3), Keepalive: t.k, Deadtime: t.d, Links: 1 + r.IntN(2),
		Failback: []takeover.Failback{takeover.FailbackOn, takeover.FailbackOff}[r.IntN(2)],
	}
	for i := range 1 + r.IntN(4) {
		p.Groups = append(p.Groups, takeover.Group{Key: fmt.Sprintf("IPaddr::10.0.0.%d/24/eth0", 100+i), Home: nameOf(r.IntN(p.Machines))})
	}
	p.Manners = drawManners(r)
	p.Faults, p.Length = crowdFaults(r, p)
	return p
}

func crowdFaults(r *rand.Rand, p Plan) ([]Fault, time.Duration) {
	s := newSchedule(r, p)
	for range 5 + r.IntN(8) {
		s.wait()
		m := r.IntN(p.Machines)
		o := (m + 1 + r.IntN(p.Machines-1)) % p.Machines
		switch r.IntN(13) {
		case 0, 1:
			s.add(Fault{Kind: PowerOff, Machine: m})
			if r.IntN(3) == 0 { // a second one before the first is back
				s.at += s.gap() / 4
				s.mended(Fault{Kind: PowerOff, Machine: o}, PowerOn)
			}
			s.wait()
			s.add(Fault{Kind: PowerOn, Machine: m})
		case 2:
			s.mended(Fault{Kind: Leave, Machine: m}, PowerOn)
		case 3:
			s.add(Fault{Kind: Pause, Machine: m, Length: s.short()})
		case 4:
			s.mended(Fault{Kind: CutLink, Machine: m, Link: r.IntN(p.Links)}, Heal)
		case 5:
			s.mended(Fault{Kind: CutOneWay, Machine: m}, Heal)
		case 6:
			s.mended(Fault{Kind: CutAll, Machine: m}, Heal)
		case 7, 8:
			s.mended(Fault{Kind: Split, Machine: r.IntN(p.Machines - 1)}, HealAll)
		case 9:
			s.mended(Fault{Kind: CutPair, Machine: m, Other: o}, HealAll)
		case 10:
			s.add(Fault{Kind: Lossy, Length: s.short()})
		case 11:
			s.add(Fault{Kind: ClockStep, Machine: m, Length: s.step()})
		case 12:
			s.add(Fault{Kind: BadAgents, Machine: m, Length: s.short() * 2})
		}
	}
	return s.out, s.at + s.gap()
}
