package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"heartbeat/internal/alert"
	"heartbeat/internal/event"
	"heartbeat/internal/fsutil"
)

const (
	// room is how many records may wait for the core.
	room = 1024
	// storeEvery is how old the stored state may be.
	storeEvery = time.Second
	// lookEvery is how often the groups are looked at while an alarm about one is open.
	lookEvery = 5 * time.Second
)

// Config is what a Service needs.
type Config struct {
	Alerts  alert.Config
	File    string // of the state; empty: none
	Sender  Sender
	Record  func(event.Event)
	Log     *slog.Logger
	Peers   func() []string // nodes that could tell an incident now; it may take seconds
	Running func() []string // groups that run somewhere; it may take seconds
}

// A Service is the alerts of one node. Its methods are safe for concurrent use.
type Service struct {
	cfg     Config
	in      chan event.Record
	missed  atomic.Uint64
	asks    chan func(*service)
	results chan alert.Event
	done    chan struct{}
}

// service is what the goroutine of Run owns.
type service struct {
	*Service
	core   *alert.Core
	tests  map[uint64]chan<- alert.Effect
	token  uint64
	flying int // deliveries under way
	out    context.Context
	dirty  bool
	stale  bool // the peers may be others now
	broken bool // the state could not be written
	told   uint64
}

// TestResult is how the test of one channel ended.
type TestResult struct {
	Channel string       `json:"channel"`
	Result  alert.Result `json:"result"`
}

// New returns a service that does not run yet. Records may be offered already.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, in: make(chan event.Record, room), asks: make(chan func(*service)), results: make(chan alert.Event), done: make(chan struct{})}
}

// Offer hands a record over. It never waits.
func (s *Service) Offer(r event.Record) {
	select {
	case s.in <- r:
	default:
		s.missed.Add(1)
	}
}

// Run works until ctx is done. What then waits is kept in the file.
func (s *Service) Run(ctx context.Context) {
	defer close(s.done)
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	w := &service{Service: s, tests: map[uint64]chan<- alert.Effect{}, out: out}
	w.core = alert.New(s.cfg.Alerts, w.load(), time.Now())
	w.refresh()
	store := time.NewTicker(storeEvery)
	store.Stop()
	look := time.NewTicker(lookEvery)
	look.Stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		if w.stale && len(s.in) == 0 {
			w.refresh()
		}
		w.wind(timer)
		if w.dirty {
			store.Reset(storeEvery)
		}
		if w.core.WatchesGroups() {
			look.Reset(lookEvery)
		} else {
			look.Stop()
		}
		select {
		case r := <-s.in:
			w.record(r)
		case ev := <-s.results:
			w.flying--
			w.step(ev)
		case ask := <-s.asks:
			ask(w)
		case <-timer.C:
			w.step(alert.Tick{})
		case <-look.C:
			w.step(alert.Running{Groups: s.cfg.Running()})
		case <-store.C:
			store.Stop()
			w.store()
		case <-ctx.Done():
			w.last()
			return
		}
	}
}

// wind sets the timer to the next deadline.
func (w *service) wind(timer *time.Timer) {
	wait := time.Hour
	if next := w.core.NextDeadline(); !next.IsZero() {
		wait = min(wait, max(0, time.Until(next)))
	}
	timer.Reset(wait)
}

func (w *service) record(r event.Record) {
	if n := w.missed.Load(); n > w.told {
		w.step(alert.Missed{Count: n - w.told})
		w.told = n
	}
	w.step(alert.Happened{Record: r})
	switch r.Kind {
	case event.NodeUp, event.NodeActive, event.NodeDead, event.NodeLeft, event.NodeReturned, event.NodeRestarted:
		w.stale = true
	}
}

// refresh asks who is there, when nothing else is waiting: the answer may take a beat of the pulse.
func (w *service) refresh() {
	w.stale = false
	if len(w.cfg.Alerts.Channels) > 0 {
		w.step(alert.Peers{Nodes: w.cfg.Peers()})
	}
}

