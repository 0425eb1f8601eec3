package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"heartbeat/internal/realtime"
)

const (
	// killAfter is the time between TERM and KILL when an operation ran into its limit.
	killAfter = 2 * time.Second
	// lookEvery is how often a killed process group is looked at.
	lookEvery = 20 * time.Millisecond
)

// program is one call of an agent.
type program struct {
	argv []string
	env  []string
	dir  string // working directory; one that does not exist counts as /

	stdin string // empty: none

	failed error  // after run: why it could not be run at all
	stdout string // after run: the end of what it printed there
}

// run executes the program and returns when it ended, or soon after ctx is done:
// its process group then gets TERM, two seconds, KILL. Children that it leaves in
// the background, even with its stdout, are not waited for.
func (p *program) run(ctx context.Context, op Op) Result {
	began := time.Now()
	res := p.execute(ctx, op)
	res.Duration = time.Since(began)
	return res
}

func (p *program) execute(ctx context.Context, op Op) Result {
	res := Result{Op: op, Code: -1}
	out, err := newCapture("stdout")
	if err != nil {
		res.Output = err.Error()
		return res
	}
	defer out.close()
	errs, err := newCapture("stderr")
	if err != nil {
		res.Output = err.Error()
		return res
	}
	defer errs.close()
	in, err := inputFile(p.stdin)
	if err != nil {
		res.Output, p.failed = err.Error(), err
		return res
	}
	if in != nil {
		defer in.Close()
	}
	cmd := &exec.Cmd{
		Path: p.argv[0], Args: p.argv, Env: p.env, Dir: p.workDir(),
		Stdout: out.file, Stderr: errs.file, // files: nothing waits for their end
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if in != nil {
		cmd.Stdin = in
	}
	if ctx.Err() != nil {
		res.Output, res.TimedOut = "not run: it was interrupted before", errors.Is(ctx.Err(), context.DeadlineExceeded)
		return res
	}
	if err := realtime.Start(cmd); err != nil {
		p.failed = err
		res.Code, res.Output = ocfInstalled, fmt.Sprintf("cannot run %s: %v", p.argv[0], err)
		return res
	}
	killed, err := await(ctx, cmd, out, errs)
	p.stdout = out.end()
	res.Output = joinOutput(p.stdout, errs.end())
	res.Code = cmd.ProcessState.ExitCode()
	res.TimedOut = killed && errors.Is(ctx.Err(), context.DeadlineExceeded)
	res.OK = err == nil && !killed
	switch {
	case res.OK:
	case res.TimedOut:
		res.Output = joinOutput(res.Output, "killed: it ran into its time limit")
	case killed:
		res.Output = joinOutput(res.Output, "killed: it was interrupted")
	case res.Code < 0:
		res.Output = joinOutput(res.Output, err.Error())
	}
	return res
}

// await waits for the program, keeps its output small, and kills it when ctx is done.
func await(ctx context.Context, cmd *exec.Cmd, captures ...*capture) (killed bool, err error) {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	trim := time.NewTicker(trimEvery)
	defer trim.Stop()
	for {
		select {
		case err := <-ended:
			return false, err
		case <-trim.C:
			for _, c := range captures {
				c.trim()
			}
		case <-ctx.Done():
			return true, killGroup(cmd.Process.Pid, ended)
		}
	}
}

// killGroup ends a process group and returns how its leader ended.
func killGroup(pgid int, ended <-chan error) error {
	// ESRCH everywhere below: it ended by itself, which is what we want.
	_ = syscall.Kill(-pgid, syscall.SIGTERM)
	limit := time.NewTimer(killAfter)
	defer limit.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var err error
	reaped := false
	for {
		select {
		case err = <-ended:
			reaped, ended = true, nil
		case <-look.C:
		case <-limit.C:
			_ = syscall.Kill(-pgid, syscall.SIGKILL)
			if !reaped {
				err = <-ended
			}
			return err
		}
		if reaped && errors.Is(syscall.Kill(-pgid, 0), syscall.ESRCH) {
			return err
		}
	}
}

func (p *program) workDir() string {
	if info, err := os.Stat(p.dir); p.dir == "" || err != nil || !info.IsDir() {
		return "/"
	}
	return p.dir
}
