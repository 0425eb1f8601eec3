package respawn

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
)

// exited decides what the end of a program means.
func (c *Core) exited(ev Exited) {
	ch := &c.children[ev.Index]
	lived := c.now.Sub(ch.since)
	ch.running = false
	if c.stopping {
		c.goOnStopping()
		return
	}
	how := fmt.Sprintf("Client %s exited with return code %d.", ch.Command, ev.Code)
	if ev.Signal != 0 {
		how = fmt.Sprintf("Client %s (pid=%d) killed by signal %d.", ch.Command, ch.pid, ev.Signal)
	}
	switch {
	case ch.FailFast && (ev.Signal != 0 || ev.Code != 0):
		reason := how + " It is a failfast client: the machine is rebooted."
		c.record(event.MachineReboots, ch, reason)
		c.emit(Reboot{reason})
		return
	case ev.Signal == 0 && ev.Code == noRestart:
		c.record(event.ChildGivenUp, ch, how+" It does not want to be started again.")
		return
	}
	if lived >= quick {
		ch.quick = 0
	} else if ch.quick++; ch.quick > tooOften {
		ch.quick = 0
		c.record(event.ChildGivenUp, ch, fmt.Sprintf("%s Client %s \"respawning too fast\": it ended %d times in a row within %s of its start.", how, ch.Command, tooOften+1, quick))
		return
	}
	c.record(event.ChildExited, ch, fmt.Sprintf("%s Respawning client %q.", how, ch.Command))
	if ch.quick == 0 {
		c.launch(ev.Index)
		return
	}
	ch.again = c.now.Add(breath)
}

// stop begins to end the programs, the last one first, one at a time.
func (c *Core) stop() {
	if c.stopping {
		return
	}
	c.stopping, c.last = true, len(c.children)
	for i := range c.children {
		c.children[i].again = time.Time{}
	}
	c.endNext()
}

// goOnStopping looks whether the program whose end is waited for has ended; others may end in between.
func (c *Core) goOnStopping() {
	if c.stopping && !c.finished && !c.children[c.last].running {
		c.endNext()
	}
}

func (c *Core) endNext() {
	c.patience = time.Time{}
	for c.last--; c.last >= 0; c.last-- {
		ch := &c.children[c.last]
		if !ch.running {
			continue
		}
		c.patience = c.now.Add(stopPatience)
		if ch.pid != 0 { // else it is being started, and Launched ends it
			c.emit(End{Index: c.last})
		}
		return
	}
	c.finished = true
	c.emit(Finish{})
}
