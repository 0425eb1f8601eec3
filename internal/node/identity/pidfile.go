package identity

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/pause"
)

// PIDPath is the pid file of the node with that run directory: /run/heartbeat.pid for /run/heartbeat,
// where C has it and where init scripts look.
func PIDPath(runDir string) string { return filepath.Clean(runDir) + ".pid" }

// A RunningError says that another process is this node already.
type RunningError struct{ PID int }

func (e *RunningError) Error() string { return fmt.Sprintf("already running [pid %d]", e.PID) }

// A PIDFile is held, with a lock, as long as the node lives. The lock ends with the process however it
// dies, so a stale number never keeps a node from starting, even when the number is in use again.
type PIDFile struct{ file *os.File }

// The child that a process was about to start when it was killed has its lock until it becomes another program: a moment, longer on a
// busy machine. A lock whose process is gone is asked for again in between, for so long.
const (
	orphanLock = 2 * time.Second
	lockAgain  = 5 * time.Millisecond
)

// HoldPIDFile writes the pid file and locks it. A *RunningError says that the node runs already: as one of
// ours, which holds the lock, or as C Heartbeat, which is known by its name only.
func HoldPIDFile(path string, pid int) (*PIDFile, error) {
	for until := time.Now().Add(orphanLock); ; {
		p, err := tryPIDFile(path, pid)
		held, ok := errors.AsType[*RunningError](err)
		if !ok || isAlive(held.PID) || time.Now().After(until) {
			return p, err
		}
		_ = pause.For(context.Background(), lockAgain)
	}
}

func tryPIDFile(path string, pid int) (_ *PIDFile, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	b := make([]byte, 32)
	n, _ := f.Read(b)
	old, _ := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil || !isAt(f, path) {
		return nil, &RunningError{old}
	}
	if old > 0 && old != pid && isClassicDaemon(old) {
		return nil, &RunningError{old}
	}
	text := fmt.Sprintf("%10d\n", pid)
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(text), 0)
	}
	if err != nil {
		return nil, err
	}
	return &PIDFile{f}, nil
}

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

// Remove removes the file and gives the lock up.
func (p *PIDFile) Remove() error {
	err := os.Remove(p.file.Name())
	if e := p.file.Close(); err == nil {
		err = e
	}
	return err
}

// isClassicDaemon says whether a process is a heartbeat daemon that is not our program.
func isClassicDaemon(pid int) bool {
	proc := fmt.Sprintf("/proc/%d/", pid)
	comm, err := os.ReadFile(proc + "comm")
	if err != nil || strings.TrimSpace(string(comm)) != "heartbeat" {
		return false
	}
	theirs, err := os.Stat(proc + "exe")
	if err != nil {
		return false
	}
	ours, err := os.Stat("/proc/self/exe")
	return err == nil && !os.SameFile(theirs, ours)
}
