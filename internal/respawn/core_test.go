package respawn

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
)

// scene drives a core in virtual time.
type scene struct {
	t    *testing.T
	core *Core
	now  time.Time
	pids int
}

func newScene(t *testing.T, children ...Child) *scene {
	return &scene{t: t, core: New(children), now: time.Unix(1e9, 0)}
}

// step gives an event and returns the effects; programs that are launched run at once.
func (s *scene) step(ev Event) string {
	s.t.Helper()
	var out []string
	var launched []int
	for _, e := range s.core.Step(s.now, ev) {
		switch e := e.(type) {
		case Launch:
			out = append(out, fmt.Sprintf("launch %d", e.Index))
			launched = append(launched, e.Index)
		case End:
			word := "end"
			if e.Hard {
				word = "kill"
			}
			out = append(out, fmt.Sprintf("%s %d", word, e.Index))
		case Reboot:
			out = append(out, "reboot")
		case Finish:
			out = append(out, "finish")
		case Record:
			switch e.Event.Kind {
			case event.ChildGivenUp:
				out = append(out, "give up")
			case event.MachineReboots:
				out = append(out, "say reboot")
			}
		}
	}
	for _, i := range launched {
		s.pids++
		if more := s.step(Launched{i, s.pids}); more != "" {
			out = append(out, more)
		}
	}
	return strings.Join(out, ", ")
}

// wait lets time pass until the next deadline, and returns how long that was.
func (s *scene) wait() (time.Duration, string) {
	at := s.core.NextDeadline()
	if at.IsZero() {
		return 0, ""
	}
	d := at.Sub(s.now)
	s.now = at
	return d, s.step(Tick{})
}

func (s *scene) after(d time.Duration, ev Event, want string) {
	s.t.Helper()
	s.now = s.now.Add(d)
	if got := s.step(ev); got != want {
		s.t.Errorf("%T%v: %q, want %q", ev, ev, got, want)
	}
}

func TestProgramsRunInOrderAndStopInReverse(t *testing.T) {
	s := newScene(t, Child{Command: "/a"}, Child{Command: "/b"}, Child{Command: "/c"})
	s.after(0, Begun{}, "launch 0, launch 1, launch 2")
	s.after(time.Hour, StopAsked{}, "end 2")
	s.after(0, StopAsked{}, "")
	s.after(time.Second, Exited{Index: 0, Code: 1}, "") // another one ends meanwhile, and stays away
	s.after(time.Second, Exited{Index: 2, Signal: 15}, "end 1")
	s.after(time.Second, Exited{Index: 1}, "finish")
}

func TestStopBeforeAnythingRanIsTheEnd(t *testing.T) {
	s := newScene(t, Child{Command: "/a"})
	s.after(0, StopAsked{}, "finish")
	s.after(0, Begun{}, "")
	newScene(t).after(0, StopAsked{}, "finish")
}

func TestProgramThatDoesNotEndIsKilled(t *testing.T) {
	s := newScene(t, Child{Command: "/a"}, Child{Command: "/b"})
	s.after(0, Begun{}, "launch 0, launch 1")
	s.after(0, StopAsked{}, "end 1")
	if d, got := s.wait(); d != stopPatience || got != "kill 1" {
		t.Errorf("after %v: %q", d, got)
	}
	s.after(0, Exited{Index: 1, Signal: 9}, "end 0")
}

func TestDeadProgramIsStartedAgain(t *testing.T) {
	s := newScene(t, Child{Command: "/a"})
	s.after(0, Begun{}, "launch 0")
	s.after(time.Minute, Exited{Index: 0, Code: 3}, "launch 0")
	s.after(quick, Exited{Index: 0, Signal: 11}, "launch 0")
	s.after(time.Second, Exited{Index: 0}, "") // too soon: it takes a breath
	if d, got := s.wait(); d != breath || got != "launch 0" {
		t.Errorf("after %v: %q", d, got)
	}
}

func TestProgramThatEndsTooFastIsGivenUp(t *testing.T) {
	s := newScene(t, Child{Command: "/a"}, Child{Command: "/b"})
	s.after(0, Begun{}, "launch 0, launch 1")
	for range tooOften {
		s.after(time.Second, Exited{Index: 0, Code: 1}, "")
		if _, got := s.wait(); got != "launch 0" {
			t.Fatalf("not started again: %q", got)
		}
	}
	s.after(time.Second, Exited{Index: 0, Code: 1}, "give up")
	if d, got := s.wait(); got != "" {
		t.Errorf("after %v: %q", d, got)
	}
	s.after(0, StopAsked{}, "end 1") // the other one still runs
}

func TestOneLongLifeForgivesQuickDeaths(t *testing.T) {
	s := newScene(t, Child{Command: "/a"})
	s.after(0, Begun{}, "launch 0")
	for range 3 * tooOften {
		s.after(time.Second, Exited{Index: 0, Code: 1}, "")
		s.wait()
		s.after(quick, Exited{Index: 0, Code: 1}, "launch 0")
	}
}

func TestExitCode100MeansNoRestart(t *testing.T) {
	s := newScene(t, Child{Command: "/a"})
	s.after(0, Begun{}, "launch 0")
	s.after(time.Hour, Exited{Index: 0, Code: 100}, "give up")
	s.after(0, StopAsked{}, "finish")
}

func TestProgramThatCannotBeStartedIsGivenUp(t *testing.T) {
	s := newScene(t, Child{Command: "/a"}, Child{Command: "/b"})
	for range s.core.Step(s.now, Begun{}) {
	}
	s.after(0, Failed{0, "no such file"}, "give up")
	s.after(0, Launched{1, 7}, "")
	s.after(0, StopAsked{}, "end 1")
}

func TestProgramOnItsWayIsEndedAtAStop(t *testing.T) {
	s := newScene(t, Child{Command: "/a"})
	s.core.Step(s.now, Begun{})
	s.after(0, StopAsked{}, "")
	s.after(0, Launched{0, 7}, "end 0")
	s.after(0, Exited{Index: 0, Signal: 15}, "finish")
}

func TestFailureOfAFailfastProgramRebootsTheMachine(t *testing.T) {
	for what, test := range map[string]struct {
		exit Exited
		want string
	}{
		"killed":         {Exited{Signal: 9}, "say reboot, reboot"},
		"failed":         {Exited{Code: 1}, "say reboot, reboot"},
		"no restart":     {Exited{Code: 100}, "say reboot, reboot"},
		"ended normally": {Exited{}, "launch 0"},
	} {
		s := newScene(t, Child{Command: "/a", FailFast: true})
		s.after(0, Begun{}, "launch 0")
		t.Log(what)
		s.after(time.Hour, test.exit, test.want)
	}
	s := newScene(t, Child{Command: "/a", FailFast: true})
	s.after(0, Begun{}, "launch 0")
	s.after(0, StopAsked{}, "end 0")
	s.after(0, Exited{Signal: 15}, "finish")
}
