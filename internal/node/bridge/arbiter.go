package bridge

import (
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/takeover"
)

// An Arbitration joins the arbiter's core with resource management, which it follows by its Standing. A nil one does nothing: the policy is
// another one.
type Arbitration struct {
	core   *arbiter.Core
	last   takeover.Standing
	obeys  bool
	queue  []arbiter.Event
	loaded bool
}

// NewArbitration makes it for a node that starts.
func NewArbitration(cfg arbiter.Config, now time.Time) *Arbitration {
	return &Arbitration{core: arbiter.New(cfg, now), obeys: true}
}

// Take notes what an effect of resource management means to the arbiter.
func (a *Arbitration) Take(e takeover.Effect) {
	if a == nil {
		return
	}
	switch e.(type) {
	case takeover.ProveDown:
		a.queue = append(a.queue, arbiter.ProofWanted{})
	case takeover.CancelProof:
		a.queue = append(a.queue, arbiter.ProofDropped{})
	}
}

// Heard notes what an event for resource management means to the arbiter.
func (a *Arbitration) Heard(ev takeover.Event) {
	if a == nil {
		return
	}
	switch ev := ev.(type) {
	case takeover.PeerAcknowledged:
		a.queue = append(a.queue, arbiter.Acknowledged{Sent: ev.Sent})
	case takeover.ShutdownAsked:
		a.queue = append(a.queue, arbiter.Leaving{})
	}
}

// Step tells the arbiter what has changed, and then evs. It returns what the shell must do, and what resource management must
// be told; after which it is to be called again.
func (a *Arbitration) Step(now time.Time, s takeover.Standing, evs ...arbiter.Event) (do []arbiter.Effect, up []takeover.Event) {
	if a == nil {
		return nil, nil
	}
	queue := append(a.changes(s), a.queue...)
	a.queue = nil
	queue = append(queue, evs...)
	for _, ev := range queue {
		for _, e := range a.core.Step(now, ev) {
			switch e := e.(type) {
			case arbiter.Lose:
				up = append(up, takeover.EntitlementLost{Reason: e.Reason})
			case arbiter.Gain:
				up = append(up, takeover.EntitlementGained{Reason: e.Reason})
			case arbiter.Prove:
				up = append(up, takeover.DownProven{Node: s.Peer, By: e.By, OK: true, Text: e.Text})
			case arbiter.Halted:
				up = append(up, takeover.PeerHalted{Node: s.Peer, Is: e.Is})
			case arbiter.Refuse:
				up = append(up, takeover.DownProven{Node: s.Peer, By: e.By, Text: e.Text})
			}
			do = append(do, e)
		}
	}
	return do, up
}

// changes are what became different since the last look.
func (a *Arbitration) changes(s takeover.Standing) (out []arbiter.Event) {
	obeys := a.obeys
	if s.Known {
		obeys = s.Obeys
	}
	last := a.last
	switch {
	case s.Alive && (!last.Alive || !a.loaded || obeys != a.obeys || s.Known != last.Known):
		out = append(out, arbiter.PeerAlive{Heard: s.Known, Obeys: obeys})
	case !s.Alive && (last.Alive || !a.loaded || s.Left != last.Left):
		out = append(out, arbiter.PeerDied{Left: s.Left})
	}
	if s.Confirmed && !last.Confirmed {
		out = append(out, arbiter.PeerConfirmed{})
	}
	if s.Holds != last.Holds || s.First != last.First || s.Deaf != last.Deaf || s.Orphans != last.Orphans || !a.loaded {
		out = append(out, arbiter.Situation{Holds: s.Holds, First: s.First, Deaf: s.Deaf, Orphans: s.Orphans})
	}
	a.last, a.obeys, a.loaded = s, obeys, true
	return out
}

// NextDeadline is when Step must be called again; zero: never.
func (a *Arbitration) NextDeadline() time.Time {
	if a == nil {
		return time.Time{}
	}
	return a.core.NextDeadline()
}

// View is what the arbiter's core believes; nil: the policy is another one.
func (a *Arbitration) View() *arbiter.View {
	if a == nil {
		return nil
	}
	v := a.core.View()
	return &v
}
