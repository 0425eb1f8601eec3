package takeover

import (
	"fmt"

	"heartbeat/internal/event"
)

// unable counts a group that this node has no script for as one that failed here: the announcement says so before anybody
// asks this node to run it, and another node takes it at once (scenario S40). Like every failure it is tried
// again when nobody else can, and forgotten after a while: the script may have been installed meanwhile.
func (c *Core) unable() {
	for _, g := range c.groups {
		why, cannot := c.cfg.Unable[g.key]
		if !cannot || g.state != Stopped {
			continue
		}
		g.state, g.failure, g.fails = Failed, why, 1
		g.failedAt, g.retryAt = c.now, c.now.Add(backoff(1))
		g.reason = "this node cannot run it"
	}
}

// tellUnable puts it on the timeline, once.
func (c *Core) tellUnable() {
	for _, g := range c.groups {
		if why, cannot := c.cfg.Unable[g.key]; cannot && g.state == Failed {
			c.note(event.GroupFailed, g.key, "comm.up", fmt.Sprintf("This node cannot run %s (%s). Another node that can runs it.", g.key, why))
		}
	}
	c.cfg.Unable = nil
}
