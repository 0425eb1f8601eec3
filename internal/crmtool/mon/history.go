package mon

import (
	"fmt"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// A nodeHistory is what is recorded about the resources of a node.
type nodeHistory struct {
	node    *scheduler.NodeView
	entries []resourceHistory
}

// A resourceHistory is what is recorded about a resource on a node.
type resourceHistory struct {
	id        string
	rsc       *scheduler.ResourceView // nil for one that nothing else knows
	failCount int
	last      int64           // when it failed last, seconds since 1970, 0 unknown
	ops       []*xmltree.Node // that are shown, oldest first
}

// history is the recorded history of online nodes. Without operations only what failed counts.
func (r *report) history() (out []nodeHistory) {
	status := r.v.Document.First("status")
	if status == nil {
		return nil
	}
	for state := range status.Elements("node_state") {
		n := r.v.FindNodeID(state.Get("id"))
		if n == nil || !n.Online || !r.onlyNode.hasFold(n.Name) {
			continue
		}
		h := nodeHistory{node: n}
		if list := state.Find("lrm", "lrm_resources"); list != nil {
			for entry := range list.Elements("lrm_resource") {
				if one, ok := r.resourceHistory(n, entry); ok {
					h.entries = append(h.entries, one)
				}
			}
		}
		out = append(out, h)
	}
	return out
}

func (r *report) resourceHistory(n *scheduler.NodeView, entry *xmltree.Node) (h resourceHistory, ok bool) {
	h.id = entry.Get("id")
	h.rsc = r.v.Find(h.id)
	if h.rsc == nil {
		if !r.onlyRsc.all {
			return h, false
		}
	} else {
		if r.leavesHistory(h.rsc) {
			return h, false
		}
		h.failCount, h.last = h.rsc.FailCount(n)
	}
	if !r.shows(Operations) {
		return h, h.failCount > 0
	}
	if h.rsc != nil {
		h.id = h.rsc.Name
	}
	for _, op := range scheduler.Operations(entry) {
		if task := operationTask(op); task == "notify" || task == "probe" && number(op.Get("rc-code")) == 7 {
			continue
		}
		h.ops = append(h.ops, op)
	}
	return h, len(h.ops) > 0
}

// leavesHistory says whether the filter leaves out the history of a resource; a group stays in by its own name, too.
func (r *report) leavesHistory(rsc *scheduler.ResourceView) bool {
	if top := rsc.Top(); top.Kind == scheduler.Group {
		return !r.onlyRsc.has(rsc.Name) && !r.onlyRsc.has(top.Name)
	}
	return r.onlyRsc.left(rsc, true)
}

// operationTask is what an operation did; a monitor that is not repeated is a probe.
func operationTask(op *xmltree.Node) string {
	task := op.Get("operation")
	if interval, given := op.Lookup("interval"); task == "monitor" && (!given || interval == "0") {
		return "probe"
	}
	return task
}

// historyList is the section of operations, or of fail counts.
func (r *report) historyList() *entry {
	title := "Migration Summary"
	if r.shows(Operations) {
		title = "Operations"
	}
	out, any := list(title), false
	for _, h := range r.history() {
		any = true
		if len(h.entries) == 0 {
			continue
		}
		of := list(r.nodeTitle(h.node))
		for _, one := range h.entries {
			if !r.shows(Operations) {
				of.line(r.failures(one, false))
				continue
			}
			ops := list(r.failures(one, true))
			for _, op := range one.ops {
				ops.line(r.operation(op))
			}
			of.add(ops)
		}
		out.add(of)
	}
	if !any {
		return nil
	}
	return out
}

// failures says how often a resource failed, and how often it may; all also when it never did.
func (r *report) failures(h resourceHistory, all bool) string {
	switch {
	case h.rsc == nil:
		return h.id + ": orphan"
	case !all && h.failCount == 0 && h.last <= 0:
		return h.id + ":"
	}
	text := fmt.Sprintf("%s: migration-threshold=%d", h.id, h.rsc.Threshold)
	if h.failCount > 0 {
		text += fmt.Sprintf(" fail-count=%d", h.failCount)
	}
	if h.last > 0 {
		text += fmt.Sprintf(" last-failure='%s'", r.clock(h.last))
	}
	return text
}

// operation is one operation in one line.
func (r *report) operation(op *xmltree.Node) string {
	text := fmt.Sprintf("(%s) %s", op.Get("call-id"), operationTask(op))
	interval := op.Get("interval")
	if interval != "" && interval != "0" {
		interval = fmt.Sprintf(" interval=\"%sms\"", interval)
	} else {
		interval = ""
	}
	if !r.Timing {
		if interval != "" {
			text += ":" + interval
		}
		return text
	}
	text += ":" + interval
	if when, ok := epoch(op.Get("last-rc-change")); ok && when > 0 {
		text += fmt.Sprintf(" last-rc-change=\"%s\"", r.clock(when))
	}
	for _, name := range []string{"exec-time", "queue-time"} {
		if v, ok := op.Lookup(name); ok {
			text += fmt.Sprintf(" %s=\"%sms\"", name, v)
		}
	}
	rc := number(op.Get("rc-code"))
	return text + fmt.Sprintf(" rc=%d (%s)", rc, cib.AnswerWord(rc))
}
