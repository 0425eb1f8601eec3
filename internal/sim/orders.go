package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"heartbeat/internal/takeover"
)

// VerbSaid is an administrator's word about a group or a node, said on Machine.
const VerbSaid FaultKind = "verb"

// Orders draws a story of two to five machines in which administrators move groups, drain nodes, hold groups and take all that
// back, in the middle of the faults of Crowd. When the faults are over everything is resumed.
func Orders(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0x0bde25))
	var p Plan
	if r.IntN(3) == 0 {
		p = Random(seed)
		p.Watched, p.Pinged = false, false
		p.Faults = slices.DeleteFunc(p.Faults, func(f Fault) bool { return f.outside() })
		if p.Failback == takeover.FailbackLegacy {
			p.Failback = takeover.FailbackOff
		}
	} else {
		p = Crowd(seed)
	}
	p.orders = true
	for range 4 + r.IntN(10) {
		at := 4*p.Deadtime + time.Duration(r.Int64N(int64(max(p.Length-4*p.Deadtime, p.Deadtime))))
		p.Faults = append(p.Faults, Fault{At: at, Kind: VerbSaid, Machine: r.IntN(p.machines()), Verb: drawVerb(r, p)})
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	return p
}

func drawVerb(r *rand.Rand, p Plan) takeover.VerbAsked {
	key, node := p.Groups[r.IntN(len(p.Groups))].Key, nameOf(r.IntN(p.machines()))
	v := takeover.VerbAsked{ID: 3, By: "sim", Force: r.IntN(5) == 0}
	if r.IntN(2) == 0 {
		v.For = time.Duration(r.Int64N(int64(8*p.Deadtime))) + time.Millisecond
	}
	switch r.IntN(12) {
	case 0, 1, 2, 3:
		v.Verb, v.Group, v.Node, v.Stay = takeover.VerbMove, key, node, r.IntN(3) == 0
		if r.IntN(3) == 0 {
			v.Node = ""
		}
	case 4:
		v.Verb, v.Set, v.From = takeover.VerbMove, []string{"all", "local", "foreign"}[r.IntN(3)], node
	case 5, 6:
		v.Verb, v.Node = takeover.VerbDrain, node
	case 7, 8:
		v.Verb, v.Group = takeover.VerbHold, []string{key, takeover.EveryName}[r.IntN(2)]
	case 9, 10:
		v.Verb, v.Group = takeover.VerbResume, []string{key, node, takeover.EveryName, ""}[r.IntN(4)]
	case 11:
		v.Verb, v.Group = takeover.VerbRetry, key
	}
	return v
}

// say types a verb on a machine.
func (m *machine) say(v takeover.VerbAsked) {
	m.do(func() { m.stepResource(v) })
}

// resumeAll takes every order back, on all machines and more than once: an order that was given in a partition is learnt at the heal.
func (w *world) resumeAll() {
	if !w.plan.orders {
		return
	}
	for i := range 4 {
		w.clock.After(time.Duration(i)*3*w.plan.Deadtime+time.Millisecond, func() {
			for _, m := range w.machines {
				m.say(takeover.VerbAsked{ID: 4, Verb: takeover.VerbResume, Group: takeover.EveryName, By: "sim"})
			}
		})
	}
}

// obeys holds the promise about standing orders: a machine begins no group that it knows to be held, and none at all when it is drained.
func (w *world) obeys(m *machine, key string) {
	if m.resource == nil || !w.plan.orders {
		return
	}
	switch {
	case m.resource.Drained():
		w.violate("%s begins to start %s although it is drained\n%s", m.name, key, describe(m))
	case m.resource.Held(key):
		w.violate("%s begins to start %s, which is held\n%s", m.name, key, describe(m))
	}
}

func (f Fault) verb() string {
	if f.Kind != VerbSaid {
		return ""
	}
	return fmt.Sprintf(" %s group=%s node=%s from=%s set=%s for=%v", f.Verb.Verb, f.Verb.Group, f.Verb.Node, f.Verb.From, f.Verb.Set, f.Verb.For)
}

func (f Fault) outside() bool {
	return slices.Contains([]FaultKind{Unplug, Plug, Mute, Unmute, RouterDies, RouterBack}, f.Kind)
}
