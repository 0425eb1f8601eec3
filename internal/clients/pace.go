package clients

import "time"

// A Pace lets a program that sends without waiting for anything gather some messages before they are read. This process has real-time
// priority: it would wake for each message, before the program has written the next, and spend many times what the message itself costs.
// A program that waits for what becomes of each message is hardly ever made to wait: it is noticed by what it has written meanwhile.
type Pace struct {
	last   time.Time
	quick  int // messages one by one, each soon after the other
	enough int // of them before the next pause
}

const (
	soon       = time.Millisecond
	gather     = 100 * time.Microsecond // the runtime may make a millisecond of it
	fewQuick   = 16
	manyQuick  = 1024
	worthwhile = 4 // messages that make a pause worth its while
)

// Took is told how many messages a reading brought, and says whether to pause for gather before the next one.
func (p *Pace) Took(now time.Time, messages int) (pause bool) {
	since := now.Sub(p.last)
	p.last = now
	paused := p.quick > 0 && p.quick >= max(p.enough, fewQuick)
	switch {
	case paused && messages < worthwhile: // it waited for us, and must not again for a while
		p.enough = min(4*max(p.enough, fewQuick), manyQuick)
		p.quick = 0
		return false
	case paused:
		p.enough = fewQuick
		return true
	case messages > 1 || since < soon:
		p.quick += messages
	default:
		p.quick = 0
	}
	return p.quick >= max(p.enough, fewQuick)
}
