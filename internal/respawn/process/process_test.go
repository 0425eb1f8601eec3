package process

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// stage runs programs in a directory of their own.
type stage struct {
	t      *testing.T
	dir    string
	runner *Runner
	events chan event.Event
	boots  chan string
}

// newStage makes a script of each text and runs them as this user, the first one as failfast if asked for.
func newStage(t *testing.T, failFast bool, scripts ...string) *stage {
	t.Helper()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, dir: t.TempDir(), events: make(chan event.Event, 100), boots: make(chan string, 1)}
	cfg := Config{Env: []string{"PATH=/usr/bin:/bin", "HA_CURHOST=n1", "OUT=" + filepath.Join(s.dir, "out")},
		Record: func(e event.Event) { s.events <- e }, Reboot: func(reason string) { s.boots <- reason }}
	for i, text := range scripts {
		path := filepath.Join(s.dir, fmt.Sprintf("program%d", i))
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		cfg.Programs = append(cfg.Programs, Program{User: me.Username, Command: path + " first second", FailFast: failFast && i == 0})
	}
	s.runner = New(cfg)
	go s.runner.Run()
	t.Cleanup(s.runner.Kill)
	s.runner.Begin()
	return s
}

func (s *stage) await(kind *event.Kind) event.Event {
	s.t.Helper()
	give := time.NewTimer(patience)
	defer give.Stop()
	for {
		select {
		case e := <-s.events:
			if e.Kind == kind {
				return e
			}
		case <-give.C:
			s.t.Fatalf("waited %v for %s", patience, kind.Name)
		}
	}
}

func (s *stage) output() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "out"))
	return string(b)
}

func TestProgramHasItsEnvironmentAndNothingElse(t *testing.T) {
	s := newStage(t, false, `{ echo "$1 $2 $HA_CURHOST $USER $(pwd)"; ls /proc/$$/fd | tr '\n' ' '; readlink /proc/$$/fd/0 /proc/$$/fd/1; cut -d' ' -f1,5 /proc/$$/stat; } >"$OUT"; exit 100`)
	s.await(event.ChildGivenUp)
	me, _ := user.Current()
	lines := strings.Split(strings.TrimSpace(s.output()), "\n")
	if len(lines) != 3 && len(lines) != 4 {
		t.Fatalf("output %q", lines)
	}
	if want := "first second n1 " + me.Username + " /"; lines[0] != want {
		t.Errorf("%q, want %q", lines[0], want)
	}
	pid, group, _ := strings.Cut(lines[len(lines)-1], " ")
	if pid != group {
		t.Errorf("process %s is in group %s", pid, group)
	}
	if strings.Contains(lines[1], "socket") || !strings.Contains(s.output(), "/dev/null") {
		t.Errorf("descriptors: %q", lines[1:])
	}
}

func TestProgramsEndLastFirst(t *testing.T) {
	const script = `trap 'echo end %d >>"$OUT"; exit 0' TERM; echo begin %d >>"$OUT"; while :; do sleep 0.05; done`
	s := newStage(t, false, fmt.Sprintf(script, 0, 0), fmt.Sprintf(script, 1, 1), fmt.Sprintf(script, 2, 2))
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n := 0; strings.Count(s.output(), "begin") < 3; n++ { // each has set its trap
		if n > 4000 {
			t.Fatalf("they do not run: %q", s.output())
		}
		<-tick.C
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s.runner.Stop(ctx)
	_, ends, _ := strings.Cut(s.output(), "end")
	if got := strings.Fields("end" + ends); strings.Join(got, " ") != "end 2 end 1 end 0" {
		t.Errorf("order of ends: %v", got)
	}
}

func TestKilledProgramIsStartedAgainAndKillTakesItsChildren(t *testing.T) {
	s := newStage(t, false, `sleep 1000 & echo $! >>"$OUT"; wait`)
	first := s.await(event.ChildStarted)
	var pid int
	fmt.Sscanf(first.Text[strings.LastIndex(first.Text, " ")+1:], "%d", &pid)
	p, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	p.Kill()
	if e := s.await(event.ChildExited); !strings.Contains(e.Text, fmt.Sprintf("(pid=%d) killed by signal 9.", pid)) {
		t.Error(e.Text)
	}
	s.await(event.ChildStarted)
}

func TestFailfastProgramReboots(t *testing.T) {
	s := newStage(t, true, "exit 3")
	select {
	case reason := <-s.boots:
		if !strings.Contains(reason, "exited with return code 3") {
			t.Error(reason)
		}
	case <-time.After(patience):
		t.Error("no reboot")
	}
}

func TestProgramThatCannotRunIsNamed(t *testing.T) {
	s := newStage(t, false)
	cfg := s.runner.cfg
	cfg.Programs = []Program{{User: "no-such-user", Command: "/bin/true"}, {User: "root", Command: "/nonexistent/program"}, {User: "root", Command: s.dir}}
	r := New(cfg)
	go r.Run()
	r.Begin()
	for _, want := range []string{"no-such-user", "no such file", "not executable"} {
		if e := s.await(event.ChildGivenUp); !strings.Contains(e.Text, want) {
			t.Errorf("%q says nothing about %q", e.Text, want)
		}
	}
	r.Stop(t.Context())
}
