package scheduler

import (
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// A recurring is an operation that is configured to be repeated.
type recurring struct {
	name, key string
	interval  uint32
	role      role
}

func (r *resource) recurringOf(op *xmltree.Node) (out recurring, ok bool) {
	out.interval, _ = cib.Interval(op.Get("interval"))
	out.name = op.Get("name")
	if out.interval == 0 || op.Get("id") == "" {
		return out, false
	}
	c := r.c
	switch out.name {
	case "stop", "start", "demote", "promote", "reload-agent", "migrate_to", "migrate_from":
		c.find(Finding{Error: true, ID: op.Get("id"), Tag: "is_recurring_history", Text: "Ignoring " + op.Get("id") + " because " + out.name + " action cannot be recurring", Mend: "write interval=\"0\""})
		return out, false
	}
	var same []string
	for other := range r.ops.Elements("op") {
		if ms, _ := cib.Interval(other.Get("interval")); other.Get("name") == out.name && ms == out.interval && other.Get("id") != "" {
			same = append(same, other.Get("id"))
		}
	}
	if text, given := op.Lookup("role"); given {
		if out.role = parseRole(text); out.role == roleUnknown {
			c.find(Finding{Error: true, ID: op.Get("id"), Tag: "is_recurring_history", Text: "Ignoring " + op.Get("id") + " because " + text + " is not a valid role", Mend: "write Started, Promoted, Unpromoted or Stopped"})
			return out, false
		}
	}
	if len(same) > 1 {
		c.findTwice(same)
		return out, false
	}
	if r.operation(out.name, out.interval, false) == nil {
		return out, false
	}
	out.key = opKey(r.id, out.name, out.interval)
	return out, true
}

// createRecurring makes the recurring operations that a resource shall have, and ends those that it shall not.
func (c *cluster) createRecurring(r *resource) {
	if r.any(rscBlocked | rscInMaintenance) {
		return
	}
	var start *action
	if n := r.assigned; n != nil && !n.maintenance && (r.next != roleStopped || !r.is(rscManaged)) {
		start = c.startAction(r, n, true)
	}
	if r.ops == nil {
		return
	}
	for op := range r.ops.Elements("op") {
		if rec, ok := r.recurringOf(op); ok {
			if start != nil {
				c.recurWhereActive(r, start, rec)
			}
			c.recurWhereInactive(r, rec)
		}
	}
}

func (c *cluster) recurWhereActive(r *resource, start *action, rec recurring) {
	n := r.assigned
	if rec.role == roleStopped {
		return
	}
	optional := start.is(actOptional)
	if optional {
		running := r.findExact(rec.key, n)
		optional = len(running) > 0
		for _, a := range running {
			optional = optional && !a.is(actReschedule)
		}
	}
	fits := r.next == rec.role
	if rec.role == roleUnknown {
		fits = r.next != rolePromoted
	}
	if !fits {
		if optional {
			c.endRecurring(r, rec, n)
		}
		return
	}
	a := c.action(r, rec.key, rec.name, n, optional)
	if !start.is(actRunnable) || !n.online || n.unclean {
		a.unset(actRunnable)
	}
	if r.next == rolePromoted {
		a.own.Set("op_target_rc", strconv.Itoa(rcRunningPromoted))
	}
	if !r.is(rscManaged) {
		return
	}
	c.newOrdering(ordering{rsc1: r, task1: r.key("start"), task2: a.key, a2: a, flags: relFirstImpliesThen | relUnrunnableFirstBlocks})
	c.newOrdering(ordering{rsc1: r, task1: r.key("reload-agent"), task2: a.key, a2: a, flags: relFirstImpliesThen | relUnrunnableFirstBlocks})
	if r.next == rolePromoted {
		c.newOrdering(ordering{rsc1: r, task1: r.key("promote"), rsc2: r, a2: a, flags: relOrdered | relUnrunnableFirstBlocks})
	} else if r.role == rolePromoted {
		c.newOrdering(ordering{rsc1: r, task1: r.key("demote"), rsc2: r, a2: a, flags: relOrdered | relUnrunnableFirstBlocks})
	}
}

// endRecurring cancels an operation of a role that the resource leaves.
func (c *cluster) endRecurring(r *resource, rec recurring, n *node) {
	a := c.cancelAction(r, rec.name, rec.interval, n)
	after := ""
	switch r.role {
	case roleUnpromoted, roleStarted:
		if r.next == rolePromoted {
			after = "promote"
		} else if r.next == roleStopped {
			after = "stop"
		}
	case rolePromoted:
		after = "demote"
	}
	if after != "" {
		c.newOrdering(ordering{rsc1: r, a1: a, rsc2: r, task2: r.key(after), flags: relUnrunnableFirstBlocks})
	}
}

// recurWhereInactive makes the monitors that watch that a resource does not run on other nodes.
func (c *cluster) recurWhereInactive(r *resource, rec recurring) {
	if rec.role != roleStopped || !r.is(rscUnique) {
		return
	}
	for _, n := range c.nodes {
		if n == r.assigned {
			if len(r.findExact(rec.key, n)) > 0 {
				a := c.cancelAction(r, rec.name, rec.interval, n)
				if r.next == roleStarted || r.next == roleUnpromoted {
					c.newOrdering(ordering{rsc1: r, a1: a, rsc2: r, task2: r.key("start"), flags: relUnrunnableFirstBlocks})
				}
			}
			continue
		}
		a := c.action(r, rec.key, rec.name, n, len(r.findExact(rec.key, n)) > 0)
		a.own.Set("op_target_rc", strconv.Itoa(rcNotRunning))
		if r.is(rscManaged) {
			for _, probe := range r.findActions(r.key("monitor"), n) {
				c.orderActions(probe, a, relUnrunnableFirstBlocks)
			}
		}
		for _, stop := range r.findExact(r.key("stop"), n) {
			if !stop.is(actOptional) && !a.is(actOptional) && !r.is(rscManaged) {
				a.set(actOptional)
			}
			if !stop.is(actRunnable) {
				a.unset(actRunnable)
			}
			if r.is(rscManaged) {
				c.newOrdering(ordering{rsc1: r, task1: r.key("stop"), a1: stop, a2: a, flags: relFirstImpliesThen | relUnrunnableFirstBlocks})
			}
		}
		if !n.online || n.unclean {
			a.unset(actRunnable)
		}
	}
}

// cancelAction ends a recurring operation.
func (c *cluster) cancelAction(r *resource, task string, interval uint32, n *node) *action {
	a := c.action(r, opKey(r.id, task, interval), "cancel", n, false)
	a.task, a.cancels = "cancel", task
	a.own.Set("operation", task)
	a.own.Set("interval", strconv.FormatUint(uint64(interval), 10))
	return a
}

// scheduleCancel ends a recorded operation, behind a stop.
func (c *cluster) scheduleCancel(r *resource, op *xmltree.Node, n *node) {
	a := c.cancelAction(r, op.Get("operation"), intervalOf(op), n)
	if id, ok := op.Lookup("call-id"); ok {
		a.own.Set("call-id", id)
	}
	c.newOrdering(ordering{rsc1: r, task1: r.key("stop"), rsc2: r, a2: a, flags: relOrdered})
}

// isRecurring says whether an action is repeated.
func (a *action) isRecurring() bool {
	v, ok := a.meta("interval")
	n, _ := cib.Integer(v)
	return ok && n > 0
}

// parseKey takes the key of an action apart.
func parseKey(key string) (id, task string, interval uint32) {
	end := strings.LastIndexByte(key, '_')
	if end < 3 {
		return "", "", 0
	}
	interval = keyInterval(key)
	before := func(to int, names ...string) int {
		for _, name := range names {
			if at := to - len(name) - 1; at > 0 && key[at] == '_' && strings.HasPrefix(key[at+1:], name) {
				return at
			}
		}
		return 0
	}
	at := before(end, "migrate_from", "migrate_to")
	if at == 0 {
		if at = strings.LastIndexByte(key[:end-1], '_'); at <= 0 {
			return "", "", interval
		}
	}
	if longer := before(at, "pre_notify", "post_notify", "confirmed-pre_notify", "confirmed-post_notify"); longer > 0 {
		at = longer
	}
	return key[:at], key[at+1 : end], interval
}
