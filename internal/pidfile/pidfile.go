// Package pidfile is the pid files of the small daemons (ha_logd, apphbd, recoverymgrd, cl_respawn), in the form and with the
// judgement of cluster-glue: a file whose process has gone, or is another program by now, is stale.
package pidfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// State says what a pid file tells.
type State int

const (
	Stopped State = iota // no file, or no number in it
	Stale                // the process has gone
	Running
)

// Look reads the pid file of a program. C's daemons of that name count as well as ours.
func Look(path, program string) (pid int, state State) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, Stopped
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || pid <= 0 {
		return 0, Stopped
	}
	if !is(pid, program) {
		return pid, Stale
	}
	return pid, Running
}

// is says whether a process is the program: by its file, or, when it is this one binary under one of its names, by its command line.
func is(pid int, program string) bool {
	proc := fmt.Sprintf("/proc/%d/", pid)
	exe, err := os.Readlink(proc + "exe")
	if err != nil {
		return errors.Is(err, os.ErrPermission) // it lives, and more cannot be known
	}
	if filepath.Base(strings.TrimSuffix(exe, " (deleted)")) == program {
		return true
	}
	theirs, err1 := os.Stat(proc + "exe")
	ours, err2 := os.Stat("/proc/self/exe")
	if err := errors.Join(err1, err2); err != nil || !os.SameFile(theirs, ours) {
		return false
	}
	line, err := os.ReadFile(proc + "cmdline")
	if err != nil {
		return false
	}
	words := bytes.SplitN(line, []byte{0}, 3)
	return slices.ContainsFunc(words[:min(len(words), 2)], func(w []byte) bool { return filepath.Base(string(w)) == program })
}

// A RunningError says that the daemon runs already.
type RunningError struct{ PID int }

func (e *RunningError) Error() string { return fmt.Sprintf("already running [pid %d]", e.PID) }

// A File is held as long as its daemon lives.
type File struct{ file *os.File }

// Hold writes the pid file of this process. A *RunningError says that the program runs already.
func Hold(path, program string) (*File, error) {
	if pid, state := Look(path, program); state == Running && pid != os.Getpid() {
		return nil, &RunningError{pid}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil { // two starts at the same moment
		pid, _ := Look(path, program)
		f.Close()
		return nil, &RunningError{pid}
	}
	if err = f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "%11d\n", os.Getpid())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{f}, nil
}

// Remove removes the file, unless another daemon has put its own there meanwhile.
func (p *File) Remove() {
	mine, err1 := p.file.Stat()
	there, err2 := os.Stat(p.file.Name())
	if err1 == nil && err2 == nil && os.SameFile(mine, there) {
		_ = os.Remove(p.file.Name())
	}
	_ = p.file.Close()
}
