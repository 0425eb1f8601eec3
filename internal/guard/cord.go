package guard

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/rawcall"
)

// socketFD and timerFD are where a process that the other one started finds its ends.
const (
	socketFD = 3
	timerFD  = 4
)

// newCord makes a socket pair that keeps the borders of messages.
func newCord() (mine, theirs int, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, -1, fmt.Errorf("joining node and guard: %w", err)
	}
	return pair[0], pair[1], nil
}

// newTimer makes the timer. It stands still while the machine is suspended, as the node does.
func newTimer() (int, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("making the timer of node and guard: %w", err)
	}
	return fd, nil
}

// windUp makes the timer run down after d; zero stops it.
func windUp(timer int, d time.Duration) error { return rawcall.SetTimer(timer, d) }

// wound says whether the timer is running.
func wound(timer int) bool {
	var spec unix.ItimerSpec
	return unix.TimerfdGettime(timer, &spec) == nil && (spec.Value.Sec != 0 || spec.Value.Nsec != 0)
}

// keepFromChildren sees to it that programs started from now on inherit nothing but what they are given, whatever this
// process was started with.
func keepFromChildren() {
	_ = unix.CloseRange(socketFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC) // Linux 5.11; before it descriptors of the starter go on to the node, as without a guard
}
