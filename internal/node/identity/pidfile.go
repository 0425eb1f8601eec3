package identity

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
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

// HoldPIDFile writes the pid file and locks it. A *RunningError says that the node runs already: as one of
// ours, which holds the lock, or as C Heartbeat, which is known by its name only.
func HoldPIDFile(path string, pid int) (*PIDFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 32)
	n, _ := f.Read(b)
	old, _ := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, &RunningError{old}
	}
	if old > 0 && old != pid && isClassicDaemon(old) {
		f.Close()
		return nil, &RunningError{old}
	}
	text := fmt.Sprintf("%10d\n", pid)
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(text), 0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &PIDFile{f}, nil
}

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
