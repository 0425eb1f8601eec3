package scheduler

import (
	"strings"
)

// What a relation changed.
const (
	changedFirst uint8 = 1 << iota
	changedThen
)

// applyOrderings turns the rules about actions into relations between those that exist, and lets these take effect.
func (c *cluster) applyOrderings() {
	for i := 0; i < len(c.orderings); i++ {
		switch o := c.orderings[i]; {
		case o.rsc1 != nil:
			c.expandFirst(o.rsc1, o)
		case o.rsc2 != nil:
			c.expandThen(o.a1, o.rsc2, o)
		default:
			c.orderActions(o.a1, o.a2, o.flags)
		}
	}
	for i := len(c.actions) - 1; i >= 0; i-- {
		c.blockColocated(c.actions[i])
	}
	c.orderProbes()
	for i := len(c.actions) - 1; i >= 0; i-- {
		c.update(c.actions[i])
	}
	c.dropInvalid()
}

// actionsOfTask are the actions with a key, or with the same task of the resource itself.
func (r *resource) actionsOfTask(key string) []*action {
	if list := r.findActions(key, nil); list != nil {
		return list
	}
	_, task, interval := parseKey(key)
	own := r.key(task)
	if interval != 0 {
		own = opKey(r.id, task, interval)
	}
	if own == key {
		return nil
	}
	return r.findActions(own, nil)
}

// expandFirst finds the first actions of a rule, or makes one: that nothing is done about it may be what matters.
func (c *cluster) expandFirst(r *resource, o *ordering) {
	var firsts []*action
	if o.a1 != nil {
		firsts = []*action{o.a1}
	} else {
		firsts = r.actionsOfTask(o.task1)
	}
	if len(firsts) == 0 && r != o.rsc2 {
		_, task, interval := parseKey(o.task1)
		now := r.state(true)
		if !(now == roleStopped && task == "stop" || now == roleUnpromoted && task == "demote") {
			key := r.key(task)
			if interval != 0 {
				key = opKey(r.id, task, interval)
			}
			firsts = []*action{c.action(r, key, task, nil, true)}
		}
	}
	then := o.rsc2
	if then == nil {
		if o.a2 == nil {
			return
		}
		then = o.a2.rsc
	}
	for _, a := range firsts {
		if then == nil {
			c.orderActions(a, o.a2, o.flags)
		} else {
			c.expandThen(a, then, o)
		}
	}
}

func (c *cluster) expandThen(first *action, r *resource, o *ordering) {
	var thens []*action
	if o.a2 != nil {
		thens = []*action{o.a2}
	} else {
		thens = r.actionsOfTask(o.task2)
	}
	flags := o.flags
	if first != nil && first.rsc == r && first.is(actMigrationAbort) {
		flags &^= relFirstImpliesThen
	}
	for _, then := range thens {
		if first != nil {
			c.orderActions(first, then, flags)
		} else if flags&relFirstImpliesThen != 0 {
			then.unset(actRunnable)
		}
	}
}

// blockColocated makes what must be with a resource that cannot start, or be promoted, unable to do so too.
func (c *cluster) blockColocated(a *action) {
	if a.is(actRunnable) || a.rsc == nil || a.task != "start" && a.task != "promote" {
		return
	}
	r := a.rsc.top()
	if r.parent != nil {
		r = r.parent
	}
	for _, child := range r.children {
		if act := child.firstAction(a.task, nil); act == nil || act.is(actRunnable) {
			return
		}
	}
	for _, col := range r.withThisAll() {
		if col.score < infinity || a.task == "promote" && col.primaryRole != rolePromoted {
			continue
		}
		task := "start"
		if col.dependentRole == rolePromoted {
			task = "promote"
		}
		c.markBlocked(col.dependent, task, a.rsc)
	}
}

func (c *cluster) markBlocked(r *resource, task string, reason *resource) {
	for i := len(r.actions) - 1; i >= 0; i-- {
		if a := r.actions[i]; a.is(actRunnable) && a.task == task {
			a.unset(actRunnable)
			a.because("colocation with " + reason.id)
			c.blockColocated(a)
			c.update(a)
		}
	}
	for _, child := range r.children {
		c.markBlocked(child, task, reason)
	}
}

