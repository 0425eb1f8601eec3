package scheduler

import (
	"fmt"
	"io"
	"strconv"
)

// dotName is how a picture calls an action.
func (a *action) dotName(verbose bool) string {
	host := ""
	switch {
	case a.node != nil:
		host = a.node.name
	case !a.is(actPseudo):
		host = "<none>"
	}
	prefix, suffix := "", ""
	if a.task == "cancel" {
		prefix = "Cancel "
	}
	if verbose {
		suffix = " (" + strconv.Itoa(a.id) + ")"
	}
	onHost := ""
	if host != "" {
		onHost = " " + host
	}
	switch {
	case a.rsc != nil && a.rsc.historyID != "":
		key := a.historyKey("notify_key_type", "notify_key_operation")
		if a.task == "notified" {
			key = notifyKey(a.rsc.historyID, a.metaText("notify_key_type"), a.metaText("notify_key_operation"))
		}
		return prefix + key + onHost + suffix
	case a.task == "stonith":
		return fmt.Sprintf("%s%s '%s' %s%s", prefix, a.task, a.metaText("stonith_action"), host, suffix)
	case a.rsc != nil && host != "":
		return prefix + a.key + onHost + suffix
	case host != "":
		return prefix + a.task + onHost + suffix
	}
	return a.key + suffix
}

// WriteDOT draws the transition. All shows also what will not be done; verbose adds the numbers of actions.
func (r *Result) WriteDOT(w io.Writer, all, verbose bool) error {
	c := r.c
	buf := []byte(" digraph \"g\" {\n")
	shown := make([]bool, len(c.actions)+1)
	names := make([]string, len(c.actions)+1)
	name := func(a *action) string {
		if names[a.id] == "" {
			names[a.id] = a.dotName(verbose)
		}
		return names[a.id]
	}
	for i := len(c.actions) - 1; i >= 0; i-- {
		a := c.actions[i]
		style, font, color, show := "dashed", "black", "red", true
		if a.is(actPseudo) {
			font = "orange"
		}
		switch {
		case a.is(actInGraph):
			style, color = "bold", "green"
		case a.rsc != nil && !a.rsc.is(rscManaged):
			font, show = "purple", all
		case a.is(actOptional):
			color, show = "blue", all
		}
		if show {
			shown[a.id] = true
			buf = fmt.Appendf(buf, "\"%s\" [ style=%s color=\"%s\" fontcolor=\"%s\"]\n", name(a), style, color, font)
		}
	}
	for i := len(c.actions) - 1; i >= 0; i-- {
		a := c.actions[i]
		for k := len(a.before) - 1; k >= 0; k-- {
			e := a.before[k]
			style, show := "dashed", all
			switch {
			case e.graphed:
				style, show = "bold", true
			case e.flags == relNone:
				continue
			case e.flags != relIfOnSameNodeOrTarget && shown[e.action.id] && shown[a.id]:
				show = true
			}
			if show {
				buf = fmt.Appendf(buf, "\"%s\" -> \"%s\" [ style = %s]\n", name(e.action), name(a), style)
			}
		}
	}
	_, err := w.Write(append(buf, "}\n"...))
	return err
}

// Scores are the lines about scores and utilization, in the order in which they came up.
func (r *Result) Scores() []Line { return r.c.scores }
