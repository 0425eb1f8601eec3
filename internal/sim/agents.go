package sim

import (
	"math/rand/v2"
	"time"

	"heartbeat/internal/sim/virtual"
	"heartbeat/internal/takeover"
)

// phase is what a simulated resource group really does on a machine.
type phase uint8

const (
	stopped phase = iota
	starting
	running
	stopping
	stuck // a stop failed: it may still run, and only a power cut ends it
)

// An agency runs the groups of one machine as the executor would: one worker a
// group, a stop interrupts a start, a failed start is undone.
type agency struct {
	clock  *virtual.Clock
	rng    *rand.Rand
	agents Agents
	state  map[string]phase
	turn   map[string]int // increases with every order: what ends late for an older order is forgotten
	alive  func() bool
	report func(takeover.Event)
	began  func(key string) // called at the instant at which a start begins

	silent map[string]bool // the address of a group that runs is off the machine
	ailing map[string]bool // a member of a group that runs has failed
	mute   bool            // and nobody is told
}

func (a *agency) spell() time.Duration {
	return a.agents.Min + time.Duration(a.rng.Int64N(int64(a.agents.Max-a.agents.Min)+1))
}

// finish plans the end of an order; it is dropped when a newer order or a power cut came between.
func (a *agency) finish(key string, d time.Duration, end func()) {
	a.turn[key]++
	turn := a.turn[key]
	a.clock.After(d, func() {
		if a.alive() && a.turn[key] == turn {
			end()
		}
	})
}

func (a *agency) start(key string) {
	switch a.state[key] {
	case running:
		if a.ailing[key] {
			a.mend(key)
			return
		}
		a.finish(key, a.spell()/4, func() {
			delete(a.silent, key) // a verified member is put right
			a.report(takeover.GroupStarted{Key: key})
		})
		return
	case stuck:
		a.finish(key, a.spell(), func() {
			a.state[key] = running
			a.report(takeover.GroupStarted{Key: key})
		})
		return
	case stopped, starting, stopping:
	}
	a.began(key)
	delete(a.silent, key)
	a.state[key] = starting
	fails := a.rng.Float64() < a.agents.FailStart
	a.finish(key, a.spell(), func() {
		if !fails {
			a.state[key] = running
			a.report(takeover.GroupStarted{Key: key})
			return
		}
		a.state[key] = stopping
		a.finish(key, a.spell(), func() {
			a.state[key] = stopped
			a.report(takeover.GroupStarted{Key: key, Failed: key, Output: "simulated failure"})
		})
	})
}

func (a *agency) stop(key string) {
	if a.state[key] == stopped {
		a.finish(key, 0, func() { a.report(takeover.GroupStopped{Key: key}) })
		return
	}
	a.state[key] = stopping
	delete(a.ailing, key)
	a.finish(key, a.spell(), func() {
		if a.rng.Float64() < a.agents.FailStop {
			a.state[key] = stuck
			a.report(takeover.GroupStopped{Key: key, Failed: key, Output: "simulated failure"})
			return
		}
		a.state[key] = stopped
		a.report(takeover.GroupStopped{Key: key})
	})
}

// silence takes the addresses of everything away; what else belongs to the groups goes on until it is stopped.
func (a *agency) silence() {
	for key, state := range a.state {
		if state != stopped {
			a.silent[key] = true
		}
	}
}

// serves says whether clients may reach the group on this machine.
func (a *agency) serves(key string) bool { return a.state[key] != stopped && !a.silent[key] }

// powerCut ends everything at once and silently.
func (a *agency) powerCut() {
	for key := range a.state {
		a.state[key] = stopped
		a.turn[key]++
		delete(a.silent, key)
		delete(a.ailing, key)
	}
}

// keeps says whether the machine holds the group and has not begun to give it up.
func (a *agency) keeps(key string) bool {
	return a.state[key] == starting || a.state[key] == running
}

// holds says whether the group may be serving on this machine.
func (a *agency) holds(key string) bool { return a.state[key] != stopped }
