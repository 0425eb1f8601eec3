package many

import (
	"time"

	"heartbeat/internal/membership"
	"heartbeat/internal/sim/virtual"
)

// changed holds the promises about verdicts.
func (w *world) changed(m *machine, e membership.NodeChanged) {
	o := w.find(e.Node)
	if o == nil {
		w.violate("%s speaks of node %q", m.name, e.Node)
		return
	}
	if w.plan.sabotage == hears && e.To == membership.Dead && m.index == 0 {
		return // it goes on believing that the dead live
	}
	w.sees[m.index*w.plan.Nodes+o.index] = e.To != membership.Dead
	if e.To != membership.Dead {
		return
	}
	w.result.Verdicts++
	now := w.clock.Now
	// Who booted a moment ago may be declared dead for its former silence while its first words are under way, or lost.
	if o.up && now.Sub(o.booted) > 3*w.plan.Keepalive+w.plan.DelayMax {
		w.violate("%s declared %s dead, which has been running for %v: %s", m.name, o.name, now.Sub(o.booted), e.Reason)
		return
	}
	since := m.booted // nothing counts that was heard in a former life
	if last := virtual.Epoch.Add(w.heard[m.index*w.plan.Nodes+o.index]); last.After(since) {
		since = last
	}
	if silent := now.Sub(since); silent < w.plan.Deadtime-w.plan.DelayMax {
		w.violate("%s declared %s dead after %v of silence; deadtime is %v", m.name, o.name, silent, w.plan.Deadtime)
	}
}

func (w *world) find(name string) *machine {
	for _, m := range w.machines {
		if m.name == name {
			return m
		}
	}
	return nil
}

// happened plans to look whether all agree when the bound is over, unless something else happens before.
func (w *world) happened() {
	w.last = w.clock.Now
	at := w.last
	w.clock.After(w.plan.settled(), func() {
		if w.last.Equal(at) {
			w.checkAgreement()
		}
	})
	w.watch(at, w.plan.Keepalive/4)
}

// watch notes how long it took until all agreed.
func (w *world) watch(since time.Time, every time.Duration) {
	w.clock.After(every, func() {
		if !w.last.Equal(since) {
			return
		}
		if o, _ := w.disagreement(); o != nil {
			w.watch(since, every)
			return
		}
		w.result.Slowest = max(w.result.Slowest, w.clock.Now.Sub(since))
	})
}

// checkAgreement holds the promise that everybody who runs knows exactly who runs.
func (w *world) checkAgreement() {
	if m, o := w.disagreement(); m != nil {
		w.violate("%s believes that %s lives: %v, but it runs: %v, %v after the last event", m.name, o.name, !o.up, o.up, w.clock.Now.Sub(w.last))
		return
	}
	w.result.Agreed++
}

// disagreement is a node that is wrong about another one; nil when all agree.
func (w *world) disagreement() (who, about *machine) {
	for _, m := range w.machines {
		if !m.up {
			continue
		}
		sees := w.sees[m.index*w.plan.Nodes:]
		for _, o := range w.machines {
			if o != m && sees[o.index] != o.up {
				return m, o
			}
		}
	}
	return nil, nil
}

// checkViews compares what the nodes show with what they told.
func (w *world) checkViews() {
	for _, m := range w.machines {
		if !m.up {
			continue
		}
		v := m.core.View()
		if !v.CommUp || v.LocalStatus != membership.Active {
			w.violate("%s is %s at the end", m.name, v.LocalStatus)
		}
		for i, n := range v.Nodes {
			o := w.machines[i]
			if n.Name != o.name || o.up && n.Status != membership.Active || !o.up && n.Status != membership.Dead {
				w.violate("%s shows %s as %s at the end; it runs: %v", m.name, n.Name, n.Status, o.up)
			}
		}
		for reason, count := range v.Counters.Dropped {
			if reason != "replayed" { // what a node said in a former life may come late
				w.violate("%s dropped %d packets: %s", m.name, count, reason)
			}
		}
	}
}
