package scheduler

import (
	"os"
	"path/filepath"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/testenv"
	"heartbeat/internal/xmltree"
)

// The history of a clone names no instance; who is meant is looked up at once instead of by a walk through all resources, which this
// compares it with.
func TestNameOfAHistoryFindsTheFirstResourceThatHasIt(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "scheduler")
	if place := os.Getenv("SCHEDULER_CASES"); place != "" {
		dir = place
	}
	files, err := filepath.Glob(filepath.Join(dir, "cases", "xml", "*.xml"))
	testenv.Need(t, "the recorded cases of the scheduler", err == nil && len(files) > 0, "set SCHEDULER_CASES to the directory with cases.tsv")
	names := 0
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		root, err := xmltree.Parse(doc, xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if root, _, err = cib.Upgrade(root); err != nil {
			t.Fatal(err)
		}
		r := Status(root, isotime.UTC(1_780_000_000), Options{Sanitized: true})
		for range 2 {
			for id := range r.c.historyNames {
				names++
				if got, want := r.c.findResource(id), r.c.walkTo(id); got != want {
					t.Errorf("%s: %s is %v, and by walking through all resources %v", filepath.Base(file), id, got, want)
				}
			}
			r.Decide() // sorts the resources
		}
	}
	if names < 100 {
		t.Errorf("only %d names: the test checks too little", names)
	}
}

func (c *cluster) walkTo(id string) *resource {
	for _, top := range c.resources {
		if r := top.find(func(r *resource) bool { return r.id == id || r.historyID == id }); r != nil {
			return r
		}
	}
	return nil
}
