package scheduler_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// BenchmarkCases does for each recorded case what crm_simulate -R -Q -D -G does, without the start of a process; with -cpuprofile it shows where
// a small case spends its time. Without the suite it has the cases that are kept here.
func BenchmarkCases(b *testing.B) {
	dir := filepath.Join("..", "..", "..", "shared", "scheduler", "cases")
	if place := os.Getenv("SCHEDULER_CASES"); place != "" {
		dir = filepath.Join(place, "cases")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "xml", "*.xml"))
	if len(files) == 0 {
		files, _ = filepath.Glob("testdata/cases/xml/*.xml")
	}
	var docs [][]byte
	for _, f := range files {
		doc, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		docs = append(docs, doc)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i, doc := range docs {
			root, err := xmltree.Parse(doc, xmltree.Options{})
			if err == nil {
				root, _, err = cib.Upgrade(root)
			}
			if err != nil {
				b.Fatalf("%s: %v", files[i], err)
			}
			r := scheduler.Schedule(root, isotime.UTC(1_780_000_000), scheduler.Options{Sanitized: true})
			if err := r.WriteDOT(io.Discard, false, false); err != nil {
				b.Fatal(err)
			}
			if err := r.WriteGraph(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(docs)), "µs/case")
}
