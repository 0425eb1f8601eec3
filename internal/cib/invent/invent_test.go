package invent_test

import (
	"testing"

	"heartbeat/internal/cib/invent"
	"heartbeat/internal/cib/schema"
	"heartbeat/internal/xmltree"
)

// TestInventedClustersAreOfTheRightForm: what is found wrong with a scheduler must not be the fault of a document that nobody could have.
func TestInventedClustersAreOfTheRightForm(t *testing.T) {
	kinds := map[string]int{}
	for seed := range uint64(400) {
		root := invent.Cluster(invent.Seeded(seed))
		text := root.Append(nil, " ")
		if len(text) > 200_000 {
			t.Errorf("seed %d: %d bytes", seed, len(text))
		}
		again, err := xmltree.Parse(text, xmltree.Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, p := range schema.Check(again) {
			if !p.Warning {
				t.Errorf("seed %d: %v", seed, p)
			}
		}
		for n := range root.All() {
			kinds[n.Name]++
			if n.Name == "lrm_resource" {
				entries := map[string]bool{}
				for op := range n.Elements("lrm_rsc_op") {
					if entries[op.Get("id")] {
						t.Errorf("seed %d: %s stands twice in a history", seed, op.Get("id"))
					}
					entries[op.Get("id")] = true
				}
			}
		}
		if seed%100 == 0 && string(invent.Cluster(invent.Seeded(seed)).Append(nil, " ")) != string(text) {
			t.Errorf("seed %d: two documents", seed)
		}
	}
	for _, name := range []string{"primitive", "group", "clone", "bundle", "template", "tag", "fencing-level", "rsc_location", "rsc_colocation", "rsc_order", "rsc_ticket",
		"resource_set", "rule", "expression", "date_expression", "utilization", "lrm_rsc_op", "ticket_state", "rsc_defaults", "op_defaults", "transient_attributes"} {
		if kinds[name] < 20 {
			t.Errorf("only %d of %s in all documents", kinds[name], name)
		}
	}
}

func TestEachByteIsAChoice(t *testing.T) {
	one, other := []byte("0123456789 one choice is another"), []byte("0123456789 one choice is otherwise")
	if string(invent.Cluster(invent.FromBytes(one)).Append(nil, "")) == string(invent.Cluster(invent.FromBytes(other)).Append(nil, "")) {
		t.Error("the bytes make no difference")
	}
}
