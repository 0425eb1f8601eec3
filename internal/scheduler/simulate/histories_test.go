package simulate

import (
	"fmt"
	"testing"

	"heartbeat/internal/xmltree"
)

// hosted is the state of a node with an operation of each of so many resources.
func hosted(resources int) *xmltree.Node {
	list := xmltree.New("lrm_resources")
	for i := range resources {
		id := fmt.Sprintf("r%d", i)
		list.Add(xmltree.New("lrm_resource", "id", id).Add(xmltree.New("lrm_rsc_op", "id", id+"_last_0", "operation", "start", "call-id", "7")))
	}
	return xmltree.New("node_state", "id", "1", "uname", "anna").Add(xmltree.New("lrm", "id", "1").Add(list))
}

func TestWhatACopyRecordsIsNotInTheFirstDocument(t *testing.T) {
	root := xmltree.New("cib").Add(xmltree.New("configuration"), xmltree.New("status").Add(hosted(3)))
	before := root.String()
	work := Copy(root)
	in := Injections{Operations: []string{"web_start_0@anna=1", "web_monitor_0@anna=7"}}
	if _, problems := in.Apply(work, world{}, 1); len(problems) > 0 {
		t.Fatal(problems)
	}
	records := histories{}
	state := nodeState(work, "anna", "1")
	for _, id := range []string{"r1", "r2", "new", "r1"} {
		e := records.entry(state, id, id, [3]string{})
		(&operation{resource: id, task: "stop", call: nextCall(e), node: "anna"}).record(e)
	}
	if root.String() != before {
		t.Errorf("the document that was copied is changed:\n%s", root.Append(nil, "  "))
	}
	list := state.Find("lrm", "lrm_resources")
	if r0, first := list.Children[0], root.Find("status", "node_state", "lrm", "lrm_resources").Children[0]; r0 != first {
		t.Error("a record that nobody changed was copied")
	}
	if calls := list.Children[1].First("lrm_rsc_op").Get("call-id"); calls != "9" || len(list.Children) != 5 {
		t.Errorf("call %s, %d records:\n%s", calls, len(list.Children), state.Append(nil, "  "))
	}
}

// A list that is read for each operation makes simulation quadratic: 37 s for 50 nodes with 2000 resources.
func TestAListOfRecordsIsReadOnce(t *testing.T) {
	const resources = 1000
	state, records := hosted(resources), histories{}
	list := state.Find("lrm", "lrm_resources")
	first := records.entry(state, "r0", "r0", [3]string{})
	for _, e := range list.Children[1:] {
		e.Name = "read again" // whoever looks for records now finds none
	}
	for i := range resources {
		id := fmt.Sprintf("r%d", i)
		if e := records.entry(state, id, id, [3]string{}); e.Get("id") != id || i == 0 && e != first {
			t.Fatalf("%s is not found where it was: %v", id, e)
		}
	}
	if len(list.Children) != resources {
		t.Errorf("%d records of %d resources", len(list.Children), resources)
	}
}

func TestOfTwoRecordsOfOneNameNoneIsMeant(t *testing.T) {
	state, records := hosted(2), histories{}
	list := state.Find("lrm", "lrm_resources")
	list.Add(xmltree.New("lrm_resource", "id", "r1"))
	for want := 4; want < 7; want++ {
		records.entry(state, "r1", "r1", [3]string{"ocf", "heartbeat", "Dummy"})
		if len(list.Children) != want {
			t.Fatalf("%d records, not %d", len(list.Children), want)
		}
	}
	if e := records.entry(state, "r1:1", "r0", [3]string{}); e != list.Children[0] {
		t.Error("the second name is not looked for")
	}
}
