package mon

import (
	"fmt"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// failed are the operations that failed, as far as they are shown.
func (r *report) failed() (out []*xmltree.Node) {
	for _, op := range r.v.Failures {
		_, rsc, _, _ := scheduler.OperationKey(op)
		if r.onlyNode.hasFold(op.Get("uname")) && !scheduler.MasksFailure(op) && rsc != "" && r.onlyRsc.has(rsc) {
			out = append(out, op)
		}
	}
	return out
}

func (r *report) failureList() *entry {
	out := list("Failed Resource Actions")
	for _, op := range r.failed() {
		if r.Detail {
			out.line(r.technical(op))
		} else {
			out.line(r.friendly(op))
		}
	}
	return out.orNil()
}

// friendly is a failure in words.
func (r *report) friendly(op *xmltree.Node) string {
	_, rsc, task, interval := scheduler.OperationKey(op)
	every := ""
	if interval != 0 {
		every = Span(int64(interval)) + "-interval "
	} else if task == "monitor" {
		task = "probe"
	}
	text := fmt.Sprintf("%s %s%s on %s", rsc, every, task, op.Get("uname"))
	reason := op.Get("exit-reason")
	if status := number(op.Get("op-status")); status == 0 {
		text += " returned '" + cib.AnswerWord(number(op.Get("rc-code"))) + "'"
		if reason != "" {
			text += " (" + reason + ")"
		}
	} else {
		text += " could not be executed (" + StatusText(status)
		if reason != "" {
			text += ": " + reason
		}
		text += ")"
	}
	if when, ok := epoch(op.Get("last-rc-change")); ok {
		text += " at " + r.clock(when)
	}
	if ms := number(op.Get("exec-time")); ms > 0 {
		text += " after " + Span(int64(ms))
	}
	return text
}

// technical is a failure with the numbers that programmers want.
func (r *report) technical(op *xmltree.Node) string {
	key, _, _, _ := scheduler.OperationKey(op)
	rc := number(op.Get("rc-code"))
	call := op.Get("call-id")
	if call == "" {
		call = "unknown"
	}
	text := fmt.Sprintf("%s on %s '%s' (%d): call=%s, status='%s'", key, op.Get("uname"), cib.AnswerWord(rc), rc, call, StatusText(number(op.Get("op-status"))))
	if reason := op.Get("exit-reason"); reason != "" {
		text += ", exitreason='" + reason + "'"
	}
	if when, ok := epoch(op.Get("last-rc-change")); ok {
		text += ", last-rc-change='" + r.clock(when) + "'"
	}
	for _, field := range [][2]string{{"queued", "queue-time"}, {"exec", "exec-time"}} {
		if v := op.Get(field[1]); v != "" {
			text += ", " + field[0] + "=" + v + "ms"
		}
	}
	return text
}
