package takeover

import (
	"fmt"
	"strings"
	"time"
)

// A waiter is a verb that is answered when the cluster is as it wanted.
type waiter struct {
	id       uint64
	acked    bool     // every live node of our kind knows the orders
	node     string   // of a drain
	groups   []*group // that it had
	force    bool
	text     string
	deadline time.Time
}

// ackPatience is how long the others may take to say that they know an order.
const ackPatience = 5 * time.Second

func (c *Core) wait(id uint64, w waiter) {
	w.id = id
	if w.acked {
		w.deadline = c.now.Add(ackPatience)
	}
	c.waiters = append(c.waiters, w)
}

// answerWaits answers what has come true.
func (c *Core) answerWaits() {
	rest := c.waiters[:0:0]
	for _, w := range c.waiters {
		if text, refused, over := c.waited(w); over {
			c.do(Answer{w.id, refused, text})
			continue
		}
		rest = append(rest, w)
	}
	c.waiters = rest
}

func (c *Core) waited(w waiter) (text string, refused, over bool) {
	if w.acked {
		var late, known []string
		for _, p := range c.live() {
			switch {
			case !p.ours():
			case p.orders == c.encodeOrders():
				known = append(known, p.name)
			default:
				late = append(late, p.name)
			}
		}
		if len(late) > 0 && c.now.Before(w.deadline) {
			return "", false, false
		}
		text = "in force on " + strings.Join(append([]string{c.cfg.Self}, known...), ", ")
		if w.text != "" {
			text = w.text + "; " + text
		}
		if len(late) > 0 {
			text += fmt.Sprintf("; %s has not yet said that it knows", strings.Join(late, ", "))
		}
		return text, false, true
	}
	return c.drainedWell(w)
}

// drainedWell says how a drain ended, when it has.
func (c *Core) drainedWell(w waiter) (text string, refused, over bool) {
	if c.order(Drain, w.node) == nil {
		return "refused: the drain of " + w.node + " was taken back", true, true
	}
	if p := c.peer(w.node); p != nil && !p.present() {
		return fmt.Sprintf("%s does not run any more; it takes nothing when it returns, until heartbeat resume %s", w.node, w.node), false, true
	}
	var gone, stays, bad []string
	for _, g := range w.groups {
		switch owner := c.owner(g); {
		case c.stuckOn(g, w.node):
			bad = append(bad, g.key+" would not stop")
		case owner == w.node && c.busyOn(g, w.node):
			return "", false, false
		case owner == w.node:
			heir := ""
			for _, n := range c.turns(g) {
				if n != w.node && c.whyNot(g, n) == "" {
					heir = n
				}
			}
			if heir != "" || w.force || len(c.classic()) > 0 {
				return "", false, false
			}
			stays = append(stays, g.key)
		case owner == "" && !w.force && c.designated(g) != "" && !c.failedSomewhere(g):
			return "", false, false
		case owner == "":
			bad = append(bad, g.key+" runs nowhere now: "+c.whyNowhere(g))
		case c.busyOn(g, owner):
			return "", false, false
		default:
			gone = append(gone, g.key+" on "+owner)
		}
	}
	text = fmt.Sprintf("%s is drained and takes nothing until heartbeat resume %s", w.node, w.node)
	if len(gone) > 0 {
		text += "; now " + strings.Join(gone, ", ")
	}
	if len(stays) > 0 {
		text += fmt.Sprintf("; %s stays in service there because no other node can run it", strings.Join(stays, ", "))
	}
	if names := c.classic(); len(names) > 0 {
		text += fmt.Sprintf("; %s runs C Heartbeat and does not know of the drain", strings.Join(names, ", "))
	}
	if len(bad) > 0 {
		return "refused: " + strings.Join(bad, "; ") + "; " + text, !w.force, true
	}
	return text, false, true
}

// stateOn is the state of g on a node, as far as it says.
func (c *Core) stateOn(g *group, node string) GroupState {
	if node == c.cfg.Self {
		return g.state
	}
	if p := c.peer(node); p != nil {
		return p.own[g.id].state
	}
	return ""
}

func (c *Core) stuckOn(g *group, node string) bool { return c.stateOn(g, node) == Blocked }

func (c *Core) busyOn(g *group, node string) bool {
	s := c.stateOn(g, node)
	return s == Starting || s == Stopping
}

func (c *Core) failedSomewhere(g *group) bool {
	if g.state == Failed {
		return true
	}
	for _, p := range c.live() {
		if p.own[g.id].state == Failed {
			return true
		}
	}
	return false
}

// waitsDeadline is when a verb is answered at the latest.
func (c *Core) waitsDeadline() (next time.Time) {
	for _, w := range c.waiters {
		if !w.deadline.IsZero() && (next.IsZero() || w.deadline.Before(next)) {
			next = w.deadline
		}
	}
	return next
}

// whyNowhere says why no node runs g; empty when that is about to change.
func (c *Core) whyNowhere(g *group) string {
	if o := c.holdOf(g); o != nil {
		return "it is held" + o.tail()
	}
	if g.homeless {
		return c.whyNot(g, c.cfg.Self)
	}
	var words []string
	for _, n := range c.cfg.Nodes {
		if why := c.whyNot(g, n); why != "" {
			words = append(words, n+": "+why)
		} else if c.barred(g) {
			words = append(words, n+": start_failure is block, and it failed on another node; heartbeat retry "+g.key+" when that is mended")
		}
	}
	return strings.Join(words, "; ")
}
