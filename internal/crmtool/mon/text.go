package mon

import (
	"fmt"
	"strings"

	"heartbeat/internal/scheduler"
)

// Text is the report for a terminal, with a line end behind every line.
func Text(v *scheduler.View, o Options) string {
	r := newReport(v, o)
	var out []string
	shown := false
	section := func(e *entry, counts bool) {
		if e == nil {
			return
		}
		if shown {
			out = append(out, "")
		}
		out = e.lines(out, 0)
		shown = shown || counts
	}
	for _, e := range r.summary() {
		section(e, true)
	}
	if banner := r.banner(); len(banner) > 0 {
		out, shown = append(out, banner...), true
	}
	for _, s := range r.sections(true) {
		section(s.entry, s.counts)
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, "\n") + "\n"
}

// A section counts when it says something, so that a blank line stands before the next.
type section struct {
	entry  *entry
	counts bool
}

// sections are all behind the summary. Text and HTML have them in the same order.
func (r *report) sections(summary bool) (out []section) {
	add := func(s Section, e func() *entry) {
		if r.shows(s) {
			out = append(out, section{e(), true})
		}
	}
	if !r.onlyNode.empty() {
		add(Nodes, r.nodes)
	}
	if r.shows(Resources) {
		e, empty := r.resourceList(summary)
		out = append(out, section{e, !empty})
	}
	add(Attributes, r.attributes)
	add(Operations|FailCounts, r.historyList)
	add(Failures, r.failureList)
	add(Tickets, r.ticketList)
	add(Bans, r.banList)
	return out
}

// A Verdict is what a monitoring plugin returns.
type Verdict int

const (
	Healthy Verdict = iota
	Warning
	Critical
)

// Line is the report in one line, for monitoring plugins: the cluster is fine when it has a coordinator and all nodes are online.
func Line(v *scheduler.View) (text string, verdict Verdict) {
	var online, standby, maintenance int
	var troubles []string
	for _, n := range v.Nodes {
		switch {
		case n.Standby && n.Online:
			standby++
		case n.Maintenance && n.Online:
			maintenance++
		case n.Online:
			online++
		default:
			troubles = append(troubles, "offline node: "+n.Name)
		}
	}
	offline := strings.Join(troubles, " ")
	switch {
	case v.DC == nil && offline != "":
		return "CLUSTER WARN: No DC, " + offline, Critical
	case v.DC == nil:
		return "CLUSTER WARN: No DC", Critical
	case offline != "":
		return "CLUSTER WARN: " + offline, Warning
	}
	text = fmt.Sprintf("CLUSTER OK: %d node%s online", online, plural(online))
	if standby > 0 {
		text += fmt.Sprintf(", %d standby node%s", standby, plural(standby))
	}
	if maintenance > 0 {
		text += fmt.Sprintf(", %d maintenance node%s", maintenance, plural(maintenance))
	}
	return text + fmt.Sprintf(", %d resource instance%s configured", v.Instances, plural(v.Instances)), Healthy
}
