package device

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"heartbeat/internal/realtime"
)

const (
	killAfter = 2 * time.Second // between TERM and KILL of a program whose time is over
	pipeWait  = time.Second     // for output of what a program left behind
	keep      = 8 << 10         // bytes of output
)

// tail keeps the end of what is written to it, by two goroutines when it takes stdout and stderr.
type tail struct {
	mu   sync.Mutex
	data []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if len(t.data) > 2*keep {
		t.data = append(t.data[:0], t.data[len(t.data)-keep:]...)
	}
	return len(p), nil
}

// call runs a program in a process group of its own and returns its exit code, and all that it printed. When ctx is done the
// group is killed, and the error says so.
func call(ctx context.Context, path string, args, env []string, stdin string) (code int, stdout, all []byte, err error) {
	var out, both tail
	cmd := exec.Command(path, args...)
	cmd.Env = env
	cmd.Dir = "/"
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Stdout, cmd.Stderr = &double{&out, &both}, &both
	cmd.WaitDelay = pipeWait
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := ctx.Err(); err != nil {
		return -1, nil, nil, err
	}
	if err := realtime.Start(cmd); err != nil {
		return -1, nil, nil, fmt.Errorf("cannot run %s: %w", path, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // one that has ended needs none
		late := time.NewTimer(killAfter)
		defer late.Stop()
		select {
		case <-ended:
		case <-late.C:
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it left behind
		return -1, out.data, both.data, overTime(ctx)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return -1, out.data, both.data, err
	}
	return cmd.ProcessState.ExitCode(), out.data, both.data, nil
}

func overTime(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errors.New("killed: it ran into its time limit")
	}
	return errors.New("killed: nobody waits for it any more")
}

// double writes to both.
type double struct{ own, shared *tail }

func (d *double) Write(p []byte) (int, error) {
	_, _ = d.own.Write(p)
	return d.shared.Write(p)
}
