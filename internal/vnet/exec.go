package vnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Command is a program to run in a machine.
type Command struct {
	Argv   []string
	Env    []string // KEY=value, added to the machine's
	Dir    string   // in the machine; empty: /
	Stdin  *os.File // nil: empty input
	Stdout *os.File // nil: thrown away
	Stderr *os.File // nil: thrown away
	TTY    bool     // on a terminal of its own (Process.Terminal) instead of these files
}

// A Process is a program running in a machine.
type Process struct {
	PID      int      // as the machine sees it
	Terminal *os.File // with Command.TTY: the other end of its terminal; the caller closes it
	line     *line
	dark     func() bool // is its machine off
}

// Start starts a program in a machine. It is killed when the calling process
// ends before it; Spawn starts one that is not.
func (l *Lab) Start(machine string, c Command) (*Process, error) {
	return l.exec(machine, c, false)
}

// Spawn starts a program that goes on by itself until the machine goes off.
func (l *Lab) Spawn(machine string, c Command) (pid int, err error) {
	p, err := l.exec(machine, c, true)
	if err != nil {
		return 0, err
	}
	p.line.close()
	return p.PID, nil
}

func (l *Lab) exec(machine string, c Command, detach bool) (*Process, error) {
	if _, err := l.Spec.index(machine); err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	files := []*os.File{c.Stdin, c.Stdout, c.Stderr}
	for i := range files {
		if files[i] == nil {
			files[i] = null
		}
	}
	ln, err := dial(filepath.Join(machineDir(l.dir, machine), "ctl.sock"))
	if err != nil {
		if _, err := running(l.dir); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s is off: heartbeat lab power-on %s", machine, machine)
	}
	var r outcome
	var passed []*os.File
	err = ln.send(order{Verb: "exec", Argv: c.Argv, Env: c.Env, Dir: c.Dir, Detach: detach, TTY: c.TTY}, files...)
	if err == nil {
		passed, err = ln.receive(&r)
	}
	if err == nil && r.Error != "" {
		err = errors.New(r.Error)
	}
	if err != nil {
		ln.close()
		return nil, fmt.Errorf("on %s: %w", machine, err)
	}
	p := &Process{PID: r.PID, line: ln, dark: func() bool { return l.dark(machine) }}
	if len(passed) == 1 {
		p.Terminal = passed[0]
	}
	return p, nil
}

// ErrPowerLost says that the machine went off while a program ran in it.
var ErrPowerLost = errors.New("the machine went off")

// Wait waits for the program's end: its exit code, or 128 + the signal that ended it.
func (p *Process) Wait() (int, error) {
	defer p.line.close()
	var r outcome
	if _, err := p.line.receive(&r); err != nil {
		return -1, ErrPowerLost
	}
	// A machine that loses its power kills its programs, and may tell of one of them with its last breath.
	if r.Exit == 128+int(syscall.SIGKILL) && p.dark() {
		return -1, ErrPowerLost
	}
	return r.Exit, nil
}

// dark says that a machine is off.
func (l *Lab) dark(machine string) bool {
	states, err := l.States()
	return err == nil && slices.ContainsFunc(states, func(s State) bool { return s.Machine == machine && s.Power == "off" })
}

// Signal sends a signal to the program and its children (its session's process group).
func (p *Process) Signal(sig syscall.Signal) error {
	return p.line.send(order{Verb: "signal", Signal: int(sig)})
}

// Close kills the program if it still runs, and forgets it.
func (p *Process) Close() { p.line.close() }

// Run runs a program to its end; a cancelled context kills it.
func (l *Lab) Run(ctx context.Context, machine string, c Command) (int, error) {
	p, err := l.Start(machine, c)
	if err != nil {
		return -1, err
	}
	defer context.AfterFunc(ctx, p.Close)()
	code, err := p.Wait()
	if ctx.Err() != nil {
		return code, context.Cause(ctx)
	}
	return code, err
}

// Output runs a program to its end and returns what it wrote, on both outputs.
// What it left running in the background keeps its output to itself.
func (l *Lab) Output(ctx context.Context, machine string, argv ...string) (string, int, error) {
	fd, err := unix.MemfdCreate("output", unix.MFD_CLOEXEC)
	if err != nil {
		return "", -1, fmt.Errorf("room for the output: %w", err)
	}
	out := os.NewFile(uintptr(fd), "output")
	defer out.Close()
	code, err := l.Run(ctx, machine, Command{Argv: argv, Stdout: out, Stderr: out})
	if err != nil {
		return "", code, err
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return "", code, err
	}
	text, err := io.ReadAll(out)
	return string(text), code, err
}
