package xmltree

import (
	"fmt"
	"testing"
)

// typicalDocument is what a cluster of that many resources has: definitions, and their history on two nodes.
func typicalDocument(resources int) []byte {
	res, status := New("resources"), New("status")
	for i := range resources {
		id := fmt.Sprintf("rsc_%d", i)
		res.Add(New("primitive", "id", id, "class", "ocf", "provider", "heartbeat", "type", "Dummy").Add(
			New("instance_attributes", "id", id+"-attrs").Add(New("nvpair", "id", id+"-state", "name", "state", "value", "/run/"+id)),
			New("operations").Add(New("op", "id", id+"-mon", "name", "monitor", "interval", "10s", "timeout", "20s")),
		))
	}
	for n := range 2 {
		lrm := New("lrm_resources")
		for i := range resources {
			id := fmt.Sprintf("rsc_%d", i)
			lrm.Add(New("lrm_resource", "id", id, "type", "Dummy", "class", "ocf", "provider", "heartbeat").Add(
				New("lrm_rsc_op", "id", id+"_start_0", "operation", "start", "crm-debug-origin", "do_update_resource",
					"transition-key", "5:12:0:6a9bd6a1-4d0f-4c4e-8d23-5c6e9d4c5e4b", "transition-magic", "0:0;5:12:0:6a9bd6a1-4d0f-4c4e-8d23-5c6e9d4c5e4b",
					"call-id", fmt.Sprint(i), "rc-code", "0", "op-status", "0", "interval", "0", "op-digest", "f2317cad3d54cec5d7d7aa7d0bf35cf8")))
		}
		status.Add(New("node_state", "id", fmt.Sprintf("node%d", n), "ha", "active").Add(New("lrm").Add(lrm)))
	}
	return New("cib", "epoch", "12").Add(New("configuration").Add(res), status).Append(nil, "  ")
}

func BenchmarkParse(b *testing.B) {
	for _, resources := range []int{10, 500} {
		doc := typicalDocument(resources)
		b.Run(fmt.Sprintf("%dkB", len(doc)>>10), func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(doc, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	doc := typicalDocument(500)
	root, err := Parse(doc, Options{})
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 2*len(doc))
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		buf = root.Append(buf[:0], "  ")
	}
}

func TestReadingTakesFewAllocations(t *testing.T) {
	doc := typicalDocument(100)
	n := testing.AllocsPerRun(5, func() {
		if _, err := Parse(doc, Options{}); err != nil {
			t.Fatal(err)
		}
	})
	if n > 100 {
		t.Errorf("%v allocations for a document of %d bytes, 100 are the budget", n, len(doc))
	}
}
