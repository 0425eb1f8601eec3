package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// signalMain sends a signal inside a machine: PID SIGNAL; signal 0 asks whether
// the process exists.
func signalMain(args []string) int {
	pid, err1 := strconv.Atoi(args[0])
	sig, err2 := strconv.Atoi(args[1])
	if err1 != nil || err2 != nil || pid <= 1 {
		return 2
	}
	if err := syscall.Kill(pid, syscall.Signal(sig)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// killMain ends a process inside a machine and its children in one blow: it is stopped first, so that it cannot answer the death of a child.
func killMain(arg string) int {
	pid, err := strconv.Atoi(arg)
	if err != nil || pid <= 1 {
		return 2
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // a thread each; the pattern is well formed
	for _, list := range lists {
		children, _ := os.ReadFile(list) // a thread that has ended has none
		for child := range strings.FieldsSeq(string(children)) {
			if n, err := strconv.Atoi(child); err == nil && isProgram(n) {
				_ = endProcess(n, unix.SIGKILL) // one that has ended is as good
			}
		}
	}
	if err := endProcess(pid, unix.SIGKILL); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// isProgram says whether a process runs this program: scripts are children of the daemon, too, and outlive it.
func isProgram(pid int) bool {
	theirs, err := os.Stat(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return false
	}
	ours, err := os.Stat("/proc/self/exe")
	return err == nil && os.SameFile(theirs, ours)
}

// endMain asks a process inside a machine to end, and waits until it has.
func endMain(arg string) int {
	pid, err := strconv.Atoi(arg)
	if err != nil || pid <= 1 {
		return 2
	}
	if err := endProcess(pid, unix.SIGTERM); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// endProcess sends a signal and waits until the process is gone; one that is gone already is no error.
func endProcess(pid int, sig unix.Signal) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, sig, nil, 0); err != nil {
		return err
	}
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		if n > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
