package scheduler

import (
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// A DigestView is what the parameters of a resource on a node look like to a cluster: it restarts or reloads the resource when the
// fingerprint in the history is another.
type DigestView struct {
	Task     string // of the operation in the history that counts, start without one
	Interval uint32 // of it, in ms

	All, Secure, Restart                   string // fingerprints: of all parameters, without secrets, of those whose change needs a restart
	HasRestart                             bool
	Params, SecureParams, RestartedByThese cib.Pairs
}

// Digests calculates the fingerprints of a primitive, with other values for some parameters. Only with history are those about restarts exact.
func (s *ResourceView) Digests(n *NodeView, overrides cib.Pairs) DigestView {
	d := DigestView{Task: "start"}
	op := s.v.history(s, n)
	if op != nil {
		d.Task, d.Interval = op.Get("operation"), intervalOf(op)
	}
	if text, ok := overrides.Lookup("CRM_meta_interval"); ok {
		if ms, err := strconv.ParseUint(text, 10, 32); err == nil {
			d.Interval = uint32(ms)
		}
	}
	got := s.v.c.calculate(s.r, d.Task, d.Interval, n.n, op, true, overrides)
	d.All, d.Secure, d.Restart, d.HasRestart = got.all, got.secure, got.restart, got.hasRestart
	d.Params, d.SecureParams, d.RestartedByThese = got.params, got.secureParams, got.restartParams
	return d
}

// history is the entry of a resource's history on a node that tells best what it runs with, nil without any.
func (v *View) history(s *ResourceView, n *NodeView) (best *xmltree.Node) {
	status := v.Document.First("status")
	if status == nil {
		return nil
	}
	for state := range status.Elements("node_state") {
		if state.Get("id") != n.ID {
			continue
		}
		list := state.Find("lrm", "lrm_resources")
		if list == nil {
			continue
		}
		for entry := range list.Elements("lrm_resource") {
			if id := entry.Get("id"); id != s.ID && id != s.Name {
				continue
			}
			for op := range entry.Elements("lrm_rsc_op") {
				if best == nil || tellsMore(op, best) {
					best = op
				}
			}
		}
	}
	return best
}

// tellsMore says whether an entry tells better than the best one so far: one that made the resource what it is before others, then a
// recurring one, a success, one with a fingerprint about restarts, and the newest.
func tellsMore(op, best *xmltree.Node) bool {
	effective := func(x *xmltree.Node) bool {
		switch x.Get("operation") {
		case "monitor", "start", "promote", "migrate_from":
			return intervalOf(x) == 0
		}
		return false
	}
	failure := func(x *xmltree.Node) bool { return strings.HasSuffix(x.Get("id"), "_last_failure_0") }
	_, restart := op.Lookup("op-restart-digest")
	_, had := best.Lookup("op-restart-digest")
	switch {
	case effective(best) && !effective(op):
		return false
	case !effective(best) && intervalOf(best) != 0 && !effective(op) && intervalOf(op) == 0:
		return false
	case !failure(best) && failure(op):
		return false
	case had && !restart:
		return false
	}
	return newer(best, op) <= 0
}

// ActionTimeout is how long an action of it may take, in ms, as configured for it or for all.
func (s *ResourceView) ActionTimeout(task string) int64 {
	ms, _ := cib.Integer(s.v.c.actionMeta(s.r, nil, task, 0, s.r.operation(task, 0, true)).Get("timeout"))
	return ms
}
