package takeover

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Verb is what an administrator says to the cluster about single groups and nodes.
type Verb string

const (
	VerbMove   Verb = "move"   // a group, or a set of groups, to a node
	VerbDrain  Verb = "drain"  // a node
	VerbHold   Verb = "hold"   // a group, or all
	VerbResume Verb = "resume" // a group, a node, or all
	VerbRetry  Verb = "retry"  // a group on a node
)

// VerbAsked is one of these, typed on this node. ID returns in Answer.
type VerbAsked struct {
	ID    uint64
	Verb  Verb
	Group string        // key, or all; of resume also the name of a node
	Node  string        // to which a group is moved; which is drained; where a failure is forgotten; empty: the cluster chooses, or this node
	From  string        // of a move: only what runs there; empty: anywhere
	Set   string        // of a move without a group: all, local, foreign, failback, as the node that gives up sees it; this one, if it takes
	Stay  bool          // of a move: pin the group there
	For   time.Duration // of hold, drain and stay; 0: until it is taken back
	Force bool
	By    string
	Why   string
}

func (VerbAsked) isEvent() {}

// EveryName is the word for all groups in a verb.
const EveryName = "all"

func (c *Core) verbAsked(ev VerbAsked) {
	why := ""
	switch {
	case c.phase == leaving:
		why = "this node is shutting down"
	case c.phase == initial || c.phase < stable && (ev.Verb == VerbMove || ev.Verb == VerbRetry):
		why = "this node is still starting; ask again when it is stable"
	}
	if why != "" {
		c.do(Answer{ev.ID, true, "refused: " + why})
		return
	}
	switch ev.Verb {
	case VerbMove:
		c.moveAsked(ev)
	case VerbDrain:
		c.drainAsked(ev)
	case VerbHold:
		c.holdAsked(ev)
	case VerbResume:
		c.resumeAsked(ev)
	case VerbRetry:
		c.retryAsked(ev)
	default:
		c.do(Answer{ev.ID, true, fmt.Sprintf("refused: there is no verb %q", ev.Verb)})
	}
}

func (c *Core) refuse(id uint64, format string, args ...any) {
	c.do(Answer{id, true, "refused: " + fmt.Sprintf(format, args...)})
}

// until is when something ends that lasts for d.
func (c *Core) until(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return c.now.Add(d)
}

// classic names the live nodes that run C Heartbeat.
func (c *Core) classic() (names []string) {
	for _, p := range c.live() {
		if !p.ours() {
			names = append(names, p.name)
		}
	}
	return names
}

func (c *Core) unknownGroup(key string) string {
	var keys []string
	for _, g := range c.groups {
		keys = append(keys, g.key)
	}
	return fmt.Sprintf("there is no group %q; haresources has %s", key, strings.Join(keys, ", "))
}

func (c *Core) unknownNode(name string) string {
	return fmt.Sprintf("there is no node %q; ha.cf has %s", name, strings.Join(c.cfg.Nodes, ", "))
}

func (c *Core) drainAsked(ev VerbAsked) {
	node := ev.Node
	if node == "" {
		node = c.cfg.Self
	}
	p := c.peer(node)
	switch {
	case node != c.cfg.Self && p == nil:
		c.refuse(ev.ID, "%s", c.unknownNode(node))
		return
	case p != nil && p.present() && !p.ours():
		c.refuse(ev.ID, "%s runs C Heartbeat, which can be told to give up (hb_standby there) but not to take nothing", node)
		return
	}
	if o := c.order(Drain, node); o != nil {
		c.do(Answer{ev.ID, false, fmt.Sprintf("nothing to do: %s is drained already%s", node, o.tail())})
		return
	}
	gives := c.heldBy(node)
	if why := c.whyNobody(node); why != "" && !ev.Force && len(gives) > 0 {
		c.refuse(ev.ID, "no other node could take what %s has: %s. With --force it is stopped all the same", node, why)
		return
	}
	c.give(Order{Kind: Drain, Subject: node, Force: ev.Force, Until: c.until(ev.For), By: ev.By, Why: ev.Why})
	if p != nil && !p.present() {
		c.do(Answer{ev.ID, false, fmt.Sprintf("%s does not run; when it returns it takes nothing until heartbeat resume %s", node, node)})
		return
	}
	c.wait(ev.ID, waiter{node: node, groups: gives, force: ev.Force})
}

// heldBy lists the groups that a node has in use.
func (c *Core) heldBy(node string) (out []*group) {
	for _, g := range c.groups {
		if c.owner(g) == node && !c.frozen(g) {
			out = append(out, g)
		}
	}
	return out
}

