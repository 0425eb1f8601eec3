package takeover

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/event"
)

// An Order is what an administrator wants of a node or a group until it is taken back: it outlives the command, restarts and
// partitions. Every node of our kind knows all of them. They ride in the announcement; of two about one thing the one with the
// higher version holds. C Heartbeat knows nothing of the kind.
type Order struct {
	Kind    OrderKind
	Subject string // the node of a drain; the key of a group, or EveryGroup
	Node    string // of a pin
	Force   bool   // a drain: give up also what nobody takes
	Since   time.Time
	Until   time.Time // zero: until it is taken back
	By, Why string    // who gave it, and the reason if he gave one
	Version uint64    // ms of the wall clock, or one more than the version before
	Over    bool      // taken back; kept, so that a node that was away learns of it
}

// OrderKind is what is ordered.
type OrderKind string

const (
	Drain OrderKind = "drain" // the node takes nothing and gives up what it has
	Hold  OrderKind = "hold"  // nobody starts, stops or moves the group
	Pin   OrderKind = "pin"   // nothing moves the group away from a node by itself
)

// EveryGroup is the subject of a hold of the whole cluster.
const EveryGroup = "*"

const (
	// tombstone is how long an order that is over is remembered: a node that was away for longer may bring it back.
	tombstone = 90 * 24 * time.Hour
	// longestWhy is the longest name or reason in an order, in bytes: it rides on every status message.
	longestWhy = 100

	fieldOrders = "x-orders" // see encodeOrders
)

// order returns the order of a kind about a subject that is in force; nil: there is none.
func (c *Core) order(kind OrderKind, subject string) *Order {
	for i := range c.orders {
		o := &c.orders[i]
		if o.Kind == kind && o.Subject == subject && !o.Over && (o.Until.IsZero() || c.now.Before(o.Until)) {
			return o
		}
	}
	return nil
}

// drained says that a node takes nothing.
func (c *Core) drained(node string) bool { return c.order(Drain, node) != nil }

// holdOf is the hold that g is under.
func (c *Core) holdOf(g *group) *Order {
	if o := c.order(Hold, EveryGroup); o != nil {
		return o
	}
	return c.order(Hold, g.key)
}

// frozen says that nothing is done to g.
func (c *Core) frozen(g *group) bool { return c.holdOf(g) != nil }

// Held and Drained tell others than the status display: what must be left alone, and whether this node takes anything.
func (c *Core) Held(key string) bool {
	g := c.group(key)
	return g != nil && c.frozen(g)
}

// Drained says that this node takes nothing.
func (c *Core) Drained() bool { return c.drained(c.cfg.Self) }

// pinnedTo is the node to which g is pinned; empty: none.
func (c *Core) pinnedTo(g *group) string {
	if o := c.order(Pin, g.key); o != nil {
		return o.Node
	}
	return ""
}

// give puts an order into force here, from where it spreads.
func (c *Core) give(o Order) {
	o.Version, o.Since = stamp(c.now), c.now
	o.By, o.Why = clean(o.By), clean(o.Why)
	if old := c.find(o.Kind, o.Subject); old != nil {
		o.Version = max(o.Version, old.Version+1)
	}
	c.adopt(o, c.cfg.Self)
}

func (c *Core) find(kind OrderKind, subject string) *Order {
	i := slices.IndexFunc(c.orders, func(o Order) bool { return o.Kind == kind && o.Subject == subject })
	if i < 0 {
		return nil
	}
	return &c.orders[i]
}

// adopt takes over an order, ours or one that another node announced, unless a newer one is known.
func (c *Core) adopt(o Order, from string) {
	old := c.find(o.Kind, o.Subject)
	if old != nil && (old.Version > o.Version || old.Version == o.Version && c.encodeOrder(*old) >= c.encodeOrder(o)) {
		return
	}
	before := c.order(o.Kind, o.Subject)
	wasIn := before != nil
	if old != nil {
		*old = o
	} else {
		c.orders = append(c.orders, o)
		slices.SortFunc(c.orders, func(a, b Order) int {
			return strings.Compare(string(a.Kind)+" "+a.Subject, string(b.Kind)+" "+b.Subject)
		})
	}
	c.ordersChanged()
	isIn := c.order(o.Kind, o.Subject) != nil
	if !wasIn && !isIn {
		return // the news of an end of what was never known here
	}
	kind := event.OrderGiven
	if !isIn {
		kind = event.OrderOver
	}
	c.note(kind, c.orderSubject(o), "", o.text(from, c.cfg.Self))
	if wasIn && !isIn {
		c.orderEnded(o)
	}
}

