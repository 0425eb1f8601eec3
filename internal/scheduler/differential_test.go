package scheduler_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"heartbeat/internal/cib/invent"
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
		if e, died := errors.AsType[*exec.ExitError](err); died && e.ExitCode() == 1 && len(text) > 0 {
			out.stuck = true // an invalid transition was produced
		} else {
			ok = ok && err == nil
		}
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

// differs says how our answers about a document are others; ok is false where there are none to compare with.
func (r reference) differs(t *testing.T, dir, file, name string) (out []string, ok bool) {
	want, ok := r.answers(dir, file)
	if !ok {
		return nil, false
	}
	got := runCase(t, file, name)
	a, b := columns(got, r.exact), columns(want, r.exact)
	for column, text := range a {
		if text != b[column] {
			out = append(out, fmt.Sprintf("  %s: %s", column, firstDifference(text, b[column])))
		}
	}
	if a, b := got.stuck, want.stuck; a != b {
		out = append(out, fmt.Sprintf("  the graph cannot be executed to its end: got %v want %v", a, b))
	}
	slices.Sort(out)
	return out, true
}

// TestAgreesWithAnotherSchedulerOnInventedClusters asks both about clusters that nobody has: PROMISES of them from PROMISES_SEED on.
func TestAgreesWithAnotherSchedulerOnInventedClusters(t *testing.T) {
	ref := reference{program: os.Getenv("SCHEDULER_REFERENCE"), exact: true}
	if ref.program == "" {
		t.Skip("SCHEDULER_REFERENCE=crm_simulate compares invented clusters with that program")
	}
	from, to := seeds(100)
	dir, keep := t.TempDir(), os.Getenv("MUTANT_DIR")
	bad, refused := 0, 0
	for seed := from; seed < to; seed++ {
		name := fmt.Sprintf("invented-%d", seed)
		file := filepath.Join(dir, name+".xml")
		doc := invent.Cluster(invent.Seeded(seed)).Append(nil, " ")
		if err := os.WriteFile(file, doc, 0o644); err != nil {
			t.Fatal(err)
		}
		differs, ok := ref.differs(t, dir, file, name)
		if !ok {
			refused++
			continue
		}
		if len(differs) > 0 {
			bad++
			t.Errorf("%s:\n%s", name, strings.Join(differs, "\n"))
			if keep != "" {
				_ = os.WriteFile(filepath.Join(keep, name+".xml"), doc, 0o644)
			}
		}
		_ = os.Remove(file)
	}
	t.Logf("%d clusters, %d differ, %d without an answer", to-from, bad, refused)
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
					differs, ok := ref.differs(t, dir, file, name)
					if !ok {
						continue
					}
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
