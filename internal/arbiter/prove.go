package arbiter

import "fmt"

// prove says that the other node has stopped, or what is in the way.
func (c *Core) prove() {
	if !c.wanted || c.proved || c.alive {
		return
	}
	if c.sole() && c.entitled {
		c.proved = true
		c.do(Prove{By: c.by(), Text: fmt.Sprintf("%s granted the lease to %s, and %s has had its time to stop", c.by(), c.cfg.Self, c.cfg.Peer)})
		return
	}
	if text := c.unproven(); text != c.refused {
		c.refused = text
		if text != "" {
			c.do(Refuse{By: c.cfg.Kind.String(), Text: text})
		}
	}
}

// halt says when the other node is heard, and yet cannot run anything: it is deaf, and the lease is here.
func (c *Core) halt() {
	is := c.alive && c.sole() && c.entitled
	if is != c.halted {
		c.halted = is
		c.do(Halted{is})
	}
}

// unproven says what is in the way of a proof; empty: only time.
func (c *Core) unproven() string {
	switch {
	case !c.obeys:
		return fmt.Sprintf("%s is a C node or has another take_over policy: an arbiter cannot stop it", c.cfg.Peer)
	case c.away:
		return c.obstacle()
	case c.leased():
		return ""
	}
	for _, r := range c.refs {
		if r.known && !r.answers || r.holder != "" {
			return c.obstacle()
		}
	}
	return ""
}