// ordersChanged stores the orders, and has nothing started here before every live node knows them: an order changes who is next, and
// two nodes with different orders would both believe that it is their turn.
func (c *Core) ordersChanged() {
	for _, g := range c.groups {
		c.touch(g)
	}
	c.bump = true
	c.do(StoreOrders{Orders: slices.Clone(c.orders)})
}

func (c *Core) orderSubject(o Order) string {
	if o.Subject == EveryGroup {
		return "all"
	}
	return o.Subject
}

// text is the sentence about an order for the timeline.
func (o Order) text(from, self string) string {
	by := o.By
	if by == "" {
		by = "somebody"
	}
	if from != self {
		by += " (told by " + from + ")"
	}
	what := ""
	switch {
	case o.Over && o.Kind == Drain:
		return fmt.Sprintf("Node %s takes groups again: resumed by %s.", o.Subject, by)
	case o.Over && o.Subject == EveryGroup:
		return fmt.Sprintf("The cluster is managed again: resumed by %s.", by)
	case o.Over && o.Kind == Hold:
		return fmt.Sprintf("Group %s is managed again: resumed by %s.", o.Subject, by)
	case o.Over:
		return fmt.Sprintf("Group %s is no longer pinned: %s.", o.Subject, by)
	case o.Kind == Drain:
		what = fmt.Sprintf("Node %s is drained by %s: it gives up what it has and takes nothing", o.Subject, by)
	case o.Kind == Pin:
		what = fmt.Sprintf("Group %s is pinned to %s by %s: nothing moves it away from there by itself", o.Subject, o.Node, by)
	case o.Subject == EveryGroup:
		what = fmt.Sprintf("The whole cluster is held by %s: nothing is started, stopped or moved", by)
	default:
		what = fmt.Sprintf("Group %s is held by %s: it is not started, stopped or moved", o.Subject, by)
	}
	if !o.Until.IsZero() {
		what += ", until " + o.Until.Format("2006-01-02 15:04:05")
	}
	if o.Why != "" {
		what += " (" + o.Why + ")"
	}
	return what + "."
}

// orderEnded does what follows from the end of an order.
func (c *Core) orderEnded(o Order) {
	switch o.Kind {
	case Drain:
		if p := c.peer(o.Subject); p != nil {
			p.needsFailback = true // as when it returns
		}
	case Hold:
		for _, g := range c.groups {
			if (o.Subject == EveryGroup || o.Subject == g.key) && g.state == Running && !c.frozen(g) && c.onlyHere(g) {
				// Somebody worked on it meanwhile: the executor verifies every member.
				g.reason = "it was held, and every member is verified now"
				c.start(g)
			}
		}
	case Pin:
	}
}

// ordersExpire ends the orders whose time is over.
func (c *Core) ordersExpire() {
	for i := range c.orders {
		o := &c.orders[i]
		if o.Over || o.Until.IsZero() || c.now.Before(o.Until) {
			continue
		}
		// Every node does this by itself, and comes to the same version.
		o.Over, o.Version, o.By = true, o.Version+1, "its time is over"
		c.ordersChanged()
		c.note(event.OrderOver, c.orderSubject(*o), "", o.text(c.cfg.Self, c.cfg.Self))
		c.orderEnded(*o)
	}
}

// ordersDeadline is when the next order ends.
func (c *Core) ordersDeadline() (next time.Time) {
	for _, o := range c.orders {
		if !o.Over && !o.Until.IsZero() && (next.IsZero() || o.Until.Before(next)) {
			next = o.Until
		}
	}
	return next
}

