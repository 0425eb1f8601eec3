package takeover

import (
	"fmt"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// shutdownAsked hands everything over and leaves. It waits for nothing but the stops
// of what is held here (resources spec, S35, S36, I6).
func (c *Core) shutdownAsked() {
	if c.phase == leaving {
		return
	}
	cause := c.note(event.ShutdownBegun, c.cfg.Self, "", "Heartbeat shutdown in progress. Giving up all HA resources.")
	c.endMove("this node shuts down", cause)
	c.endAsking("this node shuts down")
	spoke := c.commUp
	c.phase = leaving
	if spoke {
		c.sendResource(c.holds(), false, "shutdown")
	}
	for _, g := range c.groups {
		c.release(g, "this node shuts down", cause)
	}
}

// leaveOn ends the shutdown when nothing runs here any more.
func (c *Core) leaveOn() bool {
	if c.phase != leaving || c.leftCluster {
		return false
	}
	for _, g := range c.groups {
		if g.held() {
			return false
		}
	}
	c.leftCluster = true
	c.send(wire.New("t", "shutdone", "st", "dead"))
	c.note(event.ShutdownDone, c.cfg.Self, event.ShutdownBegun.Name+" "+c.cfg.Self, "All HA resources relinquished.")
	c.announce()
	c.do(LeaveCluster{})
	return false
}

// stopAgain repeats the stop of a blocked group while we leave: a node that
// went with a group still running would let a peer start it a second time.
func (c *Core) stopAgain(g *group) {
	g.retryEnd = c.now.Add(stopAgainAfter)
	c.release(g, fmt.Sprintf("the shutdown waits for it, and %s", g.reason), event.GroupStuck.Name+" "+g.key)
}
