// Package program runs programs of others: with ordinary priority whatever this process has, in a process group of their own, with
// a limit of time that ends the whole group, and with output of bounded size that nobody must read in time.
package program

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"heartbeat/internal/realtime"
)

const (
	// Keep is how much of the end of a program's output is kept when nothing else is asked for, in bytes.
	Keep = 4096
	// killAfter is the time between TERM and KILL when a program ran into its limit.
	killAfter = 2 * time.Second
	// lookEvery is how often a killed process group is looked at.
	lookEvery = 20 * time.Millisecond
)

// A Call is one run of a program.
type Call struct {
	Argv  []string // the program's path first
	Env   []string
	Dir   string // working directory; an empty one, or one that does not exist, counts as /
	Stdin string // empty: none
	Keep  int    // bytes of the end of each output that are kept; 0: Keep
}

// Ended is how a program ended.
type Ended struct {
	Code           int    // exit code; -1: it was not run, or a signal ended it
	Stdout, Stderr string // the end of what it printed there
	// Err is nil for exit code 0. It is a *StartError when the program could not be started, an *InterruptedError when the context was
	// done before it ended, else how it ended.
	Err error
}

// A StartError says why a program could not be started.
type StartError struct {
	Path string
	Err  error
}

func (e *StartError) Error() string { return "cannot run " + e.Path + ": " + e.Err.Error() }
func (e *StartError) Unwrap() error { return e.Err }

// An InterruptedError says that a program was killed, or not even started, because the context was done.
type InterruptedError struct {
	Started bool
	Err     error // the context's
}

func (e *InterruptedError) Error() string {
	switch {
	case !e.Started:
		return "not run: it was interrupted before"
	case errors.Is(e.Err, context.DeadlineExceeded):
		return "killed: it ran into its time limit"
	}
	return "killed: it was interrupted"
}

func (e *InterruptedError) Unwrap() error { return e.Err }

// Run executes the program and returns when it ended, or soon after ctx is done: its process group then gets TERM, two seconds, KILL.
// Children that it leaves in the background, even with its stdout, are not waited for.
func Run(ctx context.Context, call Call) Ended {
	keep := cmp.Or(call.Keep, Keep)
	out, err := newCapture("stdout", keep)
	if err != nil {
		return Ended{Code: -1, Err: err}
	}
	defer out.close()
	errs, err := newCapture("stderr", keep)
	if err != nil {
		return Ended{Code: -1, Err: err}
	}
	defer errs.close()
	in, err := inputFile(call.Stdin)
	if err != nil {
		return Ended{Code: -1, Err: err}
	}
	cmd := &exec.Cmd{
		Path: call.Argv[0], Args: call.Argv, Env: call.Env, Dir: workDir(call.Dir),
		Stdout: out.file, Stderr: errs.file, // files: nothing waits for their end
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if in != nil {
		defer in.Close()
		cmd.Stdin = in
	}
	if err := ctx.Err(); err != nil {
		return Ended{Code: -1, Err: &InterruptedError{false, err}}
	}
	if err := realtime.Start(cmd); err != nil {
		return Ended{Code: -1, Err: &StartError{call.Argv[0], err}}
	}
	err = await(ctx, cmd, out, errs)
	return Ended{Code: cmd.ProcessState.ExitCode(), Stdout: out.end(), Stderr: errs.end(), Err: err}
}

// await waits for the program, keeps its output small, and kills it when ctx is done.
func await(ctx context.Context, cmd *exec.Cmd, captures ...*capture) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	trim := time.NewTicker(trimEvery)
	defer trim.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-trim.C:
			for _, c := range captures {
				c.trim()
			}
		case <-ctx.Done():
			killGroup(cmd.Process.Pid, ended)
			return &InterruptedError{true, ctx.Err()}
		}
	}
}

// killGroup ends a process group and returns when its leader has ended.
func killGroup(pgid int, ended <-chan error) {
	// ESRCH everywhere below: it ended by itself, which is what we want.
	_ = syscall.Kill(-pgid, syscall.SIGTERM)
	limit := time.NewTimer(killAfter)
	defer limit.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	reaped := false
	for {
		select {
		case <-ended:
			reaped, ended = true, nil
		case <-look.C:
		case <-limit.C:
			_ = syscall.Kill(-pgid, syscall.SIGKILL)
			if !reaped {
				<-ended
			}
			return
		}
		if reaped && errors.Is(syscall.Kill(-pgid, 0), syscall.ESRCH) {
			return
		}
	}
}

func workDir(dir string) string {
	if info, err := os.Stat(dir); dir == "" || err != nil || !info.IsDir() {
		return "/"
	}
	return dir
}
