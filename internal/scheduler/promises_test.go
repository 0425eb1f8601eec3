package scheduler_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/invent"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/scheduler/simulate"
	"heartbeat/internal/xmltree"
)

// mostRounds is how many transitions a cluster that nothing happens to may need until there is nothing to do.
const mostRounds = 8

// A round is one decision about a document, and what was known before.
type round struct {
	root   *xmltree.Node
	now    isotime.Time
	before *scheduler.View
	result *scheduler.Result
	graph  *xmltree.Node
	steps  []scheduler.Step
	web    web
	keys   map[int]string // what the graph calls an action
	begun  map[int]bool   // actions that begin at some time
	broken []string
}

func (r *round) break_(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.broken, text) {
		r.broken = append(r.broken, text)
	}
}

func decide(root *xmltree.Node) *round {
	r := &round{root: root, now: isotime.UTC(invent.Now), keys: map[int]string{}}
	r.result = scheduler.Status(root, r.now, scheduler.Options{Sanitized: true})
	r.before = r.result.View()
	r.result.Decide()
	r.graph = r.result.Graph()
	r.steps = r.result.Steps()
	var twice []int
	if r.web, twice = readWeb(r.graph); len(twice) > 0 {
		r.break_("actions %v are in the graph twice", twice)
	}
	r.begun = r.web.begins(func(*act) bool { return false })
	for x := range r.graph.All() {
		if id := x.Get("id"); id != "" && x.Name != "synapse" && x.Name != "primitive" {
			key := x.Get("internal_operation_key")
			if key == "" {
				key = x.Get("operation_key")
			}
			r.keys[number(x)] = strings.TrimSpace(key + " " + x.Get("on_node"))
		}
	}
	return r
}

// find gives the steps of a task with a resource on a node; an empty text means any.
func (r *round) find(task, resource, node string) (out []scheduler.Step) {
	for _, s := range r.steps {
		if s.Task == task && (resource == "" || s.Resource == resource) && (node == "" || s.Node == node) {
			out = append(out, s)
		}
	}
	return out
}

// after says whether a step begins only after one of others has ended, or never: because it waits for what is not done.
func (r *round) after(s scheduler.Step, others []scheduler.Step) bool {
	ended := r.web.before(s.ID)
	for id := range ended {
		if !r.begun[id] {
			return true
		}
	}
	return slices.ContainsFunc(others, func(o scheduler.Step) bool { return ended[o.ID] })
}

// once says whether a resource is one that may run in one place only.
func once(v *scheduler.ResourceView) bool {
	for ; v != nil; v = v.Parent {
		if v.Kind == scheduler.Clone || v.Kind == scheduler.Bundle {
			return false
		}
	}
	return true
}

// startsAreSafe: each start is on a node that can take it, after it ended everywhere else.
func (r *round) startsAreSafe() {
	on := map[string]string{}
	for _, s := range r.steps {
		if s.Task != "start" || s.Kind != scheduler.StepResource {
			continue
		}
		r.nodeTakes(s)
		v := r.before.Find(s.Resource)
		if v == nil || !once(v) || v.Kind != scheduler.Primitive {
			continue
		}
		if other := on[s.Resource]; other != "" {
			r.break_("%s is started on %s and on %s", s.Resource, other, s.Node)
		}
		on[s.Resource] = s.Node
		for _, n := range v.On {
			ends := append(r.find("stop", s.Resource, n.Name), r.find("stonith", "", n.Name)...)
			if n.Name != s.Node && !r.after(s, ends) {
				r.break_("%s is started on %s, and nothing says that it ends on %s (%s) before", s.Resource, s.Node, n.Name, n.State())
			}
		}
	}
}

// nodeTakes: the node is there, or what brings it is done before. Remote and guest nodes are there when their connection is, whatever the document
// says of them; and the instance of a bundle belongs to its container even where that is in standby.
func (r *round) nodeTakes(s scheduler.Step) {
	n := r.before.FindNode(s.Node)
	switch {
	case n == nil:
		r.break_("%s is started on %s, which nobody knows", s.Resource, s.Node)
	case n.Kind != scheduler.MemberNode:
		connection := r.before.FindAny(s.Node)
		bundled := n.Container != nil && n.Container.Bundled()
		if (n.Standby || n.StandbyOnFail) && !bundled {
			r.break_("%s is started on %s, which is %s", s.Resource, s.Node, n.State())
		}
		// What was to be migrated, and then cannot be, is started without a look at the new connection: Pacemaker does the same.
		migrates := false
		if v := r.before.Find(s.Resource); v != nil {
			value, _ := v.Meta("allow-migrate")
			migrates = value == "true"
		}
		if (connection == nil || !connection.Active) && !migrates && !r.after(s, r.find("start", s.Node, "")) {
			r.break_("%s is started on %s, which is %s and is not connected before", s.Resource, s.Node, n.State())
		}
	case !n.Online || n.Unclean || n.Standby || n.StandbyOnFail || n.Pending || n.Maintenance:
		r.break_("%s is started on %s, which is %s", s.Resource, s.Node, n.State())
	}
}