// clean makes a text of people fit for an announcement.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '|':
			return '/'
		case r == ';':
			return ','
		case r < ' ' || r == 0x7f:
			return ' '
		}
		return r
	}, s)
	for len(s) > longestWhy {
		r := []rune(s)
		s = string(r[:len(r)-1])
	}
	return s
}

// encodeOrder writes KIND|SUBJECT|VERSION|SINCE|UNTIL|NODE|BY|WHY, where a group is named by its id, times are ms of the wall
// clock, and NODE is ! for a forced drain. One that is over ends after VERSION and BY.
func (c *Core) encodeOrder(o Order) string {
	subject := o.Subject
	if o.Kind != Drain && subject != EveryGroup {
		subject = shortID(subject)
	}
	words := []string{string(o.Kind), subject, strconv.FormatUint(o.Version, 10)}
	if o.Over {
		return strings.Join(append(words, o.By), "|")
	}
	node, until := o.Node, int64(0)
	if o.Force {
		node = "!"
	}
	if !o.Until.IsZero() {
		until = o.Until.UnixMilli()
	}
	return strings.Join(append(words, strconv.FormatInt(o.Since.UnixMilli(), 10), strconv.FormatInt(until, 10), node, o.By, o.Why), "|")
}

// encodeOrders is the announcement of all orders, empty when there never was one.
func (c *Core) encodeOrders() string {
	var words []string
	for _, o := range c.orders {
		if o.Over && c.now.Sub(time.UnixMilli(int64(o.Version))) > tombstone {
			continue
		}
		words = append(words, c.encodeOrder(o))
	}
	return strings.Join(words, ";")
}

// absorbOrders takes in what a peer announces. Orders about groups that haresources here does not name concern nobody here.
func (c *Core) absorbOrders(p *peer, s string) {
	for word := range strings.SplitSeq(s, ";") {
		if o, ok := c.decodeOrder(word); ok {
			c.adopt(o, p.name)
		}
	}
}

func (c *Core) decodeOrder(word string) (o Order, ok bool) {
	part := strings.Split(word, "|")
	if len(part) != 4 && len(part) != 8 {
		return o, false
	}
	o.Kind, o.Subject = OrderKind(part[0]), part[1]
	version, err := strconv.ParseUint(part[2], 10, 64)
	if err != nil || version == 0 || version > 1<<62 {
		return o, false
	}
	o.Version = version
	switch o.Kind {
	case Drain:
		if o.Subject != c.cfg.Self && c.peer(o.Subject) == nil {
			return o, false
		}
	case Hold, Pin:
		if o.Subject == EveryGroup && o.Kind == Hold {
			break
		}
		i := slices.IndexFunc(c.groups, func(g *group) bool { return g.id == o.Subject })
		if i < 0 {
			return o, false
		}
		o.Subject = c.groups[i].key
	default:
		return o, false
	}
	if len(part) == 4 {
		o.Over, o.By = true, clean(part[3])
		return o, true
	}
	since, err1 := strconv.ParseInt(part[3], 10, 64)
	until, err2 := strconv.ParseInt(part[4], 10, 64)
	if err1 != nil || err2 != nil || since < 0 || until < 0 || max(since, until) > 1<<52 {
		return o, false
	}
	o.Since = time.UnixMilli(since)
	if until > 0 {
		o.Until = time.UnixMilli(until)
	}
	o.Force = part[5] == "!"
	if !o.Force {
		o.Node = part[5]
	}
	o.By, o.Why = clean(part[6]), clean(part[7])
	return o, true
}

// allKnowOrders says that every live node has all orders.
func (c *Core) allKnowOrders() bool {
	return !slices.ContainsFunc(c.live(), func(p *peer) bool { return p.orders != c.encodeOrders() })
}

// onlyHere says that no other node has any of g in use, as far as they say.
func (c *Core) onlyHere(g *group) bool {
	return !slices.ContainsFunc(c.live(), func(p *peer) bool { return c.peerHolds(p, g) })
}
