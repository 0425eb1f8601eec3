package scheduler

// remap brings results into the form that the rest looks at: whether what came out was expected counts more than what the
// executor called it.
func (h *history) remap(o *record, expired bool) {
	r := h.r
	switch o.rc {
	case rcDegraded, rcDegradedPromoted:
		o.rc = map[int]int{rcDegraded: rcOK, rcDegradedPromoted: rcRunningPromoted}[o.rc]
		if !expired && (!h.n.shutdown || h.n.online) {
			h.list(o)
		}
	}
	if !r.isBundled() && o.masked && (o.status != statusDone || o.rc != rcNotRunning) {
		o.status, o.rc = statusDone, rcNotRunning
	}
	switch o.status {
	case statusDone, statusError:
	case statusNoFenceDevice, statusNoSecrets:
		o.status = statusErrorHard
		return
	default:
		return
	}
	probe := o.probe
	switch {
	case o.expected < 0:
		o.status = statusError
	case o.rc == o.expected:
		o.status = statusDone
	default:
		o.status = statusError
	}
	switch o.rc {
	case rcOK:
		if probe && o.expected == rcNotRunning {
			o.status = statusDone
		}
	case rcNotRunning:
		if probe || o.expected == o.rc || !r.is(rscManaged) {
			o.status = statusDone
			r.role = roleStopped
			h.onFail = failIgnore
			r.setNext(roleUnknown)
		}
	case rcRunningPromoted:
		if probe && o.rc != o.expected {
			o.status = statusDone
		}
		if !expired || o.rc == o.expected {
			r.role = rolePromoted
		}
	case rcFailedPromoted:
		if !expired {
			r.role = rolePromoted
		}
		o.status = statusError
	case rcNotConfigured:
		o.status = statusErrorFatal
	case rcUnimplemented:
		if o.interval > 0 {
			o.status = statusNotSupported
			break
		}
		h.hard(o, expired)
	case rcNotInstalled, rcInvalidParam, rcInsufficientPriv:
		h.hard(o, expired)
	default:
		if o.status == statusDone {
			o.status = statusError
		}
	}
}

// hard marks a failure that repeating it here will not mend. After a stop like this only fencing helps, and without that nothing.
func (h *history) hard(o *record, expired bool) {
	if !expired && o.task == "stop" && !h.c.canFence(h.n) {
		h.r.unset(rscManaged)
		h.r.set(rscBlocked)
	}
	o.status = statusErrorHard
}
