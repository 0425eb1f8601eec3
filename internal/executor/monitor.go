package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/event"
)

// silentTimes is after how many statuses in a row without an answer a member counts as failed: a machine that is short of time
// for a moment must not lose its services for it (rule I15).
const silentTimes = 3

// errOrdered is why a status is interrupted by an order.
var errOrdered = errors.New("interrupted: something else is to be done with the group")

// watching is how a worker watches its running members. It belongs to the worker's goroutine.
type watching struct {
	every  time.Duration // 0: never
	up     bool          // the group is started
	next   time.Time
	broken int // index of the leftmost member that failed; -1: none
}

// everyOf is how often the members of a group are asked.
func (x *Executor) everyOf(key string) time.Duration {
	if d, ok := x.cfg.GroupMonitors[key]; ok {
		return d
	}
	return x.cfg.MonitorInterval
}

// begun and ended frame the time in which the group is watched.
func (w *worker) begun() {
	w.watch.up, w.watch.broken = true, -1
	w.watch.next = time.Now().Add(w.watch.every)
}

func (w *worker) ended() { w.watch.up = false }

// wait waits for an order, or until it is time to look; false when the executor ends.
func (w *worker) wait() (timeToLook, goOn bool) {
	var tick <-chan time.Time
	if w.watch.up && w.watch.every > 0 {
		t := time.NewTimer(time.Until(w.watch.next))
		defer t.Stop()
		tick = t.C
	}
	select {
	case <-w.wake:
		return false, true
	case <-tick:
		return true, true
	case <-w.x.ctx.Done():
		return false, false
	}
}

// lookAround asks every member, left to right, and reports the first that failed. An order interrupts it.
func (w *worker) lookAround() {
	ctx, cancel := context.WithCancelCause(w.x.ctx)
	defer cancel(nil)
	w.mu.Lock()
	if len(w.orders) > 0 {
		w.mu.Unlock()
		return
	}
	w.interrupt, w.looking = cancel, true
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.interrupt, w.looking = nil, false
		w.mu.Unlock()
	}()
	w.watch.next = time.Now().Add(w.watch.every)
	for i, m := range w.members {
		said, failed := w.ask(ctx, m)
		if ctx.Err() != nil {
			return
		}
		if failed {
			w.watch.broken = i
			w.x.finish(Finished{Key: w.key, Op: agent.Status, Failed: m.res.Word, Output: said})
			return
		}
	}
	w.watch.broken = -1
}

// ask asks one running member. It is shown as failed with what its status said until it answers well again.
func (w *worker) ask(ctx context.Context, m *member) (said string, failed bool) {
	res := w.call(ctx, m, agent.Status, "monitor")
	if ctx.Err() != nil {
		return "", false // no answer is no proof
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case res.OK:
		m.silent, m.known = 0, isRunning
		m.setState(StateRunning)
		m.shown.Output = ""
		return "", false
	case res.TimedOut:
		m.silent++
		m.shown.Output = fmt.Sprintf("its status gave no answer in %v, %d times in a row", res.Duration.Round(time.Millisecond), m.silent)
		if m.silent < silentTimes {
			w.recordSlow(m, res)
			return "", false
		}
	default:
		m.silent = 0
		m.shown.Output = res.Output
		if m.shown.Output == "" {
			m.shown.Output = "its status says that it does not run, exit code " + strconv.Itoa(res.Code)
		}
	}
	m.known = mayBeThere
	m.setState(StateFailed)
	return m.shown.Output, true
}

func (w *worker) recordSlow(m *member, res agent.Result) {
	w.x.cfg.Record(event.Event{Kind: event.ResourceSlow, Subject: m.res.Word,
		Text:  fmt.Sprintf("The status of %s gave no answer in %v (%d of %d until it counts as failed).", m.res.Word, res.Duration.Round(time.Millisecond), m.silent, silentTimes),
		Attrs: []event.Attr{{Key: "group", Value: w.key}, {Key: "path", Value: m.agent.Path()}, {Key: "output", Value: res.Output}}})
}

// clearAway stops, right to left, what stands after a failed member, and what is left of the member itself, before it is
// started again: what comes after it may depend on it.
func (w *worker) clearAway(ctx context.Context, o order, f *Finished) bool {
	if w.watch.broken < 0 {
		return true
	}
	for _, m := range slices.Backward(w.members[w.watch.broken:]) {
		if m.known == isStopped {
			continue
		}
		if !w.takeDown(ctx, m, o) {
			f.Failed, f.Output, f.Stuck = m.res.Word, m.lastOutput(w), ctx.Err() == nil
			return false
		}
	}
	w.watch.broken = -1
	return true
}
