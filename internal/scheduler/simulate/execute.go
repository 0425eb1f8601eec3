package simulate

import (
	"container/heap"
	"fmt"
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// Known tells which resources a run of the scheduler knew.
type Known interface{ HasResource(id string) bool }

// A Run carries out one graph.
type Run struct {
	Root  *xmltree.Node // changed in place; made by Copy
	Known Known
	Now   int64    // what history says about when
	Fail  []string // operations that fail: RSC_TASK_INTERVAL@NODE=RC

	Elements bool // lines have elements

	Lines    []scheduler.Line // what was done, without indent
	Problems []string         // what went wrong with the simulation itself

	abort int // synapses of a lower priority are not begun any more
	graph *xmltree.Node

	records histories
}

// Copy makes a document that a run and injections may change. Whoever else changes it leaves the records of resources below lrm_resources alone.
func Copy(root *xmltree.Node) *xmltree.Node { return copyButHistory(root) }

// A synapse is an action and what it waits for.
type synapse struct {
	place    int // in the graph
	action   *xmltree.Node
	inputs   map[int]bool // confirmed
	open     int
	priority int
}

// Execute carries out a graph in its own order, round after round, as far as inputs allow; false when something could never begin. In a round
// everything is begun that waits for nothing, also for what was done earlier in the same round.
func (r *Run) Execute(graph *xmltree.Node) (complete bool) {
	r.graph, r.records = graph, histories{}
	list := readGraph(graph)
	waiters := make(map[int][]*synapse, len(list))
	var now, next rounds
	for _, s := range list {
		for id := range s.inputs {
			waiters[id] = append(waiters[id], s)
		}
		if s.open == 0 {
			next = append(next, s.place)
		}
	}
	done := 0
	for len(next) > 0 {
		now, next = next, now[:0]
		heap.Init(&now)
		for len(now) > 0 {
			s := list[heap.Pop(&now).(int)]
			if s.action.Name != "pseudo_event" && s.priority < r.abort {
				continue // and never, because nothing takes an abort back
			}
			done++
			failed := r.perform(s.action)
			id := idOfAction(s.action)
			for _, other := range waiters[id] {
				if confirmed := other.inputs[id]; confirmed || failed && other.priority != cib.Infinity {
					continue
				}
				other.inputs[id] = true
				switch other.open--; {
				case other.open > 0:
				case other.place > s.place:
					heap.Push(&now, other.place)
				default:
					next = append(next, other.place)
				}
			}
		}
	}
	return done == len(list) || r.abort > 0
}

// rounds are the places of synapses that wait for nothing, as a heap.
type rounds []int

func (r rounds) Len() int           { return len(r) }
func (r rounds) Less(i, j int) bool { return r[i] < r[j] }
func (r rounds) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *rounds) Push(x any)        { *r = append(*r, x.(int)) }
func (r *rounds) Pop() any {
	last := len(*r) - 1
	x := (*r)[last]
	*r = (*r)[:last]
	return x
}

// readGraph reads the synapses that have an action.
func readGraph(graph *xmltree.Node) (list []*synapse) {
	for x := range graph.Elements("synapse") {
		s := &synapse{place: len(list), inputs: map[int]bool{}, priority: cib.AtLeast(x.Get("priority"), 0)}
		if set := x.First("action_set"); set != nil {
			s.action = set.First("")
		}
		if in := x.First("inputs"); in != nil {
			for trigger := range in.Elements("trigger") {
				for a := range trigger.Elements("") {
					if id := idOfAction(a); !s.has(id) {
						s.inputs[id] = false
						s.open++
					}
				}
			}
		}
		if s.action != nil {
			list = append(list, s)
		}
	}
	return list
}

func (s *synapse) has(id int) bool { _, ok := s.inputs[id]; return ok }

func idOfAction(a *xmltree.Node) int {
	n, _ := strconv.Atoi(a.Get("id"))
	return n
}

// perform does one action; true when it failed because it was to.
func (r *Run) perform(a *xmltree.Node) (failed bool) {
	node, task := a.Get("on_node"), a.Get("operation")
	switch {
	case a.Name == "pseudo_event":
		line := "Pseudo action:   " + a.Get("operation_key")
		if node != "" {
			line += " on " + node
		}
		r.say(line, "pseudo_action", "task", a.Get("operation_key"), "node", node)
	case a.Name == "crm_event" && task == "stonith":
		r.fence(a, node)
	case a.Name == "crm_event":
		on, id := "", ""
		if p := a.First("primitive"); p != nil {
			id = p.Get("id")
			on = " for " + id
		}
		r.say("Cluster action:  "+task+on+" on "+node, "cluster_action", "task", task, "node", node, "id", id)
	default:
		return r.operate(a, node, task)
	}
	return false
}

