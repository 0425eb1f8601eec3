package members

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/ccm"
)

// formed holds two promises: one cookie, one membership; and instances grow.
func (w *world) formed(m *machine, now ccm.Membership) {
	w.result.Memberships++
	if old, known := w.cookies[now.Cookie]; known {
		if old.Instance != now.Instance || !slices.Equal(names(old), names(now)) {
			w.violate("%s has membership %d %v, others under the same cookie have %d %v", m.name, now.Instance, names(now), old.Instance, names(old))
		}
	} else {
		w.cookies[now.Cookie] = now
	}
	if !slices.Contains(names(now), m.name) {
		w.violate("%s publishes a membership without itself: %v", m.name, names(now))
	}
	for _, x := range now.Members {
		if x.BornOn == 0 || x.BornOn > now.Instance {
			w.violate("%s: %s was born on %d in membership %d", m.name, x.Name, x.BornOn, now.Instance)
		}
	}
	if !w.plan.mixed() && now.Instance <= m.highest && now.Cookie != m.now.Cookie {
		w.violate("%s goes back from instance %d to %d", m.name, m.highest, now.Instance)
	}
	m.has, m.now, m.highest = true, now, max(m.highest, now.Instance)
}

// noticeBound is how long a node may take to notice that its membership is over, when the others already formed theirs. Who is cut
// off in both directions at once notices within a keepalive of the others, and who still hears them is told by them. But a
// node that the others stopped to hear earlier than it stopped to hear them needs its own deadtime; and silence during an own
// pause is not held against the others.
func (w *world) noticeBound() time.Duration {
	b := w.plan.Deadtime + 7*w.plan.Keepalive + 2*w.plan.DelayMax + time.Second
	if w.clock.Now.Sub(w.lastPause) < 2*w.plan.Deadtime {
		b += w.plan.Deadtime
	}
	return b
}

// checkQuorum holds the promise that at most one membership has quorum, but for the time to notice.
func (w *world) checkQuorum() {
	var first *machine
	two := ""
	for _, m := range w.machines {
		if !m.up || m.paused || !m.has || !m.now.Quorum {
			continue
		}
		switch {
		case first == nil:
			first = m
		case m.now.Cookie != first.now.Cookie:
			two = fmt.Sprintf("%s (%d %v) and %s (%d %v)", first.name, first.now.Instance, names(first.now), m.name, m.now.Instance, names(m.now))
		}
	}
	if two == "" {
		w.double = time.Time{}
		return
	}
	if w.double.IsZero() {
		w.double = w.clock.Now
	}
	if w.plan.mixed() { // C may keep an old verdict for long: its members wait for a leader that is cut off
		return
	}
	if d := w.clock.Now.Sub(w.double); d > w.noticeBound() {
		w.violate("two memberships with quorum for %v: %s", d, two)
	}
}

// agreementBound is how long a calm partition may take to agree: deaths, the start of a machine, a round that fails by its time
// limits and one that does not, the pace at which members tell their view, and joining one after another.
func (w *world) agreementBound() time.Duration {
	b := 4*w.plan.Deadtime + 150*w.plan.Keepalive + 10*time.Second
	if w.plan.mixed() {
		b += 1000 * w.plan.Keepalive
	}
	if w.plan.Lost > 0 {
		b *= 2
	}
	return b
}

// calm waits until every partition agrees, at most for the bound, and then makes sure that it stays so.
func (w *world) calm(what string) {
	w.trace("calm: %s", what)
	if w.plan.mixed() && what == "partition" {
		// Nodes of the C kind may be left to themselves there, and nobody helps them before the cut is mended.
		w.pass(w.between(0, 40*w.plan.Keepalive))
		return
	}
	w.pass(3*w.plan.Deadtime + time.Second) // until the last boot and the last pause are over
	began := w.clock.Now
	look := 2 * w.plan.Keepalive
	for w.result.Violation == "" {
		w.pass(look)
		if w.disagreement() == "" {
			if took := w.clock.Now.Sub(began); took > w.result.Slowest {
				w.result.Slowest = took
			}
			break
		}
		if w.clock.Now.Sub(began) > w.agreementBound() {
			w.violate("no agreement %v after %s: %s\n%s", w.clock.Now.Sub(began), what, w.disagreement(), w.picture())
		}
	}
	w.pass(w.between(0, 40*w.plan.Keepalive))
	if d := w.disagreement(); d != "" && w.plan.Lost == 0 && w.result.Violation == "" && !w.plan.mixed() {
		w.violate("the agreement does not last: %s\n%s", d, w.picture())
	}
}

// stray says that a node of the C kind is left to itself, as C can be: it waits in a round for a leader that takes no part in it,
// where C has no time limit; or it formed a membership without any node of our kind after a message was lost, which nobody hears
// of, because C speaks to nobody outside. Nodes of our kind never are.
func (w *world) stray(m *machine) bool {
	if !m.c || !m.up {
		return false
	}
	v := m.core.View()
	if v.State == ccm.Joining {
		return w.clock.Now.Sub(v.Since) > 60*w.plan.Keepalive
	}
	for _, x := range v.Last.Members {
		for _, o := range w.machines {
			if o.name == x.Name && !o.c {
				return false
			}
		}
	}
	return v.State == ccm.Joined && w.clock.Now.Sub(v.Since) > 400*w.plan.Keepalive
}

// disagreement says what is not yet as it must be in a calm time; empty when every partition agrees.
func (w *world) disagreement() string {
	for _, m := range w.machines {
		if !m.up || w.stray(m) {
			continue
		}
		if m.paused || !m.has {
			return m.name + " has no membership"
		}
		var want []string
		for _, o := range w.machines {
			if o == m || o.up && !w.way(o, m).cut && (!w.stray(o) || slices.Contains(names(m.now), o.name)) {
				want = append(want, o.name)
			}
		}
		if !slices.Equal(names(m.now), want) {
			return fmt.Sprintf("%s has %v, its partition is %v", m.name, names(m.now), want)
		}
		for _, o := range w.machines {
			if o != m && o.up && !w.way(o, m).cut && !w.stray(o) && o.now.Cookie != m.now.Cookie {
				return fmt.Sprintf("%s and %s have different memberships", m.name, o.name)
			}
		}
	}
	return ""
}

func (w *world) picture() string {
	var b strings.Builder
	for _, m := range w.machines {
		b.WriteString(m.describe())
		b.WriteByte('\n')
	}
	return b.String()
}