// completion is what others wait for when they wait for an action of a collective: that it is done.
func (a *action) completion() *action {
	r := a.rsc
	if r == nil || r.variant < group || strings.Contains(a.key, "notify") {
		return a
	}
	id, task, interval := parseKey(a.key)
	if interval > 0 {
		return a
	}
	done := ""
	switch task {
	case "stop", "stopped":
		done = "stopped"
	case "start", "running":
		done = "running"
	case "notify", "notified":
		done = "notified"
	case "promote", "promoted":
		done = "promoted"
	case "demote", "demoted":
		done = "demoted"
	default:
		return a
	}
	key := id + "_" + done + "_0"
	if r.is(rscNotify) && (r.isClone() || r.isBundled()) {
		key = notifyKey(id, "confirmed-post", done)
	}
	if found := r.firstByKey(key, nil); found != nil {
		return found
	}
	return a
}

// placeForUpdate is where an action counts as being: the start of a group is where the group will be.
func (a *action) placeForUpdate() *node {
	if a.rsc.isGroup() && a.task == "start" {
		return a.rsc.place(placesAssigned)
	}
	return a.node
}

// update lets everything that comes before an action take effect on it, and passes on what that changes.
func (c *cluster) update(then *action) {
	c.updates++
	last := then.flags
	var changed uint8
	if then.needed > 0 {
		then.counted = 0
		then.unset(actRunnable)
	}
	for i := len(then.before) - 1; i >= 0; i-- {
		e := then.before[i]
		first := e.action
		firstNode, thenNode := first.placeForUpdate(), then.placeForUpdate()
		if e.flags&relIfOnSameNode != 0 && firstNode != nil && thenNode != nil && firstNode != thenNode {
			e.flags = relNone
			continue
		}
		changed &^= changedFirst
		if first.rsc != nil && e.flags&relThenCancelsFirst != 0 && !then.is(actOptional) {
			first.set(actOptional)
			if first.task == "reload-agent" {
				first.rsc.unset(rscReload)
			}
		}
		if first.rsc != nil && then.rsc != nil && first.rsc != then.rsc && !then.rsc.hasAncestor(first.rsc) {
			first = first.completion()
		}
		if first == e.action {
			changed |= c.relate(first, then, first.flagsFor(thenNode), then.flagsFor(firstNode), e)
		} else if c.orderActions(first, then, e.flags) {
			changed |= changedThen
			e.flags = relNone
		}
		if changed&changedFirst != 0 {
			for k := len(first.after) - 1; k >= 0; k-- {
				c.update(first.after[k].action)
			}
			c.update(first)
		}
	}
	if then.needed > 0 {
		changed &^= changedThen
		if last != then.flags {
			changed |= changedThen
		}
	}
	if changed&changedThen != 0 {
		if last&actRunnable != 0 && !then.is(actRunnable) {
			c.blockColocated(then)
		}
		c.update(then)
		for k := len(then.after) - 1; k >= 0; k-- {
			c.update(then.after[k].action)
		}
	}
}

// dropInvalid takes relations back that would make a transition impossible.
func (c *cluster) dropInvalid() {
	for i := len(c.actions) - 1; i >= 0; i-- {
		a := c.actions[i]
		for k := len(a.before) - 1; k >= 0; k-- {
			e := a.before[k]
			if e.flags&relGuestAllowed == 0 && e.action.rsc != nil && a.rsc.isGuestOf(e.action.node) ||
				e.flags == relIfOnSameNodeOrTarget && a.rsc != nil && a.task == "migrate_to" && hasLoop(a, a, e) {
				e.flags = relNone
			}
		}
	}
}

// hasLoop says whether an input of an action would come back to the action that the question began with.
func hasLoop(begin, a *action, e *edge) bool {
	if e.action.is(actDetectLoop) || !inputCounts(a, e) {
		return false
	}
	if e.action == begin {
		return true
	}
	e.action.set(actDetectLoop)
	defer e.action.unset(actDetectLoop)
	for i := len(e.action.before) - 1; i >= 0; i-- {
		if hasLoop(begin, e.action, e.action.before[i]) {
			return true
		}
	}
	return false
}
