package crmtool

import (
	"cmp"
	"strconv"

	"heartbeat/internal/cib"
	"heartbeat/internal/crmtool/mon"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// An operationEvent is an operation that ended, as programs of --external-agent are told of it.
type operationEvent struct {
	node, resource, task string
	status, rc, target   int
	text                 string // OK, or what went wrong
}

// environ is what such a program sees of it.
func (e operationEvent) environ(recipient string) []string {
	out := []string{
		"CRM_notify_node=" + e.node, "CRM_notify_rsc=" + e.resource, "CRM_notify_task=" + e.task, "CRM_notify_desc=" + e.text,
		"CRM_notify_rc=" + strconv.Itoa(e.rc), "CRM_notify_target_rc=" + strconv.Itoa(e.target), "CRM_notify_status=" + strconv.Itoa(e.status),
	}
	if recipient != "" {
		out = append(out, "CRM_notify_recipient="+recipient)
	}
	return out
}

// An operationRecord is where an operation is recorded, and a print is what tells one run of it from another.
type (
	operationRecord struct{ node, resource, id string }
	operationPrint  struct{ magic, call, when string }
)

// recordedOperations are the operations in a document's history, each with its print.
func recordedOperations(root *xmltree.Node, each func(operationRecord, operationPrint, *xmltree.Node, *xmltree.Node)) {
	status := root.First("status")
	if status == nil {
		return
	}
	for state := range status.Elements("node_state") {
		list := state.Find("lrm", "lrm_resources")
		if list == nil {
			continue
		}
		for entry := range list.Elements("lrm_resource") {
			for op := range entry.Elements("lrm_rsc_op") {
				each(operationRecord{state.Get("id"), entry.Get("id"), op.Get("id")},
					operationPrint{op.Get("transition-magic"), op.Get("call-id"), op.Get("last-rc-change")}, state, op)
			}
		}
	}
}

// eventsBetween are the operations that ended between two documents, in the order of the second. A probe that found nothing, as expected, and
// what has not ended is nothing to tell.
func eventsBetween(old, next *xmltree.Node) (out []operationEvent) {
	before := map[operationRecord]operationPrint{}
	recordedOperations(old, func(r operationRecord, p operationPrint, _, _ *xmltree.Node) { before[r] = p })
	recordedOperations(next, func(r operationRecord, p operationPrint, state, op *xmltree.Node) {
		if was, known := before[r]; known && was == p || p.magic == "" {
			return
		}
		e := operationEvent{node: cmp.Or(op.Get("on_node"), state.Get("uname"), r.node), target: scheduler.OperationTarget(op), text: "OK"}
		_, e.resource, e.task, _ = scheduler.OperationKey(op)
		e.status, _ = strconv.Atoi(op.Get("op-status"))
		e.rc, _ = strconv.Atoi(op.Get("rc-code"))
		expected := e.status == 0 && e.rc == e.target
		switch {
		case e.resource == "" || e.status < 0 || expected && e.rc == int(NotRunning):
			return
		case e.status == 0 && !expected:
			e.text = cib.AnswerWord(e.rc)
		case e.status != 0:
			e.text = mon.StatusText(e.status)
		}
		out = append(out, e)
	})
	return out
}
