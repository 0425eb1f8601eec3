package mon

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
)

// resourceList is the section of resources; empty is true when it says only that there are none.
func (r *report) resourceList(summary bool) (out *entry, empty bool) {
	if r.ByNode && !r.Inactive {
		return nil, true
	}
	none := ""
	switch {
	case r.ByNode:
		out, none = list("Inactive Resources"), "No inactive resources"
	case r.Inactive:
		out, none = list("Full List of Resources"), "No resources"
	default:
		out, none = list("Active Resources"), "No active resources"
	}
	headed := false
	if r.Brief && !r.ByNode {
		headed = true
		r.brief(out, r.onlyRsc.some(r.v.Resources))
	}
	for _, rsc := range r.v.Resources {
		if r.skips(rsc) {
			continue
		}
		headed = true
		out.add(r.resource(rsc, r.onlyRsc))
	}
	if empty = len(out.entries) == 0; empty {
		if summary {
			out.line(none)
		} else if !headed {
			return nil, true
		}
	}
	return out, empty
}

// skips says whether a resource is not shown in the section of resources.
func (r *report) skips(rsc *scheduler.ResourceView) bool {
	switch {
	case rsc.Removed && !rsc.Active:
		return true
	case r.ByNode:
		return rsc.Active
	case r.Brief && rsc.Kind == scheduler.Primitive:
		return true
	case !rsc.PartlyActive:
		return !r.Inactive
	}
	return !r.onlyNode.on(rsc)
}

// resource is a resource of any kind, nil when the filter leaves it out.
func (r *report) resource(rsc *scheduler.ResourceView, only filter) *entry {
	if only.left(rsc, true) {
		return nil
	}
	switch rsc.Kind {
	case scheduler.Group:
		return r.group(rsc, only)
	case scheduler.Clone:
		return r.clone(rsc, only)
	case scheduler.Bundle:
		return r.bundle(rsc, only)
	case scheduler.Primitive:
	}
	at := rsc.Current
	if at == nil {
		at = rsc.Pending
	}
	return r.primitive(rsc, rsc.Name, at)
}

// primitive is the line of a resource; what the program made up itself is shown only in detail.
func (r *report) primitive(rsc *scheduler.ResourceView, name string, at *scheduler.NodeView) *entry {
	if rsc.Internal && !r.Detail {
		return nil
	}
	text := r.describe(rsc, name, at)
	class := "rsc-ok"
	switch {
	case !rsc.Managed:
		class = "rsc-managed"
	case rsc.Failed, len(rsc.On) == 0:
		class = "rsc-failed"
	case len(rsc.On) > 1:
		class = "rsc-multiple"
	case rsc.FailureIgnored:
		class = "rsc-failure-ignored"
	}
	return &entry{text: text, spans: []span{{class, text}}}
}

// shownRole is the role in the words for its kind: an instance of a promotable clone is not simply started.
func shownRole(rsc *scheduler.ResourceView) string {
	if rsc.Role == "Started" && rsc.Top().Promotable {
		return "Unpromoted"
	}
	return rsc.Role
}

// pendingRole is what is being done to a resource, empty for nothing that changes its role.
func pendingRole(rsc *scheduler.ResourceView) string {
	return map[string]string{"start": "Starting", "stop": "Stopping", "migrate_to": "Migrating", "migrate_from": "Migrating",
		"promote": "Promoting", "demote": "Demoting"}[rsc.PendingTask]
}

// state is what stands for the role.
func (r *report) state(rsc *scheduler.ResourceView) string {
	if p := pendingRole(rsc); r.Pending && p != "" {
		return p
	}
	return shownRole(rsc)
}

