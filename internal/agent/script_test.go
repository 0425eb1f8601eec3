package agent

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/conf"
	"heartbeat/internal/program"
)

// scriptNamed writes an executable shell script into a resource.d of the test and resolves word to it.
func scriptNamed(t *testing.T, word, body string) Agent {
	t.Helper()
	dir := t.TempDir()
	name, _, _ := strings.Cut(word, "::")
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	a, err := Resolve(resource(word), ResolveConfig{Dirs: Dirs{ResourceD: dir, OCFRoot: "/usr/lib/ocf"}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func resource(word string) conf.Resource {
	parts := strings.Split(word, "::")
	return conf.Resource{Word: word, Script: parts[0], Args: parts[1:]}
}

func TestStatusIsJudgedByTextAndByExitCodeWhenTheTextIsSilent(t *testing.T) {
	tests := []struct {
		stdout string
		code   int
		want   bool
	}{
		{"running", 3, true}, {"Running", 1, true}, {"OK", 1, true}, {"INFO:  Running OK", 0, true},
		{"may be running (Secondary/Unknown)", 4, true}, {"service OK.", 3, true},
		{"not running", 0, false}, {"Not Running", 0, false}, {"NOT running", 0, false}, {"nOt Running", 0, false},
		{"not  running", 0, false}, {"stopped", 0, false}, {"INFO:  Resource is stopped", 7, false},
		{"BROKEN", 1, false}, {"LOOKING", 3, false},
		{"", 0, true}, {"", 3, false}, {"ok", 0, true}, {"RUNNING", 0, true}, {"ok", 4, false},
	}
	for _, tt := range tests {
		a := scriptNamed(t, "S", `echo "`+tt.stdout+`"; echo running >&2; exit `+string(rune('0'+tt.code)))
		if got := a.Run(t.Context(), Status, Env{}); got.OK != tt.want {
			t.Errorf("%q with exit code %d: running = %v, want %v", tt.stdout, tt.code, got.OK, tt.want)
		}
	}
}

func TestActionIsTheLastArgument(t *testing.T) {
	a := scriptNamed(t, "S::one::two", `echo "$# $1 $2 $3"`)
	if got := a.Run(t.Context(), Start, Env{}); !got.OK || got.Output != "3 one two start" {
		t.Errorf("got %+v", got)
	}
}

func TestScriptGetsExactlyItsEnvironment(t *testing.T) {
	t.Setenv("SECRET", "of our process")
	a := scriptNamed(t, "S", `env | sort; readlink /proc/self/fd/0`)
	got := a.Run(t.Context(), Start, Env{
		Node: "n1", Etc: "/etc/ha.d", State: "/", Run: "/run/heartbeat", Reason: "peer-dead",
		Vars: []string{"HA_keepalive=2", "LC_ALL=de_DE", "HA_CURHOST=given", "broken"},
	})
	lines := strings.Split(got.Output, "\n")
	for _, want := range []string{
		"HA_CURHOST=given", "HA_DIR=/etc/ha.d", "HA_FUNCS=/etc/ha.d/shellfuncs", "HA_RCDIR=/etc/ha.d/rc.d", "HA_keepalive=2",
		"OCF_ROOT=/usr/lib/ocf", "OCF_AGENTS=/usr/lib/ocf/resource.d/heartbeat/", "HEARTBEAT_REASON=peer-dead", "/dev/null", "PWD=/",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("%q is missing in\n%s", want, got.Output)
		}
	}
	for _, not := range []string{"SECRET", "LC_ALL", "LANG", "broken", "HA_CURHOST=n1"} {
		if strings.Contains(got.Output, not) {
			t.Errorf("%q is in\n%s", not, got.Output)
		}
	}
}

func TestDaemonThatKeepsStdoutDoesNotHoldTheStartUp(t *testing.T) {
	// The background process waits for ever on a pipe that the test holds open.
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	a := scriptNamed(t, "S", `(read line < `+pipe+`; echo late; echo late >&2) & echo started`)
	got := a.Run(t.Context(), Start, Env{})
	if !got.OK || got.Output != "started" {
		t.Errorf("got %+v", got)
	}
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.Close() // lets it go
}

func TestTimeLimitKillsTheWholeProcessGroup(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	// A child that ignores TERM holds the pipe open as long as it lives.
	a := scriptNamed(t, "S", `echo working; sh -c 'trap "" TERM; exec 3>`+pipe+`; echo ready >&3; while :; do sleep 1; done' & wait`)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan Result, 1)
	go func() { ended <- a.Run(ctx, Start, Env{}) }()
	r, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in := bufio.NewReader(r)
	if line, err := in.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	cancel()
	got := <-ended
	if got.OK || got.TimedOut || !strings.HasPrefix(got.Output, "working") || !strings.Contains(got.Output, "interrupted") {
		t.Errorf("got %+v", got)
	}
	if rest, err := in.ReadString('\n'); rest != "" || err == nil {
		t.Errorf("the child is still there: %q", rest)
	}
}

func TestTimeLimitIsAFailureEvenWhenTheScriptEndsWell(t *testing.T) {
	a := scriptNamed(t, "S", `trap 'exit 0' TERM; while :; do sleep 0.01; done`)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := a.Run(ctx, Start, Env{}); got.OK || !got.TimedOut {
		t.Errorf("got %+v", got)
	}
}

func TestEndOfLongOutputIsKept(t *testing.T) {
	a := scriptNamed(t, "S", `i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done; exit 9`)
	got := a.Run(t.Context(), Start, Env{})
	if got.OK || got.Code != 9 || len(got.Output) > program.Keep || !strings.HasSuffix(got.Output, "line 2999") {
		t.Errorf("code %d, %d bytes, end %q", got.Code, len(got.Output), got.Output[max(0, len(got.Output)-20):])
	}
}

func TestMissingInterpreterIsAResult(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "S"), []byte("#!/no/such/shell\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	a, err := Resolve(resource("S"), ResolveConfig{Dirs: Dirs{ResourceD: dir}})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Run(t.Context(), Start, Env{}); got.OK || got.Code != ocfInstalled || !strings.Contains(got.Output, "cannot run") {
		t.Errorf("got %+v", got)
	}
}

func FuzzStatusVerdict(f *testing.F) {
	for _, s := range []string{"running", "not running", "OK", "BROKEN", "", "stopped", "Not Running OK"} {
		f.Add(s, 0)
	}
	f.Fuzz(func(t *testing.T, s string, code int) {
		if strings.Contains(s, "not running") && statusVerdict(s, code) {
			t.Errorf("%q counts as running", s)
		}
	})
}

func FuzzCleanText(f *testing.F) {
	f.Add("a\x1b[31mred\x00\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if got := program.Clean(s); strings.ContainsAny(got, "\x00\x1b\r\x7f") || got != strings.ToValidUTF8(got, "") {
			t.Errorf("%q became %q", s, got)
		}
	})
}
