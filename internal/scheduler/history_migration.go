package scheduler

import (
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// migrationOp is the recorded half of a migration on a node, nil when there is none or more than one. With a result it must have succeeded with
// that.
func (c *cluster) migrationOp(id, task, nodeName, other string, want int) *xmltree.Node {
	attr := "migrate_source"
	if task == "migrate_to" {
		attr = "migrate_target"
	}
	var found *xmltree.Node
	for op := range c.historyOps(nodeName, id) {
		if op.Get("operation") != task || other != "" && op.Get(attr) != other {
			continue
		}
		if found != nil {
			return nil
		}
		found = op
	}
	if found != nil && want >= 0 && !hasResult(found, want) {
		return nil
	}
	return found
}

func hasResult(op *xmltree.Node, want int) bool {
	rc, ok := cib.Integer(op.Get("rc-code"))
	status, good := cib.Integer(op.Get("op-status"))
	return ok && good && rc == int64(want) && status == statusDone
}

// unknownOn says whether a node has no result about a resource.
func (c *cluster) unknownOn(id, nodeName string) bool {
	for op := range c.historyOps(nodeName, id) {
		if rc, ok := op.Lookup("rc-code"); ok && rc != "193" {
			return false
		}
	}
	return true
}

// changedAfter says whether a node did anything but look since an operation.
func (c *cluster) changedAfter(id, nodeName string, since *xmltree.Node) bool {
	for entry := range c.historyEntries(nodeName, id) {
		for op := range entry.Elements("lrm_rsc_op") {
			if op == since {
				continue
			}
			switch op.Get("operation") {
			case "start", "stop", "migrate_to", "migrate_from":
				if newer(op, since) > 0 {
					return true
				}
			}
		}
		return false
	}
	return false
}

// goneAfter says whether a node saw since an operation that the resource is not running.
func (c *cluster) goneAfter(id, nodeName string, since *xmltree.Node) bool {
	var monitor *xmltree.Node
	for op := range c.historyOps(nodeName, id) {
		if op.Get("operation") == "monitor" {
			if monitor != nil {
				return false
			}
			monitor = op
		}
	}
	return monitor != nil && hasResult(monitor, rcNotRunning) && newer(monitor, since) > 0
}

// newerState says whether a node knows something newer than a migration.
func (c *cluster) newerState(id, nodeName string, to, from *xmltree.Node) bool {
	since := to
	if from != nil {
		since = from
	}
	if from != nil && to != nil && strings.EqualFold(nodeName, since.Get("migrate_source")) {
		since = to
	}
	return c.changedAfter(id, nodeName, since) || c.goneAfter(id, nodeName, since)
}

// migrationEnds are the names of both ends; ok is false when the entry contradicts the node that it stands on.
func (h *history) migrationEnds(o *record, onSource bool) (source, target string, ok bool) {
	source, hasSource := o.x.Lookup("migrate_source")
	target, hasTarget := o.x.Lookup("migrate_target")
	here := target
	if onSource {
		here = source
	}
	return source, target, hasSource && hasTarget && strings.EqualFold(here, h.n.name)
}

// migratedTo judges a successful first half: where the resource is depends on the second.
func (h *history) migratedTo(o *record) {
	c, r := h.c, h.r
	source, target, ok := h.migrationEnds(o, true)
	if !ok {
		return
	}
	sourceNewer := c.changedAfter(r.id, source, o.x)
	from := c.migrationOp(r.id, "migrate_from", target, source, -1)
	fromRC, fromStatus := int64(rcOK), int64(statusPending)
	if from != nil {
		if sourceNewer {
			return
		}
		fromRC, _ = cib.Integer(from.Get("rc-code"))
		fromStatus, _ = cib.Integer(from.Get("op-status"))
	}
	targetNewer := c.newerState(r.id, target, o.x, from)
	if sourceNewer && targetNewer {
		return
	}
	if fromRC == rcOK && fromStatus == statusDone {
		r.role = roleStopped
		r.dangling = append([]*node{h.n}, r.dangling...)
		return
	}
	r.role = roleStarted
	targetNode := c.findNode(target)
	there := !targetNewer && targetNode != nil && targetNode.online
	lost := func() {
		r.set(rscFailed | rscStopIfFailed)
		r.unset(rscMigratable)
	}
	if fromStatus != statusPending {
		if there {
			r.addActive(targetNode, true)
		} else {
			lost()
		}
		return
	}
	if targetNode != nil && targetNode.online && c.unknownOn(r.id, target) {
		return // a probe will tell
	}
	switch {
	case there:
		r.addActive(targetNode, false)
		if sourceNode := c.findNode(source); sourceNode != nil && sourceNode.online {
			r.partialTarget, r.partialSource = targetNode, sourceNode
		}
	case !sourceNewer:
		lost()
	}
}

func (h *history) failedToMigrateTo(o *record) {
	c, r := h.c, h.r
	source, target, ok := h.migrationEnds(o, true)
	if !ok {
		return
	}
	r.role = roleStarted
	from := c.migrationOp(r.id, "migrate_from", target, source, rcOK)
	if !c.unknownOn(r.id, target) && !c.newerState(r.id, target, o.x, from) {
		if n := c.findNode(target); n != nil && n.online {
			r.addActive(n, false)
		}
	} else if !c.changedAfter(r.id, source, o.x) {
		r.dangling = append([]*node{h.n}, r.dangling...)
	}
}

func (h *history) failedToMigrateFrom(o *record) {
	c, r := h.c, h.r
	source, target, ok := h.migrationEnds(o, false)
	if !ok {
		return
	}
	r.role = roleStarted
	to := c.migrationOp(r.id, "migrate_to", source, target, rcOK)
	if !c.unknownOn(r.id, source) && !c.newerState(r.id, source, to, o.x) {
		if n := c.findNode(source); n != nil && n.online {
			r.addActive(n, true)
		}
	}
}
