package connectivity

import "time"

// Count is how many ping nodes answer, whatever they weigh: C Heartbeat's ipfail, which this is for, knows numbers only.
// At least low do, at most high, of total.
func (t *Tracker) Count(now time.Time) (low, high, total int) {
	for _, p := range t.cfg.Pings {
		switch t.pings[p.Name].level(now) {
		case Good:
			low++
			high++
		case Shaky, Unknown:
			high++
		case Bad:
		}
	}
	return low, high, len(t.cfg.Pings)
}
