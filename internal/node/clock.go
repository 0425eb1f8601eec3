package node

import (
	"time"

	"heartbeat/internal/rawcall"
)

// clock is the time that both cores live by: it starts at the wall clock and then follows the kernel's
// boot clock, which neither steps when somebody sets the time nor stands still while the machine is
// suspended. So a suspended machine sees how long it was away.
type clock struct {
	start time.Time // wall clock at the start, without a monotonic part
	boot  time.Duration
}

func newClock() clock { return clock{time.Now().Round(0), rawcall.BootTime()} }

func (c clock) now() time.Time { return c.start.Add(rawcall.BootTime() - c.boot) }

// wallOffset is how far the wall clock has moved away since the start. Messages carry wall time.
func (c clock) wallOffset() time.Duration { return time.Now().Round(0).Sub(c.now()) }
