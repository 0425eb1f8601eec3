package node

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// makeRealtime gives the calling thread, the pulse's own, round-robin real-time priority. The priority is
// not inherited: neither by threads that the runtime makes later nor by resource scripts.
//
// Memory is not locked, unlike in C. The Go runtime maps far more than it uses, and mlockall would
// make all of it resident: hundreds of megabytes for a daemon of a few. What the pulse touches is
// touched several times a second anyhow and so stays in memory.
func makeRealtime(priority int) error {
	if priority <= 0 {
		priority = 1 // as C: the lowest is above all ordinary work
	}
	attr := unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR,
		Flags: unix.SCHED_FLAG_RESET_ON_FORK, Priority: uint32(priority),
	}
	if err := unix.SchedSetAttr(0, &attr, 0); err != nil {
		return fmt.Errorf("setting real-time priority %d: %w", priority, err)
	}
	return nil
}
