package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/membership"
)

// conflictBound is how long two machines that hear each other again may both
// hold a group before one of them is releasing it: both must hear a status (one
// keepalive, and more where packets are lost) and the loser must decide. With one
// deaf machine two more keepalives pass before the other gives way. A start that
// is under way when the loser decides is interrupted, which costs no time here.
func (w *world) conflictBound() time.Duration {
	b := 5*w.plan.Keepalive + 4*w.plan.Manners.DelayMax + 20*time.Millisecond
	if w.plan.Manners.Loss > 0 || w.net.extra > 0 {
		b += 10 * w.plan.Keepalive
	}
	return b
}

// settleBound is how long after the last fault every group must have exactly one
// owner: boots after initdead at the worst, back-off of failed starts, hand-overs.
func (w *world) settleBound() time.Duration {
	return 6*w.plan.Deadtime + 20*w.plan.Keepalive + 40*time.Second
}

// connectedFor is how long two machines have heard each other without a gap of a deadtime.
func (w *world) connectedFor(a, b *machine) time.Duration {
	var since time.Time
	for _, k := range [][2]int{{a.index, b.index}, {b.index, a.index}} {
		h := w.link[k]
		if h == nil || w.clock.Now.Sub(h.last) >= w.plan.Deadtime {
			return 0
		}
		if h.steady.After(since) {
			since = h.steady
		}
	}
	for _, m := range []*machine{a, b} {
		if !m.up || m.paused {
			return 0
		}
	}
	return w.clock.Now.Sub(since)
}

// checkOwners holds the first promise: no two connected machines own a group.
// A machine that is releasing has given way; how long its stop takes is its agent's matter.
func (w *world) checkOwners() {
	for i, a := range w.machines {
		for _, b := range w.machines[i+1:] {
			w.checkPair(a, b)
		}
	}
}

func (w *world) checkPair(a, b *machine) {
	for i, g := range w.plan.Groups {
		both := pairing{a.index, b.index, i}
		if !a.agency.keeps(g.Key) || !b.agency.keeps(g.Key) {
			w.checkConfessed(a, b, g.Key, w.double[both])
			delete(w.double, both)
			continue
		}
		since, known := w.double[both]
		if !known {
			w.double[both] = w.clock.Now
			since = w.clock.Now
		}
		bound := w.conflictBound()
		if c := w.connectedFor(a, b); c > bound && w.clock.Now.Sub(since) > bound {
			w.violate("%s is held by both machines, which have heard each other for %v (bound %v)\n%s\n%s", g.Key, c, bound, describe(a), describe(b))
		}
	}
}

// A pairing is two machines and one of the groups.
type pairing struct{ a, b, group int }

// groupBegins is called at the instant at which a machine begins to start a group
// that it did not hold.
func (w *world) groupBegins(m *machine, key string) {
	if last, ok := w.last[key]; ok && last != m.index {
		w.result.Failovers++
	}
	w.last[key] = m.index
	w.obeys(m, key)
	for _, other := range w.others(m) {
		if c := w.connectedFor(m, other); other.agency.holds(key) && c > w.conflictBound() {
			w.violate("%s begins to start %s, which %s holds, and they have heard each other for %v\n%s\n%s",
				m.name, key, other.name, c, describe(m), describe(other))
		}
	}
}

// resumed is called at the instant at which a pause ends, before the machine says or hears a word. Silent is how long ago it said its last
// one. What another machine took over in the pause is not served here any more. If the last word was lost on its way, the
// other one may have been right to take over earlier than this machine could know.
func (w *world) resumed(m *machine, silent time.Duration) {
	if !m.resource.Exposed() {
		return
	}
	for _, other := range w.others(m) {
		h := w.link[[2]int{m.index, other.index}]
		if h == nil || h.last.Before(w.clock.Now.Add(-silent)) {
			continue
		}
		for _, g := range w.plan.Groups {
			if m.agency.serves(g.Key) && other.agency.holds(g.Key) && !m.beside[g.Key] {
				w.violate("%s is served by %s, which was silent for %v, although %s has taken it\n%s\n%s", g.Key, m.name, silent, other.name, describe(m), describe(other))
			}
		}
	}
}

