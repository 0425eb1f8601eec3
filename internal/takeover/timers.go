package takeover

import "time"

// expire does what is due because time passed.
func (c *Core) expire() {
	due := func(t time.Time) bool { return !t.IsZero() && !c.now.Before(t) }
	if c.move.role != idle && due(c.move.deadline) {
		c.moveExpired()
	}
	if c.asking.id != 0 && due(c.asking.deadline) {
		c.endAsking(c.asking.with + " did not answer the takeover request in time")
	}
	c.ordersExpire()
	c.forget()
	c.jobsExpire()
	for _, p := range c.peers {
		if due(p.healUntil) {
			c.cHealOver(p)
		}
		if due(p.expectUntil) {
			p.expectOver()
		}
		c.silentStarter(p)
	}
	if c.phase != leaving {
		return
	}
	for _, g := range c.groups {
		if g.state == Blocked && due(g.retryEnd) {
			c.stopAgain(g)
		}
	}
}

// NextDeadline is when Step must be called with a Tick even if nothing arrives; zero means never.
func (c *Core) NextDeadline() time.Time {
	var next time.Time
	at := func(t time.Time) {
		// Step dealt with everything that was due by its own time.
		if t.After(c.now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if c.move.role != idle {
		at(c.move.deadline)
	}
	if c.asking.id != 0 {
		at(c.asking.deadline)
	}
	at(c.stayUntil)
	at(c.ordersDeadline())
	at(c.queueDeadline())
	at(c.waitsDeadline())
	at(c.drainAt)
	at(c.stepsDeadline())
	if c.reach.on {
		at(c.reach.tracker.NextDeadline(c.now))
		at(c.reach.again)
		at(c.ipfail.due)
	}
	for _, p := range c.peers {
		at(p.healUntil)
		at(p.expectUntil)
		at(p.homeAt)
		if p.proof.wanted && c.phase == stable {
			at(p.proof.until)
		}
		at(c.homeDue(p))
		if c.awaits(p) {
			if !p.askedAgain {
				at(p.startedAt.Add(askAgainAfter))
			}
			at(p.startedAt.Add(requestDelay))
		}
	}
	for _, g := range c.groups {
		at(c.groupDeadline(g))
		at(c.forgetAt(g))
	}
	return next
}

func (c *Core) groupDeadline(g *group) time.Time {
	switch {
	case g.state == Blocked && c.phase == leaving:
		return g.retryEnd
	case c.phase != stable:
		return time.Time{}
	case g.state == Failed && !g.want && c.designated(g) == c.cfg.Self && c.now.Before(g.retryAt):
		return g.retryAt
	case (g.state == Running || g.state == Starting) && !g.deafAt.IsZero():
		return g.deafAt
	case !g.held() && !g.askedAt.IsZero() && g.home == c.cfg.Self && c.now.Before(g.askedAt.Add(legacyAgain)):
		return g.askedAt.Add(legacyAgain)
	}
	return time.Time{}
}
