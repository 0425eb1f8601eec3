package node

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/fencing"
	"heartbeat/internal/fencing/device"
	"heartbeat/internal/membership"
	"heartbeat/internal/takeover"
)

// fencer is the loop that makes sure that silent nodes are down. Nothing waits for it: what is asked of it lies in a box.
type fencer struct {
	core    *fencing.Core
	devices []device.Device
	clock   clock
	record  func(event.Event)
	past    string // file that remembers what was fenced
	report  func(takeover.DownProven)

	mu   sync.Mutex
	box  []func(*fencer)
	wake chan struct{}

	// The rest belongs to the loop.
	running map[uint64]context.CancelFunc
	asked   map[uint64]chan<- Answer
	last    uint64
}

func (n *Node) newFencer(cfg conf.Config) *fencer {
	f := &fencer{clock: n.clock, record: n.timeline.Add, wake: make(chan struct{}, 1),
		running: map[uint64]context.CancelFunc{}, asked: map[uint64]chan<- Answer{}, past: filepath.Join(n.opts.State, fencePastFile)}
	s := cfg.HaCf.Settings
	fc := fencing.Config{Self: n.self, Action: fencing.Op(s.FenceAction), Limit: s.FenceTimeout, Yield: s.FenceDelay, Brake: s.FenceBrake, Past: readFencings(f.past)}
	for _, l := range fenceLines(cfg.HaCf, n.self) {
		d, err := device.New(l.Line)
		if err != nil {
			n.log.Error("a fencing device is left out: " + err.Error()) // it was there when the files were checked
			continue
		}
		f.devices = append(f.devices, d)
		fc.Devices = append(fc.Devices, fencing.Device{Name: l.name, Human: d.Human()})
	}
	f.core = fencing.New(fc, n.clock.now())
	f.report = func(ev takeover.DownProven) {
		go n.res.do(func(r *resources) { r.step(ev) })
	}
	return f
}

// post puts something into the box.
func (f *fencer) post(do func(*fencer)) {
	f.mu.Lock()
	f.box = append(f.box, do)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *fencer) step(ev fencing.Event) {
	for _, e := range f.core.Step(f.clock.now(), ev) {
		f.apply(e)
	}
}

// loop runs until stop is closed; what is under way then is killed.
func (f *fencer) loop(stop <-chan struct{}) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	defer func() {
		for _, kill := range f.running {
			kill()
		}
	}()
	for {
		select {
		case <-f.wake:
			f.mu.Lock()
			box := f.box
			f.box = nil
			f.mu.Unlock()
			for _, do := range box {
				do(f)
			}
		case <-timer.C:
			f.step(fencing.Tick{})
		case <-stop:
			return
		}
		if at := f.core.NextDeadline(); at.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(at.Sub(f.clock.now()), 0))
		}
	}
}

func (f *fencer) apply(e fencing.Effect) {
	switch e := e.(type) {
	case fencing.Run:
		f.start(e)
	case fencing.Kill:
		if kill := f.running[e.Serial]; kill != nil {
			kill()
			delete(f.running, e.Serial)
		}
	case fencing.Remember:
		f.keepFencings(e.Past)
	case fencing.Report:
		f.report(takeover.DownProven{Node: e.Node, By: e.By, OK: e.OK, BadHost: e.BadHost, Ask: e.Ask, Text: e.Text})
	case fencing.Answer:
		if to := f.asked[e.ID]; to != nil {
			delete(f.asked, e.ID)
			to <- Answer{e.Failed, e.Text}
		}
	case fencing.Record:
		f.record(e.Event)
	}
}

// start runs a device beside the loop.
func (f *fencer) start(e fencing.Run) {
	ctx, cancel := context.WithCancel(context.Background())
	if e.Limit > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), e.Limit)
	}
	f.running[e.Serial] = cancel
	d := f.devices[e.Device]
	go func() {
		defer cancel()
		result, said, took := d.Run(ctx, e.Op, e.Node)
		f.post(func(f *fencer) {
			delete(f.running, e.Serial)
			f.step(fencing.Ended{Serial: e.Serial, Result: result, Output: said, Took: took})
		})
	}()
}

// prove and calledOff are what resource management orders.
func (f *fencer) prove(e takeover.ProveDown) {
	if e.Policy != takeover.Fenced {
		return
	}
	f.post(func(f *fencer) {
		f.step(fencing.Wanted{Node: e.Node, Cause: e.Cause, Yield: e.Yield, Turn: e.Turn, Ask: e.Ask})
	})
}

func (f *fencer) calledOff(node string) {
	f.post(func(f *fencer) { f.step(fencing.Cancelled{Node: node}) })
}

// view looks at the core; false when the loop does not turn.
func (f *fencer) view() (fencing.View, bool) {
	seen := make(chan fencing.View, 1)
	f.post(func(f *fencer) { seen <- f.core.View() })
	give := time.NewTimer(lookPatience)
	defer give.Stop()
	select {
	case v := <-seen:
		return v, true
	case <-give.C:
		return fencing.View{}, false
	}
}

// Confirm says in the name of a human, by, that a node is down.
func (n *Node) Confirm(ctx context.Context, name, by string) (Answer, error) {
	return n.ask(ctx, func(id uint64) takeover.Event { return takeover.DownConfirmed{ID: id, Node: name, By: by} })
}

// Fence asks the fencing devices: op is test, with or without a node, off or reset.
func (n *Node) Fence(ctx context.Context, op, name string) (Answer, error) {
	what, ok := map[string]fencing.Op{"test": fencing.Status, "off": fencing.Off, "reset": fencing.Reset, "release": fencing.Release}[op]
	switch {
	case !ok:
		return Answer{Refused: true, Text: fmt.Sprintf("refused: there is no fencing operation %q; say test, off, reset or release", op)}, nil
	case what != fencing.Status && name == n.self:
		return Answer{Refused: true, Text: "refused: a node does not fence itself; heartbeat stop, then power it off"}, nil
	}
	if name != "" && name != n.self && !n.knowsNode(name) {
		return Answer{Refused: true, Text: fmt.Sprintf("refused: %s is no node of this cluster; they are: %v", name, n.Config().HaCf.Nodes)}, nil
	}
	answer := make(chan Answer, 1)
	n.fencer.post(func(f *fencer) {
		f.last++
		f.asked[f.last] = answer
		f.step(fencing.Ordered{ID: f.last, Op: what, Node: name})
	})
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	case <-n.ended:
		return Answer{}, ErrStopped
	}
}

func (n *Node) knowsNode(name string) bool {
	v, _ := n.cluster()
	return slices.ContainsFunc(v.Nodes, func(o membership.NodeView) bool { return o.Name == name && !o.Ping })
}
