package mon

import (
	"strconv"
	"time"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// XML is the report as elements, in order, for the caller to put below its root.
func XML(v *scheduler.View, o Options) []*xmltree.Node {
	o.Inactive, o.Timing, o.Brief = true, true, false
	r := newReport(v, o)
	out := r.xmlSummary()
	add := func(s Section, make func() *xmltree.Node) {
		if !r.shows(s) {
			return
		}
		if n := make(); n != nil {
			out = append(out, n)
		}
	}
	add(Nodes, r.xmlNodes)
	add(Resources, r.xmlResources)
	add(Attributes, r.xmlAttributes)
	add(Operations|FailCounts, r.xmlHistory)
	add(Failures, r.xmlFailures)
	add(Tickets, r.xmlTickets)
	add(Bans, r.xmlBans)
	return out
}

// summary is always there when any of its parts is asked for.
func (r *report) xmlSummary() []*xmltree.Node {
	if !r.shows(Summary&^MaintenanceMode | ClusterOptions) {
		return nil
	}
	v, s := r.v, xmltree.New("summary")
	if r.shows(Stack) {
		s.Add(xmltree.New("stack", "type", stack(v)))
	}
	if r.shows(DC) {
		if v.DC == nil {
			s.Add(xmltree.New("current_dc", "present", "false"))
		} else {
			version, _ := property(v, "dc-version")
			s.Add(xmltree.New("current_dc", "present", "true", "version", version, "name", v.DC.Name, "id", v.DC.ID,
				"with_quorum", yes(v.Quorate), "mixed_version", yes(mixedVersion(v))))
		}
	}
	if r.shows(Times) {
		root := v.Document
		s.Add(xmltree.New("last_update", "time", r.Now.Format(time.ANSIC)),
			xmltree.New("last_change", "time", root.Get("cib-last-written"), "user", root.Get("update-user"),
				"client", root.Get("update-client"), "origin", root.Get("update-origin")))
	}
	if r.shows(Counts) {
		s.Add(xmltree.New("nodes_configured", "number", strconv.Itoa(len(v.Nodes))),
			xmltree.New("resources_configured", "number", strconv.Itoa(v.Instances), "disabled", strconv.Itoa(v.Disabled), "blocked", strconv.Itoa(v.Blocked)))
	}
	if r.shows(ClusterOptions) {
		policy := v.QuorumPolicy
		if policy == "fence" {
			policy = "suicide"
		}
		s.Add(xmltree.New("cluster_options", "stonith-enabled", yes(v.Fencing), "symmetric-cluster", yes(v.Symmetric), "no-quorum-policy", policy,
			"maintenance-mode", yes(v.Maintenance), "stop-all-resources", yes(v.StopAll),
			"stonith-timeout-ms", strconv.Itoa(int(v.FencingTimeout)), "priority-fencing-delay-ms", strconv.Itoa(int(v.PriorityFencingDelay))))
	}
	return []*xmltree.Node{s}
}

func (r *report) xmlNodes() *xmltree.Node {
	out := xmltree.New("nodes")
	for _, n := range r.v.Nodes {
		if !r.onlyNode.hasFold(n.Name) {
			continue
		}
		x := xmltree.New("node", "name", n.Name, "id", n.ID, "online", yes(n.Online), "standby", yes(n.Standby),
			"standby_onfail", yes(n.StandbyOnFail), "maintenance", yes(n.Maintenance), "pending", yes(n.Pending), "unclean", yes(n.Unclean),
			"health", [...]string{"red", "yellow", "green"}[n.Health+1])
		if set, ok := featureSet(n); ok {
			x.Set("feature_set", set)
		}
		kind := "member"
		if n.Kind != scheduler.MemberNode {
			kind = "remote"
		}
		set(x, "shutdown", yes(n.Shutdown), "expected_up", yes(n.ExpectedUp), "is_dc", yes(n.IsDC),
			"resources_running", strconv.Itoa(len(n.Running)), "type", kind)
		if n.Container != nil {
			x.Set("id_as_resource", n.Container.ID)
		}
		if r.ByNode {
			for _, rsc := range n.Running {
				add(x, r.xmlResource(rsc, r.onlyRsc))
			}
		}
		out.Add(x)
	}
	return out
}

func set(x *xmltree.Node, pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		x.Set(pairs[i], pairs[i+1])
	}
}

func add(x *xmltree.Node, child *xmltree.Node) {
	if child != nil {
		x.Add(child)
	}
}

