package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"heartbeat/internal/takeover"
)

// Ails is a member of a group that dies while the group runs on Machine; its status says so from then on.
const Ails FaultKind = "ails"

// Ailing draws a story of Random in which running resources fail as well.
func Ailing(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0xa11))
	p := Random(seed)
	for range 3 + r.IntN(10) {
		at := 4*p.Deadtime + time.Duration(r.Int64N(int64(max(p.Length-4*p.Deadtime, p.Deadtime))))
		p.Faults = append(p.Faults, Fault{At: at, Kind: Ails, Machine: r.IntN(p.machines()), Set: p.Groups[r.IntN(len(p.Groups))].Key})
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	return p
}

// ail makes a running group fail, and reports it as often as it is looked at until something is done about it.
func (a *agency) ail(key string, every time.Duration) {
	if a.state[key] != running || a.ailing[key] || !a.alive() {
		return
	}
	if a.ailing == nil {
		a.ailing = map[string]bool{}
	}
	a.ailing[key] = true
	var look func()
	look = func() {
		if !a.ailing[key] || !a.alive() {
			return
		}
		if a.state[key] == running && !a.mute {
			a.report(takeover.MemberFailed{Key: key, Failed: key, Output: "simulated failure"})
		}
		a.clock.After(every, look)
	}
	a.clock.After(every/4, look)
}

// mend is a start of a group that ails: what is left of it is stopped, and it is started anew.
func (a *agency) mend(key string) {
	fails := a.rng.Float64() < a.agents.FailStart
	a.finish(key, a.spell(), func() {
		delete(a.ailing, key)
		if fails {
			a.state[key] = stopped
			a.report(takeover.GroupStarted{Key: key, Failed: key, Output: "simulated failure"})
			return
		}
		delete(a.silent, key)
		a.report(takeover.GroupStarted{Key: key})
	})
}

// inflictAiling does one fault of a resource.
func (w *world) inflictAiling(f Fault) {
	if f.Kind != Ails {
		return
	}
	m := w.machines[f.Machine]
	m.agency.mute = w.plan.sabotage == ignores && m.index == 1
	m.agency.ail(f.Set, w.plan.Keepalive)
}
