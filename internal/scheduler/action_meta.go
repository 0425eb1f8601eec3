package scheduler

import (
	"math"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/xmltree"
)

const defaultTimeout = 20_000 // ms

// cachedMeta is a result of actionMeta that holds for all nodes.
type cachedMeta struct {
	task     string
	interval uint32
	op       *xmltree.Node
	pairs    cib.Pairs
}

// exactOperation is the configuration of an operation, nil without one.
func (r *resource) exactOperation(task string, interval uint32, disabled bool) *xmltree.Node {
	if r.ops == nil {
		return nil
	}
	for op := range r.ops.Elements("op") {
		if op.Get("name") != task {
			continue
		}
		if !disabled && isDisabled(op) {
			continue
		}
		if ms, _ := cib.Interval(op.Get("interval")); ms == interval {
			return op
		}
	}
	return nil
}

func isDisabled(op *xmltree.Node) bool {
	v, ok := cib.Bool(op.Get("enabled"))
	return ok && !v
}

// operation is the configuration that holds for an operation; both halves of a migration may be configured as one.
func (r *resource) operation(task string, interval uint32, disabled bool) *xmltree.Node {
	op := r.exactOperation(task, interval, disabled)
	if op == nil && (task == "migrate_to" || task == "migrate_from") {
		return r.exactOperation("migrate", 0, disabled)
	}
	return op
}

// frequentMonitor is the enabled monitor with the shortest interval.
func (r *resource) frequentMonitor() *xmltree.Node {
	if r.ops == nil {
		return nil
	}
	least, found := uint32(math.MaxUint32), (*xmltree.Node)(nil)
	for op := range r.ops.Elements("op") {
		if op.Get("name") != "monitor" || isDisabled(op) {
			continue
		}
		if ms, _ := cib.Interval(op.Get("interval")); ms > 0 && ms < least {
			least, found = ms, op
		}
	}
	return found
}

// actionMeta are the meta attributes of an action as configured; they are shared and not to be changed.
func (c *cluster) actionMeta(r *resource, n *node, task string, interval uint32, op *xmltree.Node) cib.Pairs {
	for i := range r.metas {
		if m := &r.metas[i]; m.interval == interval && m.op == op && m.task == task {
			return m.pairs
		}
	}
	pairs := c.evaluateMeta(r, n, task, interval, op)
	pairs = pairs[:len(pairs):len(pairs)]
	if !hasFenceParams(r.xml.Get("class")) {
		// Everywhere else they do not depend on the node.
		r.metas = append(r.metas, cachedMeta{task, interval, op, pairs})
	}
	return pairs
}

func (c *cluster) evaluateMeta(r *resource, n *node, task string, interval uint32, op *xmltree.Node) cib.Pairs {
	in := c.rules()
	in.Class, in.Provider, in.Type = r.xml.Get("class"), r.xml.Get("provider"), r.xml.Get("type")
	in.Operation, in.Interval = task, interval
	var meta cib.Pairs
	if op != nil {
		cib.Blocks(op, "meta_attributes", "", in, &meta)
		for _, a := range op.Attrs {
			meta.Set(a.Name, a.Value)
		}
	}
	probe := task == "monitor" && interval == 0
	if probe && !meta.Has("timeout") {
		if m := r.frequentMonitor(); m != nil {
			if v, ok := m.Lookup("timeout"); ok {
				meta.Set("timeout", v)
			}
		}
	}
	cib.Blocks(c.opDefaults, "meta_attributes", "", in, &meta)
	meta.Delete("id")
	meta.Delete("interval")
	if interval > 0 {
		meta.Set("interval", strconv.FormatUint(uint64(interval), 10))
	}
	if hasFenceParams(in.Class) && (task == "start" || probe) {
		if v, ok := r.parameters(n).Lookup("pcmk_monitor_timeout"); ok {
			meta.Set("timeout", v)
		}
	}
	timeout, ok := cib.Milliseconds(meta.Get("timeout"))
	if !ok || timeout <= 0 {
		timeout = defaultTimeout
	}
	meta.Set("timeout", strconv.FormatInt(min(timeout, math.MaxInt32), 10))
	if strings.EqualFold(meta.Get("on-fail"), "fence") && !c.fencing {
		c.findFenceWithoutFencing(r, opKey(r.id, task, interval))
	}
	r.checkOnFail(task, op, &meta)
	if v, ok := meta.Lookup("start-delay"); ok {
		ms, _ := cib.Milliseconds(v)
		meta.Set("start-delay", strconv.FormatInt(min(max(ms, 0), math.MaxInt32), 10))
	} else if v, ok := meta.Lookup("interval-origin"); ok && interval > 0 {
		if origin, err := isotime.Parse(v, c.now); err == nil {
			every := seconds(interval)
			delay := (c.now.Unix - origin.Unix) % every
			if delay <= 0 {
				delay = -delay
			} else {
				delay = every - delay
			}
			meta.Set("start-delay", strconv.FormatInt(delay*1000, 10))
		}
	}
	return meta
}

