// Package process runs the programs of respawn and failfast lines: it turns the orders of package respawn into
// processes, and their ends into events.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/realtime"
	"heartbeat/internal/respawn"
)

// A Program is one line of ha.cf.
type Program struct {
	User     string // name or uid
	Command  string // for the shell; begins with a path
	FailFast bool
}

// Config is what a Runner works with.
type Config struct {
	Programs []Program
	Env      []string // of all programs; USER, LOGNAME and HOME are added
	Record   func(event.Event)
	// Reboot restarts the machine. It must not return if it can be helped.
	Reboot func(reason string)
}

// A Runner runs the programs of one node.
type Runner struct {
	cfg     Config
	core    *respawn.Core
	events  chan respawn.Event
	done    chan struct{} // closed when no program runs any more
	quit    chan struct{}
	running []*exec.Cmd // by index; nil: not running
}

// New prepares a runner; Run makes it work.
func New(cfg Config) *Runner {
	var list []respawn.Child
	for _, p := range cfg.Programs {
		list = append(list, respawn.Child{Command: p.Command, FailFast: p.FailFast})
	}
	return &Runner{cfg: cfg, core: respawn.New(list), events: make(chan respawn.Event, 2*len(list)+8),
		done: make(chan struct{}), quit: make(chan struct{}), running: make([]*exec.Cmd, len(list))}
}

// Begin starts the programs: communication is up.
func (r *Runner) Begin() { r.put(respawn.Begun{}) }

// Stop ends them, the last one first, and returns when all have ended or ctx is done; then what still runs is killed.
func (r *Runner) Stop(ctx context.Context) {
	r.put(respawn.StopAsked{})
	select {
	case <-r.done:
	case <-ctx.Done():
		r.Kill()
	}
}

// Kill ends everything at once and does not wait.
func (r *Runner) Kill() {
	select {
	case <-r.quit:
	default:
		close(r.quit)
	}
	<-r.done
}

func (r *Runner) put(ev respawn.Event) {
	select {
	case r.events <- ev:
	case <-r.done:
	}
}

// Run is the loop. It ends after Stop or Kill.
func (r *Runner) Run() {
	defer close(r.done)
	runtime.LockOSThread() // a program is told when the thread that started it ends; this one ends with the process
	defer runtime.UnlockOSThread()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var ev respawn.Event
		select {
		case ev = <-r.events:
		case <-timer.C:
			ev = respawn.Tick{}
		case <-r.quit:
			for i := range r.running {
				r.end(i, syscall.SIGKILL)
			}
			return
		}
		if e, ok := ev.(respawn.Exited); ok {
			r.running[e.Index] = nil
		}
		for _, e := range r.core.Step(time.Now(), ev) {
			if _, ok := e.(respawn.Finish); ok {
				return
			}
			r.apply(e)
		}
		if at := r.core.NextDeadline(); at.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(time.Until(at), 0))
		}
	}
}

func (r *Runner) apply(e respawn.Effect) {
	switch e := e.(type) {
	case respawn.Launch:
		r.launch(e.Index)
	case respawn.End:
		sig := syscall.SIGTERM
		if e.Hard {
			sig = syscall.SIGKILL
		}
		r.end(e.Index, sig)
	case respawn.Reboot:
		r.cfg.Reboot(e.Reason)
	case respawn.Record:
		r.cfg.Record(e.Event)
	}
}

// launch starts a program. Its answer to the core comes through the channel, after the present step.
func (r *Runner) launch(i int) {
	cmd, err := r.command(r.cfg.Programs[i])
	if err == nil {
		err = realtime.Start(cmd)
	}
	if err != nil {
		r.events <- respawn.Failed{Index: i, Err: err.Error()}
		return
	}
	r.running[i] = cmd
	r.events <- respawn.Launched{Index: i, PID: cmd.Process.Pid}
	go func() {
		_ = cmd.Wait() // what it says is in the state
		ev := respawn.Exited{Index: i, Code: cmd.ProcessState.ExitCode()}
		if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			ev.Code, ev.Signal = 0, int(ws.Signal())
		}
		r.put(ev)
	}()
}

// command is the program as C starts it: by the shell, as its user, in a process group of its own, without
// our descriptors. It is told to end when this process dies without having stopped it.
func (r *Runner) command(p Program) (*exec.Cmd, error) {
	path, _, _ := strings.Cut(p.Command, " ")
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() || info.Mode()&0o111 == 0 {
		return nil, fmt.Errorf("%s is not executable", path)
	}
	cred, vars, err := identityOf(p.User)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/bin/sh", "-c", "exec "+p.Command)
	cmd.Dir = "/"
	cmd.Env = append(append([]string{}, r.cfg.Env...), vars...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: cred, Pdeathsig: syscall.SIGTERM}
	return cmd, nil
}

// end signals a program: the program itself to end, all that it has started when it is killed.
func (r *Runner) end(i int, sig syscall.Signal) {
	cmd := r.running[i]
	if cmd == nil {
		return
	}
	pid := cmd.Process.Pid
	if sig == syscall.SIGKILL {
		pid = -pid
	}
	_ = syscall.Kill(pid, sig) // one that has just ended is told by its Wait
}

// identityOf looks a user up with all his groups. Without privilege only the own user is possible.
func identityOf(name string) (*syscall.Credential, []string, error) {
	u, err := user.Lookup(name)
	if _, unknown := errors.AsType[user.UnknownUserError](err); unknown {
		u, err = user.LookupId(name)
	}
	if err != nil {
		return nil, nil, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, err
	}
	vars := []string{"USER=" + u.Username, "LOGNAME=" + u.Username, "HOME=" + u.HomeDir}
	if os.Geteuid() != 0 {
		if int(uid) == os.Geteuid() {
			return nil, vars, nil
		}
		return nil, nil, fmt.Errorf("only root can start programs as user %s", name)
	}
	cred := &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	groups, err := u.GroupIds()
	if err != nil {
		return nil, nil, fmt.Errorf("looking up the groups of %s: %w", name, err)
	}
	for _, g := range groups {
		if n, err := strconv.ParseUint(g, 10, 32); err == nil {
			cred.Groups = append(cred.Groups, uint32(n))
		}
	}
	return cred, vars, nil
}
