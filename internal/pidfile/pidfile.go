// Package pidfile is the pid files of all daemons: of the node, and of the small ones (ha_logd, apphbd, recoverymgrd, cl_respawn, crm_mon).
// Ours are locked as long as their process lives. Those of C's daemons are not, so they are judged as cluster-glue does: a file whose
// process has gone, or is another program by now, is stale.
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
	switch pid := number(data); {
	case pid == 0:
		return 0, Stopped
	case !is(pid, program):
		return pid, Stale
	default:
		return pid, Running
	}
}

// number is what a pid file says; 0: nothing.
func number(data []byte) int {
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0
	}
	return max(pid, 0)
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
