package vnet

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
)

// order is what a machine's PID 1 is told to do.
type order struct {
	Verb   string   // exec, signal, freeze, thaw, hush, speak, addresses, watch
	Argv   []string // exec
	Env    []string // exec: added to the machine's environment
	Dir    string   // exec: working directory
	Detach bool     // exec: the program goes on when the caller is gone
	TTY    bool     // exec: on a terminal of its own, whose other end comes back with the first answer
	Signal int      // signal
	Link   int      // hush, speak
}

// outcome answers an order; exec is answered twice: started, ended.
type outcome struct {
	Error string `json:",omitempty"`
	PID   int    // of the started program, as seen in the machine
	Ended bool
	Exit  int    // 0..255; 128 + signal when a signal ended it
	Addrs []Addr `json:",omitempty"` // addresses
}

// keeper is PID 1 of a machine: it starts programs and reaps whatever ends.
type keeper struct {
	env []string

	mu      sync.Mutex // held while forking, so that an end is never seen before its start is noted
	ends    map[int]chan syscall.WaitStatus
	stopped bool // frozen
}

func newKeeper(env []string) *keeper {
	k := &keeper{env: env, ends: map[int]chan syscall.WaitStatus{}}
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGCHLD)
	// PID 1 ends by SIGKILL from outside only; nothing inside may end it by accident.
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE)
	go func() {
		for range died {
			k.reap()
		}
	}()
	return k
}

// reap collects every ended process, adopted orphans included.
func (k *keeper) reap() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if end, ok := k.ends[pid]; ok {
			delete(k.ends, pid)
			end <- status
		}
	}
}

// start runs a program in a session of its own; with o.TTY its input is the
// session's terminal.
func (k *keeper) start(o order, files [3]uintptr) (pid int, end chan syscall.WaitStatus, err error) {
	if len(o.Argv) == 0 || o.Argv[0] == "" {
		return 0, nil, errors.New("no program is named")
	}
	path, err := exec.LookPath(o.Argv[0])
	if err != nil {
		return 0, nil, fmt.Errorf("%s: not found in this machine", o.Argv[0])
	}
	dir := o.Dir
	if dir == "" {
		dir = "/"
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return 0, nil, errors.New("the machine is frozen; thaw it first")
	}
	pid, err = syscall.ForkExec(path, o.Argv, &syscall.ProcAttr{
		Dir: dir, Env: append(append(os.Environ(), k.env...), o.Env...), Files: files[:],
		Sys: &syscall.SysProcAttr{Setsid: true, Setctty: o.TTY, Ctty: 0},
	})
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", o.Argv[0], err)
	}
	end = make(chan syscall.WaitStatus, 1)
	k.ends[pid] = end
	return pid, end, nil
}

// service starts a program that belongs to the machine itself.
func (k *keeper) service(argv []string) error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	log, err := os.OpenFile("/var/log/boot.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	_, _, err = k.start(order{Argv: argv}, [3]uintptr{null.Fd(), log.Fd(), log.Fd()})
	return err
}

// serve carries out orders until the machine is switched off.
func (k *keeper) serve(l *net.UnixListener) {
	for {
		c, err := l.AcceptUnix()
		if err != nil {
			return
		}
		go k.attend(&line{c})
	}
}

func (k *keeper) attend(ln *line) {
	defer ln.close()
	var o order
	files, err := ln.receive(&o)
	defer func() { closeAll(files) }()
	if err != nil {
		return
	}
	r := outcome{Ended: true}
	switch o.Verb {
	case "exec":
		var master *os.File
		if o.TTY {
			closeAll(files)
			files = nil
			if master, files, err = openTerminal(); err != nil {
				break
			}
			defer master.Close()
		}
		if len(files) != 3 {
			err = errors.New("a program needs input, output and error output")
			break
		}
		k.run(ln, o, files, master)
		return
	case "watch":
		watch(ln)
		return
	case "addresses":
		r.Addrs, err = listAddrs()
	case "freeze", "thaw":
		err = k.hold(o.Verb == "freeze")
	case "hush":
		err = dropAll(nic(o.Link))
	case "speak":
		err = passAll(nic(o.Link))
	default:
		err = fmt.Errorf("unknown order %q", o.Verb)
	}
	if err != nil {
		r.Error = err.Error()
	}
	ln.send(r)
}

// run starts a program, tells its end, and passes on signals meanwhile. When the
// caller goes away the program is killed, unless it was detached. master is the
// caller's end of the program's terminal, or nil.
func (k *keeper) run(ln *line, o order, files []*os.File, master *os.File) {
	pid, end, err := k.start(o, [3]uintptr{files[0].Fd(), files[1].Fd(), files[2].Fd()})
	if err != nil {
		ln.send(outcome{Error: err.Error(), Ended: true})
		return
	}
	closeAll(files) // the program has its own copies; ours would keep pipes open
	var passed []*os.File
	if master != nil {
		passed = append(passed, master)
	}
	if ln.send(outcome{PID: pid}, passed...) != nil && !o.Detach {
		syscall.Kill(-pid, syscall.SIGKILL)
	}
	if o.Detach {
		return
	}
	go func() {
		for {
			var sig order
			if _, err := ln.receive(&sig); err != nil {
				break
			}
			syscall.Kill(-pid, syscall.Signal(sig.Signal))
		}
		syscall.Kill(-pid, syscall.SIGKILL) // of a session that ended long ago: no such process
	}()
	ln.send(outcome{PID: pid, Ended: true, Exit: exitCode(<-end)})
}

func exitCode(s syscall.WaitStatus) int {
	if s.Signaled() {
		return 128 + int(s.Signal())
	}
	return s.ExitStatus()
}

// askMachine gives one order to a machine whose directory is dir.
func askMachine(dir string, o order) (outcome, error) {
	var r outcome
	ln, err := dial(dir + "/ctl.sock")
	if err != nil {
		return r, err
	}
	defer ln.close()
	if err := ln.send(o); err != nil {
		return r, err
	}
	if _, err := ln.receive(&r); err != nil {
		return r, err
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}
