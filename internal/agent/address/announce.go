package address

import "time"

// burstTimes is when an address that was just taken is announced; a lost frame
// or a switch that still learns is mended by a later one (resources spec, 7.6 step 4).
func burstTimes() [6]time.Duration {
	return [...]time.Duration{
		0, 50 * time.Millisecond, 150 * time.Millisecond, 350 * time.Millisecond,
		750 * time.Millisecond, 1550 * time.Millisecond,
	}
}

const (
	// overslept is how late an announcement may be before somebody else decides whether the address is still ours: a busy machine
	// makes it late by tens of milliseconds, and no deadtime worth the name is shorter.
	overslept = 200 * time.Millisecond
	// thinkAgain is how long that may take.
	thinkAgain = 50 * time.Millisecond
)

// burst is where an address stands in its announcements.
type burst struct {
	began time.Time
	sent  int       // of burstTimes
	due   time.Time // zero: never
}

// restart plans a whole burst from now on.
func (b *burst) restart(now time.Time) { *b = burst{began: now, due: now} }

// next plans the announcement after one that was sent now.
func (b *burst) next(now time.Time, refresh time.Duration) {
	times := burstTimes()
	b.sent++
	switch {
	case b.sent < len(times):
		b.due = b.began.Add(times[b.sent])
	case refresh > 0:
		b.sent = len(times)
		b.due = now.Add(refresh)
	default:
		b.due = time.Time{}
	}
}

// announceNow sends the first announcement of a new burst; the keeper's goroutine goes on.
func (h *hold) announceNow(now time.Time) error {
	h.burst.restart(now)
	err := h.port.Announce(h.addr.IP)
	h.burst.next(now, 0)
	return err
}

// announce sends what is due and returns when to look again; zero: never. The lock is held.
func (k *Keeper) announce(now time.Time) time.Time {
	var next time.Time
	for _, h := range k.holds {
		if h.port == nil || h.burst.due.IsZero() {
			continue
		}
		if late := now.Sub(h.burst.due); late > overslept {
			// This process did not run, and perhaps the address is another node's by now: who decides that is awake as well and comes first.
			h.burst.due = now.Add(thinkAgain)
		} else if late >= 0 {
			_ = h.port.Announce(h.addr.IP) // a link that cannot send gets a new burst with its carrier
			h.burst.next(now, k.cfg.Refresh)
		}
		if d := h.burst.due; !d.IsZero() && (next.IsZero() || d.Before(next)) {
			next = d
		}
	}
	return next
}
