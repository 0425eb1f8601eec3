package program

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

func sh(ctx context.Context, text string, more ...func(*Call)) Ended {
	call := Call{Argv: []string{"/bin/sh", "-c", text}, Env: []string{"PATH=/usr/bin:/bin"}}
	for _, m := range more {
		m(&call)
	}
	return Run(ctx, call)
}

func TestExitCodeAndBothOutputsAreReturned(t *testing.T) {
	if e := sh(t.Context(), "echo out; echo err >&2"); e.Err != nil || e.Code != 0 || e.Stdout != "out" || e.Stderr != "err" {
		t.Errorf("%+v", e)
	}
	if e := sh(t.Context(), "exit 7"); e.Err == nil || e.Code != 7 {
		t.Errorf("%+v", e)
	}
	if e := sh(t.Context(), "kill -9 $$"); e.Err == nil || e.Code != -1 {
		t.Errorf("ended by a signal: %+v", e)
	}
}

func TestOnlyTheEndOfALongOutputIsKept(t *testing.T) {
	long := "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done"
	if e := sh(t.Context(), long); len(e.Stdout) > Keep || !strings.HasSuffix(e.Stdout, "line 2999") {
		t.Errorf("%d bytes: %q", len(e.Stdout), e.Stdout)
	}
	if e := sh(t.Context(), long, func(c *Call) { c.Keep = 1 << 20 }); !strings.HasPrefix(e.Stdout, "line 0\n") || !strings.HasSuffix(e.Stdout, "line 2999") {
		t.Errorf("with room for all: %d bytes", len(e.Stdout))
	}
}

func TestInputThatIsNotReadKeepsNobodyWaiting(t *testing.T) {
	input := func(c *Call) { c.Stdin = strings.Repeat("x", 1<<20) + "\n" }
	if e := sh(t.Context(), "exit 0", input); e.Err != nil {
		t.Errorf("%+v", e)
	}
	if e := sh(t.Context(), "wc -c", input); e.Stdout != strconv.Itoa(1<<20+1) {
		t.Errorf("%+v", e)
	}
	if e := sh(t.Context(), "wc -c"); e.Stdout != "0" {
		t.Errorf("without input: %+v", e)
	}
}

func TestChildInTheBackgroundIsNotWaitedFor(t *testing.T) {
	e := sh(t.Context(), "sleep 1000 & echo $!")
	pid, err := strconv.Atoi(e.Stdout)
	if e.Err != nil || err != nil {
		t.Fatalf("%+v", e)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the child is gone: %v", err)
	}
}

func TestWholeGroupIsEndedWhenTimeIsOver(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	e := sh(ctx, "trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000")
	interrupted, ok := errors.AsType[*InterruptedError](e.Err)
	if !ok || !interrupted.Started || e.Err.Error() != "killed: it ran into its time limit" {
		t.Fatalf("%+v", e)
	}
	pid, err := strconv.Atoi(e.Stdout)
	if err != nil {
		t.Fatal(err)
	}
	testenv.Until(t, "its child to be gone, which is killed and need not be dead yet", func() bool { return gone(pid) })
}

// gone says that nobody has that number, or only one that waits to be buried.
func gone(pid int) bool {
	e := sh(context.Background(), "cat /proc/"+strconv.Itoa(pid)+"/stat")
	return e.Err != nil || strings.Contains(e.Stdout, ") Z ")
}

func TestWhatCannotBeRunSaysWhy(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if e := sh(ctx, "echo here"); e.Code != -1 || e.Stdout != "" || !strings.Contains(e.Err.Error(), "interrupted before") || !errors.Is(e.Err, context.Canceled) {
		t.Errorf("%+v", e)
	}
	e := Run(t.Context(), Call{Argv: []string{"/nowhere/program"}})
	if _, ok := errors.AsType[*StartError](e.Err); !ok || e.Code != -1 || !strings.Contains(e.Err.Error(), "cannot run /nowhere/program") {
		t.Errorf("%+v", e)
	}
}
