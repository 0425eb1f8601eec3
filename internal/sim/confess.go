package sim

import (
	"strings"
	"time"

	"heartbeat/internal/event"
)

// Without proof of deaths a group can have two owners while they do not see each other. It must not pass in silence: when
// they meet again, and one gives way, the timeline says so.

// confessed notes events that say it.
func (w *world) confessed(e event.Event) {
	if w.plan.sabotage == mumbles {
		return
	}
	switch e.Kind {
	case event.GroupConflict, event.GroupKept:
		w.told[e.Subject] = w.clock.Now
	case event.GroupRelease:
		if strings.HasPrefix(e.Cause, event.SelfPaused.Name) {
			w.told[e.Subject] = w.clock.Now
		}
	}
}

// checkConfessed is called when a group no longer has the owners a and b, which it had since then; the zero time: it had not.
func (w *world) checkConfessed(a, b *machine, key string, since time.Time) {
	if since.IsZero() || w.connectedFor(a, b) == 0 || a.leaving || b.leaving {
		return
	}
	if w.told[key].Before(since) {
		w.violate("%s was owned by %s and %s since %v ago, they meet, and no event says so\n%s\n%s", key, a.name, b.name, w.clock.Now.Sub(since), describe(a), describe(b))
	}
}
