package applet

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/node/forecast"
)

type (
	planRequest = api.PlanRequest
	planStep    = api.PlanStep
)

func planCommand(c *call) *cobra.Command {
	var ifs []string
	var file, svg string
	var asJSON bool
	var q cibPlan
	cmd := &cobra.Command{
		Use: "plan [VERB ...]", Short: "what would happen if: the cluster's own decisions, played in advance",
		Long: `Plays what is asked for with the resource managers of all nodes, from the present state, in virtual time, and prints in order what they
would do and why, and for how long each group would be down. Nothing happens to the cluster. How long a group takes to start and stop is
what it took last. Several things are played at once.

  --if NODE=down           it dies without a word
  --if NODE=stopped        heartbeat is stopped there
  --if NODE=drained        heartbeat drain NODE
  --if link=NAME           that link of this node breaks; link=NODE:NAME of another one
  --haresources FILE       another haresources, on all nodes
  move GROUP to NODE, drain NODE, hold GROUP, resume NAME   as the commands

With -x FILE (or CIB_file) it is about a cluster resource manager with that document: the steps with their reasons, what runs where before and after, and for
how many steps each resource is away. --svg draws what waits for what. Nothing is assumed without --node-fail and the like: then it is what comes next.

Exit codes: 0 all groups have one owner in the end (-x: nothing that runs is lost), 1 one has none, or two, 2 it would be refused or cannot be foreseen,
4 heartbeat does not run, 5 this user may not ask.`,
		Example: "  heartbeat plan --if node1=down\n  heartbeat plan --if link=eth0 --svg /tmp/eth0.svg\n  heartbeat plan move IPaddr::10.0.0.50/24 to node2\n  heartbeat plan --haresources haresources.new\n  heartbeat plan -x cib.xml --node-fail node1 --svg next.svg",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.xml = c.cibFile(q.xml); q.xml != "" && len(ifs)+len(args) == 0 && file == "" {
				return c.planCIB(&q, svg, asJSON)
			}
			if q.given(cmd.Flags()) {
				return &wrongUsage{errNoDocument}
			}
			req, err := planOf(ifs, args)
			if err != nil {
				return &wrongUsage{err}
			}
			if file != "" {
				data, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				if req.HaResources = string(data); strings.TrimSpace(req.HaResources) == "" {
					return fmt.Errorf("%s has no group", file)
				}
			}
			if len(req.Steps) == 0 && file == "" {
				return &wrongUsage{errors.New("say what shall be played, as --if node1=down")}
			}
			return c.showPlan(req, svg, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&ifs, "if", nil, "what happens: `NODE=down`, NODE=stopped, NODE=drained, link=NAME; again for more")
	f.StringVar(&file, "haresources", "", "a `file` that would replace haresources")
	f.StringVar(&svg, "svg", "", "also draw it into that `file`")
	f.BoolVar(&asJSON, "json", false, "print the plan as JSON")
	q.flags(f)
	return cmd
}

// planOf reads the conditions and the verb.
func planOf(ifs, args []string) (req planRequest, err error) {
	for _, s := range ifs {
		step, err := condition(s)
		if err != nil {
			return req, err
		}
		req.Steps = append(req.Steps, step)
	}
	if len(args) == 0 {
		return req, nil
	}
	step := planStep{Verb: args[0]}
	args = args[1:]
	switch {
	case step.Verb == "move" && len(args) == 3 && args[1] == "to":
		step.Group, step.Node = args[0], args[2]
	case step.Verb == "move" && len(args) == 1, step.Verb == "resume" && len(args) == 1, step.Verb == "hold" && len(args) == 1:
		step.Group = args[0]
	case step.Verb == "drain" && len(args) <= 1:
		step.Node = strings.Join(args, "")
	case step.Verb == "retry" && len(args) == 1:
		step.Group = args[0]
	default:
		return req, fmt.Errorf("%q cannot be planned; write move GROUP to NODE, drain NODE, hold GROUP, resume NAME or retry GROUP", strings.Join(append([]string{step.Verb}, args...), " "))
	}
	req.Steps = append(req.Steps, step)
	return req, nil
}

// condition reads what stands after --if.
func condition(s string) (planStep, error) {
	what, value, _ := strings.Cut(s, "=")
	value = strings.TrimSpace(strings.TrimSuffix(value, " down"))
	var step planStep
	switch {
	case what == "link" && value != "":
		step.Verb, step.Link = "link", value
		if node, link, ok := strings.Cut(value, ":"); ok {
			step.Node, step.Link = node, link
		}
	case what != "" && value == "down":
		step.Verb, step.Node = "down", what
	case what != "" && value == "stopped":
		step.Verb, step.Node = "stop", what
	case what != "" && value == "drained":
		step.Verb, step.Node = "drain", what
	default:
		return step, fmt.Errorf("--if %s: write NODE=down, NODE=stopped, NODE=drained or link=NAME", s)
	}
	return step, nil
}

// showPlan asks for a plan and shows it.
func (c *call) showPlan(req planRequest, svg string, asJSON bool) error {
	ctx, cancel := c.soon()
	defer cancel()
	reply, err := c.client().Plan(ctx, req)
	if f, ok := errors.AsType[*api.Fault](err); ok && f.Code == 409 {
		return &exit{exitRefused, f.Error()}
	}
	if err != nil {
		return err
	}
	for _, p := range reply.Problems {
		if p.Error {
			for _, p := range reply.Problems {
				c.complain("haresources:%d: %s\n", p.Line, p.Text)
			}
			return &exit{code: exitRefused}
		}
	}
	if svg != "" {
		if err := os.WriteFile(svg, drawPlan(reply.Plan), 0o644); err != nil {
			return err
		}
	}
	if asJSON {
		e := json.NewEncoder(c.Stdout)
		e.SetEscapeHTML(false)
		_ = e.Encode(reply)
	} else {
		c.printf("%s", renderPlan(reply, c.palette()))
	}
	if code := planCode(reply.Plan); code != exitOK {
		return &exit{code: code}
	}
	return nil
}

func planCode(p forecast.Plan) int {
	if p.Refused != "" {
		return exitRefused
	}
	for _, owner := range p.After {
		if owner == "" {
			return exitNotWell
		}
	}
	if len(p.Doubled) > 0 {
		return exitNotWell
	}
	return exitOK
}

// renderPlan is the plan for people.
func renderPlan(reply api.PlanReply, p palette) string {
	var b strings.Builder
	plan := reply.Plan
	for _, w := range reply.Problems {
		fmt.Fprintf(&b, "%s: haresources:%d: %s\n", p.warn("warning"), w.Line, w.Text)
	}
	width := 0
	for _, l := range plan.Lines {
		width = max(width, len(l.Node))
	}
	for _, l := range plan.Lines {
		fmt.Fprintf(&b, "%9s  %-*s  %s\n", "+"+short(l.At), width, l.Node, planLine(l, p))
	}
	if len(plan.Lines) == 0 {
		b.WriteString("nothing happens\n")
	}
	b.WriteByte('\n')
	for _, key := range sortedKeys(plan.After) {
		fmt.Fprintf(&b, "%s: %s\n", p.bold(key), planGroup(plan, key, p))
	}
	for _, n := range plan.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

func planLine(l forecast.Line, p palette) string {
	reason := ""
	if l.Reason != "" {
		reason = " (" + l.Reason + ")"
	}
	switch l.What {
	case "if":
		return p.bold("IF " + l.Reason)
	case "dead":
		return p.warn(l.Reason)
	case "start":
		return "starts " + l.Group + reason
	case "running":
		return p.good(l.Group + " runs")
	case "stop":
		return "stops " + l.Group + reason
	case "stopped":
		return l.Group + " is stopped"
	case "failed":
		return p.bad(l.Group+" fails") + reason
	case "refused":
		return p.bad("refused: " + l.Reason)
	case "left":
		return "has left"
	}
	return l.Reason
}

func planGroup(plan forecast.Plan, key string, p palette) string {
	before, after := plan.Before[key], plan.After[key]
	down, isDown := plan.Down[key]
	text := ""
	switch {
	case slices.Contains(plan.Doubled, key):
		text = p.bad("runs on TWO nodes in the end")
	case after == "" && before == "":
		return p.bad("runs nowhere, before and after")
	case after == "":
		return p.bad("runs nowhere in the end") + ", before on " + before
	case before == "":
		text = "starts on " + p.good(after)
	case before == after && !isDown:
		return "stays on " + p.good(after)
	case before == after:
		text = "on " + after + " again"
	default:
		text = before + " -> " + p.good(after)
	}
	if isDown && down > 0 {
		text += ", down for about " + short(time.Duration(down))
	}
	return text
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