// describe is one resource in one line: agent, role, place, and what is special.
func (r *report) describe(rsc *scheduler.ResourceView, name string, at *scheduler.NodeView) string {
	if at == nil {
		at = rsc.LockedTo
	}
	several := len(rsc.On) > 1
	if r.resources || several {
		at = nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\t(%s):\t", name, agentOf(rsc))
	if rsc.Removed {
		b.WriteString(" ORPHANED")
	}
	if rsc.Failed {
		b.WriteString(" FAILED")
		if shownRole(rsc) == "Promoted" {
			b.WriteString(" Promoted")
		}
	} else {
		b.WriteString(" " + r.state(rsc))
	}
	if at != nil {
		b.WriteString(" " + at.Name)
	}
	if shownRole(rsc) == "Stopped" {
		if rc, failed := rsc.FailedProbe(at); failed {
			fmt.Fprintf(&b, " (%s) ", cib.AnswerWord(rc))
		}
	}
	if flags := r.flags(rsc, at); len(flags) > 0 {
		b.WriteString(" (" + strings.Join(flags, ", ") + ")")
	}
	if desc := rsc.XML.Get("description"); desc != "" && (r.resources || several) {
		b.WriteString(" " + desc)
	}
	if several && !r.resources {
		b.WriteString(" [ " + nodeNames(rsc.On) + " ]")
	}
	return b.String()
}

func agentOf(rsc *scheduler.ResourceView) string {
	class, kind := rsc.Class, rsc.Type
	if class == "" {
		class = "unknown"
	}
	if kind == "" {
		kind = "unknown"
	}
	if rsc.Provider != "" {
		class += ":" + rsc.Provider
	}
	return class + ":" + kind
}

func nodeNames(nodes []*scheduler.NodeView) string {
	var out []string
	for _, n := range nodes {
		out = append(out, n.Name)
	}
	return strings.Join(out, " ")
}

// flags are what is special about a resource.
func (r *report) flags(rsc *scheduler.ResourceView, at *scheduler.NodeView) (out []string) {
	if at != nil && !at.Online && at.Unclean {
		out = append(out, "UNCLEAN")
	}
	if at != nil && at == rsc.LockedTo {
		out = append(out, "LOCKED")
	}
	if r.Pending && rsc.PendingTask == "monitor" {
		out = append(out, "Monitoring")
	}
	switch to := rsc.TargetRole; {
	case to == "":
	case strings.EqualFold(to, "Stopped"):
		out = append(out, "disabled")
	case isUnpromoted(to) && rsc.Top().Promotable:
		out = append(out, "target-role:"+to)
	}
	switch {
	case rsc.Blocked:
		out = append(out, "blocked")
	case !rsc.Managed:
		out = append(out, "unmanaged")
	}
	if rsc.FailureIgnored {
		out = append(out, "failure ignored")
	}
	return out
}

func isUnpromoted(role string) bool {
	return strings.EqualFold(role, "Unpromoted") || strings.EqualFold(role, "Slave")
}

// brief counts resources by agent and node. Where inactive ones are shown, it tells how many there are in all.
func (r *report) brief(out *entry, resources []*scheduler.ResourceView) {
	total := map[string]int{}
	active := map[string]map[string]int{} // by node, by agent
	for _, rsc := range resources {
		if rsc.Kind != scheduler.Primitive {
			continue
		}
		agent := agentOf(rsc)
		total[agent]++
		for _, n := range rsc.On {
			if !n.Unclean && !n.Online && rsc.Managed {
				continue
			}
			if active[n.Name] == nil {
				active[n.Name] = map[string]int{}
			}
			active[n.Name][agent]++
		}
	}
	agents := slices.Sorted(maps.Keys(total))
	nodes := slices.Sorted(maps.Keys(active))
	slices.SortStableFunc(nodes, scheduler.CompareNames)
	for _, agent := range agents {
		running := 0
		for _, name := range nodes {
			n := active[name][agent]
			if n == 0 {
				continue
			}
			running += n
			if r.resources {
				name = ""
			}
			if r.Inactive {
				out.line(fmt.Sprintf("%d/%d\t(%s):\tActive %s", n, total[agent], agent, name))
			} else {
				out.line(fmt.Sprintf("%d\t(%s):\tActive %s", n, agent, name))
			}
		}
		if r.Inactive && running == 0 {
			out.line(fmt.Sprintf("0/%d\t(%s):\tActive", total[agent], agent))
		}
	}
}
