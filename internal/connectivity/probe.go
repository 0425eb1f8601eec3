package connectivity

import "time"

// A Level is how far something can be relied on.
type Level uint8

const (
	Unknown Level = iota // nobody told
	Bad                  // it does not work
	Shaky                // it may work: counted as working here, and as not working for somebody who wants to rely on it
	Good                 // it works
)

func (l Level) String() string {
	switch l {
	case Bad:
		return "bad"
	case Shaky:
		return "shaky"
	case Good:
		return "good"
	case Unknown:
	}
	return "unknown"
}

const (
	// settle is how long a carrier must be gone before a group is given away for it.
	settle = 20 * time.Millisecond
	// DefaultDampen is how long what returned must hold before it counts.
	DefaultDampen = 5 * time.Second
	// longestDampen bounds the doubling.
	longestDampen = 5 * time.Minute
	// memory is how long a loss makes the next one worse.
	memory = time.Hour
)

// A probe is one thing that works or not, and its past.
type probe struct {
	known, works bool
	overdue      bool // it works, but a sign of life is late
	since        time.Time
	lossAt       time.Time // of the last loss
	losses       int       // in a row, none of them longer than memory after the one before
	settled      time.Time // when a loss counts
	trusted      time.Time // when a return counts
}

// set takes in what is seen. It reports whether that is a change of what was known before.
func (p *probe) set(now time.Time, works bool, settle, dampen time.Duration) bool {
	if p.known && p.works == works {
		return false
	}
	first := !p.known
	p.known, p.works, p.since, p.overdue = true, works, now, false
	switch {
	case first: // how it was found: there is nothing to wait for, but no proof that it holds either
		p.settled, p.trusted = now, now
	case works:
		p.trusted = now.Add(hold(p.losses, dampen))
	default:
		if now.Sub(p.lossAt) > memory {
			p.losses = 0
		}
		p.losses, p.lossAt = p.losses+1, now
		p.settled = now.Add(settle)
	}
	return !first
}

// hold is how long a return must last before it counts, after so many losses.
func hold(losses int, dampen time.Duration) time.Duration {
	d := dampen
	for i := 1; i < losses && d < longestDampen; i++ {
		d *= 2
	}
	return min(d, max(longestDampen, dampen))
}

func (p *probe) level(now time.Time) Level {
	switch {
	case !p.known:
		return Unknown
	case !p.works && now.Before(p.settled):
		return Shaky
	case !p.works:
		return Bad
	case p.overdue || now.Before(p.trusted):
		return Shaky
	}
	return Good
}

// deadline is when the level changes by itself; zero: never.
func (p *probe) deadline(now time.Time) time.Time {
	switch {
	case !p.works && now.Before(p.settled):
		return p.settled
	case p.works && now.Before(p.trusted):
		return p.trusted
	}
	return time.Time{}
}