func (r *report) xmlAttributes() *xmltree.Node {
	out := xmltree.New("node_attributes")
	for _, n := range r.v.Nodes {
		names := attributeNames(n)
		if !n.Online || len(names) == 0 || !r.onlyNode.hasFold(n.Name) {
			continue
		}
		of := xmltree.New("node", "name", n.Name)
		for _, name := range names {
			value, _ := n.Attribute(name)
			a := xmltree.New("attribute", "name", name, "value", value)
			if want, ok := expected(n, n.Running, name); ok {
				a.Set("expected", strconv.Itoa(want))
			}
			of.Add(a)
		}
		out.Add(of)
	}
	return orNone(out)
}

func orNone(x *xmltree.Node) *xmltree.Node {
	if len(x.Children) == 0 {
		return nil
	}
	return x
}

func (r *report) xmlHistory() *xmltree.Node {
	out, any := xmltree.New("node_history"), false
	for _, h := range r.history() {
		any = true
		if len(h.entries) == 0 {
			continue
		}
		of := xmltree.New("node", "name", h.node.Name)
		for _, one := range h.entries {
			of.Add(r.xmlResourceHistory(one))
		}
		out.Add(of)
	}
	if !any {
		return nil
	}
	return out
}

func (r *report) xmlResourceHistory(h resourceHistory) *xmltree.Node {
	x := xmltree.New("resource_history", "id", h.id)
	if h.rsc == nil {
		x.Set("orphan", "true")
	} else {
		set(x, "orphan", "false", "migration-threshold", strconv.Itoa(h.rsc.Threshold))
		if h.failCount > 0 {
			x.Set("fail-count", strconv.Itoa(h.failCount))
		}
		if h.last > 0 {
			x.Set("last-failure", r.clock(h.last))
		}
	}
	for _, op := range h.ops {
		rc := number(op.Get("rc-code"))
		o := xmltree.New("operation_history")
		copyAttr(o, "call", op, "call-id", "")
		set(o, "task", operationTask(op), "rc", strconv.Itoa(rc), "rc_text", cib.AnswerWord(rc))
		if interval := op.Get("interval"); interval != "" && interval != "0" {
			o.Set("interval", interval+"ms")
		}
		if when, ok := epoch(op.Get("last-rc-change")); ok && when > 0 {
			o.Set("last-rc-change", r.clock(when))
		}
		copyAttr(o, "exec-time", op, "exec-time", "ms")
		copyAttr(o, "queue-time", op, "queue-time", "ms")
		x.Add(o)
	}
	return x
}

// copyAttr takes an attribute over under another name, if there is one.
func copyAttr(to *xmltree.Node, name string, from *xmltree.Node, attribute, unit string) {
	if v, ok := from.Lookup(attribute); ok {
		to.Set(name, v+unit)
	}
}

func (r *report) xmlFailures() *xmltree.Node {
	out := xmltree.New("failures")
	for _, op := range r.failed() {
		name, key := "op_key", op.Get("operation_key")
		if key == "" {
			name, key = "id", op.Get("id")
		}
		reason, given := op.Lookup("exit-reason")
		if !given {
			reason = "none"
		}
		rc := number(op.Get("rc-code"))
		x := xmltree.New("failure", name, key, "node", op.Get("uname"), "exitstatus", cib.AnswerWord(rc), "exitreason", reason, "exitcode", strconv.Itoa(rc))
		copyAttr(x, "call", op, "call-id", "")
		x.Set("status", StatusText(number(op.Get("op-status"))))
		if when, ok := epoch(op.Get("last-rc-change")); ok && when > 0 {
			_, offset := time.Unix(when, 0).In(r.Now.Location()).Zone()
			x.Set("last-rc-change", isotime.Time{Unix: when, Offset: int32(offset)}.String())
			copyAttr(x, "queued", op, "queue-time", "")
			copyAttr(x, "exec", op, "exec-time", "")
			set(x, "interval", strconv.Itoa(number(op.Get("interval"))))
			copyAttr(x, "task", op, "operation", "")
		}
		out.Add(x)
	}
	return orNone(out)
}

func (r *report) xmlTickets() *xmltree.Node {
	out := xmltree.New("tickets")
	for _, t := range r.v.Tickets() {
		status := "revoked"
		if t.Granted {
			status = "granted"
		}
		x := xmltree.New("ticket", "id", t.ID, "status", status, "standby", yes(t.Standby))
		if when, ok := epoch(t.LastGranted); ok && when > -1 {
			x.Set("last-granted", r.clock(when))
		}
		out.Add(x)
	}
	return orNone(out)
}

func (r *report) xmlBans() *xmltree.Node {
	out := xmltree.New("bans")
	for _, b := range r.bans() {
		out.Add(xmltree.New("ban", "id", b.ID, "resource", b.Resource.ID, "node", b.Node.Name, "weight", strconv.Itoa(b.Score),
			"promoted-only", yes(b.PromotedOnly), "master_only", yes(b.PromotedOnly)))
	}
	return orNone(out)
}
