package drive

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// A stream is a program on a machine that goes on telling, line by line, until it is closed.
type stream struct {
	lines *bufio.Scanner
	stdin io.Closer
	cmd   *exec.Cmd
	once  sync.Once
}

// stream starts a program on a machine. It ends with its input, or with the connection: one that is cut must leave nothing on the
// machine.
func (d *SSH) stream(ctx context.Context, role, text string) (*stream, error) {
	return d.listen(ctx, role, "{ "+text+"; } & p=$!; cat >/dev/null; kill $p 2>/dev/null")
}

// listen starts a program that itself ends with its input.
func (d *SSH) listen(ctx context.Context, role, text string) (*stream, error) {
	cmd := d.command(ctx, role, text)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C on this terminal is not for it
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &stream{lines: bufio.NewScanner(out), stdin: in, cmd: cmd}
	context.AfterFunc(ctx, func() { s.Close() })
	return s, nil
}

// Close ends the program and waits for that.
func (s *stream) Close() error {
	s.once.Do(func() {
		s.stdin.Close()
		ended := make(chan struct{})
		go func() {
			_ = s.cmd.Wait() // it is ended from here, so how it ends tells nothing
			close(ended)
		}()
		t := time.NewTimer(5 * time.Second)
		defer t.Stop()
		select {
		case <-ended:
		case <-t.C:
			_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // it may be gone by now
			<-ended
		}
	})
	return nil
}

// clockless reads the answers of a client whose clock is another one.
func clockless(s *stream) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		for s.lines.Scan() {
			line, err := restamp(s.lines.Bytes(), time.Now())
			if err != nil {
				continue // torn
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				break
			}
		}
		w.CloseWithError(io.EOF)
	}()
	return r
}
