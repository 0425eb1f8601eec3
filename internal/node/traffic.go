package node

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// Memory of a node: a few megabytes live, so collecting earlier than Go's default costs nothing and keeps
// the process small; the limit only steps in when something leaks. While local programs send thousands of
// messages a second, collecting that often would cost more than sending, so the heap may grow meanwhile.
const (
	gcPercent     = 40
	gcPercentBusy = 800
	memoryLimit   = 256 << 20

	// processors bounds how many run our code at once: one for the heart, one for everything else. With more, a collection on a machine
	// of 64 would wake sixteen threads of real-time priority for three megabytes.
	processors = 2

	busyTurns = 500 // application messages in a second from which on a node is busy
)

// traffic is how the pulse tells that it is busy. It never waits for anybody.
type traffic struct {
	count atomic.Uint64 // application messages sent and delivered
	busy  chan struct{}

	// The rest belongs to the pulse.
	told uint64
	at   time.Time
}

func newTraffic() *traffic { return &traffic{busy: make(chan struct{}, 1)} }

// note counts a message; now is the time of the turn.
func (t *traffic) note(now time.Time) {
	n := t.count.Add(1)
	if n-t.told < busyTurns {
		return
	}
	if now.Sub(t.at) < time.Second {
		select {
		case t.busy <- struct{}{}:
		default:
		}
	}
	t.told, t.at = n, now
}

// fit bounds what the process takes of the machine, lets the heap grow while the node is busy, and shrink afterwards.
func (t *traffic) fit(stop <-chan struct{}) {
	runtime.GOMAXPROCS(min(runtime.GOMAXPROCS(0), processors))
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	for {
		select {
		case <-t.busy:
		case <-stop:
			return
		}
		debug.SetGCPercent(gcPercentBusy)
		if !t.calm(stop) {
			return
		}
		debug.SetGCPercent(gcPercent)
	}
}

// calm waits for a second without much traffic; false when the node ends.
func (t *traffic) calm(stop <-chan struct{}) bool {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for last := t.count.Load(); ; {
		select {
		case <-every.C:
		case <-stop:
			return false
		}
		now := t.count.Load()
		if now-last < busyTurns {
			return true
		}
		last = now
	}
}
