// Package realtime gives this process real-time priority and keeps the programs that it starts from inheriting it.
//
// The whole process is made real-time, not one thread of it: whichever thread of the Go runtime waits for packets is the one
// that runs the heartbeat loop, and handing the work to a favoured thread would cost more than the work.
package realtime

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// on says that new threads, and so new processes, would be real-time.
var on atomic.Bool

// Enter puts every thread of the process under SCHED_RR with a priority of 1 to 99; smaller ones count as 1, the lowest, as in
// C Heartbeat: it is above all ordinary work. Later threads inherit it. From then on programs must be started by Start.
// Without privilege (CAP_SYS_NICE, or RLIMIT_RTPRIO) it is an error and nothing has changed.
func Enter(priority int) error {
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: uint32(max(priority, 1))}
	on.Store(true)
	if err := everyThread(&attr); err != nil {
		on.Store(false)
		return fmt.Errorf("setting real-time priority %d: %w", attr.Priority, err)
	}
	return nil
}

// LockMemory keeps the pages that the process uses in memory, now and later, so that a heartbeat never waits for a disk. A page is locked
// when it is first touched (Linux 4.4): locking all that the Go runtime reserves, as C Heartbeat does with the little it has, would make
// hundreds of megabytes resident. Programs started later do not inherit it.
func LockMemory() error {
	if err := unix.Mlockall(unix.MCL_CURRENT | unix.MCL_FUTURE | unix.MCL_ONFAULT); err != nil {
		return fmt.Errorf("locking memory: %w", err)
	}
	return nil
}

// everyThread gives attr to all threads. A thread that has it not may make another one meanwhile, so it looks
// until a look finds nothing left to do.
func everyThread(attr *unix.SchedAttr) error {
	for begun := false; ; {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		changed := false
		for _, t := range threads {
			tid, err := strconv.Atoi(t.Name())
			if err != nil {
				continue
			}
			has, err := unix.SchedGetAttr(tid, 0)
			if errors.Is(err, unix.ESRCH) || err == nil && has.Policy == attr.Policy && has.Priority == attr.Priority {
				continue // it has ended, or has it
			}
			if err := unix.SchedSetAttr(tid, attr, 0); err != nil && !errors.Is(err, unix.ESRCH) {
				if begun {
					return fmt.Errorf("thread %d: %w", tid, err)
				}
				return err
			}
			begun, changed = true, true
		}
		if !changed {
			return nil
		}
	}
}

// Start starts a program with ordinary scheduling, whatever this process has. Its errors are those of cmd.Start.
func Start(cmd *exec.Cmd) error {
	if !on.Load() {
		return cmd.Start()
	}
	nursery.open.Do(func() { go nursery.run() })
	order := order{cmd, make(chan error, 1)}
	nursery.orders <- order
	return <-order.started
}

type order struct {
	cmd     *exec.Cmd
	started chan error
}

// nursery is the one thread that starts programs: its children are born with ordinary scheduling.
var nursery = &thread{orders: make(chan order)}

type thread struct {
	open   sync.Once
	orders chan order
}

// run never ends: a program may have asked to be told when the thread that started it ends.
func (t *thread) run() {
	runtime.LockOSThread()
	attr, err := unix.SchedGetAttr(0, 0)
	if err == nil {
		attr.Flags |= unix.SCHED_FLAG_RESET_ON_FORK
		err = unix.SchedSetAttr(0, attr, 0)
	}
	if err != nil {
		err = fmt.Errorf("keeping real-time priority from programs: %w", err)
	}
	for o := range t.orders {
		if err != nil {
			o.started <- err // a service that starves the machine is worse than one that does not start
			continue
		}
		o.started <- o.cmd.Start()
	}
}