// nodeChanged holds the promise about verdicts: dead only after deadtime without a packet that proves something, and what else was heard is told.
func (w *world) nodeChanged(m *machine, e membership.NodeChanged) {
	w.trace("%s says %s is %s (%s)", m.name, e.Node, e.To, e.Reason)
	if e.To != membership.Dead || e.Node == m.name || e.Node == router {
		return
	}
	h := w.link[[2]int{w.named(e.Node).index, m.index}]
	if h == nil {
		return
	}
	w.checkPatience(m, w.named(e.Node))
	if lasted := h.shunned.Sub(h.shuns); w.clock.Now.Sub(h.shunned) < w.plan.Deadtime-w.plan.Manners.DelayMax && lasted > w.plan.Keepalive && !strings.Contains(e.Reason, "without encryption") {
		w.violate("%s says that %s is dead (%s), and does not say that heartbeats of it arrive", m.name, e.Node, e.Reason)
	}
	if w.plan.Arbiter && strings.Contains(e.Reason, "since the start") {
		return // there the network may heal at the very end of initdead, and the first packet need not be the status that begins a life
	}
	// A late copy of an older packet proves nothing to the receiver; it trails the original by the delay at most.
	if silent := w.clock.Now.Sub(h.last); silent+w.plan.Manners.DelayMax < w.plan.Deadtime {
		w.violate("%s declared %s dead after %v of silence; deadtime is %v", m.name, e.Node, silent, w.plan.Deadtime)
	}
}

// messageDelivered holds the promise about messages: in order, once.
func (w *world) messageDelivered(m *machine, e membership.Deliver) {
	n, err := strconv.Atoi(e.Message.Get("n"))
	if err != nil {
		w.violate("%s got a garbled message from %s", m.name, e.From)
		return
	}
	if sender := w.named(e.From); sender == nil || sender == m {
		w.violate("%s got a message that claims to be from %s", m.name, e.From)
		return
	}
	key := e.From + "/" + e.Message.Get("hg") // numbers begin anew in each life of the sender
	if last := m.heard[key]; n <= last {
		w.violate("%s got message %d of %s after message %d", m.name, n, e.From, last)
	}
	m.heard[key] = n
}

// unsettled says what is not yet as it must be in the end; empty when all is well.
func (w *world) unsettled() string {
	for _, g := range w.plan.Groups {
		owners := 0
		for _, m := range w.machines {
			if m.agency.state[g.Key] == running && m.agency.serves(g.Key) && !m.agency.ailing[g.Key] {
				owners++
			}
		}
		if owners != 1 {
			return fmt.Sprintf("%s has %d owners", g.Key, owners)
		}
	}
	for _, m := range w.machines {
		if !m.up || m.paused || !m.resource.View().Stable {
			return m.name + " is still in transition"
		}
	}
	return ""
}

// restful ends a story early: when the faults are over and the cluster has been
// as it must be for two deadtimes, nothing new can come. It looks now and then only.
func (w *world) restful() bool {
	if w.clock.Now.Before(w.faultsOver) || w.result.Steps%32 != 0 {
		return false
	}
	if w.unsettled() != "" {
		w.restSince = time.Time{}
		return false
	}
	if w.restSince.IsZero() {
		w.restSince = w.clock.Now
	}
	return w.clock.Now.Sub(w.restSince) > 2*w.plan.Deadtime+5*w.plan.Keepalive
}

// checkSettled holds the second promise: when the faults are over for the bound,
// every group has exactly one owner and no transition is stuck.
func (w *world) checkSettled() {
	if what := w.unsettled(); what != "" {
		all := ""
		for _, m := range w.machines {
			all += "\n" + describe(m)
		}
		w.violate("%s %v after the last fault%s", what, w.settleBound(), all)
	}
}
