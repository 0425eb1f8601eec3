package device

import (
	"context"
	"errors"
	"os/exec"

	"heartbeat/internal/program"
)

// keep is how much of a program's output is kept, in bytes: the metadata of some fence agents have tens of kilobytes.
const keep = 256 << 10

// call runs a program and returns its exit code, and all that it printed. When ctx is done its group is killed, and the error says so.
func call(ctx context.Context, path string, args, env []string, stdin string) (code int, stdout, all string, err error) {
	ended := program.Run(ctx, program.Call{Argv: append([]string{path}, args...), Env: env, Stdin: stdin, Keep: keep})
	if _, exited := errors.AsType[*exec.ExitError](ended.Err); exited {
		ended.Err = nil // the code says it
	}
	return ended.Code, ended.Stdout, program.Join(ended.Stdout, ended.Stderr), ended.Err
}
