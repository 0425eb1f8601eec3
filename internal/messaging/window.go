package messaging

import "time"

// Bounds of application traffic. What resource management says has FlowLimit for itself, so
// that it always finds room behind the window of the applications.
const (
	AppWindow = 200 // application messages under way

	smallestWindow = 2 * PartSize // bytes
	largestWindow  = 512 << 10    // bytes: fits twice into the receive queue of a peer

	// queueing is the delay that application traffic may cause to a heartbeat that
	// stands behind it in the queues of the network.
	queueing = 10 * time.Millisecond
	// forget is after how long the shortest round trip is measured anew: the route may have changed.
	forget = 10 * time.Second
)

// A Window says how many bytes of application messages may be under way. It grows while
// acknowledgements come promptly and shrinks when they come late or when something was lost, so that
// a large transfer fills the network but not the queues before it. The zero value is ready.
type Window struct {
	size     int
	shortest time.Duration // round trip without queues
	last     time.Duration // newest round trip
	measured time.Time     // when shortest was
	shrunk   time.Time
}

// Size is the window in bytes.
func (w *Window) Size() int {
	if w.size == 0 {
		return 8 * PartSize
	}
	return w.size
}

// Acknowledged takes note of a round trip that ended with so many bytes acknowledged.
func (w *Window) Acknowledged(now time.Time, trip time.Duration, bytes int) {
	w.last = trip
	if w.shortest == 0 || trip < w.shortest || now.Sub(w.measured) > forget {
		w.shortest, w.measured = max(trip, 1), now
	}
	if trip > w.shortest+queueing {
		w.shrink(now, trip)
		return
	}
	w.size = min(w.Size()+bytes, largestWindow)
}

// Patience is how long an acknowledgement may take before it is asked for.
func (w *Window) Patience() time.Duration { return max(2*queueing, 2*w.last) }

// Lost takes note that a peer misses something.
func (w *Window) Lost(now time.Time) { w.shrink(now, queueing) }

// shrink halves the window, once for everything that one round trip tells.
func (w *Window) shrink(now time.Time, pause time.Duration) {
	if !w.shrunk.IsZero() && now.Sub(w.shrunk) < pause {
		return
	}
	w.shrunk = now
	w.size = max(w.Size()/2, smallestWindow)
}
