package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
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
	done, ok := map[string]string{"stop": "stopped", "start": "running", "notify": "notified", "promote": "promoted", "demote": "demoted",
		"stopped": "stopped", "running": "running", "notified": "notified", "promoted": "promoted", "demoted": "demoted"}[task]
	if !ok {
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

// flagsFor are the flags of an action as they count on a node: those of a clone are what its instances there make them.
func (a *action) flagsFor(n *node) uint32 {
	if a.rsc == nil {
		return a.flags
	}
	flags := a.summary(nil)
	if n == nil || !a.rsc.isClone() {
		return flags
	}
	runnable := flags & actRunnable
	return a.summary(n) | runnable
}

// summary are the flags of an action; those of collectives follow from what their parts do.
func (a *action) summary(n *node) uint32 {
	switch a.rsc.variant {
	case group:
		return a.summaryOfGroup(n)
	case clone:
		return a.summaryOfInstances(a.rsc.children, n)
	case bundle:
		if child := a.rsc.bundle.child; child != nil {
			switch a.task {
			case "promote", "promoted", "demote", "demoted", "notify", "notified":
				return a.summaryOfInstances(child.children, n)
			}
			if !knownTask(a.task) {
				return a.summaryOfInstances(child.children, n)
			}
		}
		return a.summaryOfInstances(a.rsc.containers(), n)
	}
	return a.flags
}

// taskBelow is the task of a part that a task of its whole stands for.
func taskBelow(r *resource, task string) string {
	if r.isPrimitive() {
		switch task {
		case "stopped":
			return "stop"
		case "running":
			return "start"
		case "promoted":
			return "promote"
		case "demoted":
			return "demote"
		}
	}
	if !knownTask(task) {
		return "no_action"
	}
	return task
}

func (a *action) summaryOfGroup(n *node) uint32 {
	flags := actOptional | actRunnable | actPseudo
	for _, m := range a.rsc.children {
		task := taskBelow(m, a.task)
		act := m.firstAction(task, n)
		if act == nil {
			if task != "stop" && task != "demote" {
				flags &^= actRunnable
			}
			continue
		}
		f := act.summary(n)
		if flags&actOptional != 0 && f&actOptional == 0 {
			flags &^= actOptional
			a.unset(actOptional)
		}
		if task != a.task && flags&actRunnable != 0 && f&actRunnable == 0 {
			flags &^= actRunnable
			a.unset(actRunnable)
		}
	}
	return flags
}

// originalTask is the task of instances that a milestone of their collective stands for.
func (a *action) originalTask() string {
	task := a.task
	if task == "notify" || task == "notified" {
		_, name, _ := parseKey(a.key)
		if _, after, ok := strings.Cut(name, "_notify_"); ok {
			task = after
		}
	}
	if len(a.rsc.children) == 0 {
		return task
	}
	return taskBelow(a.rsc.children[0], task)
}

func (a *action) summaryOfInstances(instances []*resource, n *node) uint32 {
	flags := actOptional | actRunnable | actPseudo
	task := a.originalTask()
	runnable := false
	for _, i := range instances {
		var at *node
		if i.isPrimitive() {
			at = n
		}
		act := i.firstAction(task, at)
		if act == nil {
			continue
		}
		f := act.summary(n)
		if flags&actOptional != 0 && f&actOptional == 0 {
			flags &^= actOptional
			a.unset(actOptional)
		}
		runnable = runnable || f&actRunnable != 0
	}
	if !runnable {
		flags &^= actRunnable
		if n == nil {
			a.unset(actRunnable)
		}
	}
	return flags
}

// relate lets one relation take effect.
func (c *cluster) relate(first, then *action, firstFlags, thenFlags uint32, e *edge) uint8 {
	var changed uint8
	n := then.node
	if e.flags&relFirstImpliesSameNodeThen != 0 {
		e.flags = e.flags&^relFirstImpliesSameNodeThen | relFirstImpliesThen
		n = first.node
	}
	apply := func(flag uint32, r *resource, flags, filter, kind uint32) {
		if e.flags&flag != 0 && r != nil {
			changed |= c.influence(r, first, then, n, flags, filter, kind)
		}
	}
	optional := firstFlags & actOptional
	apply(relFirstImpliesThen, then.rsc, optional, actOptional, relFirstImpliesThen)
	if e.flags&relFirstImpliesThen != 0 && then.rsc == nil && optional == 0 && then.is(actOptional) {
		then.unset(actOptional)
		changed |= changedThen
	}
	apply(relIntermediateStop, then.rsc, firstFlags, actOptional|actRunnable, relIntermediateStop)
	apply(relThenImpliesFirst, first.rsc, firstFlags, actOptional, relThenImpliesFirst)
	if e.flags&relThenImpliesFirst != 0 && first.rsc == nil && optional == 0 && first.is(actRunnable) {
		first.unset(actRunnable)
		changed |= changedFirst
	}
	apply(relPromotedThenImpliesFirst, then.rsc, optional, actOptional, relPromotedThenImpliesFirst)
	apply(relMinRunnable, then.rsc, firstFlags, actRunnable, relMinRunnable)
	if e.flags&relMinRunnable != 0 && then.rsc == nil && firstFlags&actRunnable != 0 {
		then.counted++
		if then.counted >= then.needed && !then.is(actRunnable) {
			then.set(actRunnable)
			changed |= changedThen
		}
	}
	if e.flags&relNestedRemoteProbe != 0 && then.rsc != nil {
		if firstFlags&actRunnable == 0 && first.rsc != nil && len(first.rsc.active) > 0 {
			e.flags = relNone
		} else {
			changed |= c.influence(then.rsc, first, then, n, firstFlags, actRunnable, relUnrunnableFirstBlocks)
		}
	}
	apply(relUnrunnableFirstBlocks, then.rsc, firstFlags, actRunnable, relUnrunnableFirstBlocks)
	if e.flags&relUnrunnableFirstBlocks != 0 && then.rsc == nil && firstFlags&actRunnable == 0 && then.is(actRunnable) {
		then.unset(actRunnable)
		changed |= changedThen
	}
	apply(relUnmigratableThenBlocks, then.rsc, firstFlags, actOptional, relUnmigratableThenBlocks)
	apply(relFirstElseThen, then.rsc, firstFlags, actOptional, relFirstElseThen)
	apply(relOrdered, then.rsc, firstFlags, actRunnable, relOrdered)
	apply(relAsymmetric, then.rsc, firstFlags, actRunnable, relAsymmetric)
	if first.is(actRunnable) && e.flags&relFirstImpliesThenGraphed != 0 && optional == 0 {
		then.set(actAlwaysInGraph)
	}
	if e.flags&relThenImpliesFirstGraphed != 0 && thenFlags&actOptional == 0 {
		first.set(actAlwaysInGraph)
	}
	if e.flags&(relFirstImpliesThen|relThenImpliesFirst|relIntermediateStop) != 0 && first.rsc != nil && !first.rsc.is(rscManaged) &&
		first.rsc.is(rscBlocked) && !first.is(actRunnable) && first.task == "stop" && then.is(actRunnable) {
		then.unset(actRunnable)
		changed |= changedThen
	}
	return changed
}

// influence applies one kind of relation in the way of a resource's variant.
func (c *cluster) influence(r *resource, first, then *action, n *node, flags, filter, kind uint32) uint8 {
	switch r.variant {
	case group:
		return c.influenceGroup(first, then, n, flags, filter, kind)
	case clone, bundle:
		return c.influenceInstances(first, then, n, flags, filter, kind)
	}
	return c.influencePlain(first, then, flags, filter, kind)
}

func (c *cluster) influenceGroup(first, then *action, n *node, flags, filter, kind uint32) uint8 {
	changed := c.influencePlain(first, then, flags, filter, kind)
	if then.rsc == nil {
		return changed
	}
	for _, m := range then.rsc.children {
		if a := m.firstAction(then.task, n); a != nil {
			changed |= c.influence(m, first, a, n, flags, filter, kind)
		}
	}
	return changed
}

func (c *cluster) influenceInstances(first, then *action, n *node, flags, filter, kind uint32) uint8 {
	if then.rsc == nil {
		return 0
	}
	if interleaved(first, then) {
		return c.influenceInterleaved(first, then, n, filter, kind)
	}
	changed := c.influencePlain(first, then, flags, filter, kind)
	for _, i := range then.rsc.instanceList() {
		a := i.firstAction(then.task, n)
		if a == nil || a.summary(n)&actRunnable == 0 {
			continue
		}
		did := c.influence(i, first, a, n, flags, filter, kind)
		if did&changedThen != 0 {
			for k := len(a.after) - 1; k >= 0; k-- {
				c.update(a.after[k].action)
			}
		}
		changed |= did
	}
	return changed
}

// instanceList are the instances of a collective; of anything else its children.
func (r *resource) instanceList() []*resource { return r.instances() }

// interleaved says whether instances wait only for their counterparts on the same node.
func interleaved(first, then *action) bool {
	if first.rsc == nil || then.rsc == nil || first.rsc == then.rsc || first.rsc.variant < clone || then.rsc.variant < clone {
		return false
	}
	r := then.rsc
	if hasSuffix(then.key, "_stop_0") || hasSuffix(then.key, "_demote_0") {
		r = first.rsc
	}
	return cib.True(r.meta.Get("interleave"))
}

func (c *cluster) influenceInterleaved(first, then *action, n *node, filter, kind uint32) uint8 {
	var changed uint8
	task := first.originalTask()
	now := hasSuffix(first.key, "_stopped_0") || hasSuffix(first.key, "_demoted_0")
	for _, i := range then.rsc.instanceList() {
		counterpart := i.compatible(first.rsc, roleUnknown, now, "")
		if counterpart == nil {
			if !now && kind&(relUnrunnableFirstBlocks|relFirstImpliesThen) != 0 && c.assign(i, nil, 0, true, true) {
				changed |= changedThen
			}
			continue
		}
		firstAction := instanceAction(first, counterpart, task, n, true)
		if firstAction == nil {
			continue
		}
		thenAction := instanceAction(then, i, then.task, n, false)
		if thenAction == nil {
			continue
		}
		if c.orderActions(firstAction, thenAction, kind) {
			changed |= changedFirst | changedThen
		}
		changed |= c.influence(i, firstAction, thenAction, n, firstAction.summaryOr(n), filter, kind)
	}
	return changed
}

// summaryOr are the flags of an action of an instance.
func (a *action) summaryOr(n *node) uint32 {
	if a.rsc == nil {
		return a.flags
	}
	return a.summary(n)
}

// instanceAction is the action of an instance that an action of its collective means; for a container it may be that of what is inside.
func instanceAction(of *action, i *resource, task string, n *node, isFirst bool) *action {
	inside := false
	switch of.task {
	case "stop", "stopped":
	case "promote", "promoted", "demote", "demoted":
		inside = true
	default:
		inside = isFirst
	}
	r := i
	if inside {
		if child := i.inside(); child != nil {
			r, n = child, nil
		}
	}
	return r.firstAction(task, n)
}

// clearBecause takes a flag away and remembers whose fault it is, when that is another resource.
func (a *action) clearBecause(flag uint32, reason *action) {
	if !a.is(flag) {
		return
	}
	a.unset(flag)
	if a.rsc == reason.rsc {
		return
	}
	word := map[uint32]string{actRunnable: "unrunnable", actMigratable: "unmigrateable", actOptional: "required"}[flag]
	if reason.rsc != nil {
		word += " " + reason.rsc.id
	}
	a.because(word + " " + reason.task)
}

// influencePlain applies one kind of relation to two actions. The flags are those of the first, as they count for the second.
func (c *cluster) influencePlain(first, then *action, flags, filter, kind uint32) uint8 {
	thenBefore, firstBefore := then.flags, first.flags
	optionalMatters, runnableMatters := filter&actOptional != 0, filter&actRunnable != 0
	switch kind {
	case relAsymmetric:
		c.asymmetric(first, then)
	case relThenImpliesFirst:
		if thenBefore&actOptional == 0 {
			if optionalMatters && flags&actOptional == 0 && firstBefore&actOptional != 0 {
				first.clearBecause(actOptional, then)
			}
			if flags&actMigratable != 0 && !then.is(actMigratable) {
				first.clearBecause(actMigratable, then)
			}
		}
	case relPromotedThenImpliesFirst:
		if then.rsc != nil && then.rsc.role == rolePromoted && optionalMatters && !then.is(actOptional) {
			first.clearBecause(actOptional, then)
			if first.is(actMigratable) && !then.is(actMigratable) {
				first.clearBecause(actMigratable, then)
			}
		}
	case relUnmigratableThenBlocks:
		if optionalMatters {
			if !then.is(actMigratable | actRunnable) {
				first.clearBecause(actRunnable, then)
			}
			if !then.is(actOptional) {
				first.clearBecause(actOptional, then)
			}
		}
	case relFirstElseThen:
		if optionalMatters && !first.is(actRunnable) {
			then.clearBecause(actMigratable, first)
			then.unset(actPseudo)
		}
	case relUnrunnableFirstBlocks:
		if runnableMatters && then.is(actRunnable) && flags&actRunnable == 0 {
			then.clearBecause(actRunnable, first)
			then.clearBecause(actMigratable, first)
		}
	case relFirstImpliesThen:
		if optionalMatters && then.is(actOptional) && flags&actOptional == 0 && !first.is(actMigratable) {
			then.clearBecause(actOptional, first)
		}
	case relIntermediateStop:
		c.restart(first, then, optionalMatters, runnableMatters)
	}
	var changed uint8
	if thenBefore != then.flags {
		changed |= changedThen
		if then.rsc != nil && then.rsc.parent != nil {
			c.update(then)
		}
	}
	if firstBefore != first.flags {
		changed |= changedFirst
	}
	return changed
}

// asymmetric keeps an action from running when the one before it cannot; what is in the wanted state already may stay.
func (c *cluster) asymmetric(first, then *action) {
	if then.rsc == nil || first.is(actRunnable) {
		return
	}
	if then.is(actOptional) {
		now := then.rsc.state(true)
		if now == roleStopped && then.task == "stop" ||
			now >= roleStarted && then.task == "start" && len(then.rsc.active) == 1 && then.rsc.active[0] == then.node {
			return
		}
	}
	then.clearBecause(actOptional, first)
	then.clearBecause(actRunnable, first)
}

// restart makes a stop necessary because of the start that follows it.
func (c *cluster) restart(first, then *action, optionalMatters, runnableMatters bool) {
	needed := optionalMatters && !then.is(actOptional) ||
		runnableMatters && !then.is(actRunnable) && then.rsc.is(rscManaged) && first.rsc == then.rsc
	if !needed {
		return
	}
	if first.is(actRunnable) {
		first.clearBecause(actOptional, then)
	}
	if !then.is(actOptional) {
		first.clearBecause(actOptional, then)
	}
	if !then.is(actMigratable) {
		first.clearBecause(actMigratable, then)
	}
	if !first.is(actOptional) && !first.is(actRunnable) {
		then.clearBecause(actRunnable, first)
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
