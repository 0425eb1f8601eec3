package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/realtime"
)

// A news is what a guard hears of a node. Exactly one field counts.
type news struct {
	of      *child
	up      *Charge
	leaving bool
	left    bool
	renew   time.Duration
	hung    bool
	silence time.Duration // with hung
	doing   string        // with hung: what the node did meanwhile
	died    *ending
}

// An ending is how a process ended.
type ending struct {
	known bool // the code is; only of own children
	code  int  // exit code, or 128 and the signal's number
	text  string
}

// child is a node's process as its guard sees it.
type child struct {
	pid    int
	fd     int // pidfd
	socket int // -1: closed by the other side
	born   time.Time
	mine   bool // our child, to be waited for
}

// startNode starts the node. A ready descriptor above 0 is handed on; why is told to a node that is started again.
func (g *guardian) startNode(ready int, why string) (*child, error) {
	mine, theirs, err := newCord()
	if err != nil {
		return nil, err
	}
	end, timer := os.NewFile(uintptr(theirs), "node"), dup(g.timer)
	defer end.Close()
	defer timer.Close()
	args := append(slices.Clone(g.order.args), guarded)
	files := []*os.File{end, timer}
	if ready > 0 {
		args = append(args, readyFlag+strconv.Itoa(socketFD+len(files)))
		r := dup(ready)
		defer r.Close()
		files = append(files, r)
	}
	if why != "" {
		args = append(args, revived+why)
	}
	start := func(path string) (*exec.Cmd, error) {
		cmd := exec.Command(path, args...)
		cmd.Args[0] = program
		cmd.ExtraFiles = files
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.Env = environment(os.Environ())
		return cmd, realtime.Start(cmd)
	}
	cmd, err := start(g.path)
	if errors.Is(err, fs.ErrNotExist) {
		cmd, err = start("/proc/self/exe") // the program was removed from the disk; we still have it
	}
	if err != nil {
		unix.Close(mine)
		return nil, fmt.Errorf("starting the node: %w", err)
	}
	c := &child{pid: cmd.Process.Pid, socket: mine, born: time.Now(), mine: true}
	if c.fd, err = unix.PidfdOpen(c.pid, 0); err != nil {
		unix.Close(mine)
		return nil, fmt.Errorf("watching the node: %w", err)
	}
	_ = cmd.Process.Release()
	return c, nil
}

// environment leaves out what systemd says to this process alone: its watchdog would not listen to a child.
func environment(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(v, "WATCHDOG_PID=") })
}

// adoptNode takes over the guard of the node that started this process.
func adoptNode(pid int) (*child, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil, fmt.Errorf("watching the node, process %d: %w", pid, err)
	}
	return &child{pid: pid, fd: fd, socket: socketFD, born: time.Now()}, nil
}

// watch tells what happens to the node, until it has ended. It blocks in the kernel.
func (c *child) watch(timer int, limits func() Limits, tell func(news)) {
	hung := false
	for {
		fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}, {Fd: int32(c.socket), Events: unix.POLLIN}, {Fd: int32(timer), Events: unix.POLLIN}}
		if hung {
			fds[2].Fd = -1 // said once
		}
		if _, err := unix.Poll(fds, -1); err != nil {
			continue // EINTR
		}
		if fds[1].Revents != 0 {
			c.listen(tell)
		}
		if fds[0].Revents != 0 {
			for c.socket >= 0 && c.pending() {
				c.listen(tell) // its last words
			}
			tell(news{of: c, died: c.end()})
			return
		}
		if !hung && fds[2].Revents != 0 {
			l, before := limits(), lookAt(c.pid)
			if c.silent(timer, l) {
				hung = true
				now := lookAt(c.pid)
				tell(news{of: c, hung: true, silence: l.Hang + (now.at - before.at).Round(time.Millisecond), doing: doing(c.pid, before, now)})
			}
		}
	}
}

// silent is asked when the timer has run down. If everything on this machine was stopped together, the node is about to wind it up again.
func (c *child) silent(timer int, l Limits) bool {
	var b [8]byte
	if n, _ := unix.Read(timer, b[:]); n <= 0 {
		return false // wound up again meanwhile
	}
	fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
	d := doubt{slice: l.Confirm / confirmed}
	for {
		began := time.Now()
		if n, err := unix.Poll(fds, int(d.slice.Milliseconds())+1); err == nil && n > 0 {
			return false // it has ended: that is told by its own name
		}
		if wound(timer) {
			return false
		}
		if d.over(time.Since(began)) {
			return true
		}
	}
}

// pending says whether another message waits.
func (c *child) pending() bool {
	fds := []unix.PollFd{{Fd: int32(c.socket), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

// listen takes one message.
func (c *child) listen(tell func(news)) {
	buf := make([]byte, largestMessage)
	n, _, err := unix.Recvfrom(c.socket, buf, unix.MSG_DONTWAIT)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return
	}
	if err != nil || n == 0 {
		unix.Close(c.socket)
		c.socket = -1
		return
	}
	m, err := decode(buf[:n])
	if err != nil {
		return // of another version of this program: it is guarded with what is known
	}
	if m.Up != nil {
		tell(news{of: c, up: m.Up})
	}
	if m.Leaving {
		tell(news{of: c, leaving: true})
	}
	if m.Left {
		tell(news{of: c, left: true})
	}
	if m.Renewing > 0 {
		tell(news{of: c, renew: m.Renewing})
	}
}

// end waits for the process that has ended.
func (c *child) end() *ending {
	defer unix.Close(c.fd)
	if c.socket >= 0 {
		unix.Close(c.socket)
	}
	var s unix.WaitStatus
	if !c.mine {
		return &ending{text: "ended"}
	}
	for {
		_, err := unix.Wait4(c.pid, &s, 0, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return &ending{text: "ended"}
		}
		break
	}
	if s.Signaled() {
		return &ending{true, 128 + int(s.Signal()), "was killed by signal " + strconv.Itoa(int(s.Signal())) + " (" + unix.SignalName(s.Signal()) + ")"}
	}
	return &ending{true, s.ExitStatus(), "ended with exit code " + strconv.Itoa(s.ExitStatus())}
}

func (c *child) signal(s unix.Signal) {
	_ = unix.PidfdSendSignal(c.fd, s, nil, 0) // one that is gone needs none
}
