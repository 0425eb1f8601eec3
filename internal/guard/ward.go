package guard

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/node"
	"heartbeat/internal/realtime"
)

var _ node.Guardian = (*Ward)(nil)

// A Ward is the node's end. Beat belongs to one goroutine; the other methods are safe for concurrent use.
type Ward struct {
	args   []string    // that start this node
	timer  int         // shared with every guard
	report func(error) // what became of the guard; nil: a new one is there

	limits Limits
	wound  time.Time // when the timer was wound up last

	mu            sync.Mutex // guards all below
	socket        *os.File   // nil: no guard
	charge        *Charge
	leaving, left bool
	renewing      time.Duration
}

// Join takes the node's ends of what its guard gave it. Args start this node again, without what is said for one start only.
// Report is told what becomes of guards: that one was lost and replaced (nil), or could not be.
func Join(args []string, report func(error)) (*Ward, error) {
	unix.CloseOnExec(socketFD)
	unix.CloseOnExec(timerFD)
	socket, err := asFile(socketFD)
	if err != nil {
		return nil, err
	}
	if _, err := unix.FcntlInt(timerFD, unix.F_GETFD, 0); err != nil {
		return nil, errors.New("--guarded is for the guard, which heartbeat run starts by itself")
	}
	w := &Ward{args: args, timer: timerFD, report: report, socket: socket}
	go w.watch(socket)
	return w, nil
}

func asFile(fd int) (*os.File, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.New("--guarded is for the guard, which heartbeat run starts by itself")
	}
	return os.NewFile(uintptr(fd), "guard"), nil
}

// Begin says what the timers of ha.cf are. It is called before the first Beat.
func (w *Ward) Begin(keepalive, deadtime time.Duration) { w.limits = LimitsOf(keepalive, deadtime) }

// Beat says that the node's heart beats. It costs one quick system call about twice in Hang.
func (w *Ward) Beat(now time.Time) {
	if !w.wound.IsZero() && now.Sub(w.wound) < w.limits.Hang/4 {
		return
	}
	w.wound = now
	_ = windUp(w.timer, w.limits.Hang)
}

// Up tells this guard, and those that follow, what the node is.
func (w *Ward) Up(c node.Charge) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.charge = &Charge{Node: c.Node, Addresses: c.Addresses, Priority: c.Priority, Log: c.Log, Limits: w.limits}
	return w.tell(message{Up: w.charge})
}

// Leaving says that the node was told to leave the cluster. Whatever happens from now on, nobody wants it started again.
func (w *Ward) Leaving() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leaving = true
	_ = w.tell(message{Leaving: true})
}

// Left says that the end of this process is no accident.
func (w *Ward) Left() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = true
	_ = windUp(w.timer, 0)
	_ = w.tell(message{Left: true}) // a guard that is gone needs no message
}

// Renewing says that this process ends so that its guard starts it again; the peers wait for so long. An error says that there is
// no guard that would.
func (w *Ward) Renewing(patience time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.socket == nil {
		return errors.New("this node has no guard just now")
	}
	w.renewing = patience
	return w.tell(message{Renewing: patience})
}

// tell sends one message; without a guard it is nothing. The lock is held.
func (w *Ward) tell(m message) error {
	if w.socket == nil {
		return nil
	}
	data, err := m.encode()
	if err != nil {
		return err
	}
	_, err = w.socket.Write(data)
	return err
}

// calm is how long a guard has to live for its death to be no reason to wait.
const calm = 10 * time.Second

// watch replaces the guard whenever it ends. It costs nothing while there is one.
func (w *Ward) watch(socket *os.File) {
	born := time.Now().Add(-calm) // the first one is replaced at once
	for {
		var b [1]byte
		_, _ = socket.Read(b[:]) // guards say nothing: it returns when the other end is closed
		w.mu.Lock()
		socket.Close()
		w.socket = nil
		left := w.left
		w.mu.Unlock()
		if left {
			return
		}
		if time.Since(born) < calm {
			time.Sleep(calm / 10)
		}
		born = time.Now()
		next, err := w.replace()
		w.report(err)
		if err != nil {
			time.Sleep(calm)
			if next, err = w.replace(); err != nil {
				return // told already; systemd, or whoever started this node, is what is left
			}
		}
		socket = next
	}
}

// replace starts a guard for this process, which is not its child but its parent.
func (w *Ward) replace() (*os.File, error) {
	mine, theirs, err := newCord()
	if err != nil {
		return nil, err
	}
	end, timer := os.NewFile(uintptr(theirs), "guard"), dup(w.timer)
	defer end.Close()
	defer timer.Close()
	cmd := exec.Command(self(), append([]string{verb, wardFlag + strconv.Itoa(os.Getpid()), "--"}, w.args...)...)
	cmd.Args[0] = program
	cmd.ExtraFiles = []*os.File{end, timer}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := realtime.Start(cmd); err != nil {
		unix.Close(mine)
		return nil, err
	}
	go func() { _ = cmd.Wait() }() // its end is noticed by the socket
	socket, err := asFile(mine)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.socket = socket
	if w.charge != nil {
		if err := w.tell(message{Up: w.charge}); err != nil {
			return nil, err
		}
	}
	if w.leaving || w.left || w.renewing > 0 {
		_ = w.tell(message{Leaving: w.leaving, Left: w.left, Renewing: w.renewing})
	}
	return socket, nil
}

// dup gives a descriptor to a child without giving away our own.
func dup(fd int) *os.File {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil // its Fd is ^0, and the start reports that
	}
	return os.NewFile(uintptr(n), "timer")
}

// self is the path of this program, also after it was replaced by a newer one; and when it was removed, what runs still.
func self() string {
	path, err := os.Executable()
	if err == nil {
		if _, err = os.Stat(path); err == nil {
			return path
		}
	}
	return "/proc/self/exe"
}
