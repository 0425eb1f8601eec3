package takeover

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// moveAsked begins hand-overs of single groups, or of sets among more than two nodes.
func (c *Core) moveAsked(ev VerbAsked) {
	if ev.Node != "" && ev.Node != c.cfg.Self && c.peer(ev.Node) == nil {
		c.refuse(ev.ID, "%s", c.unknownNode(ev.Node))
		return
	}
	if ev.From != "" && ev.From != c.cfg.Self && c.peer(ev.From) == nil {
		c.refuse(ev.ID, "%s", c.unknownNode(ev.From))
		return
	}
	j := c.newJob(ev.ID)
	if ev.Group != "" && ev.Group != EveryName {
		c.moveOne(j, ev)
		return
	}
	set, ok := parseWord(ev.Set)
	if !ok {
		c.refuse(ev.ID, "%q is not one of all, local, foreign, failback", ev.Set)
		return
	}
	if ev.From == "" || ev.From == c.cfg.Self {
		if ev.Node != c.cfg.Self {
			c.transferHere(j, nil, set, ev.Node)
		}
	}
	for _, p := range c.live() {
		if (ev.From != "" && ev.From != p.name) || ev.Node == p.name || p.rev == 0 {
			continue
		}
		view := p.name
		if ev.Node == c.cfg.Self { // we take: the words are ours
			view = c.cfg.Self
		}
		for _, g := range c.groups {
			if isHeld(p.own[g.id].state) && half(g, view)&set != 0 {
				one := ev
				one.Group = g.key
				c.relay(j, p, one)
			}
		}
	}
	j.left--
	if j.left == 0 && len(j.texts) == 0 {
		j.texts = []string{"nothing to do: none of these groups runs there"}
	}
	c.endJob(j)
}

// moveOne moves one group from wherever it runs.
func (c *Core) moveOne(j *errand, ev VerbAsked) {
	g := c.group(ev.Group)
	if g == nil {
		c.refuse(ev.ID, "%s", c.unknownGroup(ev.Group))
		return
	}
	owner := c.owner(g)
	switch {
	case c.frozen(g):
		c.refuse(ev.ID, "%s is held%s; first: heartbeat resume %s", g.key, c.holdOf(g).tail(), g.key)
		return
	case owner == "":
		c.refuse(ev.ID, "%s runs nowhere, so it cannot be moved: %s", g.key, c.whyNowhere(g))
		return
	case ev.From != "" && ev.From != owner:
		c.do(Answer{ev.ID, false, fmt.Sprintf("nothing to do: %s runs on %s, not on %s", g.key, owner, ev.From)})
		return
	}
	if pin := c.pinnedTo(g); pin != "" && pin != ev.Node {
		c.give(Order{Kind: Pin, Subject: g.key, Over: true, By: ev.By})
		j.texts = append(j.texts, fmt.Sprintf("%s is no longer pinned to %s", g.key, pin))
	}
	if ev.Stay && ev.Node != "" {
		j.pin = append(j.pin, Order{Kind: Pin, Subject: g.key, Node: ev.Node, Until: c.until(ev.For), By: ev.By, Why: ev.Why, Since: c.now})
	}
	switch {
	case owner == ev.Node:
		j.texts = append(j.texts, fmt.Sprintf("nothing to do: %s runs on %s already", g.key, owner))
	case owner == c.cfg.Self:
		c.transferHere(j, g, All, ev.Node)
	default:
		p := c.peer(owner)
		if p.rev == 0 {
			c.moveFromC(j, g, p, ev)
			return
		}
		c.relay(j, p, ev)
	}
	j.left--
	c.endJob(j)
}

