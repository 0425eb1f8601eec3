package takeover

import (
	"fmt"
	"time"

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
	c.endJobs("this node shuts down")
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
	if c.gone {
		c.stay()
		return false
	}
	for _, g := range c.groups {
		if g.held() {
			return false
		}
	}
	c.gone = true
	c.stayUntil = c.now.Add(stayForC)
	if !c.leavesSilently() {
		c.send(wire.New("t", "shutdone", "st", "dead"))
	}
	c.note(event.ShutdownDone, c.cfg.Self, event.ShutdownBegun.Name+" "+c.cfg.Self, "All HA resources relinquished.")
	c.announce()
	c.stay()
	return false
}

// stayForC is how long a node stays at the most after it gave everything up while a C peer takes over.
const stayForC = 3 * time.Second

// stay ends the shutdown, at once among nodes of our kind. A C peer works through its take-over
// with scripts, and one that hears nobody meanwhile declares us dead and takes over twice; a leaving C node
// goes on speaking for some 3 s. So we go when the last such peer said that it is done (mach_down), or then.
func (c *Core) stay() {
	for _, p := range c.live() {
		if !p.ours() && p.active && !p.tookOver && c.now.Before(c.stayUntil) && !c.leavesSilently() && c.cfg.Failback != FailbackLegacy {
			return
		}
	}
	c.stayUntil = time.Time{}
	c.leftCluster = true
	c.do(LeaveCluster{})
}

// stopAgain repeats the stop of a blocked group while we leave: a node that
// went with a group still running would let a peer start it a second time.
func (c *Core) stopAgain(g *group) {
	g.retryEnd = c.now.Add(stopAgainAfter)
	c.release(g, fmt.Sprintf("the shutdown waits for it, and %s", g.reason), event.GroupStuck.Name+" "+g.key)
}
