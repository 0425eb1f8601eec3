package lab

import (
	"errors"
	"fmt"
	"os"
	"strconv"
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

// endMain asks a process inside a machine to end, and waits until it has.
func endMain(arg string) int {
	pid, err := strconv.Atoi(arg)
	if err != nil || pid <= 1 {
		return 2
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, syscall.ESRCH) {
		return 0
	}
	if err == nil {
		err = unix.PidfdSendSignal(fd, unix.SIGTERM, nil, 0)
	}
	for err == nil {
		var n int
		n, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		if errors.Is(err, syscall.EINTR) {
			err = nil
			continue
		}
		if n > 0 {
			return 0
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}
