package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/pause"
)

// stage is a machine with fake resources, and the list of what was done to them.
type stage struct {
	mu     sync.Mutex
	log    []string
	events []event.Event
	actors map[string]*actor
}

// actor is a fake resource. Its fields are set before it is used.
type actor struct {
	stage     *stage
	word      string
	runs      atomic.Bool
	takes     time.Duration
	failStart int         // so many starts fail
	failStop  int         // so many stops fail
	stopsDead bool        // a failed stop stopped it all the same
	hangs     atomic.Bool // its status never answers
}

func (s *stage) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

// took returns what was done since it was last called.
func (s *stage) took() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := strings.Join(s.log, " ")
	s.log = nil
	return out
}

func (s *stage) record(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *stage) resolve(r conf.Resource) (agent.Agent, error) {
	if a := s.actors[r.Word]; a != nil {
		return a, nil
	}
	return nil, errors.New("cannot locate resource script " + r.Word)
}

func (a *actor) Class() string { return "fake" }
func (a *actor) Path() string  { return "/fake/" + a.word }
func (a *actor) Announce()     { a.stage.note("announce-%s", a.word) }

func (a *actor) Run(ctx context.Context, op agent.Op, env agent.Env) agent.Result {
	began := time.Now()
	res := agent.Result{Op: op, Code: 1}
	a.stage.note("%s-%s", op, a.word)
	takes := a.takes
	if op == agent.Status {
		takes = 0
	}
	if op == agent.Status && a.hangs.Load() {
		takes = time.Hour
	}
	if pause.For(ctx, takes) != nil {
		res.TimedOut = errors.Is(ctx.Err(), context.DeadlineExceeded)
		res.Output = "killed"
		res.Duration = time.Since(began)
		return res
	}
	switch op {
	case agent.Start:
		if a.failStart > 0 {
			a.failStart--
			res.Output = "no " + a.word
			return res
		}
		a.runs.Store(true)
	case agent.Stop:
		if a.failStop > 0 {
			a.failStop--
			a.runs.Store(a.runs.Load() && !a.stopsDead)
			res.Output = "busy"
			return res
		}
		a.runs.Store(false)
	case agent.Status:
		res.OK = a.runs.Load()
		return res
	}
	res.OK, res.Code, res.Duration = true, 0, time.Since(began)
	return res
}

