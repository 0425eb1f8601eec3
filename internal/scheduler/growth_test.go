package scheduler_test

import (
	"fmt"
	"io"
	"regexp"
	"runtime"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// busyCluster is a document in which every resource runs somewhere and was looked for everywhere else; a third of them follow another one.
func busyCluster(nodes, resources int) []byte {
	list, states := xmltree.New("nodes"), xmltree.New("status")
	primitives, constraints := xmltree.New("resources"), xmltree.New("constraints")
	for r := range resources {
		id := fmt.Sprintf("r%04d", r)
		primitives.Add(xmltree.New("primitive", "id", id, "class", "ocf", "provider", "heartbeat", "type", "Dummy").Add(
			xmltree.New("operations").Add(xmltree.New("op", "id", id+"-m", "name", "monitor", "interval", "10s"))))
		if r%3 == 2 {
			with := fmt.Sprintf("r%04d", r-1)
			constraints.Add(xmltree.New("rsc_colocation", "id", id+"-c", "rsc", id, "with-rsc", with, "score", "INFINITY"),
				xmltree.New("rsc_order", "id", id+"-o", "first", with, "then", id))
		}
	}
	for n := range nodes {
		number, name := fmt.Sprint(n+1), fmt.Sprintf("node%03d", n+1)
		list.Add(xmltree.New("node", "id", number, "uname", name))
		history, calls := xmltree.New("lrm_resources"), 0
		for r := range resources {
			id := fmt.Sprintf("r%04d", r)
			operation := func(name, task, interval, rc string) *xmltree.Node {
				calls++
				parameters := cib.Pairs{}
				if interval != "0" {
					parameters.Set("CRM_meta_timeout", "20000")
				}
				key := "1:1:" + rc + ":aaaaaaaa-0000-4000-8000-000000000000"
				return xmltree.New("lrm_rsc_op", "id", id+"_"+name, "operation_key", id+"_"+task+"_"+interval, "operation", task, "crm-debug-origin", "do_update_resource",
					"crm_feature_set", "3.0.14", "transition-key", key, "transition-magic", "0:"+rc+";"+key, "call-id", fmt.Sprint(calls),
					"rc-code", rc, "op-status", "0", "interval", interval, "last-rc-change", "1699990000", "exec-time", "5", "queue-time", "0",
					"op-digest", cib.Digest(parameters))
			}
			e := xmltree.New("lrm_resource", "id", id, "type", "Dummy", "class", "ocf", "provider", "heartbeat")
			if r%3 != 2 && r%nodes == n || r%3 == 2 && (r-1)%nodes == n {
				e.Add(operation("last_0", "start", "0", "0"), operation("monitor_10000", "monitor", "10000", "0"))
			} else {
				e.Add(operation("last_0", "monitor", "0", "7"))
			}
			history.Add(e)
		}
		states.Add(xmltree.New("node_state", "id", number, "uname", name, "in_ccm", "true", "crmd", "online", "join", "member", "expected", "member").Add(
			xmltree.New("lrm", "id", number).Add(history)))
	}
	options := xmltree.New("crm_config").Add(xmltree.New("cluster_property_set", "id", "p").Add(
		xmltree.New("nvpair", "id", "p1", "name", "stonith-enabled", "value", "false")))
	defaults := xmltree.New("rsc_defaults").Add(xmltree.New("meta_attributes", "id", "d").Add(
		xmltree.New("nvpair", "id", "d1", "name", "resource-stickiness", "value", "100")))
	return xmltree.New("cib", "validate-with", "pacemaker-3.9", "have-quorum", "true").Add(
		xmltree.New("configuration").Add(options, list, primitives, constraints, defaults), states).Append(nil, " ")
}

// allocated are the bytes that a piece of work asks for, given back or not: a command that gives one answer collects next to nothing.
func allocated(work func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// Budgets for what a decision about a cluster takes, in bytes for each resource on each node. A hundred nodes with five thousand
// resources have half a million of these: with 100 bytes more the command needs 50 MB more.
const decideBudget = 240

func TestADecisionTakesLittleMemory(t *testing.T) {
	const nodes, resources = 40, 400
	doc := busyCluster(nodes, resources)
	took, steps := decideOn(t, doc)
	if len(steps) != 0 {
		t.Errorf("%d steps where there is nothing to do, the first: %s", len(steps), scheduler.StepText(steps[0]))
	}
	each := took / (nodes * resources)
	t.Logf("%d bytes for each resource on each node; the document has %d", each, len(doc)/(nodes*resources))
	if each > decideBudget {
		t.Errorf("%d bytes for each resource on each node, %d are the budget", each, decideBudget)
	}
}

// Twice the nodes, or twice the resources, may take twice the memory and a little for lists that grew in leaps, where nothing is to be
// done and where everything is to be probed and started. Pairs of resources, of nodes or of orderings that somebody wrote out would
// take four times as much for their part.
func TestMemoryGrowsWithNodesTimesResources(t *testing.T) {
	history := regexp.MustCompile(`(?s)<lrm_resource .*?</lrm_resource>`)
	for _, c := range []struct {
		name string
		of   func(nodes, resources int) []byte
		idle bool
	}{
		{"nothing to do", busyCluster, true},
		{"everything to start", func(nodes, resources int) []byte { return history.ReplaceAll(busyCluster(nodes, resources), nil) }, false},
	} {
		for _, ladder := range [][][2]int{{{10, 200}, {10, 400}, {10, 800}}, {{10, 100}, {20, 100}, {40, 100}, {80, 100}}} {
			smaller := 0
			for _, size := range ladder {
				nodes, resources := size[0], size[1]
				took, steps := decideOn(t, c.of(nodes, resources))
				if idle := len(steps) == 0; idle != c.idle {
					t.Fatalf("%s: %d steps", c.name, len(steps))
				}
				each := took / (nodes * resources)
				t.Logf("%s, %d x %d: %d bytes for each resource on each node", c.name, nodes, resources, each)
				if smaller > 0 && each > smaller*11/10 {
					t.Errorf("%s: %d bytes for each resource on each node with %d x %d, a cluster of half the size takes %d", c.name, each, nodes, resources, smaller)
				}
				smaller = each
			}
		}
	}
}

// decideOn returns how many bytes the decision about a document asks for, and what it wants done.
func decideOn(t *testing.T, doc []byte) (int, []scheduler.Step) {
	t.Helper()
	root, err := xmltree.Parse(doc, scheduler.Reading(0))
	if err != nil {
		t.Fatal(err)
	}
	var r *scheduler.Result
	took := allocated(func() {
		r = scheduler.Schedule(root, isotime.UTC(1_700_000_000), scheduler.Options{})
		if err := r.WriteGraph(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
	return took, r.Steps()
}
