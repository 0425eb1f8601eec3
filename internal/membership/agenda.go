package membership

import (
	"cmp"
	"slices"
	"time"
)

// An agenda knows at which node something is due first, so that a packet costs the same in a cluster of 2 nodes and of 256.
//
// It is a heap of nodes by an instant that is never later than the next deadline of the node. What is heard moves deadlines
// away, which is left as it is until the old instant would decide when to wake up; what brings a deadline nearer
// must be told by touch.
type agenda struct {
	heap    []*node
	touched []*node // their deadlines may be earlier than the heap says
	due     []*node // reused by each
}

// slot is the place of a node in the agenda.
type slot struct {
	at      time.Time
	index   int // in the heap, from 1; 0: it is not there
	order   int // of nodes in the configuration: the order of every walk
	touched bool
	gone    bool // it was removed from the cluster
}

// touch says that something about a node changed that may be due earlier than what was.
func (c *Core) touch(n *node) {
	if !n.slot.touched {
		n.slot.touched = true
		c.agenda.touched = append(c.agenda.touched, n)
	}
}

// touchAll is touch for everybody.
func (c *Core) touchAll() {
	for _, n := range c.nodes {
		c.touch(n)
	}
}

// settle brings the touched nodes to their places.
func (c *Core) settle() {
	for _, n := range c.agenda.touched {
		n.slot.touched = false
		at := c.dueOf(n)
		switch {
		case n.slot.gone:
			c.agenda.remove(n)
		case at.IsZero():
		case n.slot.index == 0:
			c.agenda.add(n, at)
		case at.Before(n.slot.at):
			n.slot.at = at
			c.agenda.rise(n.slot.index)
		}
	}
	c.agenda.touched = c.agenda.touched[:0]
}

// first is when something is due at a node, if that is before a limit (zero: never); otherwise the limit.
func (c *Core) first(limit time.Time) time.Time {
	for len(c.agenda.heap) > 0 {
		n := c.agenda.heap[0]
		if !limit.IsZero() && !n.slot.at.Before(limit) {
			break
		}
		at := c.dueOf(n)
		if at.Equal(n.slot.at) {
			return at
		}
		if at.IsZero() {
			c.agenda.remove(n)
			continue
		}
		n.slot.at = at
		c.agenda.sink(1)
	}
	return limit
}

// dueNodes are those at which something may be due now, in the order of the configuration. The list is valid until it is asked for again.
func (c *Core) dueNodes() []*node {
	c.settle()
	c.agenda.due = c.agenda.collect(c.agenda.due[:0], 1, c.now)
	if len(c.agenda.due) > 1 {
		slices.SortFunc(c.agenda.due, func(a, b *node) int { return cmp.Compare(a.slot.order, b.slot.order) })
	}
	return c.agenda.due
}

// collect walks the top of the heap as far as it is due.
func (a *agenda) collect(out []*node, index int, now time.Time) []*node {
	if index > len(a.heap) || a.heap[index-1].slot.at.After(now) {
		return out
	}
	out = append(out, a.heap[index-1])
	return a.collect(a.collect(out, 2*index, now), 2*index+1, now)
}

func (a *agenda) add(n *node, at time.Time) {
	n.slot.at = at
	a.heap = append(a.heap, n)
	n.slot.index = len(a.heap)
	a.rise(n.slot.index)
}

func (a *agenda) remove(n *node) {
	i, last := n.slot.index, len(a.heap)
	if i == 0 {
		return
	}
	a.swap(i, last)
	a.heap[last-1] = nil
	a.heap, n.slot.index = a.heap[:last-1], 0
	if i < last {
		a.rise(i)
		a.sink(i)
	}
}

func (a *agenda) rise(i int) {
	for i > 1 && a.heap[i-1].slot.at.Before(a.heap[i/2-1].slot.at) {
		a.swap(i, i/2)
		i /= 2
	}
}

func (a *agenda) sink(i int) {
	for {
		child := 2 * i
		if child > len(a.heap) {
			return
		}
		if child < len(a.heap) && a.heap[child].slot.at.Before(a.heap[child-1].slot.at) {
			child++
		}
		if !a.heap[child-1].slot.at.Before(a.heap[i-1].slot.at) {
			return
		}
		a.swap(i, child)
		i = child
	}
}

func (a *agenda) swap(i, j int) {
	a.heap[i-1], a.heap[j-1] = a.heap[j-1], a.heap[i-1]
	a.heap[i-1].slot.index, a.heap[j-1].slot.index = i, j
}

// dueOf is the earliest instant at which something is due at a node; zero: never.
func (c *Core) dueOf(n *node) time.Time {
	if n == c.self || n.slot.gone {
		return time.Time{}
	}
	if n.ackDue > 0 {
		return c.now
	}
	at := c.deathOf(n)
	at = sooner(at, n.unprovenDue())
	at = sooner(at, n.lateAt())
	at = sooner(at, n.rx.Deadline(c.cfg.MaxRexmitDelay))
	at = sooner(at, n.debt.Deadline(c.patience()))
	at = sooner(at, n.whole.Deadline(partsPatience))
	for i := range n.links {
		at = sooner(at, linkDeath(n, &n.links[i]))
	}
	return at
}
