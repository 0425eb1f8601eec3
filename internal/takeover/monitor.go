package takeover

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
)

// MemberFailed: the status of a resource of a group that runs here says that it does not run any more, or gave no answer
// several times. The executor repeats it as long as nothing is done about it.
type MemberFailed struct{ Key, Failed, Output string }

func (MemberFailed) isEvent() {}

// memberFailed mends a group once in place; a second failure within the memory of failures moves it (rule I15). A group that an
// administrator holds is left alone.
func (c *Core) memberFailed(ev MemberFailed) {
	g := c.group(ev.Key)
	if g == nil || g.state != Running || c.phase != stable || c.move.covers(g) {
		return // it is on its way up or down already
	}
	said := failure(ev.Failed, ev.Output)
	if c.frozen(g) {
		if g.failure != said {
			g.failure = said
			c.note(event.ResourceFailed, g.key, "", fmt.Sprintf("%s failed on %s (%s). The group is held, so nothing is done.", ev.Failed, c.cfg.Self, said))
		}
		return
	}
	g.failure = said
	if g.mendedAt.IsZero() || !c.now.Before(g.mendedAt.Add(c.cfg.FailureMemory)) {
		g.mendedAt = c.now
		ref := c.note(event.ResourceFailed, g.key, "", fmt.Sprintf("%s failed on %s (%s). It is restarted here, with what stands after it in its group.", ev.Failed, c.cfg.Self, said))
		g.reason, g.cause, g.attempts = "it is restarted because "+ev.Failed+" failed", ref, 0
		c.start(g)
		return
	}
	ref := c.note(event.ResourceFailed, g.key, "", fmt.Sprintf("%s failed on %s again (%s), %v after it was restarted here. The group is given to another node.",
		ev.Failed, c.cfg.Self, said, c.now.Sub(g.mendedAt).Round(time.Second)))
	g.wornOut = true
	c.release(g, ev.Failed+" failed again", ref)
}

// wornOutStopped counts a group that was stopped because it failed as one that failed to start here: another node takes it,
// and without one it is tried again here.
func (c *Core) wornOutStopped(g *group) {
	if !g.wornOut {
		return
	}
	g.wornOut, g.mendedAt = false, time.Time{}
	if g.want {
		return // somebody decided meanwhile that it runs here
	}
	g.fails++
	g.retryAt, g.failedAt = c.now.Add(backoff(g.fails)), c.now
	c.setState(g, Failed)
	g.reason = fmt.Sprintf("it failed here while it ran (%s)", g.failure)
}
