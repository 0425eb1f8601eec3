package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"heartbeat/internal/cts/ask"
)

// A launcher is a program that has machines: it switches them on and off, freezes them, breaks their cables, and runs a program on each
// with a pipe to it. It reads one JSON request a line and writes one JSON answer or piece of news a line (docs/cts.md).
type launcher struct {
	cmd  *exec.Cmd
	pipe *ask.Asker[order, heard]
}

// order is a request to the launcher.
type order struct {
	ID      uint64   `json:"id"`
	Op      string   `json:"op"`
	Machine string   `json:"machine,omitempty"` // role
	Program string   `json:"program,omitempty"` // hello: path of heartbeat on this machine
	Link    *int     `json:"link,omitempty"`    // from 0
	How     string   `json:"how,omitempty"`     // carrier, mute, in, out
	Argv    []string `json:"argv,omitempty"`
	Data    string   `json:"data,omitempty"` // input: for the program of an exec
}

// heard is a line of the launcher: an answer (OK or Error), or what the program of an exec wrote (Data), or its end (End says why).
type heard struct {
	ID    uint64 `json:"id"`
	OK    bool   `json:"ok"`
	Error string `json:"error"`
	Data  string `json:"data"`
	End   string `json:"end"`
	offer
}

// offer is the answer to hello: what the launcher has.
type offer struct {
	Protocol int                    `json:"protocol"`
	Name     string                 `json:"name"`
	Program  string                 `json:"program"` // heartbeat as the machines see it
	Machines map[string]machineInfo `json:"machines"`
	Service  map[string]string      `json:"service"` // of g1 and g2, with prefix length
	Can      []string               `json:"can"`     // needs of scenarios that it meets
	Lacks    map[string]string      `json:"lacks"`   // need → why not
	Timers   string                 `json:"timers"`  // K/D/I that suit its machines
	Slack    string                 `json:"slack"`   // what to add to every bound
	ProbeMS  int                    `json:"probe_ms"`
	PaceMS   int                    `json:"pace_ms"`
	Late     int                    `json:"lateness_ms"` // of the news of an address
	Disk     string                 `json:"disk"`        // an empty disk of each node
}

type machineInfo struct {
	Host  string `json:"host"` // uname -n
	Cards []struct {
		Name    string `json:"name"`
		Address string `json:"address"`
	} `json:"cards"`
}

// protocolVersion is that of orders and answers.
const protocolVersion = 1

// errLauncherGone is what every order ends with after the launcher has ended.
var errLauncherGone = errors.New("the launcher has ended; what it said last is above")

// startLauncher runs a shell text that is the launcher. What it writes to standard error is for people.
func startLauncher(text string) (*launcher, error) {
	cmd := exec.Command("sh", "-c", "exec "+text)
	cmd.Stderr = os.Stderr
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
		return nil, fmt.Errorf("starting the launcher: %w", err)
	}
	l := newLauncher(out, in)
	l.cmd = cmd
	return l, nil
}

// mostHeard bounds a line of a launcher, in bytes.
const mostHeard = 64 << 20

func newLauncher(out io.Reader, in io.WriteCloser) *launcher {
	return &launcher{pipe: ask.New(out, in, ask.Form[order, heard]{
		Number: func(o *order, id uint64) { o.ID = id }, Of: func(h *heard) uint64 { return h.ID }, MostLine: mostHeard, Gone: errLauncherGone,
		Odd: func(line []byte) { fmt.Fprintf(os.Stderr, "the launcher says what is no JSON: %.200s\n", line) },
	})}
}

// await waits for what the launcher says first to an order.
func (l *launcher) await(ctx context.Context, o order, to <-chan heard) (heard, error) {
	select {
	case h, ok := <-to:
		switch {
		case !ok:
			return heard{}, errLauncherGone
		case h.Error != "":
			return h, fmt.Errorf("%s %s: the launcher says: %s", o.Op, o.Machine, h.Error)
		}
		return h, nil
	case <-ctx.Done():
		ask.Drain(to)
		return heard{}, fmt.Errorf("%s %s: the launcher does not answer: %w", o.Op, o.Machine, context.Cause(ctx))
	}
}

// do gives an order and waits until it is done.
func (l *launcher) do(ctx context.Context, o order) (heard, error) {
	_, to, err := l.pipe.Ask(o, func(*heard) bool { return true })
	if err != nil {
		return heard{}, err
	}
	return l.await(ctx, o, to)
}

// exec runs a program on a machine, with a pipe to it. Its output ends when the program or the machine does.
func (l *launcher) exec(ctx context.Context, machine string, argv ...string) (io.Reader, io.WriteCloser, error) {
	o := order{Op: "exec", Machine: machine, Argv: argv}
	id, to, err := l.pipe.Ask(o, func(h *heard) bool { return h.End != "" || h.Error != "" })
	if err != nil {
		return nil, nil, err
	}
	if _, err := l.await(ctx, o, to); err != nil {
		return nil, nil, err
	}
	r, w := io.Pipe()
	go func() {
		for h := range to {
			if h.End != "" {
				w.CloseWithError(fmt.Errorf("the program has ended: %s", h.End))
				continue
			}
			_, _ = io.WriteString(w, h.Data) // who does not read any more has closed it
		}
		w.CloseWithError(errLauncherGone) // unless it has said why before
	}()
	return r, &execInput{l, id, r}, nil
}

// execInput is the input of a program that exec runs.
type execInput struct {
	l  *launcher
	id uint64
	r  *io.PipeReader
}

func (e *execInput) Write(p []byte) (int, error) {
	if err := e.l.pipe.Tell(order{ID: e.id, Op: "input", Data: string(p)}); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close gives the program up.
func (e *execInput) Close() error { return e.r.Close() }

// close ends the machines and the launcher, and waits for that.
func (l *launcher) close(ctx context.Context) error {
	_, err := l.do(ctx, order{Op: "stop"})
	l.pipe.Close()
	if l.cmd == nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-l.cmd.Process.Pid, syscall.SIGKILL) })
	defer stop()
	<-l.pipe.Done()
	werr := l.cmd.Wait()
	if err == nil && werr != nil {
		err = fmt.Errorf("the launcher ends: %w", werr)
	}
	return err
}

// ending bounds the end of a launcher.
const ending = time.Minute