// moveFromC asks a C node to give up the half that is exactly g.
func (c *Core) moveFromC(j *errand, g *group, p *peer, ev VerbAsked) {
	if ev.Node != "" && ev.Node != c.cfg.Self {
		c.refuse(ev.ID, "%s runs on %s, which runs C Heartbeat and hands over to this node only", g.key, p.name)
		return
	}
	set := half(g, c.cfg.Self)
	if also := c.halfMates(g, p.name); len(also) > 0 {
		c.refuse(ev.ID, "%s runs C Heartbeat, which moves only the whole of what is at home on one node: with %s also %s. To move all of it: heartbeat takeover %s",
			p.name, g.key, strings.Join(also, ", "), set)
		return
	}
	c.takeoverAsked(TakeoverAsked{ID: ev.ID, Set: set.String()})
}

// halfMates are the other groups of g's half that node has.
func (c *Core) halfMates(g *group, node string) (keys []string) {
	for _, o := range c.groups {
		if o != g && half(o, c.cfg.Self) == half(g, c.cfg.Self) && c.owner(o) == node {
			keys = append(keys, o.key)
		}
	}
	return keys
}

// transferHere lines up hand-overs of what this node runs: of g, or of a set. An empty target leaves the choice to this node.
func (c *Core) transferHere(j *errand, g *group, set Set, to string) {
	fail := func(format string, args ...any) {
		j.refused = true
		j.texts = append(j.texts, fmt.Sprintf(format, args...))
	}
	groups := []*group{g}
	if g == nil {
		groups = nil
		for _, o := range c.groups {
			if o.held() && half(o, c.cfg.Self)&set != 0 {
				groups = append(groups, o)
			}
		}
	}
	for _, g := range groups {
		target := to
		switch {
		case !g.held():
			fail("%s does not run on %s", g.key, c.cfg.Self)
			continue
		case c.frozen(g):
			fail("%s is held%s", g.key, c.holdOf(g).tail())
			continue
		case g.state == Blocked:
			fail("%s is blocked on %s because it would not stop; stop it by hand, then heartbeat retry %s", g.key, c.cfg.Self, g.key)
			continue
		case target == c.cfg.Self:
			continue
		}
		if target == "" {
			if target = c.bestOther(g); target == "" {
				fail("no other node can run %s now: %s", g.key, c.whyNoOther(g))
				continue
			}
		}
		if why := c.whyNotMove(g, target); why != "" {
			fail("%s cannot go to %s: %s", g.key, target, why)
			continue
		}
		c.queue = append(c.queue, transfer{g: g, to: target, inner: c.step(j, ""), deadline: c.now.Add(queuePatience)})
	}
}

// bestOther is where a group goes that shall go away from here.
func (c *Core) bestOther(g *group) string {
	for _, n := range c.turns(g) {
		if n != c.cfg.Self && (c.whyNot(g, n) == "" || c.wholeHalf(g, n) == "") {
			return n
		}
	}
	return ""
}

func (c *Core) whyNoOther(g *group) string {
	var words []string
	for _, n := range c.cfg.Nodes {
		if n != c.cfg.Self {
			words = append(words, n+": "+c.whyNotMove(g, n))
		}
	}
	if len(words) == 0 {
		return "there is no other node"
	}
	return strings.Join(words, "; ")
}

// whyNotMove says why a group that runs here cannot be handed to a node; a failure there is no reason when somebody orders it.
func (c *Core) whyNotMove(g *group, node string) string {
	p := c.peer(node)
	if p != nil && p.present() && !p.ours() {
		return c.wholeHalf(g, node)
	}
	if len(c.classic()) > 0 {
		return strings.Join(c.classic(), ", ") + " runs C Heartbeat, which would take part in every hand-over"
	}
	if p != nil && p.own[g.id].state == Failed && !c.drained(node) && p.present() {
		return ""
	}
	return c.whyNot(g, node)
}

// wholeHalf says why a C node cannot be given g; empty: it can, because g is all that this node has of its half.
func (c *Core) wholeHalf(g *group, node string) string {
	p := c.peer(node)
	switch {
	case p == nil || p.ours() || !p.present():
		return "it is no C node"
	case c.crowd():
		return "it runs C Heartbeat, which knows two nodes only"
	case c.drained(node):
		return "it is drained"
	}
	if also := c.halfMates(g, c.cfg.Self); len(also) > 0 {
		return fmt.Sprintf("it runs C Heartbeat, which takes only the whole of what is at home on one node: with %s also %s. To move all of it: heartbeat standby %s",
			g.key, strings.Join(also, ", "), half(g, c.cfg.Self))
	}
	return ""
}

