package node

import (
	"fmt"
	"sync/atomic"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/watchdog"
)

// feedable is a watchdog device.
type feedable interface {
	Feed() error
	Close() error
	Abandon() error
	Timeout() time.Duration
}

var _ feedable = (*watchdog.Device)(nil)

// watched lets a watchdog reset the machine when a loop of this node hangs. The pulse feeds it, at every heartbeat; somebody
// else looks now and then whether the resource loop turns, too, and stops the feeding when it does not.
type watched struct {
	dev    feedable // nil: no watchdog
	path   string
	record func(event.Event)
	every  time.Duration // between two feedings
	hangs  atomic.Bool

	fed    time.Time // the rest belongs to the pulse
	closed bool      // in order, or because it could not be fed
}

// armWatchdog opens the device of ha.cf. A node without its watchdog runs, and says so as long as it runs (messaging
// spec, section 16.3).
func (n *Node) armWatchdog(path string, deadtime time.Duration) {
	n.dog = &watched{path: path, record: n.timeline.Add}
	if path == "" {
		return
	}
	dev, err := watchdog.Open(path, watchdog.Timeout(deadtime))
	if err != nil {
		text := "Cannot open watchdog device: " + err.Error()
		n.trouble.set("watchdog", text)
		n.timeline.Add(event.Event{Kind: event.WatchdogFailed, Subject: path, Text: text})
		return
	}
	n.dog.dev, n.dog.every = dev, dev.Timeout()/4
	text := fmt.Sprintf("Using watchdog device: %s. It resets the machine when this node does not beat for %v.", path, dev.Timeout())
	if !dev.Stoppable() {
		text += " Its driver cannot be stopped: the machine is reset after an orderly end of heartbeat, too."
	}
	n.timeline.Add(event.Event{Kind: event.WatchdogArmed, Subject: path, Text: text,
		Attrs: []event.Attr{{Key: "timeout_ms", Value: fmt.Sprint(dev.Timeout().Milliseconds())}}})
}

// feed is called by the pulse at every turn. A turn is proof that heartbeats go out: those that are due go out in it.
func (w *watched) feed(now time.Time) {
	if w == nil || w.dev == nil || w.closed || now.Sub(w.fed) < w.every || w.hangs.Load() {
		return
	}
	w.fed = now
	if err := w.dev.Feed(); err != nil {
		w.closed = true
		_ = w.dev.Close()
		w.record(event.Event{Kind: event.WatchdogFailed, Subject: w.path, Text: fmt.Sprintf("Watchdog write failure: closing %s! %v", w.path, err)})
	}
}

// wait is how long the pulse may sleep before it has to feed again; zero: no matter.
func (w *watched) wait() time.Duration {
	if w == nil || w.dev == nil || w.closed {
		return 0
	}
	return w.every
}

// end is called when the pulse has ended: in order, or not. Later calls change nothing.
func (w *watched) end(inOrder bool) {
	if w.dev == nil || w.closed {
		return
	}
	w.closed = true
	if !inOrder || w.hangs.Load() {
		_ = w.dev.Abandon() // whoever comes next opens it again, in time
		return
	}
	if err := w.dev.Close(); err != nil {
		w.record(event.Event{Kind: event.WatchdogFailed, Subject: w.path, Text: fmt.Sprintf("the watchdog %s could not be stopped and may reset the machine: %v", w.path, err)})
	}
}

// look asks until stop is closed whether both loops turn. Once they did not, nothing is fed any more: what this node
// says about itself cannot be trusted, and the reset is on its way.
func (w *watched) look(stop <-chan struct{}, alive func(limit time.Duration) bool) {
	if w.dev == nil {
		return
	}
	limit := w.dev.Timeout() / 2
	tick := time.NewTicker(limit)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if alive(limit) {
			continue
		}
		select {
		case <-stop: // it ended meanwhile
			return
		default:
		}
		w.hangs.Store(true)
		w.record(event.Event{Kind: event.WatchdogStarves, Subject: w.path,
			Text: fmt.Sprintf("a loop of this node did not turn for %v: %s is not fed any more and resets the machine within %v.", limit, w.path, w.dev.Timeout())})
		return
	}
}
