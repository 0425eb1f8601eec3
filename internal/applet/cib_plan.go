package applet

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"heartbeat/internal/scheduler"
	"heartbeat/internal/scheduler/outlook"
)

// A cibPlan is what heartbeat plan is asked about a cluster's document.
type cibPlan struct {
	xml, edited string
	change      outlook.Change
}

func (q *cibPlan) flags(f *pflag.FlagSet) {
	f.StringVarP(&q.xml, "cib", "x", "", "about the cluster resource manager of that document: a `file`, - is standard input; also CIB_file")
	f.StringVar(&q.edited, "edited", "", "with -x: another `file` takes the place of the configuration")
	f.StringArrayVar(&q.change.Standby, "standby", nil, "with -x: that `node` is set to standby")
	f.StringArrayVar(&q.change.Unstandby, "unstandby", nil, "with -x: that `node` is no longer standby")
	f.StringArrayVar(&q.change.Injections.NodesDown, "node-down", nil, "with -x: that `node` is shut down and gone")
	f.StringArrayVar(&q.change.Injections.NodesFailed, "node-fail", nil, "with -x: that `node` dies without a word")
	f.StringArrayVar(&q.change.Injections.NodesUp, "node-up", nil, "with -x: that `node` comes")
	f.StringArrayVar(&q.change.Stop, "stop", nil, "with -x: that `resource` is to be stopped")
	f.StringArrayVar(&q.change.Start, "start", nil, "with -x: that `resource` is to be started")
	f.StringArrayVar(&q.change.Moves, "move", nil, "with -x: `RESOURCE:NODE` as crm_resource --move")
	f.StringArrayVar(&q.change.Injections.Operations, "op", nil, "with -x: an operation had this result, `RESOURCE_TASK_INTERVAL@NODE=RC`")
	f.StringVar(&q.change.Injections.Quorum, "quorum", "", "with -x: with or without quorum, `true` or false")
}

// given says whether any of the options is there that only make sense for a document.
func (q *cibPlan) given(f *pflag.FlagSet) bool {
	return slices.ContainsFunc([]string{"edited", "standby", "unstandby", "node-down", "node-fail", "node-up", "stop", "start", "move", "op", "quorum"}, f.Changed)
}

func (c *call) planCIB(q *cibPlan, svg string, asJSON bool) error {
	root, now, err := c.readCIB(q.xml)
	if err != nil {
		return err
	}
	if q.edited != "" {
		if q.change.Edited, _, err = c.readCIB(q.edited); err != nil {
			return err
		}
	}
	plan, err := outlook.Foresee(root, q.change, now)
	if err != nil {
		return err
	}
	if svg != "" {
		if err := os.WriteFile(svg, plan.SVG(), 0o644); err != nil {
			return err
		}
	}
	if asJSON {
		if err := c.encode(plan); err != nil {
			return err
		}
	} else {
		c.printf("%s", renderCIBPlan(plan, c.palette()))
	}
	for _, r := range plan.Rows {
		if len(r.Before) > 0 && len(r.After) == 0 {
			return &exit{code: exitNotWell}
		}
	}
	return nil
}

func renderCIBPlan(plan outlook.Plan, p palette) string {
	var b strings.Builder
	for _, a := range plan.Assumed {
		b.WriteString(p.bold("IF "+a) + "\n")
	}
	for _, n := range plan.Notes {
		fmt.Fprintf(&b, "%s: %s\n", p.warn("note"), n)
	}
	if len(plan.Steps) == 0 {
		b.WriteString("nothing happens\n")
	} else {
		fmt.Fprintf(&b, "what would be done, in %s:\n", counted(plan.Ranks, "step", "steps"))
		renderSteps(&b, plan, p)
	}
	b.WriteByte('\n')
	renderRows(&b, plan, p)
	return b.String()
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// renderSteps lists what takes time: side by side what has the same number. Probes of a node are one line.
func renderSteps(b *strings.Builder, plan outlook.Plan, p palette) {
	steps := slices.Clone(plan.Steps)
	slices.SortStableFunc(steps, func(x, y scheduler.Step) int { return x.Rank - y.Rank })
	last := 0
	for i, s := range steps {
		if s.Kind == scheduler.StepPseudo {
			continue
		}
		text := scheduler.StepText(s)
		if s.Probe {
			if slices.ContainsFunc(steps[:i], func(o scheduler.Step) bool { return o.Probe && o.Rank == s.Rank && o.Node == s.Node }) {
				continue
			}
			var names []string
			for _, o := range steps {
				if o.Probe && o.Rank == s.Rank && o.Node == s.Node {
					names = append(names, o.Resource)
				}
			}
			text = "look for " + strings.Join(names, ", ") + " on " + s.Node + ": " + s.Reason
		}
		number := ""
		if s.Rank != last {
			number, last = fmt.Sprint(s.Rank), s.Rank
		}
		switch {
		case s.Kind == scheduler.StepFencing:
			text = p.bad(text)
		case s.Task == "stop":
			text = p.warn(text)
		case s.Task == "start", s.Task == "promote":
			text = p.good(text)
		case s.Task == "monitor":
			text = p.dim(text)
		}
		fmt.Fprintf(b, "%5s  %s\n", number, text)
	}
}

func renderRows(b *strings.Builder, plan outlook.Plan, p palette) {
	wide, before := len("resource"), len("before")
	for _, r := range plan.Rows {
		wide, before = max(wide, len(r.Resource)), max(before, len(placesText(r.Before)))
	}
	fmt.Fprintf(b, "%-*s  %-*s  %s\n", wide, "resource", before, "before", "after")
	for _, r := range plan.Rows {
		was, is := placesText(r.Before), placesText(r.After)
		line := fmt.Sprintf("%-*s  %-*s  %s", wide, r.Resource, before, was, is)
		switch {
		case len(r.After) == 0 && len(r.Before) > 0:
			line = p.bad(line)
		case was != is:
			line = p.bold(line)
		}
		line += outagesText(r)
		b.WriteString(line + "\n")
	}
}

// outagesText is one remark where all instances go for good, else one for each.
func outagesText(r outlook.Row) (text string) {
	if len(r.Outage) == len(r.Before) && len(r.Before) > 1 && len(r.After) == 0 {
		first := r.Outage[0].From
		for _, o := range r.Outage {
			first = min(first, o.From)
		}
		return fmt.Sprintf("  (away everywhere, from step %d on)", first)
	}
	for _, o := range r.Outage {
		text += "  " + outageText(o, len(r.Before) > 1)
	}
	return text
}

func outageText(o outlook.Outage, several bool) string {
	text := "away "
	if several {
		text = "away from " + o.Node + " "
	}
	if o.To == 0 {
		return "(" + text + fmt.Sprintf("from step %d on)", o.From)
	}
	if o.Steps() == 1 {
		return "(" + text + fmt.Sprintf("in step %d)", o.From)
	}
	return "(" + text + fmt.Sprintf("for %d steps, %d to %d)", o.Steps(), o.From, o.To)
}

func placesText(list []outlook.Place) string {
	var out []string
	for _, p := range list {
		text := p.Node
		if p.Role != "" {
			text += " (" + p.Role + ")"
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return "-"
	}
	return strings.Join(out, " ")
}
