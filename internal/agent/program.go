package agent

import (
	"context"
	"errors"
	"time"

	"heartbeat/internal/program"
)

// An outcome is how a program of an agent ended: as a result, and what only some look at.
type outcome struct {
	Result
	stdout string // the end of what it printed there
	failed error  // why it could not be run at all
}

// execute runs a program for an operation.
func execute(ctx context.Context, op Op, call program.Call) outcome {
	began := time.Now()
	ended := program.Run(ctx, call)
	o := outcome{stdout: ended.Stdout, Result: Result{
		Op: op, OK: ended.Err == nil, Code: ended.Code, Output: program.Join(ended.Stdout, ended.Stderr), Duration: time.Since(began),
	}}
	o.TimedOut = errors.Is(ended.Err, context.DeadlineExceeded)
	start, unstarted := errors.AsType[*program.StartError](ended.Err)
	_, interrupted := errors.AsType[*program.InterruptedError](ended.Err)
	switch {
	case o.OK:
	case unstarted:
		o.failed, o.Code, o.Output = start.Err, ocfInstalled, ended.Err.Error()
	case interrupted || o.Code < 0: // else the exit code says it
		o.Output = program.Join(o.Output, ended.Err.Error())
	}
	return o
}