// say notes a line. Its element has those of the pairs that have a value.
func (r *Run) say(text, name string, pairs ...string) {
	l := scheduler.Line{Text: text}
	if r.Elements {
		l.XML = element(name, pairs...)
	}
	r.Lines = append(r.Lines, l)
}

// element makes an element with those of the pairs that have a value.
func element(name string, pairs ...string) *xmltree.Node {
	x := xmltree.New(name)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			x.Set(pairs[i], pairs[i+1])
		}
	}
	return x
}

func (r *Run) fence(a *xmltree.Node, node string) {
	op := parameters(a).Get("CRM_meta_stonith_action")
	r.say(fmt.Sprintf("Fencing %s (%s)", node, op), "fencing_action", "target", node, "op", op)
	if strings.EqualFold(op, "on") {
		return
	}
	state := nodeState(r.Root, node, "")
	setMember(state, false)
	remove(state, "lrm")
	remove(state, "transient_attributes")
}

// parameters are what a graph says to the executor of an action.
func parameters(a *xmltree.Node) cib.Pairs {
	out := cib.Pairs{}
	attrs := a.First("attributes")
	if attrs == nil {
		return out
	}
	for _, p := range attrs.Attrs {
		out = append(out, cib.Pair{Name: p.Name, Value: p.Value})
	}
	for p := range attrs.Elements("param") {
		out.Set(p.Get("name"), p.Get("value"))
	}
	return out
}

// operate does an operation of a resource and writes its history.
func (r *Run) operate(a *xmltree.Node, node, task string) (failed bool) {
	x := a.First("primitive")
	if x == nil {
		return false
	}
	configured := x.Get("id")
	resource := configured
	if long := x.Get("long-id"); long != "" && !r.Known.HasResource(resource) && r.Known.HasResource(long) {
		resource = long
	}
	params := parameters(a)
	interval, _ := cib.Integer(params.Get("CRM_meta_interval"))
	say := func(interval int64) {
		line, every := fmt.Sprintf("Resource action: %-15s %s", resource, task), ""
		if interval > 0 {
			every = strconv.FormatInt(interval, 10)
			line += "=" + every
		}
		r.say(line+" on "+node, "rsc_action", "resource", resource, "op", task, "node", node, "interval", every)
	}
	if task == "delete" || task == "meta-data" {
		say(0)
		return false
	}
	id := a.Get("on_node_uuid")
	if _, routed := a.Lookup("router_node"); routed {
		id = node
	}
	state := nodeState(r.Root, node, id)
	e := r.records.entry(state, resource, configured, [3]string{x.Get("class"), x.Get("provider"), x.Get("type")})
	o := &operation{resource: configured, task: task, interval: uint32(interval), call: nextCall(e), node: node, reason: "User-injected result",
		now: r.Now, parameters: params, target: cib.AtLeast(params.Get("CRM_meta_op_target_rc"), 0)}
	o.rc = o.target
	say(interval)
	for _, spec := range r.Fail {
		left, right, _ := strings.Cut(spec, "=")
		match := ""
		for _, name := range []string{resource, configured} {
			if match == "" && strings.EqualFold(left, fmt.Sprintf("%s_%s_%d@%s", name, task, interval, node)) {
				match = name
			}
		}
		if match == "" {
			continue
		}
		rc, err := strconv.Atoi(strings.TrimSpace(right))
		if err != nil {
			r.Problems = append(r.Problems, fmt.Sprintf("Invalid failed operation '%s' (result code must be integer)", spec))
			continue
		}
		o.rc, failed = rc, true
		r.Lines = append(r.Lines, scheduler.Line{Text: fmt.Sprintf("Pretending action %s failed with rc=%d", a.Get("id"), rc)})
		r.abort = cib.Infinity
		fatal := task == "start" && r.graph.Get("failed-start-offset") == "INFINITY" || task == "stop" && r.graph.Get("failed-stop-offset") == "INFINITY"
		r.Lines = append(r.Lines, countFailure(state, match, task, uint32(interval), rc, fatal, r.Now)...)
		break
	}
	o.record(e)
	return failed
}
