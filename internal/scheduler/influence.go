package scheduler

import (
	"heartbeat/internal/cib"
)

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
