package executor

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/event"
)

// watched starts a group "a b c" whose members are asked every ten seconds.
func watched(t *testing.T, prepare func(*stage, *Config), f func(*testing.T, *stage, *Executor)) {
	t.Helper()
	play(t, []string{"a b c"}, func(s *stage, cfg *Config) {
		cfg.MonitorInterval = 10 * time.Second
		if prepare != nil {
			prepare(s, cfg)
		}
	}, func(t *testing.T, s *stage, x *Executor) {
		x.Start("a", "cold-start", "")
		if f := <-x.Results(); f.Failed != "" {
			t.Fatalf("start: %+v", f)
		}
		s.took()
		f(t, s, x)
	})
}

func TestRunningMembersAreAskedAtEachInterval(t *testing.T) {
	watched(t, nil, func(t *testing.T, s *stage, x *Executor) {
		time.Sleep(9 * time.Second)
		synctest.Wait()
		want(t, "before the first look", s.took(), "")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		want(t, "first look", s.took(), "status-a status-b status-c")
		x.Stop("a", "standby", "")
		<-x.Results()
		s.took()
		time.Sleep(time.Minute)
		synctest.Wait()
		want(t, "after the stop", s.took(), "")
	})
}

func TestAFailedMemberAndWhatStandsAfterItAreStartedAnew(t *testing.T) {
	watched(t, nil, func(t *testing.T, s *stage, x *Executor) {
		s.actors["b"].runs.Store(false)
		f := <-x.Results()
		if f.Op != agent.Status || f.Failed != "b" || f.Key != "a" || f.Output == "" {
			t.Fatalf("reported %+v", f)
		}
		want(t, "look", s.took(), "status-a status-b")
		if v := x.View("a")[1]; v.State != StateFailed || !strings.Contains(v.Output, "does not run") {
			t.Errorf("shown as %+v", v)
		}
		x.Start("a", "resource-failed", "")
		if f := <-x.Results(); f.Op != agent.Start || f.Failed != "" {
			t.Fatalf("restart: %+v", f)
		}
		want(t, "restart", s.took(), "stop-c stop-b status-a announce-a start-b start-c")
		if v := x.View("a")[1]; v.State != StateRunning || v.Output != "" {
			t.Errorf("shown as %+v", v)
		}
	})
}

func TestAFailureIsReportedUntilSomethingIsDone(t *testing.T) {
	watched(t, nil, func(t *testing.T, s *stage, x *Executor) {
		s.actors["c"].runs.Store(false)
		for range 3 {
			if f := <-x.Results(); f.Failed != "c" {
				t.Errorf("%+v", f)
			}
		}
		s.actors["c"].runs.Store(true) // somebody mended it by hand
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if v := x.View("a")[2]; v.State != StateRunning || v.Output != "" {
			t.Errorf("shown as %+v", v)
		}
	})
}

func TestOnlyTheThirdSilenceInARowIsAFailure(t *testing.T) {
	watched(t, func(_ *stage, cfg *Config) { cfg.StatusTimeout = time.Second }, func(t *testing.T, s *stage, x *Executor) {
		began := time.Now()
		s.actors["b"].hangs.Store(true)
		f := <-x.Results()
		if f.Failed != "b" || !strings.Contains(f.Output, "3 times in a row") {
			t.Errorf("%+v", f)
		}
		if took := time.Since(began); took < 30*time.Second || took > 40*time.Second {
			t.Errorf("reported after %v", took)
		}
		slow := 0
		for _, e := range s.events {
			if e.Kind == event.ResourceSlow {
				slow++
			}
		}
		if slow != 2 {
			t.Errorf("%d events of slow statuses", slow)
		}
	})
}

func TestAnOrderInterruptsALook(t *testing.T) {
	watched(t, nil, func(t *testing.T, s *stage, x *Executor) {
		s.actors["a"].hangs.Store(true)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		began := time.Now()
		x.Stop("a", "standby", "")
		if f := <-x.Results(); f.Op != agent.Stop || f.Failed != "" {
			t.Errorf("%+v", f)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the stop waited %v for a status", took)
		}
	})
}

func TestGroupsHaveTheirOwnIntervals(t *testing.T) {
	watched(t, func(_ *stage, cfg *Config) { cfg.GroupMonitors = map[string]time.Duration{"a": 0} }, func(t *testing.T, s *stage, x *Executor) {
		time.Sleep(time.Hour)
		synctest.Wait()
		want(t, "looks", s.took(), "")
	})
}

func TestAScriptHasItsOwnTimeLimit(t *testing.T) {
	play(t, []string{"a b"}, func(s *stage, cfg *Config) {
		s.actors["b"].takes = 30 * time.Second
		cfg.ScriptLimits = []ScriptLimit{{agent.Start, "b", 10 * time.Second}, {agent.Stop, "a", time.Second}}
	}, func(t *testing.T, s *stage, x *Executor) {
		began := time.Now()
		x.Start("a", "cold-start", "")
		f := <-x.Results()
		if f.Failed != "b" || time.Since(began) < 10*time.Second {
			t.Errorf("after %v: %+v", time.Since(began), f)
		}
	})
}
