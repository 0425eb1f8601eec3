package executor

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
)

// Limits that hold where the configuration gives none (resources spec, section 12.1).
const (
	defaultStartTimeout  = 60 * time.Second
	defaultStopTimeout   = 60 * time.Second
	defaultStatusTimeout = 15 * time.Second

	stopRetryAfter = time.Second
	// adoptAtOnce bounds how many status operations run at the same time at start-up.
	adoptAtOnce = 16
	// resultsBuffer is how many ends may wait for their reader before workers wait for it too.
	resultsBuffer = 64
)

// Config is what an executor needs.
type Config struct {
	Groups                                   []conf.Group
	Resolve                                  func(conf.Resource) (agent.Agent, error)
	StartTimeout, StopTimeout, StatusTimeout time.Duration            // of one operation; 0: 60 s, 60 s, 15 s
	ScriptLimits                             []ScriptLimit            // exceptions from the three
	StopRetries                              int                      // further attempts of a failed stop, 1 s apart
	MonitorInterval                          time.Duration            // between two looks at the members of a running group; 0: never
	GroupMonitors                            map[string]time.Duration // exceptions, by group key
	Env                                      func(reason string) agent.Env
	Record                                   func(event.Event) // called from the workers; nil: nobody listens
	Serial                                   bool              // one group at a time, as C Heartbeat
}

// A ScriptLimit is the time limit of one operation of one script.
type ScriptLimit struct {
	Op     agent.Op
	Script string
	Limit  time.Duration
}

// Executor runs groups. It is safe for concurrent use.
type Executor struct {
	cfg     Config
	results chan Finished
	turn    chan struct{} // Serial: the right to work on a group; nil: everybody has it
	ctx     context.Context
	cancel  context.CancelCauseFunc
	workers map[string]*worker
	order   []*worker // as in the configuration
	running sync.WaitGroup
}

// ErrClosing is why operations under way are interrupted by Close.
var ErrClosing = errors.New("the node is stopping")

// New returns an executor whose workers wait for orders. Close ends them.
func New(cfg Config) *Executor {
	cfg = withDefaults(cfg)
	x := &Executor{cfg: cfg, results: make(chan Finished, resultsBuffer), workers: map[string]*worker{}}
	x.ctx, x.cancel = context.WithCancelCause(context.Background())
	if cfg.Serial {
		x.turn = make(chan struct{}, 1)
	}
	for _, g := range cfg.Groups {
		if len(g.Resources) == 0 || x.workers[g.Key()] != nil {
			continue // reading haresources reported it
		}
		w := newWorker(x, g)
		x.workers[g.Key()] = w
		x.order = append(x.order, w)
		x.running.Go(w.run)
	}
	return x
}

func withDefaults(cfg Config) Config {
	orElse := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	orElse(&cfg.StartTimeout, defaultStartTimeout)
	orElse(&cfg.StopTimeout, defaultStopTimeout)
	orElse(&cfg.StatusTimeout, defaultStatusTimeout)
	if cfg.Record == nil {
		cfg.Record = func(event.Event) {}
	}
	if cfg.Env == nil {
		cfg.Env = func(reason string) agent.Env { return agent.Env{Reason: reason} }
	}
	return cfg
}

// Start orders a group to be started; for a running one, to verify its members and
// to announce its addresses. Reason is for the agents, cause for the timeline.
func (x *Executor) Start(key, reason, cause string) {
	x.give(key, order{op: agent.Start, reason: reason, cause: cause})
}

// Stop orders a group to be stopped. A start under way is interrupted; it ends as failed, and is not undone but stopped.
func (x *Executor) Stop(key, reason, cause string) {
	x.give(key, order{op: agent.Stop, reason: reason, cause: cause})
}

// Announce orders the addresses of the running members to be announced again; it has no Finished.
func (x *Executor) Announce(key string) { x.give(key, order{op: announce}) }

func (x *Executor) give(key string, o order) {
	if w := x.workers[key]; w != nil {
		w.give(o)
		return
	}
	if o.op != announce {
		go x.finish(Finished{Key: key, Op: o.op, Failed: key, Output: "no group of haresources has this key"})
	}
}

// Results delivers the ends of starts and stops.
func (x *Executor) Results() <-chan Finished { return x.results }

func (x *Executor) finish(f Finished) {
	select {
	case x.results <- f:
	case <-x.ctx.Done():
	}
}

// Keys are the group keys in the order of the configuration.
func (x *Executor) Keys() []string {
	var out []string
	for _, w := range x.order {
		out = append(out, w.key)
	}
	return out
}

// View is the state of a group's members; nil for an unknown key.
func (x *Executor) View(key string) []ResourceView {
	if w := x.workers[key]; w != nil {
		return w.view()
	}
	return nil
}

// Close interrupts operations under way and ends the workers, or returns when ctx is done. Resources stay as they are.
func (x *Executor) Close(ctx context.Context) error {
	x.cancel(ErrClosing)
	ended := make(chan struct{})
	go func() {
		x.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Adopt asks for the status of every resource and returns the keys of the groups
// whose every member runs. Groups of which only a part runs are in PartlyRunning
// then. It is called once, before any order.
func (x *Executor) Adopt(ctx context.Context) []string {
	var asking sync.WaitGroup
	room := make(chan struct{}, adoptAtOnce)
	for _, w := range x.order {
		for _, m := range w.members {
			asking.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				w.status(ctx, m, "cold-start")
			})
		}
	}
	asking.Wait()
	return x.keysWhere(func(running, all int) bool { return running == all })
}

// PartlyRunning returns the keys of the groups of which some members run, and some do not.
func (x *Executor) PartlyRunning() []string {
	return x.keysWhere(func(running, all int) bool { return running > 0 && running < all })
}

func (x *Executor) keysWhere(fits func(running, all int) bool) []string {
	var out []string
	for _, w := range x.order {
		n := 0
		for _, v := range w.view() {
			if v.State == StateRunning {
				n++
			}
		}
		if fits(n, len(w.members)) {
			out = append(out, w.key)
		}
	}
	return slices.Clip(out)
}