// whyNobody says why no other node than one could take anything; empty: one could.
func (c *Core) whyNobody(but string) string {
	var words []string
	for _, n := range c.cfg.Nodes {
		if n == but {
			continue
		}
		why := c.whyNot(&group{key: "", home: c.cfg.Self}, n)
		if p := c.peer(n); p != nil && p.present() && !p.ours() && !c.drained(n) && !c.crowd() && p.told {
			why = "" // it takes halves, and so all
		}
		if why == "" {
			return ""
		}
		words = append(words, n+": "+why)
	}
	if len(words) == 0 {
		return "there is no other node"
	}
	return strings.Join(words, "; ")
}

func (c *Core) holdAsked(ev VerbAsked) {
	subject := ev.Group
	if subject == EveryName || subject == "" {
		subject = EveryGroup
	} else if c.group(subject) == nil {
		c.refuse(ev.ID, "%s", c.unknownGroup(subject))
		return
	}
	if names := c.classic(); len(names) > 0 && !ev.Force {
		c.refuse(ev.ID, "%s runs C Heartbeat and knows no hold: it would take over and give up as ever. With --force the nodes of our kind hold still all the same", strings.Join(names, ", "))
		return
	}
	if c.move.role != idle || len(c.queue) > 0 {
		c.refuse(ev.ID, "a hand-over is under way; hold when it is over")
		return
	}
	c.give(Order{Kind: Hold, Subject: subject, Until: c.until(ev.For), By: ev.By, Why: ev.Why})
	c.wait(ev.ID, waiter{acked: true})
}

func (c *Core) resumeAsked(ev VerbAsked) {
	name := ev.Group
	isNode := name == c.cfg.Self || c.peer(name) != nil
	switch {
	case name == "" || name == EveryName || isNode || c.group(name) != nil:
	default:
		c.refuse(ev.ID, "%q is no group and no node; say heartbeat resume all, a group (%s) or a node (%s)", name, c.keys(), strings.Join(c.cfg.Nodes, ", "))
		return
	}
	var ended []string
	for _, o := range slices.Clone(c.orders) {
		if c.order(o.Kind, o.Subject) == nil {
			continue
		}
		hit := name == EveryName || o.Subject == name
		if name == "" { // what is meant for this node, or for all
			hit = o.Subject == c.cfg.Self && o.Kind == Drain || o.Subject == EveryGroup
		}
		if !hit {
			continue
		}
		ended = append(ended, string(o.Kind)+" of "+c.orderSubject(o))
		c.give(Order{Kind: o.Kind, Subject: o.Subject, Over: true, By: ev.By})
	}
	if len(ended) == 0 {
		c.do(Answer{ev.ID, false, "nothing to do" + c.stillHeld(name)})
		return
	}
	c.wait(ev.ID, waiter{acked: true, text: "ended: " + strings.Join(ended, ", ") + c.stillHeld(name)})
}

// stillHeld reminds of an order about everything that a resume of less did not end.
func (c *Core) stillHeld(name string) string {
	if o := c.order(Hold, EveryGroup); o != nil && name != "" && name != EveryName {
		return ". The whole cluster is still held" + o.tail() + ": heartbeat resume all"
	}
	return ""
}

func (c *Core) keys() string {
	var keys []string
	for _, g := range c.groups {
		keys = append(keys, g.key)
	}
	return strings.Join(keys, ", ")
}

// retryAsked forgets failures of a group: here, there, or wherever it failed.
func (c *Core) retryAsked(ev VerbAsked) {
	g := c.group(ev.Group)
	switch {
	case g == nil:
		c.refuse(ev.ID, "%s", c.unknownGroup(ev.Group))
		return
	case ev.Node != "" && ev.Node != c.cfg.Self && c.peer(ev.Node) == nil:
		c.refuse(ev.ID, "%s", c.unknownNode(ev.Node))
		return
	case c.frozen(g):
		c.refuse(ev.ID, "%s is held%s; first: heartbeat resume", g.key, c.holdOf(g).tail())
		return
	}
	j := c.newJob(ev.ID)
	if ev.Node == "" || ev.Node == c.cfg.Self {
		if text := c.retryHere(g); text != "" {
			j.texts = append(j.texts, text)
		}
	}
	for _, p := range c.live() {
		st := p.own[g.id].state
		if ev.Node != p.name && ev.Node != "" || st != Failed && st != Blocked && st != wanted {
			continue
		}
		c.relay(j, p, ev)
	}
	j.left--
	if j.left == 0 && len(j.texts) == 0 {
		j.texts = []string{"nothing to do: no live node remembers a failure of " + g.key}
	}
	c.endJob(j)
}

// retryHere forgets what failed here; a group that would not stop is stopped once more.
func (c *Core) retryHere(g *group) string {
	switch {
	case g.state == Blocked:
		c.release(g, "an administrator says that it can be stopped now", "group.stuck "+g.key)
		return g.key + " is stopped once more on " + c.cfg.Self
	case g.state == Failed || g.fails > 0:
		c.pardon(g)
		g.failure = ""
		return "the failure of " + g.key + " on " + c.cfg.Self + " is forgotten"
	}
	return ""
}
