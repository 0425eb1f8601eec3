package takeover

import (
	"fmt"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/event"
)

// touch marks a change that peers must have seen before anybody acts on the absence of g here.
func (c *Core) touch(g *group) {
	c.bump = true
	g.freedRev = c.rev + 1
}

// wish makes this node the one that shall run g. The start follows in launch as soon as it is safe.
func (c *Core) wish(g *group, reason, cause string) {
	g.want, g.reason, g.cause, g.attempts, g.offered, g.excused = true, reason, cause, 0, false, connectivity.No
	c.bump = true
}

// unwish withdraws the wish. What runs goes on: use release for that.
func (c *Core) unwish(g *group, reason, cause string) {
	if g.want {
		c.touch(g)
	}
	g.want, g.reason, g.cause = false, reason, cause
}

// pardon forgets failures, because somebody decided that g shall be tried again here.
func (c *Core) pardon(g *group) {
	if g.fails > 0 || g.state == Failed {
		c.touch(g)
	}
	g.fails, g.retryAt, g.attempts, g.failedAt = 0, time.Time{}, 0, time.Time{}
	if g.state == Failed {
		c.setState(g, Stopped)
	}
}

func (c *Core) setState(g *group, s GroupState) {
	if g.held() && !isHeld(s) {
		c.touch(g)
	}
	g.state, g.since = s, c.now
}

// start begins to run g here.
func (c *Core) start(g *group) {
	if !g.held() {
		g.claim = stamp(c.now)
	}
	g.rival, g.told, g.deafAt = "", "", time.Time{}
	c.setState(g, Starting)
	cause := c.note(event.GroupAcquire, g.key, g.cause, fmt.Sprintf("%s is started on %s: %s.", g.key, c.cfg.Self, g.reason))
	c.do(StartGroup{Key: g.key, Reason: g.reason, Cause: cause})
}

// release stops g here if it runs, and withdraws the wish for it.
func (c *Core) release(g *group, reason, cause string) {
	c.unwish(g, reason, cause)
	if g.state != Starting && g.state != Running && g.state != Blocked {
		return
	}
	g.adopted = false
	c.setState(g, Stopping)
	ref := c.note(event.GroupRelease, g.key, cause, fmt.Sprintf("%s is stopped on %s: %s.", g.key, c.cfg.Self, reason))
	c.do(StopGroup{Key: g.key, Reason: reason, Cause: ref})
}

func (c *Core) groupStarted(ev GroupStarted) {
	g := c.group(ev.Key)
	if g == nil || g.state != Starting {
		return // a stop overtook it; GroupStopped tells the end
	}
	switch {
	case ev.Stuck:
		g.want = false
		c.stuck(g, ev.Failed, ev.Output)
	case ev.Failed != "":
		c.startFailed(g, ev)
	default:
		c.setState(g, Running)
		g.failure, g.fails, g.attempts, g.retryAt = "", 0, 0, time.Time{}
		g.adopted = false
		c.bump = true
		c.note(event.GroupAcquired, g.key, event.GroupAcquire.Name+" "+g.key, fmt.Sprintf("%s runs on %s.", g.key, c.cfg.Self))
	}
}

func (c *Core) startFailed(g *group, ev GroupStarted) {
	g.failure = failure(ev.Failed, ev.Output)
	g.attempts++
	if g.attempts <= c.cfg.StartRetries && !c.frozen(g) {
		c.note(event.GroupFailed, g.key, g.cause, fmt.Sprintf("%s failed to start on %s (%s), attempt %d of %d; it is tried again.",
			g.key, c.cfg.Self, g.failure, g.attempts, c.cfg.StartRetries+1))
		c.do(StartGroup{Key: g.key, Reason: g.reason, Cause: event.GroupFailed.Name + " " + g.key})
		return
	}
	g.fails++
	wait := backoff(g.fails)
	g.retryAt, g.failedAt = c.now.Add(wait), c.now
	c.setState(g, Failed)
	reason := fmt.Sprintf("it failed to start here (%s)", g.failure)
	ref := c.note(event.GroupFailed, g.key, g.cause, fmt.Sprintf(
		"Giving up resources due to failure of %s: %s did not start on %s (%s). Another node that can run it takes it; without one it is tried again here in %v.",
		ev.Failed, g.key, c.cfg.Self, g.failure, wait))
	c.unwish(g, reason, ref)
}

// backoff is the time to the next attempt after n failed wishes (rule I7).
func backoff(n uint64) time.Duration {
	d := firstRetry
	for i := uint64(1); i < n && d < lastRetry; i++ {
		d *= 2
	}
	return min(d, lastRetry)
}

func (c *Core) groupStopped(ev GroupStopped) {
	g := c.group(ev.Key)
	if g == nil || g.state != Stopping {
		return
	}
	if ev.Failed != "" {
		c.stuck(g, ev.Failed, ev.Output)
		return
	}
	c.setState(g, Stopped)
	g.claim = 0
	c.wornOutStopped(g)
	c.note(event.GroupReleased, g.key, event.GroupRelease.Name+" "+g.key, fmt.Sprintf("%s is stopped on %s.", g.key, c.cfg.Self))
	c.legacyReleased(g)
}

// stuck ends an operation that left the group running at least in part. It stays
// claimed, so nobody else starts it (rule I8).
func (c *Core) stuck(g *group, word, output string) {
	g.failure, g.wornOut = failure(word, output), false
	c.setState(g, Blocked)
	g.reason = fmt.Sprintf("it would not stop (%s)", g.failure)
	g.retryEnd = c.now.Add(stopAgainAfter)
	ref := c.note(event.GroupStuck, g.key, event.GroupRelease.Name+" "+g.key, fmt.Sprintf(
		"%s would not stop on %s (%s). It is blocked here and is not started elsewhere; stop it by hand.", g.key, c.cfg.Self, g.failure))
	c.moveStuck(g, ref)
	c.legacyStuck(g)
	c.fenceSelf(g, ref)
}

func failure(word, output string) string {
	if output == "" {
		return word
	}
	return word + ": " + output
}

// holds is what this node holds in the words of the wire. A half is held while any of
// its groups may be in use (rule I2). What is being handed over is not counted,
// as C does: there isstable=0 says that the release still runs.
func (c *Core) holds() Set {
	s := c.emptyHeld()
	for _, g := range c.groups {
		if !g.held() || g.state != Blocked && (c.phase == leaving || c.move.gives(g)) {
			continue
		}
		s |= half(g, c.cfg.Self)
	}
	return s
}

// working says that groups are on their way up or down.
func (c *Core) working() bool {
	for _, g := range c.groups {
		if g.state == Starting || g.state == Stopping || g.want && g.state == Stopped {
			return true
		}
	}
	return false
}

// quiet is the isstable of our resource messages.
func (c *Core) quiet() bool {
	return c.phase == stable && c.move.role == idle && !c.working()
}