// runQueue begins the next hand-over that can begin.
func (c *Core) runQueue() bool {
	if c.phase != stable || c.asking.id != 0 {
		return false
	}
	for i := 0; i < len(c.queue); i++ {
		t := c.queue[i]
		why, late := c.transferFate(t), !c.now.Before(t.deadline)
		if why == "" && late {
			why = fmt.Sprintf("%s was busy for %v; heartbeat status shows with what", t.to, queuePatience)
		}
		if why != "" || t.g.state == Stopped && c.owner(t.g) == t.to {
			c.queue = slices.Delete(c.queue, i, i+1)
			text := why
			if why == "" {
				text = fmt.Sprintf("%s runs on %s", t.g.key, t.to)
			}
			c.do(Answer{t.inner, why != "", text})
			return true
		}
		p := c.peer(t.to)
		if c.move.role != idle || c.now.Before(t.notBefore) || t.g.state != Running || !c.canReceive(p) || p.moving != "" && p.ours() {
			continue
		}
		c.queue = slices.Delete(c.queue, i, i+1)
		c.beginTransfer(t, p)
		return true
	}
	return false
}

// transferFate says why nothing can come of a hand-over that waits.
func (c *Core) transferFate(t transfer) string {
	switch {
	case !t.g.held() && c.owner(t.g) != t.to:
		return t.g.key + " no longer runs on " + c.cfg.Self
	case c.frozen(t.g):
		return t.g.key + " is held"
	case t.g.state == Blocked:
		return t.g.key + " would not stop on " + c.cfg.Self
	case !t.g.held():
		return ""
	}
	if why := c.whyNotMove(t.g, t.to); why != "" {
		return fmt.Sprintf("%s cannot go to %s: %s", t.g.key, t.to, why)
	}
	return ""
}

// beginTransfer asks the receiver, for all groups at once that wait for it.
func (c *Core) beginTransfer(t transfer, p *peer) {
	groups, ids := []*group{t.g}, []uint64{t.inner}
	set := half(t.g, c.cfg.Self)
	c.queue = slices.DeleteFunc(c.queue, func(o transfer) bool {
		if o.to != t.to || o.g.state != Running || c.now.Before(o.notBefore) || c.transferFate(o) != "" || slices.Contains(groups, o.g) {
			return false
		}
		groups, ids, set = append(groups, o.g), append(ids, o.inner), set|half(o.g, c.cfg.Self)
		return true
	})
	c.ask(p, set, groups, "", nil)
	c.move.ids = ids
	if p.ours() {
		c.move.deadline = c.now.Add(queuePatience)
	}
}

// askBusy: the receiver is in another hand-over. The request goes back into the queue; nodes that ask each other wait for different times.
func (c *Core) askBusy() {
	mv := c.move
	c.move = move{}
	turn := max(slices.Index(c.cfg.Nodes, c.cfg.Self), 0)
	wait := time.Duration(1+turn) * max(c.cfg.Keepalive/4, 10*time.Millisecond)
	for i, id := range mv.ids {
		if i < len(mv.groups) {
			c.queue = append(c.queue, transfer{g: mv.groups[i], to: mv.with, inner: id, notBefore: c.now.Add(wait), deadline: c.steps[id].deadline.Add(queuePatience - relayAnswer)})
		}
	}
}

// queued says that the hand-over under way came from the queue.
func (mv *move) queued() bool { return len(mv.ids) > 0 && mv.ids[0]&innerID != 0 }

// queueDeadline is when the queue must be looked at again.
func (c *Core) queueDeadline() (next time.Time) {
	for _, t := range c.queue {
		for _, at := range []time.Time{t.notBefore, t.deadline} {
			if at.After(c.now) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}