// ordersHold: with a mandatory order between two starts, the second is not begun before the first has ended, or without it.
func (r *round) ordersHold() {
	config := r.root.Find("configuration", "constraints")
	if config == nil {
		return
	}
	for x := range config.Elements("rsc_order") {
		kind, starts := x.Get("kind"), func(a string) bool { return a == "" || a == "start" }
		if kind != "" && kind != "Mandatory" || x.First("resource_set") != nil || !starts(x.Get("first-action")) || !starts(x.Get("then-action")) {
			continue
		}
		first, then := r.before.Find(x.Get("first")), r.before.Find(x.Get("then"))
		if first == nil || then == nil || first.Top() == then.Top() {
			continue
		}
		var firsts, thens []scheduler.Step
		for _, s := range r.steps {
			if s.Task != "start" || s.Kind != scheduler.StepResource {
				continue
			}
			if within(r.before.Find(s.Resource), first) {
				firsts = append(firsts, s)
			}
			if within(r.before.Find(s.Resource), then) {
				thens = append(thens, s)
			}
		}
		for _, s := range thens {
			if len(firsts) == 0 && !first.Active && !first.PartlyActive {
				r.break_("%s is started although %s is not, whatever %s says", s.Resource, first.ID, x.Get("id"))
			}
		}
	}
}

func within(v, of *scheduler.ResourceView) bool {
	for ; v != nil; v = v.Parent {
		if v == of {
			return true
		}
	}
	return false
}

// bounded: the work grows with what there is, not with its square.
func (r *round) bounded() {
	resources := 1
	for x := range r.root.All() {
		switch x.Name {
		case "primitive", "group", "clone", "bundle", "lrm_resource":
			resources++
		}
	}
	if most := mostWork * resources * (len(r.before.Nodes) + 1); r.result.Work() > most {
		r.break_("%d steps of work for %d resources on %d nodes; at most %d", r.result.Work(), resources, len(r.before.Nodes), most)
	}
}

const mostWork = 400

// next carries the transition out and looks at what became of it.
func (r *round) next() (root *xmltree.Node, idle bool) {
	run := simulate.Run{Root: simulate.Copy(r.root), Known: r.result, Now: invent.Now}
	run.Execute(r.graph)
	after := scheduler.Status(run.Root, r.now, scheduler.Options{Sanitized: true}).View()
	for _, v := range after.Resources {
		r.leftTwice(v)
	}
	return run.Root, r.restless() == ""
}

func (r *round) leftTwice(v *scheduler.ResourceView) {
	for _, child := range v.Children {
		r.leftTwice(child)
	}
	if v.Kind != scheduler.Primitive || !once(v) || len(v.On) < 2 {
		return
	}
	for _, n := range v.On {
		// Guests are fenced by stopping their container, which the simulation does without a word about what ran there; and a node that is connected
		// again brings the history that it had when it went.
		if n.Kind != scheduler.MemberNode && len(r.find("stonith", "", n.Name))+len(r.find("start", n.Name, "")) > 0 {
			return
		}
		// When the parameters of a monitor changed, or a connection is restarted, it is begun anew, also where the resource is just leaving, and after
		// that (Pacemaker does the same); the simulation takes that for a proof that it runs.
		if len(r.find("stop", v.ID, n.Name)) > 0 && len(r.find("monitor", v.ID, n.Name)) > 0 {
			return
		}
	}
	// A migration stays half done where the rest of the graph waits for what never comes.
	if len(r.begun) < len(r.web) && len(r.find("migrate_from", v.ID, "")) > 0 {
		return
	}
	was := r.before.Find(v.ID)
	if was == nil || len(was.On) < 2 {
		r.break_("%s runs on %d nodes after the transition", v.ID, len(v.On))
	}
}

