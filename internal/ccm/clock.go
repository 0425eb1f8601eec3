package ccm

import "time"

// clock does what is due by time alone.
func (c *Core) clock() {
	spent := c.now.Sub(c.since)
	switch c.state {
	case None:
		if !c.now.Before(c.askAt) {
			c.ask()
		}
	case VersionRequest:
		switch {
		case spent >= c.limitVRS():
			c.unanswered()
		case !c.repeat.IsZero() && !c.now.Before(c.repeat):
			c.askAgain()
		}
	case Joining:
		c.roundLate()
	case SentMemlistReq:
		if spent >= c.limitIFF() {
			c.finish()
		}
	case MemlistRes:
		if spent >= c.limitFL() {
			c.startRound(true)
		}
	case WaitForMemList, WaitForChange, NewNodeWait:
		if spent >= c.limitU() {
			c.startRound(true)
		}
	case Joined:
		if !c.now.Before(c.viewAt) {
			c.tellView()
		}
	}
}

// unanswered: nobody leads, or nobody hears us. After a few questions the highest asker forms a membership alone.
func (c *Core) unanswered() {
	if c.tries < maxTries {
		c.tries++
		c.ask()
		return
	}
	c.tries = 0
	if c.highestJoiner() {
		c.formAlone()
		c.answerJoiners()
		return
	}
	c.forgetJoiners()
	c.ask()
}

// roundLate goes on with those who take part when some never answered; and begins another round when the leader of this one does
// nothing, which C would wait for without end.
func (c *Core) roundLate() {
	if !c.roundOver() {
		return
	}
	c.decide()
	if c.state != Joining || c.cfg.LikeC || c.now.Sub(c.round) < c.limitU()+c.limitFL() {
		return
	}
	if c.rounds++; c.rounds > maxRounds {
		c.reset("the nodes came to no agreement")
		return
	}
	c.startRound(true)
}

// NextDeadline is when Step must be called with a Tick even if nothing arrives; zero means never.
func (c *Core) NextDeadline() time.Time {
	if !c.started || c.stopped {
		return time.Time{}
	}
	switch c.state {
	case None:
		return c.askAt
	case VersionRequest:
		end := c.since.Add(c.limitVRS())
		if !c.repeat.IsZero() && c.repeat.Before(end) {
			return c.repeat
		}
		return end
	case Joining:
		if !c.roundOver() {
			return c.round.Add(c.limitU())
		}
		if c.cfg.LikeC {
			return time.Time{}
		}
		return c.round.Add(c.limitU() + c.limitFL())
	case SentMemlistReq:
		return c.since.Add(c.limitIFF())
	case MemlistRes:
		return c.since.Add(c.limitFL())
	case WaitForMemList, WaitForChange, NewNodeWait:
		return c.since.Add(c.limitU())
	case Joined:
	}
	return c.viewAt
}
