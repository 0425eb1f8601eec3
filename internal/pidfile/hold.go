package pidfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/pause"
)

// A RunningError says that the daemon runs already.
type RunningError struct {
	PID  int // 0: unknown
	Path string
}

func (e *RunningError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("already running: another process has the lock of %s; stop it first (fuser %s names it)", e.Path, e.Path)
	}
	return fmt.Sprintf("already running [pid %d], says %s; stop it first", e.PID, e.Path)
}

// A Claim is a pid file that a process wants to have.
type Claim struct {
	Path  string
	PID   int
	Width int // of the number, which is padded with blanks; scripts cut it out

	// Same says whether a live process, which has the number in the file but not the lock, is this daemon all the same: C's lock nothing.
	Same func(pid int) bool
}

// A File is held, with a lock, as long as its daemon lives. The lock ends with the process however it dies, so a stale number never keeps a
// daemon from starting, even when the number is in use again.
type File struct{ file *os.File }

// The child that a process was about to start when it was killed has its lock until it becomes another program: a moment, longer on a
// busy machine. A lock whose process is gone is asked for again in between, for so long.
const (
	orphanLock = 2 * time.Second
	lockAgain  = 5 * time.Millisecond
)

// Hold writes the pid file of this process as that of a small daemon. A *RunningError says that the program runs already.
func Hold(path, program string) (*File, error) {
	return Claim{Path: path, PID: os.Getpid(), Width: 11, Same: func(pid int) bool { return is(pid, program) }}.Hold()
}

// Hold writes the pid file and locks it. A *RunningError says that the daemon runs already: as one of ours, which holds the lock, or as
// one of C's, which Same knows.
func (c Claim) Hold() (*File, error) {
	for until := time.Now().Add(orphanLock); ; {
		p, err := c.try()
		held, ok := errors.AsType[*RunningError](err)
		if !ok || isAlive(held.PID) || time.Now().After(until) {
			return p, err
		}
		_ = pause.For(context.Background(), lockAgain)
	}
}

func (c Claim) try() (_ *File, err error) {
	f, err := os.OpenFile(c.Path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		if data, unreadable := os.ReadFile(c.Path); unreadable == nil && c.another(number(data)) {
			return nil, &RunningError{number(data), c.Path} // of another user, perhaps
		}
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	b := make([]byte, 32)
	n, _ := f.Read(b)
	old := number(b[:n])
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil || !isAt(f, c.Path) || c.another(old) {
		return nil, &RunningError{old, c.Path}
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "%*d\n", c.Width, c.PID), 0)
	}
	if err != nil {
		return nil, err
	}
	return &File{f}, nil
}

// another says whether a number is that of another process that is this daemon.
func (c Claim) another(pid int) bool { return pid > 0 && pid != c.PID && c.Same(pid) }

// isAt says whether a file still has that name: its owner may have removed it between our opening and locking it.
func isAt(f *os.File, path string) bool {
	ours, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(ours, named)
}

// isAlive says whether there is a process with that number.
func isAlive(pid int) bool { return pid > 0 && unix.Kill(pid, 0) != unix.ESRCH }

// Remove removes the file, unless another daemon has put its own there meanwhile, and gives the lock up.
func (p *File) Remove() error {
	var err error
	if isAt(p.file, p.file.Name()) {
		err = os.Remove(p.file.Name())
	}
	return errors.Join(err, p.file.Close())
}
