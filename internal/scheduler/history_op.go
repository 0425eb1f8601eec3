package scheduler

import (
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// How an operation ended, as executors record it.
const (
	statusPending       = -1
	statusDone          = 0
	statusCancelled     = 1
	statusTimeout       = 2
	statusNotSupported  = 3
	statusError         = 4
	statusErrorHard     = 5
	statusErrorFatal    = 6
	statusNotInstalled  = 7
	statusNotConnected  = 8
	statusInvalid       = 9
	statusNoFenceDevice = 10
	statusNoSecrets     = 11
	statusMost          = statusNoSecrets
)

// What agents answer.
const (
	rcOK               = 0
	rcError            = 1
	rcInvalidParam     = 2
	rcUnimplemented    = 3
	rcInsufficientPriv = 4
	rcNotInstalled     = 5
	rcNotConfigured    = 6
	rcNotRunning       = 7
	rcRunningPromoted  = 8
	rcFailedPromoted   = 9
	rcDegraded         = 190
	rcDegradedPromoted = 191
	rcUnknown          = 193
	rcMost             = 255
)

// An onFail is what a failure leads to; the worst wins.
type onFail uint8

const (
	failIgnore onFail = iota
	failDemote
	failRestart
	failResetRemote
	failRestartContainer
	failBan
	failBlock
	failStop
	failStandby
	failFence
)

// A history plays the recorded operations of a resource on a node, oldest first.
type history struct {
	c           *cluster
	r           *resource
	n           *node
	lastFailure *xmltree.Node
	onFail      onFail
}

// A record is one operation of a history.
type record struct {
	x                    *xmltree.Node
	id, key, task        string
	interval             uint32
	status, rc, expected int
	probe, masked        bool // isProbe and masksFailure, which are asked for again and again
}

// A failedOp is a failure that reports show.
type failedOp struct {
	key  string
	node *node
	op   *xmltree.Node
}

// isProbe says whether a recorded operation looked for a resource.
func isProbe(op *xmltree.Node) bool { return op.Get("operation") == "monitor" && intervalOf(op) == 0 }

// masksFailure says whether a probe failed in a way that only means that the resource cannot be there.
func masksFailure(op *xmltree.Node) bool {
	if !isProbe(op) {
		return false
	}
	status, _ := cib.Integer(op.Get("op-status"))
	rc, _ := cib.Integer(op.Get("rc-code"))
	return maskedResult(status, rc)
}

func maskedResult(status, rc int64) bool {
	return rc == rcNotInstalled || rc == rcInvalidParam || status == statusNotInstalled
}

// read says whether the operation can change the state of the resource and has a proper result.
func (o *record) read(x *xmltree.Node) bool {
	var hasID, hasTask bool
	o.x = x
	o.id, hasID = x.Lookup("id")
	o.task, hasTask = x.Lookup("operation")
	if !hasID || !hasTask {
		return false
	}
	switch o.task {
	case "monitor", "start", "stop", "promote", "demote", "migrate_to", "migrate_from", "asyncmon":
	default:
		return false
	}
	o.interval = intervalOf(x)
	status, ok := cib.Integer(x.Get("op-status"))
	rc, good := cib.Integer(x.Get("rc-code"))
	if !ok || !good || status < statusPending || status > statusMost || status == statusCancelled || rc < 0 || rc > rcMost {
		return false
	}
	o.status, o.rc, o.expected, o.key = int(status), int(rc), targetRC(x), historyKey(x)
	o.probe = o.task == "monitor" && o.interval == 0
	o.masked = o.probe && maskedResult(status, rc)
	return true
}

// play takes one operation into account.
func (h *history) play(x *xmltree.Node) {
	var o record
	if !o.read(x) {
		return
	}
	c, r := h.c, h.r
	expired := h.expired(&o)
	original := o.rc
	h.remap(&o, expired)
	if expired && h.forgets(&o, original) {
		return
	}
	if !r.isBundled() && o.masked {
		h.maskFailure(&o)
		return
	}
	parent := r
	if !r.is(rscUnique) {
		parent = r.top()
	}
	switch o.status {
	case statusPending:
		h.pending(&o)
		return
	case statusDone:
		h.succeed(&o, o.rc)
		return
	case statusNotInstalled:
		strategy, role := h.handling(&o)
		if strategy == failIgnore {
			h.onFail = failBan
		}
		parent.addScore(h.n, -infinity, false, o.source())
		h.fail(&o, strategy, role)
		return
	case statusNotConnected:
		if conn := h.n.connection; h.n.remote && conn != nil && conn.is(rscManaged) {
			conn.set(rscFailed | rscStopIfFailed)
		}
	}
	strategy, role := h.handling(&o)
	if strategy == failIgnore || strategy == failRestartContainer && o.task == "stop" {
		h.succeed(&o, o.expected)
		r.set(rscIgnoreFailure)
		h.list(&o)
		if strategy == failRestartContainer && h.onFail <= failRestart {
			h.onFail = strategy
		}
		return
	}
	h.fail(&o, strategy, role)
	switch o.status {
	case statusErrorHard:
		parent.addScore(h.n, -infinity, false, o.source())
	case statusErrorFatal:
		for _, n := range c.nodes {
			parent.addScore(n, -infinity, false, o.source())
		}
		parent.assigned = nil
	}
}

// handling is what the configuration says about the failure of an operation.
func (h *history) handling(o *record) (onFail, role) {
	conf := h.r.operation(o.task, o.interval, true)
	meta := h.c.actionMeta(h.r, h.n, o.task, o.interval, conf)
	text, ok := meta.Lookup("on-fail")
	strategy := h.c.parseOnFail(h.r, o.task, o.interval, text, ok)
	return strategy, roleAfterFailure(h.r, o.task, strategy)
}

// expired says whether the result of an operation is too old to count, and clears fail counts that are.
func (h *history) expired(o *record) bool {
	c, r := h.c, h.r
	if o.status == statusNotInstalled {
		return false
	}
	isLast := strings.HasSuffix(o.id, "_last_failure_0")
	timeout := seconds(r.failureTimeout)
	expired, count := false, 0
	if when := lastChange(o.x); timeout > 0 && when >= 0 {
		expired = c.now.Unix >= when+timeout && !h.mustNotExpire(o)
		var last int64
		count, last = c.failCount(h.n, r, true, false, o.x)
		if last += timeout + 1; count != 0 && c.now.Unix < last {
			c.changes.Note(last)
		}
	}
	clear := false
	if expired {
		if raw, _ := c.failCount(h.n, r, false, false, o.x); raw != 0 {
			if clear = count == 0; !clear {
				expired = false
			}
		} else if isLast && r.reconnect > 0 {
			clear = true
		}
	}
	if !expired && isLast && h.parametersChanged(o) {
		clear = true
	}
	if clear {
		a := c.clearFailCount(r, h.n)
		if c.fencing && r.reconnect > 0 {
			if remote := c.findNode(r.id); remote != nil {
				c.orderActions(c.fenceOp(remote, "", true, "", false), a, relFirstImpliesThen)
			}
		}
	}
	if expired && o.interval == 0 && o.task == "monitor" {
		switch o.rc {
		case rcOK, rcNotRunning, rcRunningPromoted, rcDegraded, rcDegradedPromoted:
			return false
		}
	}
	return expired
}

// mustNotExpire keeps the failed monitor of a connection until its node was fenced.
func (h *history) mustNotExpire(o *record) bool {
	if h.r.reconnect == 0 || !h.c.fencing || o.interval == 0 || o.task != "monitor" {
		return false
	}
	n := h.c.findNode(h.r.id)
	return n != nil && !n.remoteFenced
}

func (h *history) parametersChanged(o *record) bool {
	if o.task != "start" && o.task != "monitor" {
		return false
	}
	if h.r.wantsHostAddress() {
		h.c.checks = append(h.c.checks, paramCheck{h.r, h.n, o.x, true})
		return false
	}
	switch h.c.compareDigest(h.r, o.x, h.n).verdict {
	case digestUnknown, digestMatch:
		return false
	}
	return true
}

// forgets says whether an expired result changes nothing any more.
func (h *history) forgets(o *record, original int) bool {
	if !h.r.isBundled() && o.masked && original != o.expected {
		if h.r.role <= roleStopped {
			h.r.role = roleUnknown
		}
		return true
	}
	if o.rc == o.expected {
		return false
	}
	if o.interval == 0 {
		return true
	}
	if h.n.online && !h.n.unclean {
		h.c.forced[o.x] = true
		return true
	}
	return false
}

// list notes a failure for reports, each once.
func (h *history) list(o *record) {
	if !h.n.online {
		return
	}
	same := func(f failedOp) bool { return f.key == o.key && strings.EqualFold(f.node.name, h.n.name) }
	if !slices.ContainsFunc(h.c.failed, same) {
		h.c.failed = append(h.c.failed, failedOp{o.key, h.n, o.x})
	}
}

// maskFailure takes a probe that could not find out anything as one that found nothing, and keeps the resource away from there.
func (h *history) maskFailure(o *record) {
	ban := h.r
	if !ban.is(rscUnique) {
		ban = ban.top()
	}
	h.succeed(o, o.expected)
	h.list(o)
	ban.addScore(h.n, -infinity, false, o.source())
}

// pending takes an operation into account that has not ended.
func (h *history) pending(o *record) {
	r := h.r
	if f := h.lastFailure; f != nil && f.Get("operation") == o.task && intervalOf(f) == o.interval && f.Get("interval") != "" &&
		lastChange(o.x) >= 0 && lastChange(f) >= lastChange(o.x) {
		return
	}
	switch {
	case o.task == "start":
		r.set(rscStartPending)
		r.becomeActive()
	case o.task == "promote":
		r.role = rolePromoted
	case o.task == "migrate_to" && h.n.unclean:
		if target := h.c.findNode(o.x.Get("migrate_target")); target != nil {
			h.c.stopAction(r, target, false)
		}
	}
	if r.pendingAction == "" && !(o.task == "monitor" && o.interval == 0) {
		r.pendingAction, r.pendingNode = o.task, h.n
	}
}

// becomeActive gives the lowest role that a running resource can have.
func (r *resource) becomeActive() {
	r.role = roleStarted
	if r.top().is(rscPromotable) {
		r.role = roleUnpromoted
	}
}

// succeed sets the role that a result means.
func (h *history) succeed(o *record, rc int) {
	r, clear := h.r, false
	switch {
	case rc == rcNotInstalled, !r.isBundled() && o.masked:
		r.role = roleStopped
	case rc == rcNotRunning:
		clear = true
	case o.task == "monitor":
		clear = h.lastFailure != nil && o.key == historyKey(h.lastFailure)
		if r.role < roleStarted {
			r.becomeActive()
		}
	case o.task == "start":
		r.role, clear = roleStarted, true
	case o.task == "stop":
		r.role, clear = roleStopped, true
	case o.task == "promote":
		r.role, clear = rolePromoted, true
	case o.task == "demote":
		clear = h.onFail == failDemote
		r.role = roleUnpromoted
	case o.task == "migrate_from":
		r.role, clear = roleStarted, true
	case o.task == "migrate_to":
		h.migratedTo(o)
	case r.role < roleStarted:
		r.becomeActive()
	}
	if !clear {
		return
	}
	switch h.onFail {
	case failStop, failBan, failStandby, failFence:
	case failResetRemote:
		if r.reconnect == 0 {
			h.onFail = failIgnore
			r.setNext(roleUnknown)
		}
	default:
		h.onFail = failIgnore
		r.setNext(roleUnknown)
	}
}

// fail takes a failure into account.
func (h *history) fail(o *record, strategy onFail, after role) {
	r := h.r
	h.lastFailure = o.x
	if h.c.symmetric || o.rc != rcNotInstalled {
		h.list(o)
	}
	h.onFail = max(h.onFail, strategy)
	switch o.task {
	case "stop":
		r.addScore(h.n, -infinity, false, o.source())
	case "migrate_to":
		h.failedToMigrateTo(o)
	case "migrate_from":
		h.failedToMigrateFrom(o)
	case "promote":
		r.role = rolePromoted
	case "demote":
		switch {
		case strategy == failBlock:
			r.role = rolePromoted
			r.setNext(roleStopped)
		case o.rc == rcNotRunning:
			r.role = roleStopped
		default:
			r.role = roleUnpromoted
		}
	}
	if o.probe && o.rc == rcNotInstalled {
		r.role = roleStopped
	} else if r.role < roleStarted {
		r.becomeActive()
	}
	if after != roleStarted && r.next < after {
		r.setNext(after)
	}
	if after == roleStopped {
		h.banFromAll(o)
	}
}

// banFromAll makes minus infinity the only opinion of a resource, or of the whole clone if it is an anonymous instance.
func (h *history) banFromAll(o *record) {
	r := h.r
	if r.parent != nil && r.top().isAnonymous() {
		r = r.top()
	}
	r.allowed = nil
	for _, n := range h.c.nodes {
		h.c.set(r.allowed.put(n), -infinity, o.source())
	}
}
