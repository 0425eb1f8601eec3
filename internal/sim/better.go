package sim

import (
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/takeover"
)

// The promises about connectivity: a group moves only to a node that is really better connected; it moves
// at most once for everything that happens; and it does move when nothing stands in the way.

// news is how long the truth may be ahead of what both machines know.
func (w *world) news() time.Duration { return w.conflictBound() + 100*time.Millisecond }

// Stories about connectivity are of two machines.

// movedForConnectivity judges a hand-over that a machine begins because it believes the other one better connected.
func (w *world) movedForConnectivity(m *machine, e event.Event) {
	o, now, other := w.outside, w.clock.Now, w.machines[1-m.index]
	o.moves[e.Subject]++
	if now.Before(o.troubled.Add(2 * w.plan.Deadtime)) {
		return // a pause makes it believe what is not
	}
	lossy, carrier := w.plan.Manners.Loss > 0, strings.Contains(e.Text, "has no carrier")
	if lossy && !carrier {
		return // lost pings as well
	}
	if o.moves[e.Subject] > o.events && !lossy {
		w.violate("%s was moved %d times, and only %d things happened", e.Subject, o.moves[e.Subject], o.events)
	}
	if h := w.link[[2]int{other.index, m.index}]; h == nil || now.Sub(h.last) > 2*w.plan.Keepalive {
		return // it asks somebody who may be gone, and nothing comes of it
	}
	own, theirs := o.ways[m.index], o.ways[other.index]
	if carrier {
		if own.in && now.Sub(own.inAt) > w.news() {
			w.violate("%s gives %s away for want of a carrier, which it has had for %v", m.name, e.Subject, now.Sub(own.inAt))
		}
		if !theirs.in && now.Sub(theirs.inAt) > w.news() {
			w.violate("%s gives %s to %s, which has had no carrier for %v", m.name, e.Subject, other.name, now.Sub(theirs.inAt))
		}
		return
	}
	if since := now.Sub(o.reachesSince(m.index)); o.reaches(m.index) && since > w.plan.Keepalive*2+w.news() {
		w.violate("%s gives %s away for want of the router, which it has reached for %v", m.name, e.Subject, since)
	}
	// Half of the dead time is what the other node needs to know that it does not reach it either.
	if since := now.Sub(o.reachesSince(other.index)); !o.reaches(other.index) && since > w.plan.Deadtime/2+w.news() {
		w.violate("%s gives %s to %s, which has not reached the router for %v", m.name, e.Subject, other.name, since)
	}
}

// checkBetter looks for a group that stays on a machine without carrier or without the router although the other one has
// had both for long enough to count.
func (w *world) checkBetter() {
	o, now := w.outside, w.clock.Now
	if !w.plan.Watched || w.plan.Failback == takeover.FailbackLegacy || w.result.Steps%8 != 0 {
		return
	}
	for i, own := range o.ways {
		deaf := w.plan.Pinged && w.plan.Manners.Loss == 0 && !o.reaches(i) && now.Sub(o.reachesSince(i)) > w.plan.Deadtime
		if own.in && !deaf {
			continue
		}
		other := o.ways[1-i]
		since := later(own.inAt, later(other.inAt.Add(w.counts(other.losses)), o.booted))
		if own.in || !own.open {
			since = later(since, o.reachesSince(i).Add(w.plan.Deadtime))
		}
		if own.in {
			since = later(since, o.reachesSince(1-i).Add(w.counts(other.deafened)))
		}
		if !other.in || own.in && !o.reaches(1-i) {
			continue
		}
		// One refusal is not asked for again for a deadtime; agents take their time.
		bound := 2*w.plan.Deadtime + 6*w.plan.Keepalive + time.Second + w.news()
		if w.plan.Manners.Loss > 0 {
			bound += 20*w.plan.Keepalive + 4*time.Second // messages are asked for again
		}
		since = later(since, later(o.troubled.Add(2*w.plan.Deadtime), o.commanded.Add(bound)))
		if now.Sub(since) > bound && w.connectedFor(w.machines[0], w.machines[1]) > bound {
			w.checkStays(i, now.Sub(since))
		}
	}
}

func (w *world) checkStays(i int, late time.Duration) {
	m, other := w.machines[i], w.machines[1-i]
	own, theirs := m.resource.View(), other.resource.View()
	for j, g := range w.plan.Groups {
		watched := strings.HasPrefix(g.Key, "IP")
		switch {
		case m.agency.state[g.Key] != running || other.agency.state[g.Key] != stopped:
		case own.Phase != "stable" || theirs.Phase != "stable" || theirs.Groups[j].State == takeover.Failed:
		case !watched && !w.outside.ways[i].in:
			// It has no address, so only the router counts for it.
		case w.outside.commanded.After(w.outside.ways[i].inAt) || w.outside.commanded.After(w.outside.reachesSince(i)):
			// A command may have placed it there.
		default:
			w.violate("%s stays on %s (%v), although %s (%v) has been better for %v\n%s\n%s",
				g.Key, m.name, w.outside.ways[i], other.name, w.outside.ways[1-i], late, describe(m), describe(other))
		}
	}
}

// counts is how long what returned must hold, after so many losses.
func (w *world) counts(losses int) time.Duration {
	d := w.plan.Dampen
	for range min(losses, 7) {
		d *= 2
	}
	return d
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
