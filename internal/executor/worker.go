package executor

import (
	"context"
	"errors"
	"slices"
	"sync"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
)

// announce is an order of our own; it is no operation of an agent.
const announce agent.Op = "announce"

type order struct {
	op            agent.Op
	reason, cause string
	prune         *pruning // with op prune
}

// errOvertaken is why a start is interrupted by a stop.
var errOvertaken = errors.New("the group is to be stopped")

// worker runs one group. Its goroutine alone runs operations after Adopt.
type worker struct {
	x       *Executor
	key     string
	members []*member
	wake    chan struct{}
	watch   watching

	mu        sync.Mutex // guards orders, interrupt and the views of the members
	orders    []order
	interrupt context.CancelCauseFunc // of a start or a look under way
	looking   bool                    // it is a look: every order interrupts it
}

func newWorker(x *Executor, g conf.Group) *worker {
	w := &worker{x: x, key: g.Key(), wake: make(chan struct{}, 1), watch: watching{every: x.everyOf(g.Key()), broken: -1}}
	for _, r := range g.Resources {
		w.members = append(w.members, newMember(r, x.cfg.Resolve))
	}
	return w
}

func (w *worker) give(o order) {
	w.mu.Lock()
	w.orders = append(w.orders, o)
	switch {
	case w.interrupt == nil:
	case w.looking:
		w.interrupt(errOrdered)
	case o.op == agent.Stop:
		w.interrupt(errOvertaken)
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take returns the next order and the context it runs in. A start that a stop
// follows already is interrupted before it begins.
func (w *worker) take() (order, context.Context, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.interrupt != nil {
		w.interrupt(nil)
		w.interrupt = nil
	}
	if len(w.orders) == 0 {
		return order{}, nil, false
	}
	o := w.orders[0]
	w.orders = w.orders[1:]
	ctx := w.x.ctx
	if o.op == agent.Start {
		ctx, w.interrupt = context.WithCancelCause(w.x.ctx)
		if slices.ContainsFunc(w.orders, func(o order) bool { return o.op == agent.Stop }) {
			w.interrupt(errOvertaken)
		}
	}
	return o, ctx, true
}

func (w *worker) run() {
	for {
		o, ctx, ok := w.take()
		if !ok {
			look, goOn := w.wait()
			if !goOn {
				return
			}
			if look {
				w.lookAround()
			}
			continue
		}
		if w.x.ctx.Err() != nil {
			return
		}
		w.carryOut(ctx, o)
	}
}

func (w *worker) carryOut(ctx context.Context, o order) {
	if o.op == announce {
		w.announce()
		return
	}
	if o.op == prune {
		w.ended()
		o.prune.done <- w.prune(ctx, o)
		return
	}
	f := Finished{Key: w.key, Op: o.op}
	if w.x.turn != nil {
		select {
		case w.x.turn <- struct{}{}:
			defer func() { <-w.x.turn }()
		case <-ctx.Done():
			f.Failed, f.Output = w.key, context.Cause(ctx).Error()
			w.x.finish(f)
			return
		}
	}
	if o.op == agent.Start {
		w.start(ctx, o, &f)
	} else {
		w.stop(ctx, o, &f)
	}
	w.x.finish(f)
}

// announce lets the running members tell the network where they are.
func (w *worker) announce() {
	for _, m := range w.members {
		if a, ok := m.agent.(agent.Announcer); ok && m.known == isRunning {
			a.Announce()
		}
	}
}

// start brings every member up, left to right.
func (w *worker) start(ctx context.Context, o order, f *Finished) {
	w.ended()
	if !w.clearAway(ctx, o, f) {
		return
	}
	for _, m := range w.members {
		if w.bringUp(ctx, m, o) {
			continue
		}
		f.Failed, f.Output = m.res.Word, m.lastOutput(w)
		if ctx.Err() != nil {
			f.Output = context.Cause(ctx).Error()
			return // the stop that overtook it stops what may run
		}
		undone := Finished{}
		w.stop(w.x.ctx, order{op: agent.Stop, reason: "start-failed", cause: "agent.failed " + m.res.Word}, &undone)
		f.Stuck = undone.Failed != ""
		w.setState(m, StateFailed)
		return
	}
	w.begun()
}

// bringUp makes one member run; what runs already is left alone and announced.
func (w *worker) bringUp(ctx context.Context, m *member, o order) bool {
	if ctx.Err() != nil {
		return false
	}
	if m.known != isStopped {
		if w.status(ctx, m, o.reason) {
			if a, ok := m.agent.(agent.Announcer); ok {
				a.Announce()
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
	}
	return w.operate(ctx, m, agent.Start, o)
}

// stop takes every member down that runs or may run, right to left. At the first
// that will not stop it ends: what is left of it depends on nothing that was stopped.
func (w *worker) stop(ctx context.Context, o order, f *Finished) {
	w.ended()
	w.watch.broken = -1
	for _, m := range slices.Backward(w.members) {
		if m.known == isUnknown {
			w.status(ctx, m, o.reason)
		}
		if m.known == isStopped {
			w.setState(m, StateStopped)
			continue
		}
		if !w.takeDown(ctx, m, o) {
			f.Failed, f.Output = m.res.Word, m.lastOutput(w)
			return
		}
	}
}
