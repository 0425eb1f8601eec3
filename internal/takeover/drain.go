package takeover

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
)

// drainAgain is how long a drained node waits before it offers its half to a C peer once more.
const drainAgain = 10 * time.Second

// giveUp has a drained node give up what another node can run. Among nodes of our kind a release is enough: the others know of the
// drain by the same announcement, so they agree on who is next. What nobody else can run stays in service, unless the order says otherwise.
func (c *Core) giveUp() bool {
	o := c.order(Drain, c.cfg.Self)
	if o == nil || c.phase != stable {
		return false
	}
	if p := c.peer(c.move.with); c.move.role == taking && p != nil && p.ours() {
		c.endMove(c.cfg.Self+" is drained", event.OrderGiven.Name+" "+c.cfg.Self)
	}
	if c.move.role != idle {
		return false
	}
	changed := false
	for _, g := range c.groups {
		if c.frozen(g) || g.state == Stopping || g.state == Blocked || !g.held() && !g.want {
			continue
		}
		to := c.heir(g)
		if to == "" && !o.Force {
			continue
		}
		reason, cause := fmt.Sprintf("%s is drained", c.cfg.Self), event.OrderGiven.Name+" "+c.cfg.Self
		if to != "" {
			reason += ", " + to + " takes it"
		}
		changed = true
		if !g.held() {
			c.unwish(g, reason, cause)
			continue
		}
		c.release(g, reason, cause)
	}
	return changed || c.giveHalves()
}

// forbidden says which standing order forbids a start that was wanted before it was given. What a C node gives up is taken all the
// same, because it waits an hour for us; it goes back at once.
func (c *Core) forbidden(g *group) (why, cause string) {
	p := c.peer(c.move.with)
	switch {
	case c.frozen(g):
		return "it is held", event.OrderGiven.Name + " " + g.key
	case !c.Drained() || c.move.role == taking && c.move.has(g) && p != nil && !p.ours():
		return "", ""
	}
	return c.cfg.Self + " is drained", event.OrderGiven.Name + " " + c.cfg.Self
}

// heir is the node of our kind that shall run g instead of this one; empty: none can.
func (c *Core) heir(g *group) string {
	best := ""
	for _, n := range c.turns(g) {
		if n != c.cfg.Self && c.whyNot(g, n) == "" && c.peer(n).rev > 0 {
			best = n
			break
		}
	}
	return best
}

// giveHalves hands everything to a C peer, which takes nothing else than halves.
func (c *Core) giveHalves() bool {
	if c.now.Before(c.drainAt) || c.crowd() {
		return false
	}
	p, _ := c.partner()
	if p == nil || p.ours() || !c.canReceive(p) {
		return false
	}
	groups, stuckKey := c.giveable(All)
	if stuckKey != "" || len(groups) == 0 {
		return false
	}
	c.drainAt = c.now.Add(drainAgain)
	c.ask(p, All, groups, event.OrderGiven.Name+" "+c.cfg.Self, nil)
	return true
}

// turns are the nodes in the order in which they are asked to run g: the node to which it is pinned, then ha.cf order counted from its home.
func (c *Core) turns(g *group) []string {
	home := 0
	for i, n := range c.cfg.Nodes {
		if n == g.home {
			home = i
		}
	}
	var out []string
	pin := c.pinnedTo(g)
	for i := range c.cfg.Nodes {
		n := c.cfg.Nodes[(home+i)%len(c.cfg.Nodes)]
		if n == pin {
			out = append([]string{n}, out...)
			continue
		}
		out = append(out, n)
	}
	return out
}

// whyNot says in a clause why a node cannot run g now; empty: it can.
func (c *Core) whyNot(g *group, node string) string {
	if g.homeless {
		return fmt.Sprintf("its home %s is no node of this cluster", g.home)
	}
	if o := c.order(Drain, node); o != nil {
		return "it is drained" + o.tail()
	}
	if node == c.cfg.Self {
		switch {
		case g.state == Failed:
			return c.failedWord(g.failure, c.forgetAt(g))
		case g.state == Blocked:
			return "it would not stop there and is blocked"
		case c.phase == leaving:
			return "it is shutting down"
		case c.phase != stable:
			return "it is still starting"
		}
		return ""
	}
	p := c.peer(node)
	switch {
	case p == nil:
		return "there is no such node"
	case !p.alive && p.left:
		return "it has left"
	case !p.alive:
		return "it is dead"
	case p.going():
		return "it is shutting down"
	case !p.ours():
		return "it runs C Heartbeat, which takes only the whole of what is at home on one node"
	case !p.fresh || !p.hears || p.rev == 0:
		return "it has not yet told what it runs"
	case p.phase != stable.String():
		return "it is still starting"
	case p.own[g.id].state == Failed || p.own[g.id].state == wanted && p.own[g.id].num > 0:
		return c.failedWord("", p.failedAt[g.id])
	case p.own[g.id].state == Blocked:
		return "it would not stop there and is blocked"
	}
	return ""
}

// FailedThere begins the reason of a node on which the group failed.
const FailedThere = "it failed to start there"

func (c *Core) failedWord(what string, until time.Time) string {
	s := FailedThere
	if what != "" {
		s += " (" + what + ")"
	}
	if until.After(c.now) {
		s += fmt.Sprintf(", which is forgotten in %v", until.Sub(c.now).Round(time.Second))
	}
	return s
}

// tail is who gave an order and until when, for sentences.
func (o *Order) tail() string {
	s := ""
	if o.By != "" {
		s += " by " + o.By
	}
	if !o.Until.IsZero() {
		s += " until " + o.Until.Format("2006-01-02 15:04")
	}
	if o.Why != "" {
		s += ": " + o.Why
	}
	return s
}
