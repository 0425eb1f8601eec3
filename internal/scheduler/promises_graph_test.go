package scheduler_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// An act is an action of a graph as the controller reads it.
type act struct {
	task, resource, node string
	fenceAction          string
	inputs               []int
}

// A web is a graph of acts. What is waited for and not there has an entry that is nil.
type web map[int]*act

func number(x *xmltree.Node) int {
	n, _ := strconv.Atoi(x.Get("id"))
	return n
}

// readWeb reads a graph; twice are the ids that it has two times.
func readWeb(graph *xmltree.Node) (w web, twice []int) {
	w = web{}
	for s := range graph.Elements("synapse") {
		for x := range s.First("action_set").Elements("") {
			a := &act{task: x.Get("operation"), node: x.Get("on_node")}
			if p := x.First("primitive"); p != nil {
				a.resource = p.Get("id")
			} else if key := x.Get("operation_key"); x.Name == "pseudo_event" {
				a.resource = strings.TrimSuffix(key, "_"+a.task+"_0")
			}
			if attrs := x.First("attributes"); attrs != nil {
				a.fenceAction = attrs.Get("CRM_meta_stonith_action")
			}
			for t := range s.All() {
				if t.Name == "trigger" {
					for in := range t.Elements("") {
						a.inputs = append(a.inputs, number(in))
					}
				}
			}
			if w[number(x)] != nil {
				twice = append(twice, number(x))
			}
			w[number(x)] = a
		}
	}
	for _, a := range slices.Collect(maps.Values(w)) {
		for _, id := range a.inputs {
			if _, ok := w[id]; !ok {
				w[id] = nil
			}
		}
	}
	return w, twice
}

// begins are the actions that begin at some time, when those that free holds for wait for nothing.
func (w web) begins(free func(a *act) bool) map[int]bool {
	done := map[int]bool{}
	for again := true; again; {
		again = false
		for id, a := range w {
			if a == nil || done[id] {
				continue
			}
			ready := true
			for _, in := range a.inputs {
				ready = ready && done[in]
			}
			if ready || free(a) {
				done[id], again = true, true
			}
		}
	}
	return done
}

// before are all actions that end before one begins.
func (w web) before(id int) map[int]bool {
	seen := map[int]bool{}
	var walk func(id int)
	walk = func(id int) {
		if a := w[id]; a != nil {
			for _, in := range a.inputs {
				if !seen[in] {
					seen[in] = true
					walk(in)
				}
			}
		}
	}
	walk(id)
	return seen
}

// graphIsWhole: nothing is in it twice; what is waited for is there, or cannot be done (then nothing that waits for it is done); and nobody waits
// in a circle. Circles of three kinds are Pacemaker's own, and made here too, so that both decide alike: those that go through the connection of a
// remote or guest node that moves or is restarted (what is to be stopped there waits for a probe there, which waits for the new connection); through
// the switching on of a node that needs unfencing (it waits for stops that wait for probes there); and through the room that one resource leaves for
// another (placement-strategy). A container that a rule sends into itself waits for itself; Pacemaker ends there. Nothing of such a circle is done.
func (r *round) graphIsWhole() {
	impossible := r.impossible()
	for id, a := range r.web {
		if a != nil {
			continue
		}
		for _, x := range r.web {
			if x == nil {
				continue
			}
			for _, in := range x.inputs {
				if in == id && !impossible[id] {
					r.break_("the graph waits for %s, which is possible, and not in it", r.keys[id])
				}
			}
		}
	}
	connection := map[string]bool{}
	for _, n := range r.before.Nodes {
		connection[n.Name] = n.Kind != scheduler.MemberNode
	}
	done := r.web.begins(func(a *act) bool {
		if a.task == "stonith" {
			return a.fenceAction == "on"
		}
		if strings.HasPrefix(a.task, "load_stopped") {
			return true
		}
		if n := r.before.FindNode(a.node); n != nil && n.Container != nil && a.task == "start" && n.Container.ID == a.resource {
			return true
		}
		return connection[a.resource] && (a.task == "start" || a.task == "stop" || strings.HasPrefix(a.task, "migrate"))
	})
	missing := map[int]bool{}
	for id, a := range r.web {
		if a == nil {
			missing[id] = true
		}
	}
	for id, a := range r.web {
		if a == nil || done[id] {
			continue
		}
		for in := range r.web.before(id) {
			missing[id] = missing[id] || r.web[in] == nil
		}
		if !missing[id] {
			r.break_("%s waits in a circle", r.keys[id])
		}
	}
}

// impossible are the actions that are wanted and cannot be done. The picture of all actions draws them dashed, with their numbers.
func (r *round) impossible() map[int]bool {
	var b strings.Builder
	_ = r.result.WriteDOT(&b, true, true)
	out := map[int]bool{}
	for line := range strings.Lines(b.String()) {
		name, rest, _ := strings.Cut(strings.TrimPrefix(line, `"`), `"`)
		if strings.Contains(rest, "dashed") && !strings.Contains(rest, "->") {
			id, _ := strconv.Atoi(strings.TrimSuffix(name[strings.LastIndexByte(name, '(')+1:], ")"))
			out[id] = true
		}
	}
	return out
}
