package scheduler

import (
	"strconv"
	"strings"
)

// The kinds of steps.
const (
	StepResource = "resource" // an operation of an agent
	StepPseudo   = "pseudo"   // a milestone that takes no time
	StepFencing  = "fencing"
	StepCluster  = "cluster" // the cluster's own work: shutting a node down, forgetting history
)

// A Step is an action of the transition.
type Step struct {
	ID       int    `json:"id"`
	Kind     string `json:"kind"`
	Task     string `json:"task"`
	Resource string `json:"resource,omitempty"`
	Base     string `json:"base,omitempty"` // the resource without the number of an instance
	Node     string `json:"node,omitempty"`
	Target   string `json:"target,omitempty"`   // of a migration
	Interval uint32 `json:"interval,omitempty"` // ms, of a recurring one
	Reason   string `json:"reason"`
	Probe    bool   `json:"probe,omitempty"`
	Rank     int    `json:"rank"`            // how many steps that take time must end before, with itself, from 1; 0 for a milestone at the very beginning
	After    []int  `json:"after,omitempty"` // the steps that it waits for
}

// Steps are the actions of the transition, each after those that it waits for.
func (r *Result) Steps() []Step {
	graph := r.c.graph
	at := make(map[*action]int, len(graph))
	for i := range graph {
		at[graph[i].action] = i
	}
	waits := make([]int, len(graph))
	followers := make([][]int, len(graph))
	for i := range graph {
		for _, input := range graph[i].inputs {
			if k, ok := at[input]; ok {
				waits[i]++
				followers[k] = append(followers[k], i)
			}
		}
	}
	var ready []int
	for i, n := range waits {
		if n == 0 {
			ready = append(ready, i)
		}
	}
	rank := make([]int, len(graph))
	out := make([]Step, 0, len(graph))
	for len(ready) > 0 {
		i := ready[0]
		ready = ready[1:]
		a := graph[i].action
		s := a.step()
		before := 0
		for _, input := range graph[i].inputs {
			if k, ok := at[input]; ok {
				before = max(before, rank[k])
				s.After = append(s.After, input.id)
			}
		}
		if rank[i] = before; s.Kind != StepPseudo {
			rank[i]++
		}
		s.Rank = rank[i]
		out = append(out, s)
		for _, k := range followers[i] {
			if waits[k]--; waits[k] == 0 {
				ready = append(ready, k)
			}
		}
	}
	return out
}

func (a *action) step() Step {
	s := Step{ID: a.id, Kind: StepResource, Task: a.task, Reason: a.reasonText()}
	if a.rsc != nil {
		s.Resource, s.Base = a.rsc.id, a.rsc.printableID()
	}
	if a.node != nil {
		s.Node = a.node.name
	}
	switch {
	case a.task == "stonith":
		s.Kind = StepFencing
	case a.is(actPseudo):
		s.Kind = StepPseudo
	case a.rsc == nil, a.task == "lrm_delete", a.task == "clear_failcount":
		s.Kind = StepCluster
	}
	if a.task == "migrate_to" {
		s.Target = a.metaText("migrate_target")
	}
	if a.task == "stonith" {
		s.Target = a.metaText("stonith_action")
	}
	s.Interval = keyInterval(a.key)
	s.Probe = a.task == "monitor" && s.Interval == 0
	if a.task == "cancel" {
		s.Target = a.cancels
	}
	return s
}

// reasonText is why an action is done: the reason that the scheduler noted, or what follows from the action's place.
func (a *action) reasonText() string {
	if a.reason != "" && a.task != "start" && (a.task != "stop" || a.reason != "node availability" || !a.rsc.isPrimitive()) {
		return a.reason
	}
	r := a.rsc
	if r == nil {
		return map[string]string{"do_shutdown": "the node asked to leave", "maintenance_nodes": "a remote node is told about maintenance mode"}[a.task]
	}
	switch a.task {
	case "start":
		return r.startText(a)
	case "stop":
		return r.stopText(a)
	case "migrate_to", "migrate_from":
		return "it moves without a stop"
	case "promote":
		return "it is to be promoted here"
	case "demote":
		return "it is not to be promoted here any more"
	case "cancel":
		return "not wanted in the role that it will have, or not configured any more"
	case "notify":
		return "the agents of " + baseName(r.id) + " are told"
	case "lrm_delete":
		return "its history is not needed any more"
	case "monitor":
		if keyInterval(a.key) == 0 {
			return "what runs here is not known"
		}
		return "to see that it goes on"
	}
	return ""
}

func (r *resource) startText(a *action) string {
	var from *node
	for _, n := range r.active {
		if n != a.node {
			from = n
		}
	}
	switch {
	case r.isPrimitive() && from != nil && from.unclean:
		return "it was on " + from.name + ", which is fenced"
	case r.isPrimitive() && from != nil:
		return "it moves here from " + from.name
	case r.isPrimitive() && len(r.active) > 0 && r.is(rscFailed):
		return "it failed"
	case a.reason != "":
		return a.reason
	case r.isPrimitive() && len(r.active) > 0:
		return "it is started again"
	case r.isPrimitive():
		return "it is to run here"
	}
	return ""
}

func (r *resource) stopText(a *action) string {
	switch {
	case a.node == nil:
		return ""
	case a.is(actPseudo):
		return a.node.name + " is fenced, which stops everything there"
	case r.is(rscRemoved):
		return "it is no longer configured"
	case r.assigned == nil:
		return r.chosenText()
	case r.assigned != a.node:
		return "it moves to " + r.assigned.name
	case r.is(rscFailed):
		return "it failed"
	}
	return "it is started again"
}

// StepText is a step in a line.
func StepText(s Step) string {
	text := strings.ReplaceAll(s.Task, "_", " ")
	switch {
	case s.Task == "stonith":
		text = "fence " + s.Node + " (" + s.Target + ")"
	case s.Task == "do_shutdown":
		text = "shut " + s.Node + " down"
	case s.Probe:
		text = "look for " + s.Resource + " on " + s.Node
	case s.Task == "monitor":
		text = "watch " + s.Resource + " on " + s.Node + " every " + strconv.FormatFloat(float64(s.Interval)/1000, 'g', -1, 64) + " s"
	case s.Resource != "" && s.Node != "":
		text += " " + s.Resource + " on " + s.Node
	case s.Resource != "":
		text += " " + s.Resource
	}
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}