// promises checks everything that is promised about one document, over as many transitions as it takes.
//
// What is orderly keeps all of them. Elsewhere constraints may demand what cannot be (a before b, b before a), and the graph then waits for what never
// comes, as Pacemaker's does: nothing is done, so nothing is done wrongly.
func promises(doc *xmltree.Node, orderly bool) (broken []string) {
	root, _, err := cib.Upgrade(doc)
	if err != nil {
		return []string{err.Error()}
	}
	text := root.Append(nil, "")
	for n := 1; ; n++ {
		r := decide(root)
		if orderly {
			r.graphIsWhole()
		}
		r.startsAreSafe()
		r.ordersHold()
		r.bounded()
		if n == 1 {
			var one, two bytes.Buffer
			_ = r.result.WriteGraph(&one)
			_ = scheduler.Schedule(root, r.now, scheduler.Options{Sanitized: true}).WriteGraph(&two)
			if one.String() != two.String() {
				r.break_("the same document, two graphs")
			}
			if !bytes.Equal(root.Append(nil, ""), text) {
				r.break_("the document was changed")
			}
		}
		next, idle := r.next()
		for _, b := range r.broken {
			broken = append(broken, fmt.Sprintf("transition %d: %s", n, b))
		}
		if idle || len(broken) > 0 {
			return broken
		}
		if n == mostRounds || n == 2 && !orderly {
			if !orderly {
				return broken
			}
			if why := r.restless(); why != "" && r.forgets() {
				broken = append(broken, "there is still something to do after "+strconv.Itoa(n)+" transitions: "+why)
			}
			return broken
		}
		root = next
	}
}

// restless is something that is still to be done; empty when there is nothing but what the simulation leaves no trace of: operations that are
// cancelled, history that is deleted, nodes that are shut down, agents that are told.
func (r *round) restless() string {
	for _, s := range r.steps {
		switch {
		case s.Kind == scheduler.StepPseudo, s.Kind == scheduler.StepCluster, !r.begun[s.ID]:
		case s.Task == "cancel", s.Task == "delete", s.Task == "notify":
		default:
			return scheduler.StepText(s)
		}
	}
	return ""
}

// forgets says whether the simulation can come to an end: it leaves failures that the document recorded where they are, switches no node on, and does
// not write down that a guest was fenced. Such a cluster has the same to do again and again, in Pacemaker's simulation too.
func (r *round) forgets() bool {
	for _, s := range r.steps {
		if s.Kind == scheduler.StepFencing && s.Target == "on" || s.Kind == scheduler.StepPseudo && s.Task == "stonith" {
			return false
		}
		if n := r.before.FindNode(s.Node); s.Task == "stonith" && n != nil && n.Kind != scheduler.MemberNode {
			return false
		}
	}
	status := r.root.First("status")
	if status == nil {
		return true
	}
	for op := range status.All() {
		if op.Name == "lrm_rsc_op" && op.Get("crm-debug-origin") != "crm_simulate" &&
			(op.Get("op-status") != "0" || strings.HasSuffix(op.Get("id"), "_last_failure_0") || len(r.before.Failures) > 0) {
			return false
		}
		if op.Name == "nvpair" && strings.HasPrefix(op.Get("name"), "fail-count-") {
			return false
		}
	}
	return true
}

// seeds are those to be tried: PROMISES of them from PROMISES_SEED on.
func seeds(usual uint64) (from, to uint64) {
	count := usual
	if n, err := strconv.ParseUint(os.Getenv("PROMISES"), 10, 64); err == nil {
		count = n
	}
	from, _ = strconv.ParseUint(os.Getenv("PROMISES_SEED"), 10, 64)
	return from, from + count
}

// TestPromisesAboutEveryDecision holds over invented clusters.
func TestPromisesAboutEveryDecision(t *testing.T) {
	from, to := seeds(700)
	work := make(chan uint64)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for seed := range work {
				for _, b := range promises(invent.Orderly(invent.Seeded(seed)), true) {
					t.Errorf("orderly seed %d: %s", seed, b)
				}
				for _, b := range promises(invent.Cluster(invent.Seeded(seed)), false) {
					t.Errorf("seed %d: %s", seed, b)
				}
			}
		})
	}
	for seed := from; seed < to; seed++ {
		work <- seed
	}
	close(work)
	wg.Wait()
}
