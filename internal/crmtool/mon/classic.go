package mon

import (
	"fmt"
	"strings"
	"time"

	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// Classic is the report in the layout of Heartbeat 2.1.3, for scripts that were written for that.
func Classic(v *scheduler.View, o Options) string {
	r := &classic{report: newReport(v, o)}
	r.header()
	for _, n := range v.Nodes {
		if !r.onlyNode.hasFold(n.Name) {
			continue
		}
		r.line("Node: %s (%s): %s", n.Name, n.ID, classicState(n))
		if r.ByNode {
			for _, rsc := range n.Running {
				r.line("\t%s\t(%s)", rsc.Name, classicAgent(rsc))
			}
		}
	}
	r.resourceLines()
	r.failedLines()
	return r.b.String()
}

type classic struct {
	*report
	b strings.Builder
}

func (r *classic) line(format string, args ...any) { fmt.Fprintf(&r.b, format+"\n", args...) }

func (r *classic) header() {
	dc := "NONE"
	if r.v.DC != nil {
		dc = r.v.DC.Name + " (" + r.v.DC.ID + ")"
	}
	r.line("\n\n============\nLast updated: %s\nCurrent DC: %s", r.Now.Format(time.ANSIC), dc)
	r.line("%d Nodes configured.\n%d Resources configured.\n============\n", len(r.v.Nodes), len(r.v.Resources))
}

func classicState(n *scheduler.NodeView) string {
	switch {
	case !n.Online && n.Unclean:
		return "UNCLEAN (offline)"
	case !n.Online:
		return "OFFLINE"
	case n.Unclean:
		return "UNCLEAN (online)"
	case n.Standby:
		return "standby"
	}
	return "online"
}

// resourceLines are the resources; when they stand below their nodes, only those that run nowhere, if these are wanted.
func (r *classic) resourceLines() {
	if r.ByNode && !r.Inactive {
		return
	}
	switch {
	case r.ByNode:
		r.line("\nInactive resources:\n")
	case r.Inactive:
		r.line("\nFull list of resources:\n")
	default:
		r.line("")
	}
	for _, rsc := range r.v.Resources {
		if !r.skips(rsc) && !r.onlyRsc.left(rsc, true) {
			r.resource(rsc, "")
		}
	}
}

func (r *classic) resource(rsc *scheduler.ResourceView, indent string) {
	switch rsc.Kind {
	case scheduler.Group:
		r.line("%sResource Group: %s", indent, rsc.ID)
	case scheduler.Clone:
		title := "Clone Set"
		if rsc.Promotable {
			title = "Master/Slave Set"
		}
		r.line("%s%s: %s", indent, title, rsc.ID)
	case scheduler.Bundle:
		r.line("%sContainer bundle: %s", indent, rsc.ID)
		for _, p := range rsc.Replicas {
			r.resource(p.Container, indent+"    ")
		}
		return
	default:
		r.line("%s%s\t(%s):\t%s", indent, rsc.ID, classicAgent(rsc), classicPlace(rsc))
	}
	for _, child := range rsc.Children {
		r.resource(child, indent+"    ")
	}
}

// classicAgent has the provider behind two colons, as the class is ocf.
func classicAgent(rsc *scheduler.ResourceView) string {
	if rsc.Provider != "" {
		return rsc.Class + "::" + rsc.Provider + ":" + rsc.Type
	}
	return rsc.Class + ":" + rsc.Type
}

func classicPlace(rsc *scheduler.ResourceView) string {
	text := map[string]string{"Promoted": "Master", "Unpromoted": "Slave"}[rsc.Role]
	if text == "" {
		text = rsc.Role
	}
	if len(rsc.On) == 1 {
		text += " " + rsc.On[0].Name
	}
	for _, flag := range []struct {
		set  bool
		text string
	}{{!rsc.Managed, " (unmanaged)"}, {rsc.Failed, " FAILED"}, {rsc.Removed, " ORPHANED"}} {
		if flag.set {
			text += flag.text
		}
	}
	if len(rsc.On) > 1 {
		text += " ["
		for _, n := range rsc.On {
			text += "\t" + n.Name
		}
		text += " ]"
	}
	return text
}

func (r *classic) failedLines() {
	failed := r.failed()
	if len(failed) == 0 {
		return
	}
	r.line("\nFailed actions:")
	for _, op := range failed {
		r.line("    %s (node=%s, call=%s, rc=%s): %s", op.Get("id"), op.Get("uname"), or(op, "call-id"), or(op, "rc-code"), classicStatus(number(op.Get("op-status"))))
	}
}

func or(op *xmltree.Node, name string) string {
	if v := op.Get(name); v != "" {
		return v
	}
	return "unknown"
}

// classicStatus has fewer words than today's.
func classicStatus(status int) string {
	if status > 4 {
		status = 4
	}
	return StatusText(status)
}

// ClassicLine is the report of Heartbeat 2.1.3 in one line.
func ClassicLine(v *scheduler.View) (text string, verdict Verdict) {
	var online, standby int
	var troubles []string
	if v.DC == nil {
		troubles, verdict = append(troubles, "No DC "), Critical
	}
	for _, n := range v.Nodes {
		switch {
		case n.Standby && n.Online:
			standby++
		case n.Online:
			online++
		default:
			troubles = append(troubles, "offline node: "+n.Name)
			verdict = max(verdict, Warning)
		}
	}
	if len(troubles) > 0 {
		return "Warning:" + strings.Join(troubles, ", "), verdict
	}
	text = fmt.Sprintf("Ok: %d nodes online", online)
	if standby > 0 {
		text += fmt.Sprintf(", %d standby nodes", standby)
	}
	return text + fmt.Sprintf(", %d resources configured", len(v.Resources)), Healthy
}
