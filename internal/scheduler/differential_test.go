package scheduler_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"heartbeat/internal/xmltree"
)

// A reference is another implementation of the scheduler.
type reference struct {
	program string
	exact   bool // of the version whose results are recorded, so that everything must agree
}

// answers runs it on a document; ok is false where it refuses, or dies.
func (r reference) answers(dir, path string) (out result, ok bool) {
	dot, graph := filepath.Join(dir, "dot"), filepath.Join(dir, "exp")
	for _, f := range []string{dot, graph} {
		_ = os.Remove(f)
	}
	run := func(args ...string) string {
		cmd := exec.Command(r.program, args...)
		cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
		text, err := cmd.Output()
		ok = ok && err == nil
		return string(text)
	}
	ok = true
	out.scores = sortLines(run("-x", path, "-D", dot, "-G", graph, "-sSQ"))
	out.summary = run("-x", path, "-S")
	d, errDot := os.ReadFile(dot)
	g, errGraph := os.ReadFile(graph)
	out.dot, out.graph = sortLines(string(d)), string(g)
	return out, ok && errDot == nil && errGraph == nil
}

// transition are the lines of a report about what changes and how, without order.
func transition(text string) string {
	var out []string
	in := false
	for l := range strings.Lines(text) {
		switch l = tidy(l); {
		case strings.HasPrefix(l, "Transition Summary"):
			in = true
		case strings.HasPrefix(l, "Executing Cluster Transition"), strings.HasPrefix(l, "Using simulation"):
			in = false
		case in && l != "":
			out = append(out, l)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// columns are what is compared. Old versions differ in what the graph and the report say besides.
func columns(r result, exact bool) map[string]string {
	out := map[string]string{"transition": transition(r.summary), "dot": r.dot, "scores": r.scores}
	if exact {
		out["summary"], out["graph"] = report(r.summary), graphOf(r.graph)
	}
	return out
}

// TestAgreesWithAnotherSchedulerOnMutants changes the recorded cases and asks both. A column counts where both agree on the case as it is.
func TestAgreesWithAnotherSchedulerOnMutants(t *testing.T) {
	ref := reference{program: os.Getenv("SCHEDULER_REFERENCE"), exact: true}
	if ref.program == "" {
		t.Skip("SCHEDULER_REFERENCE=crm_simulate compares mutants of the recorded cases with that program")
	}
	count, seed := 1, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("MUTANTS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("MUTANT_SEED"), 10, 64); err == nil {
		seed = n
	}
	keep := os.Getenv("MUTANT_DIR")
	names, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "scheduler", "cases", "xml", os.Getenv("MUTANT_CASES")+"*.xml"))
	if err != nil || len(names) == 0 {
		t.Skip("no cases")
	}
	work := make(chan string)
	var wg sync.WaitGroup
	var mu sync.Mutex
	ran, bad := 0, 0
	for range 2 {
		dir := t.TempDir()
		wg.Go(func() {
			for path := range work {
				name := strings.TrimSuffix(filepath.Base(path), ".xml")
				if clocks[name] != "" {
					continue
				}
				doc, err := os.ReadFile(path)
				if err != nil || len(doc) > 150_000 {
					continue
				}
				for k := range count {
					root, err := xmltree.Parse(doc, xmltree.Options{})
					if err != nil {
						t.Error(err)
						break
					}
					if _, ok := root.Lookup("execution-date"); !ok {
						root.Set("execution-date", "1780000000")
					}
					m := newMutator(root, seed+uint64(k))
					did := m.mutate(1 + k%3)
					file := filepath.Join(dir, name+".xml")
					if err := os.WriteFile(file, root.Append(nil, " "), 0o644); err != nil {
						t.Error(err)
						break
					}
					want, ok := ref.answers(dir, file)
					if !ok {
						continue
					}
					got := runCase(t, file, name)
					a, b := columns(got, ref.exact), columns(want, ref.exact)
					var differs []string
					for column, text := range a {
						if text != b[column] {
							differs = append(differs, fmt.Sprintf("  %s: %s", column, firstDifference(text, b[column])))
						}
					}
					slices.Sort(differs)
					mu.Lock()
					ran++
					if len(differs) > 0 {
						bad++
						t.Errorf("%s-%d after %s:\n%s", name, seed+uint64(k), strings.Join(did, "; "), strings.Join(differs, "\n"))
						if keep != "" {
							data, _ := os.ReadFile(file)
							_ = os.WriteFile(filepath.Join(keep, fmt.Sprintf("%s-%d.xml", name, seed+uint64(k))), data, 0o644)
						}
					}
					mu.Unlock()
				}
			}
		})
	}
	for _, path := range names {
		work <- path
	}
	close(work)
	wg.Wait()
	t.Logf("%d mutants, %d differ", ran, bad)
}
