package respawn

import "time"

const (
	// firstPause and lastPause bound the pause before a program that has ended is started again.
	firstPause = 100 * time.Millisecond
	lastPause  = 30 * time.Second
	// settled is the life of a program after which its end counts as the first one again.
	settled = 30 * time.Second
)

// Backoff is how cl_respawn restarts its one program (resources spec, section 9.5): at once as C after a long life, but not in
// an endless hurry. The zero value is ready.
type Backoff struct{ pause time.Duration }

// Next is the pause before the next start of a program that lived that long.
func (b *Backoff) Next(lived time.Duration) time.Duration {
	if lived >= settled {
		b.pause = 0
	}
	switch {
	case b.pause == 0:
		b.pause = firstPause
	default:
		b.pause = min(2*b.pause, lastPause)
	}
	return b.pause
}
