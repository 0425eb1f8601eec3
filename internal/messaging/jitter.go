package messaging

import "time"

// Jitter is a small deterministic generator (splitmix64). It spreads requests of
// several nodes in time; nothing secret depends on it. The zero value works.
type Jitter struct{ state uint64 }

// NewJitter gives each seed its own sequence.
func NewJitter(seed uint64) *Jitter { return &Jitter{state: seed} }

func (j *Jitter) next() uint64 {
	j.state += 0x9e3779b97f4a7c15
	z := j.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Between returns a duration in [lo, hi); lo when the range is empty.
func (j *Jitter) Between(lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	return lo + time.Duration(j.next()%uint64(hi-lo))
}

// Below returns a number in [0, n); n must not be 0.
func (j *Jitter) Below(n uint64) uint64 { return j.next() % n }
