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

func crowdFaults(r *rand.Rand, p Plan) (out []Fault, at time.Duration) {
	at = 4 * p.Deadtime
	gap := func() time.Duration { return time.Duration(r.Int64N(int64(4*p.Deadtime))) + p.Keepalive/2 }
	short := func() time.Duration { return time.Duration(r.Int64N(int64(3*p.Deadtime))) + time.Millisecond }
	add := func(f Fault) { f.At = at; out = append(out, f) }
	for range 5 + r.IntN(8) {
		at += gap()
		m := r.IntN(p.Machines)
		o := (m + 1 + r.IntN(p.Machines-1)) % p.Machines
		switch r.IntN(13) {
		case 0, 1:
			add(Fault{Kind: PowerOff, Machine: m})
			if r.IntN(3) == 0 { // a second one before the first is back
				at += gap() / 4
				add(Fault{Kind: PowerOff, Machine: o})
				at += gap()
				add(Fault{Kind: PowerOn, Machine: o})
			}
			at += gap()
			add(Fault{Kind: PowerOn, Machine: m})
		case 2:
			add(Fault{Kind: Leave, Machine: m})
			at += gap()
			add(Fault{Kind: PowerOn, Machine: m})
		case 3:
			add(Fault{Kind: Pause, Machine: m, Length: short()})
		case 4:
			add(Fault{Kind: CutLink, Machine: m, Link: r.IntN(p.Links)})
			at += gap()
			add(Fault{Kind: Heal, Machine: m})
		case 5:
			add(Fault{Kind: CutOneWay, Machine: m})
			at += gap()
			add(Fault{Kind: Heal, Machine: m})
		case 6:
			add(Fault{Kind: CutAll, Machine: m})
			at += gap()
			add(Fault{Kind: Heal, Machine: m})
		case 7, 8:
			add(Fault{Kind: Split, Machine: r.IntN(p.Machines - 1)})
			at += gap()
			add(Fault{Kind: HealAll})
		case 9:
			add(Fault{Kind: CutPair, Machine: m, Other: o})
			at += gap()
			add(Fault{Kind: HealAll})
		case 10:
			add(Fault{Kind: Lossy, Length: short()})
		case 11:
			add(Fault{Kind: ClockStep, Machine: m, Length: time.Duration(r.Int64N(int64(48*time.Hour))) - 24*time.Hour})
		case 12:
			add(Fault{Kind: BadAgents, Machine: m, Length: short() * 2})
		}
	}
	return out, at + gap()
}