// checkOnFail takes back what on-fail cannot mean for an operation, and fills in what follows from other operations.
func (r *resource) checkOnFail(task string, op *xmltree.Node, meta *cib.Pairs) {
	value, given := meta.Lookup("on-fail")
	value = strings.ToLower(value)
	switch {
	case task == "stop" && (value == "standby" || value == "demote" || value == "stop"):
		r.c.findAboutFailure(r, task, value)
		meta.Delete("on-fail")
		return
	case task == "demote" && !given:
		r.demoteLikeMonitor(meta)
		return
	case task == "lrm_delete" && value != "ignore":
		meta.Set("on-fail", "ignore")
		return
	}
	if value != "demote" {
		return
	}
	name, interval := "", uint32(0)
	if op != nil {
		name = op.Get("name")
		interval, _ = cib.Interval(op.Get("interval"))
	}
	if name != "promote" && (interval == 0 || name != "monitor" || !isPromotedRole(op.Get("role"))) {
		r.c.findAboutFailure(r, name, value)
		meta.Delete("on-fail")
	}
}

func isPromotedRole(text string) bool {
	return strings.EqualFold(text, "promoted") || strings.EqualFold(text, "master")
}

// demoteLikeMonitor lets a failed demotion have the consequence that a failed monitor of the promoted role has.
func (r *resource) demoteLikeMonitor(meta *cib.Pairs) {
	if r.ops == nil {
		return
	}
	for op := range r.ops.Elements("op") {
		value, ok := op.Lookup("on-fail")
		interval, _ := cib.Interval(op.Get("interval"))
		if !ok || op.Get("name") != "monitor" || !isPromotedRole(op.Get("role")) || interval == 0 || isDisabled(op) || strings.EqualFold(value, "demote") {
			continue
		}
		meta.Set("on-fail", value)
	}
}

// parseOnFail is the consequence of a failure, with the defaults that hold where none or an impossible one is given.
func (c *cluster) parseOnFail(r *resource, task string, interval uint32, value string, given bool) onFail {
	result, known := failIgnore, true
	switch strings.ToLower(value) {
	case "block":
		result = failBlock
	case "fence":
		if result = failStop; c.fencing {
			result = failFence
		}
	case "standby":
		result = failStandby
	case "ignore", "nothing":
	case "migrate":
		result = failBan
	case "stop":
		result = failStop
	case "restart":
		result = failRestart
	case "restart-container":
		if result, known = failRestartContainer, r.launcher != nil; !known {
			result = failIgnore
		}
	case "demote":
		result = failDemote
	default:
		known = false
	}
	known = known && given
	reset := false
	if r.is(rscRemoteConnection) && c.findNode(r.id).isRemote() && !(task == "monitor" && interval == 0) && task != "start" {
		reset = true
		known = known && r.is(rscManaged)
	}
	switch {
	case known:
		return result
	case r.launcher != nil:
		return failRestartContainer
	case reset && r.is(rscManaged):
		return failResetRemote
	case reset:
		return failStop
	case task == "stop" && c.fencing:
		return failFence
	case task == "stop":
		return failBlock
	}
	return failRestart
}

// roleAfterFailure is the highest role that a resource may have after a failure.
func roleAfterFailure(r *resource, task string, f onFail) role {
	switch {
	case f == failStop, f == failResetRemote && r.reconnect != 0:
		return roleStopped
	case task == "promote":
		return roleUnpromoted
	}
	return roleStarted
}