// play runs a test with an executor of the groups, given as words, in virtual time.
func play(t *testing.T, groups []string, prepare func(*stage, *Config), f func(*testing.T, *stage, *Executor)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{actors: map[string]*actor{}}
		cfg := Config{Resolve: s.resolve, Record: s.record, StopRetries: 3}
		for _, g := range groups {
			group := conf.Group{Node: "n1"}
			for w := range strings.FieldsSeq(g) {
				s.actors[w] = &actor{stage: s, word: w}
				group.Resources = append(group.Resources, conf.Resource{Word: w, Script: w})
			}
			cfg.Groups = append(cfg.Groups, group)
		}
		if prepare != nil {
			prepare(s, &cfg)
		}
		x := New(cfg)
		f(t, s, x)
		if err := x.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func states(x *Executor, key string) string {
	var out []string
	for _, v := range x.View(key) {
		out = append(out, v.State)
	}
	return strings.Join(out, " ")
}

func TestGroupStartsLeftToRightAndStopsRightToLeft(t *testing.T) {
	play(t, []string{"a b c"}, nil, func(t *testing.T, s *stage, x *Executor) {
		if got := x.Adopt(t.Context()); len(got) != 0 {
			t.Errorf("adopted %v", got)
		}
		s.took()
		x.Start("a", "cold-start", "")
		if f := <-x.Results(); f != (Finished{Key: "a", Op: agent.Start}) {
			t.Errorf("%+v", f)
		}
		want(t, "start", s.took(), "start-a start-b start-c") // no status of what is known to be stopped
		want(t, "states", states(x, "a"), "running running running")
		x.Stop("a", "standby", "")
		if f := <-x.Results(); f != (Finished{Key: "a", Op: agent.Stop}) {
			t.Errorf("%+v", f)
		}
		want(t, "stop", s.took(), "stop-c stop-b stop-a")
		x.Stop("a", "shutdown", "")
		<-x.Results()
		want(t, "stop of what is stopped", s.took(), "")
	})
}

func TestFailingStartIsUndone(t *testing.T) {
	play(t, []string{"a b c"}, func(s *stage, _ *Config) { s.actors["b"].failStart = 1 }, func(t *testing.T, s *stage, x *Executor) {
		x.Adopt(t.Context())
		s.took()
		x.Start("a", "cold-start", "")
		if f := <-x.Results(); f != (Finished{Key: "a", Op: agent.Start, Failed: "b", Output: "no b"}) {
			t.Errorf("%+v", f)
		}
		want(t, "done", s.took(), "start-a start-b stop-b stop-a")
		want(t, "states", states(x, "a"), "stopped failed stopped")
		x.Start("a", "cold-start", "")
		if f := <-x.Results(); f.Failed != "" {
			t.Errorf("second try: %+v", f)
		}
	})
}

func TestUndoingThatFailsIsStuck(t *testing.T) {
	play(t, []string{"a b"}, func(s *stage, _ *Config) { s.actors["b"].failStart = 1; s.actors["a"].failStop = 99 }, func(t *testing.T, s *stage, x *Executor) {
		x.Start("a", "cold-start", "")
		if f := <-x.Results(); f.Failed != "b" || !f.Stuck {
			t.Errorf("%+v", f)
		}
	})
}

func TestStopInterruptsAStart(t *testing.T) {
	play(t, []string{"a b c"}, func(s *stage, _ *Config) { s.actors["b"].takes = time.Minute / 2 }, func(t *testing.T, s *stage, x *Executor) {
		x.Adopt(t.Context())
		s.took()
		began := time.Now()
		x.Start("a", "cold-start", "")
		synctest.Wait()
		want(t, "before", states(x, "a"), "running starting stopped")
		x.Stop("a", "standby", "")
		if f := <-x.Results(); f.Op != agent.Start || f.Failed != "b" || time.Since(began) != 0 {
			t.Errorf("%+v after %v", f, time.Since(began))
		}
		if f := <-x.Results(); f != (Finished{Key: "a", Op: agent.Stop}) {
			t.Errorf("%+v", f)
		}
		want(t, "done", s.took(), "start-a start-b stop-b stop-a")
		var told []string
		for _, e := range s.events {
			told = append(told, e.Kind.Name+" "+e.Subject)
		}
		want(t, "told", strings.Join(told, ", "), "agent.start a, agent.interrupted b, agent.stop b, agent.stop a") // nothing has failed
	})
}

func TestFailingStopIsTriedAgainEverySecond(t *testing.T) {
	play(t, []string{"a b"}, func(s *stage, _ *Config) {
		s.actors["b"].failStop = 3
		s.actors["b"].runs.Store(true)
		s.actors["a"].runs.Store(true)
	}, func(t *testing.T, s *stage, x *Executor) {
		if got := x.Adopt(t.Context()); !slices.Equal(got, []string{"a"}) {
			t.Errorf("adopted %v", got)
		}
		s.took()
		began := time.Now()
		x.Stop("a", "standby", "")
		if f := <-x.Results(); f.Failed != "" || time.Since(began) != 3*time.Second {
			t.Errorf("%+v after %v", f, time.Since(began))
		}
		want(t, "done", s.took(), "stop-b status-b stop-b status-b stop-b status-b stop-b stop-a")
	})
}

func TestStopThatNeverSucceedsBlocksWhatIsLeftOfIt(t *testing.T) {
	play(t, []string{"a b"}, func(s *stage, _ *Config) {
		s.actors["b"].failStop = 99
		s.actors["b"].runs.Store(true)
		s.actors["a"].runs.Store(true)
	}, func(t *testing.T, s *stage, x *Executor) {
		x.Adopt(t.Context())
		x.Stop("a", "standby", "")
		if f := <-x.Results(); f != (Finished{Key: "a", Op: agent.Stop, Failed: "b", Output: "busy"}) {
			t.Errorf("%+v", f)
		}
		want(t, "states", states(x, "a"), "running failed")
		if strings.Contains(s.took(), "stop-a") {
			t.Error("what b stands on was stopped")
		}
	})
}

func TestFailedStopOfWhatIsStoppedCountsAsStopped(t *testing.T) {
	play(t, []string{"a"}, func(s *stage, _ *Config) {
		a := s.actors["a"]
		a.runs.Store(true)
		a.failStop, a.stopsDead = 1, true
	}, func(t *testing.T, s *stage, x *Executor) {
		x.Adopt(t.Context())
		x.Stop("a", "standby", "")
		if f := <-x.Results(); f.Failed != "" {
			t.Errorf("%+v", f)
		}
		if !slices.ContainsFunc(s.events, func(e event.Event) bool { return strings.Contains(e.Text, "LSB-compliant") }) {
			t.Errorf("nobody is told: %v", s.events)
		}
	})
}

func TestStartOfARunningGroupVerifiesAndAnnounces(t *testing.T) {
	play(t, []string{"a b c"}, nil, func(t *testing.T, s *stage, x *Executor) {
		s.actors["a"].runs.Store(true)
		s.actors["c"].runs.Store(true)
		if got := x.Adopt(t.Context()); len(got) != 0 {
			t.Errorf("adopted %v", got)
		}
		if got := x.PartlyRunning(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("partly running: %v", got)
		}
		s.took()
		x.Start("a", "cold-start", "")
		if f := <-x.Results(); f.Failed != "" {
			t.Errorf("%+v", f)
		}
		want(t, "done", s.took(), "status-a announce-a start-b status-c announce-c")
		x.Announce("a")
		synctest.Wait()
		want(t, "announcement", s.took(), "announce-a announce-b announce-c")
	})
}

func TestUnknownStateIsAskedBeforeAStop(t *testing.T) {
	play(t, []string{"a b"}, nil, func(t *testing.T, s *stage, x *Executor) {
		s.actors["a"].runs.Store(true)
		x.Stop("a", "shutdown", "")
		if f := <-x.Results(); f.Failed != "" {
			t.Errorf("%+v", f)
		}
		want(t, "done", s.took(), "status-b status-a stop-a")
	})
}

func TestOperationsHaveATimeLimit(t *testing.T) {
	play(t, []string{"a"}, func(s *stage, c *Config) {
		s.actors["a"].takes = time.Hour
		c.StartTimeout, c.StopTimeout = 10*time.Second, time.Second
	}, func(t *testing.T, s *stage, x *Executor) {
		x.Adopt(t.Context())
		began := time.Now()
		x.Start("a", "cold-start", "")
		f := <-x.Results()
		// The undoing stop runs into its own limit; the status then says stopped.
		if f.Failed != "a" || f.Stuck || time.Since(began) != 11*time.Second {
			t.Errorf("%+v after %v", f, time.Since(began))
		}
	})
}

func TestSilentStatusIsNoProof(t *testing.T) {
	play(t, []string{"a"}, func(s *stage, _ *Config) { s.actors["a"].hangs.Store(true) }, func(t *testing.T, s *stage, x *Executor) {
		began := time.Now()
		x.Adopt(t.Context())
		if got := time.Since(began); got != defaultStatusTimeout {
			t.Errorf("adopting took %v", got)
		}
		s.took()
		x.Stop("a", "shutdown", "")
		<-x.Results()
		want(t, "done", s.took(), "stop-a")
	})
}

func TestGroupsAreIndependentUnlessSerial(t *testing.T) {
	for _, serial := range []bool{false, true} {
		play(t, []string{"a", "b"}, func(s *stage, c *Config) {
			c.Serial = serial
			s.actors["a"].takes, s.actors["b"].takes = time.Second, time.Second
		}, func(t *testing.T, s *stage, x *Executor) {
			x.Adopt(t.Context())
			began := time.Now()
			x.Start("a", "cold-start", "")
			x.Start("b", "cold-start", "")
			<-x.Results()
			<-x.Results()
			if got, want := time.Since(began), map[bool]time.Duration{false: time.Second, true: 2 * time.Second}[serial]; got != want {
				t.Errorf("serial %v: took %v, want %v", serial, got, want)
			}
		})
	}
}

func TestMissingScriptFailsTheStartAndStopsNothing(t *testing.T) {
	play(t, []string{"a b"}, func(s *stage, _ *Config) { delete(s.actors, "b") }, func(t *testing.T, s *stage, x *Executor) {
		x.Adopt(t.Context())
		s.took()
		x.Start("a", "cold-start", "node.dead n2")
		if f := <-x.Results(); f.Failed != "b" || !strings.Contains(f.Output, "cannot locate") {
			t.Errorf("%+v", f)
		}
		want(t, "done", s.took(), "start-a stop-a")
		if e := s.events[0]; e.Kind != event.AgentStart || e.Cause != "node.dead n2" || e.Subject != "a" {
			t.Errorf("first event: %+v", e)
		}
	})
}

func TestUnknownGroupIsAFailure(t *testing.T) {
	play(t, nil, nil, func(t *testing.T, s *stage, x *Executor) {
		x.Start("web", "cold-start", "")
		if f := <-x.Results(); f.Failed != "web" || f.Output == "" {
			t.Errorf("%+v", f)
		}
	})
}
