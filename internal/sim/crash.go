package sim

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"heartbeat/internal/membership"
	"heartbeat/internal/takeover"
)

const (
	// Crash ends the daemon of Machine, whose resources run on; a guard starts it again after Length.
	Crash FaultKind = "crash"
	// Renewal is a restart in place: as Crash, but the peers are asked for patience, and only when nothing is under way.
	Renewal FaultKind = "renewal"
)

// renewalPatience is what a renewal asks the peers for.
const renewalPatience = 10 * time.Second

// Crashes draws a story of Random or of Crowd in which daemons die and are started again in between, with resources that run on.
func Crashes(seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0xc4a5))
	var p Plan
	if r.IntN(4) == 0 {
		p = Crowd(seed)
	} else {
		p = Random(seed)
	}
	for range 2 + r.IntN(8) {
		at := 3*p.Deadtime + time.Duration(r.Int64N(int64(max(p.Length-3*p.Deadtime, p.Deadtime))))
		f := Fault{At: at, Kind: Crash, Machine: r.IntN(p.machines()), Length: time.Millisecond + time.Duration(r.Int64N(int64(p.Deadtime/4)))}
		if r.IntN(2) == 0 {
			f.Kind, f.Length = Renewal, time.Millisecond+time.Duration(r.Int64N(int64(renewalPatience/2)))
		}
		p.Faults = append(p.Faults, f)
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	return p
}

// crash ends the daemon and plans its next life.
func (m *machine) crash(back time.Duration) {
	m.up, m.paused, m.leaving = false, false, false
	m.life++
	m.waiting = nil
	m.agency.orphan()
	life := m.life
	m.world.clock.After(back, func() {
		if m.life == life {
			m.world.trace("%s is started again", m.name)
			m.boot()
		}
	})
}

// renew is a crash that was announced; a machine on which something is under way refuses it.
func (m *machine) renew(back time.Duration) {
	v := m.resource.View()
	busy := v.Standby != "" || slices.ContainsFunc(v.Groups, func(g takeover.GroupView) bool {
		return g.State == takeover.Starting || g.State == takeover.Stopping
	})
	if busy {
		return
	}
	alive := m.pulse.View().Nodes
	m.stepPulse(membership.RenewalBegun{Within: renewalPatience})
	if m.world.plan.sabotage == haunts { // it tells the peers that all is as ever, and goes all the same
		m.stepPulse(membership.RenewalBegun{})
	}
	m.renewing, m.patient = m.world.clock.Now.Add(renewalPatience), map[string]patience{}
	m.crash(back)
	m.renewedLife = m.life
	m.renewedBeside = slices.ContainsFunc(alive, func(n membership.NodeView) bool { return n.Name != m.name && n.Status != membership.Dead })
}

// runsAlready are the groups that a daemon finds running at its start.
func (m *machine) runsAlready() (keys []string) {
	if m.world.plan.sabotage == overlooks {
		return nil
	}
	for _, g := range m.world.plan.Groups {
		if s := m.agency.state[g.Key]; s == running || s == stuck {
			m.agency.state[g.Key] = running
			keys = append(keys, g.Key)
		}
	}
	return keys
}

// orphan leaves everything to itself: a script under way ends one way or the other, and nobody hears of it.
func (a *agency) orphan() {
	for _, key := range a.keys() {
		a.turn[key]++
		switch a.state[key] {
		case starting, stopping:
			a.state[key] = []phase{running, stopped}[a.rng.IntN(2)]
		case stopped, running, stuck:
		}
	}
}

// patience is until when a machine was asked to wait, in one of its lives.
type patience struct {
	until time.Time
	life  int
}

// keys are in order, so that a story does not depend on the order of a map.
func (a *agency) keys() (keys []string) {
	for key := range a.state {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// askedForPatience notes which machines have heard that another one renews itself.
func (w *world) askedForPatience(from, to *machine, packet []byte) {
	if from.renewing.IsZero() {
		return
	}
	dt := "dt=" + strconv.FormatInt((w.plan.Deadtime+renewalPatience).Milliseconds(), 16) + "," // in a netstring
	if bytes.Contains(packet, []byte(dt)) {
		from.patient[to.name] = patience{from.renewing, to.life}
	}
}

// checkPatience holds the promise to a machine that renews itself.
func (w *world) checkPatience(judge *machine, dead *machine) {
	// A judge that crashed since has forgotten it.
	if asked := dead.patient[judge.name]; w.clock.Now.Before(asked.until) && asked.life == judge.life && dead.renewedLife == dead.life {
		w.violate("%s declared %s dead although it had heard that it renews itself", judge.name, dead.name)
	}
}
