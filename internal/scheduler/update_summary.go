package scheduler

import (
	"strings"
)

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

// summaryOr are the flags of an action of an instance.
func (a *action) summaryOr(n *node) uint32 {
	if a.rsc == nil {
		return a.flags
	}
	return a.summary(n)
}