func (w *service) step(ev alert.Event) {
	for _, e := range w.core.Step(time.Now(), ev) {
		switch e := e.(type) {
		case alert.Deliver:
			w.flying++
			go w.deliver(e)
		case alert.Record:
			w.cfg.Record(e.Event)
		case alert.TestBegun:
			if to := w.tests[e.Token]; to != nil {
				to <- e
			}
		case alert.Tested:
			if to := w.tests[e.Token]; to != nil {
				to <- e
			}
		}
	}
	w.dirty = true
}

func (w *service) deliver(d alert.Deliver) {
	r := w.cfg.Sender.Send(w.out, d.Channel, d.Message)
	if !r.OK {
		w.cfg.Log.Warn("an alert was not delivered", "channel", d.Channel.Name, "error", r.Text)
	}
	select {
	case w.results <- alert.Delivered{Channel: d.Channel.Name, ID: d.Message.ID, Result: r}:
	case <-w.done:
	}
}

// do runs f in the loop; false when that has ended.
func (s *Service) do(ctx context.Context, f func(*service)) bool {
	select {
	case s.asks <- f:
		return true
	case <-s.done:
	case <-ctx.Done():
	}
	return false
}

// View is a picture of the alerts; empty when the service does not run.
func (s *Service) View(ctx context.Context) alert.View {
	seen := make(chan alert.View, 1)
	if !s.do(ctx, func(w *service) { seen <- w.core.View() }) {
		return alert.View{Channels: []alert.ChannelView{}, Incidents: []alert.IncidentView{}}
	}
	return <-seen
}

// Configure puts new alert lines into force.
func (s *Service) Configure(cfg alert.Config) {
	go s.do(context.Background(), func(w *service) {
		w.cfg.Alerts = cfg
		w.step(alert.Configured{Config: cfg})
		w.refresh()
	})
}

// Test sends a test message on one channel, by name or kind, or on all, and waits for the results, at most until ctx is done.
func (s *Service) Test(ctx context.Context, channel string) ([]TestResult, error) {
	told := make(chan alert.Effect, 1024)
	var token uint64
	if !s.do(ctx, func(w *service) {
		w.token++
		token = w.token
		w.tests[token] = told
		w.step(alert.TestAsked{Token: token, Channel: channel})
	}) {
		return nil, fmt.Errorf("the alerts do not run")
	}
	defer s.do(context.Background(), func(w *service) { delete(w.tests, token) })
	results, waiting := []TestResult{}, -1
	for waiting != 0 {
		select {
		case e := <-told:
			switch e := e.(type) {
			case alert.TestBegun:
				waiting = len(e.Channels)
			case alert.Tested:
				results = append(results, TestResult{e.Channel, e.Result})
				waiting--
			}
		case <-s.done:
			return results, fmt.Errorf("the node has ended")
		case <-ctx.Done():
			return results, fmt.Errorf("no result in time: %w", ctx.Err())
		}
	}
	return results, nil
}

// load reads the state of the last life. One that cannot be read is no reason to be silent about the future.
func (w *service) load() *alert.State {
	if w.cfg.File == "" {
		return nil
	}
	data, err := os.ReadFile(w.cfg.File)
	if err != nil {
		return nil
	}
	var s alert.State
	if err := json.Unmarshal(data, &s); err != nil {
		w.cfg.Log.Warn("the stored alerts cannot be read and are forgotten", "file", w.cfg.File, "error", err)
		return nil
	}
	return &s
}

func (w *service) store() {
	w.dirty = false
	if w.cfg.File == "" {
		return
	}
	data, err := json.Marshal(w.core.State())
	if err == nil {
		err = fsutil.Swap(w.cfg.File, data, 0o600)
	}
	if err != nil && !w.broken {
		w.cfg.Log.Warn("alerts that wait would not outlast a restart: " + err.Error())
	}
	w.broken = err != nil
}

// farewell is how long an ending node waits for deliveries that are under way.
const farewell = 2 * time.Second

// last takes what was recorded, gives what is under way a moment, and stores the rest.
func (w *service) last() {
	for {
		select {
		case r := <-w.in:
			w.step(alert.Happened{Record: r})
			continue
		default:
		}
		break
	}
	give := time.NewTimer(farewell)
	defer give.Stop()
	for late := false; w.flying > 0 && !late; {
		select {
		case ev := <-w.results:
			w.flying--
			w.step(ev)
		case <-give.C:
			late = true
		}
	}
	w.store()
}
