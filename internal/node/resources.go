package node

import (
	"errors"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/arbiter"
	"heartbeat/internal/event"
	"heartbeat/internal/executor"
	"heartbeat/internal/node/bridge"
	"heartbeat/internal/takeover"
)

// An Answer is how an administrator's request ended.
type Answer struct {
	Refused bool   `json:"refused"`
	Text    string `json:"text"` // what was done, or why not and what to do instead
}

// ErrStopped says that the node no longer takes requests.
var ErrStopped = errors.New("this node is stopping or has stopped; ask another node")

// runner is the executor as the resource loop uses it.
type runner interface {
	Start(key, reason, cause string)
	Stop(key, reason, cause string)
	Announce(key string)
	Results() <-chan executor.Finished
}

// resources is the loop that decides who runs what. It owns the takeover core; the executor works for it.
type resources struct {
	core    *takeover.Core
	run     runner
	clock   clock
	bridge  bridge.Bridge
	record  func(event.Event)
	scripts *eventScripts
	ledger  *newest[[]takeover.Order]
	pulse   *pulse
	fencer  *fencer
	arbiter *arbitration        // nil: another policy
	leave   func()              // called once when everything is released and the peers were told
	reset   func(reason string) // of the machine; returns at once

	requests chan func(*resources) // from other goroutines; run on the loop
	stop     chan struct{}         // ends the loop
	done     chan struct{}         // closed when the loop has ended

	// The rest belongs to the loop.
	halted bool // nothing is decided any more: the process is about to end, and its resources run on
	causes causes
	asked  map[uint64]chan<- Answer
	last   uint64
}

// loop runs until stop is closed.
func (r *resources) loop(up <-chan takeover.Event) {
	defer close(r.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case ev := <-up:
			r.step(ev)
		case f := <-r.run.Results():
			r.step(finished(f))
		case ask := <-r.requests:
			ask(r)
		case a := <-r.arbiter.incoming():
			r.settleArbiter(a)
		case <-timer.C:
			r.step(takeover.Tick{})
			r.settleArbiter(arbiter.Tick{})
		case <-r.stop:
			return
		}
		if at := r.deadline(); at.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(at.Sub(r.clock.now()), 0))
		}
	}
}

// finished is the event that the end of an operation is to the core.
func finished(f executor.Finished) takeover.Event {
	switch f.Op {
	case agent.Status:
		return takeover.MemberFailed{Key: f.Key, Failed: f.Failed, Output: f.Output}
	case agent.Stop:
		return takeover.GroupStopped{Key: f.Key, Failed: f.Failed, Output: f.Output}
	}
	return takeover.GroupStarted{Key: f.Key, Failed: f.Failed, Output: f.Output, Stuck: f.Stuck}
}

func (r *resources) step(ev takeover.Event) {
	if r.halted {
		return
	}
	r.leaves(ev)
	r.arbiter.core().Heard(ev)
	r.take(ev)
	r.settleArbiter()
	r.pulse.exposed.Store(r.core.Exposed())
}

// take lets the core judge an event and does what it wants.
func (r *resources) take(ev takeover.Event) {
	for _, e := range r.core.Step(r.clock.now(), ev) {
		r.arbiter.core().Take(e)
		r.apply(e)
	}
}

func (r *resources) apply(e takeover.Effect) {
	switch e := e.(type) {
	case takeover.StartGroup:
		r.run.Start(e.Key, r.causes.word(e.Cause), e.Cause)
	case takeover.StopGroup:
		r.run.Stop(e.Key, r.causes.word(e.Cause), e.Cause)
	case takeover.AnnounceAddresses:
		r.run.Announce(e.Key)
	case takeover.StoreOrders:
		r.ledger.put(e.Orders)
	case takeover.RunEventScripts:
		r.scripts.offer(e.Message)
	case takeover.Record:
		r.causes.learn(e.Event)
		r.record(e.Event)
	case takeover.Answer:
		if to := r.asked[e.ID]; to != nil {
			delete(r.asked, e.ID)
			to <- Answer{e.Refused, e.Text}
		}
	case takeover.FenceSelf:
		r.reset(e.Reason)
	case takeover.ProveDown:
		if r.arbiter == nil {
			r.fencer.prove(e)
		}
	case takeover.CancelProof:
		r.fencer.calledOff(e.Node)
	case takeover.LeaveCluster:
		r.arbiter.leave()
		r.leave()
	default:
		if ev, ok := r.bridge.Down(e); ok {
			r.pulse.post(job{event: ev})
		}
	}
}

// do runs f on the loop and waits until it returned; false when the loop has ended.
func (r *resources) do(f func(*resources)) bool {
	ran := make(chan struct{})
	select {
	case r.requests <- func(r *resources) { f(r); close(ran) }:
	case <-r.done:
		return false
	}
	select {
	case <-ran:
		return true
	case <-r.done:
		return false
	}
}

// request asks the core for something that ends in an Answer, which may take as long as a hand-over takes.
func (r *resources) request(make1 func(id uint64) takeover.Event) (<-chan Answer, bool) {
	answer := make(chan Answer, 1)
	ok := r.do(func(r *resources) {
		r.last++
		r.asked[r.last] = answer
		r.step(make1(r.last))
	})
	return answer, ok
}
