package scheduler_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"heartbeat/internal/cib"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/scheduler/simulate"
	"heartbeat/internal/testenv"
	"heartbeat/internal/xmltree"
)

// recorded says how many cases of each stage agree in all that is compared. It never goes down.
var recorded = map[string]int{"1": 20, "2": 24, "3": 74, "4": 120, "5": 269, "6": 92}

// clocks are the cases that are run at a time of their own.
var clocks = map[string]string{"date-1": "2005-020", "date-2": "2005-020T12:30", "date-3": "2005-020T11:30", "origin": "2014-05-07 00:28:00"}

// A result is what one run has to say about one case.
type result struct {
	summary, dot, scores, graph string
	stuck                       bool // the graph could not be executed to its end
}

func load(tb testing.TB, path, name string) (root *xmltree.Node, now isotime.Time) {
	doc, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	root, err = xmltree.Parse(doc, xmltree.Options{})
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	if root, _, err = cib.Upgrade(root); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	now = isotime.UTC(1_780_000_000)
	if n, ok := cib.Integer(root.Get("execution-date")); ok {
		now = isotime.UTC(n)
	}
	if text := clocks[name]; text != "" {
		if now, err = isotime.Parse(text, now); err != nil {
			tb.Fatal(err)
		}
	}
	return root, now
}

func runCase(tb testing.TB, path, name string) result {
	root, now := load(tb, path, name)
	before := string(root.Append(nil, " "))
	r := scheduler.Schedule(root, now, scheduler.Options{ShowScores: true, Sanitized: true})
	var dot, graph bytes.Buffer
	if err := r.WriteDOT(&dot, false, false); err != nil {
		tb.Fatal(err)
	}
	if err := r.WriteGraph(&graph); err != nil {
		tb.Fatal(err)
	}
	if tree := r.Graph().Append(nil, "  "); !bytes.Equal(graph.Bytes(), tree) {
		tb.Errorf("%s: the graph is written piece by piece otherwise than it is as a tree", name)
	}
	if string(root.Append(nil, " ")) != before {
		tb.Errorf("%s: the document was changed", name)
	}
	// The report runs without scores, which must make no difference, and executes the graph.
	plain := scheduler.Status(root, now, scheduler.Options{Sanitized: true})
	report := []string{"Current cluster status:"}
	report = append(report, plain.StatusText(true)...)
	plain.Decide()
	report = append(report, "Transition Summary:")
	for _, l := range scheduler.Texts(plain.Summary()) {
		report = append(report, "* "+l)
	}
	run := simulate.Run{Root: simulate.Copy(root), Known: plain, Now: 1_790_000_000}
	stuck := !run.Execute(plain.Graph())
	report = append(report, "Executing Cluster Transition:")
	for _, l := range scheduler.Texts(run.Lines) {
		report = append(report, "* "+l)
	}
	report = append(report, "Revised Cluster Status:")
	report = append(report, scheduler.Status(run.Root, now, scheduler.Options{Sanitized: true}).StatusText(false)...)
	return result{
		summary: strings.Join(report, "\n"), dot: sortLines(dot.String()), scores: sortLines(strings.Join(scheduler.Texts(r.Scores()), "\n")),
		graph: graph.String(), stuck: stuck,
	}
}

func sortLines(text string) string {
	var lines []string
	for l := range strings.Lines(text) {
		if l = tidy(l); l != "" {
			lines = append(lines, l)
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n")
}

func tidy(line string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(line), " "), "( ", "(")
}

// report keeps what a recorded report and ours have in common: clock lines, warnings and the lines before the status are the
// business of the command.
func report(text string) string {
	var out []string
	for l := range strings.Lines(text) {
		l = tidy(l)
		if len(out) == 0 && !strings.HasPrefix(l, "Current cluster status:") || l == "" || strings.HasPrefix(l, "Using the original") ||
			strings.HasPrefix(l, "Setting effective") || strings.Contains(l, "resource instances DISABLED") || strings.Contains(l, "notice:") {
			continue
		}
		out = append(out, l)
	}
	return strings.Join(out, "\n")
}

var variable = regexp.MustCompile(` (crm_feature_set="[^"]*"|batch-limit="[0-9]*")`)

// graphOf is a graph without blanks and what differs from version to version.
func graphOf(text string) string {
	text = strings.Join(strings.Fields(variable.ReplaceAllString(text, "")), " ")
	return strings.NewReplacer(" />", "/>", "\" >", "\">").Replace(text)
}

func compare(t *testing.T, dir, name string) (agrees bool) {
	got := runCase(t, filepath.Join(dir, "xml", name+".xml"), name)
	read := func(kind string) string {
		data, err := os.ReadFile(filepath.Join(dir, kind, name+"."+kind))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if agrees = !got.stuck; got.stuck {
		t.Logf("%s: the graph could not be executed to its end", name)
	}
	for _, c := range []struct{ kind, got, want string }{
		{"summary", report(got.summary), report(read("summary"))}, {"dot", got.dot, sortLines(read("dot"))},
		{"scores", got.scores, sortLines(read("scores"))}, {"exp", graphOf(got.graph), graphOf(read("exp"))},
	} {
		if c.got != c.want {
			agrees = false
			t.Logf("%s: %s differs: %s", name, c.kind, firstDifference(c.got, c.want))
		}
	}
	return agrees
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return "line " + strconv.Itoa(i+1) + ": got " + excerpt(a, b) + " want " + excerpt(b, a)
		}
	}
	return "nothing"
}

func excerpt(text, other string) string {
	at := 0
	for at < len(text) && at < len(other) && text[at] == other[at] {
		at++
	}
	return strconv.Quote(text[max(0, at-40):min(len(text), at+160)])
}

var update = flag.Bool("update", false, "write what the own cases give now; look at the differences before you keep them")

func record(t *testing.T, dir, name string) {
	got := runCase(t, filepath.Join(dir, "xml", name+".xml"), name)
	for kind, text := range map[string]string{"summary": report(got.summary), "dot": got.dot, "scores": got.scores, "exp": got.graph} {
		if err := os.WriteFile(filepath.Join(dir, kind, name+"."+kind), []byte(strings.TrimSuffix(text, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOwnCases runs the cases that are kept here.
func TestOwnCases(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/xml/*.xml")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, f := range names {
		name := strings.TrimSuffix(filepath.Base(f), ".xml")
		if *update {
			record(t, "testdata/cases", name)
		}
		if !compare(t, "testdata/cases", name) {
			t.Errorf("%s differs from what is recorded", name)
		}
	}
}

// TestRecordedCases runs Pacemaker's regression suite, as far as it is on this machine.
func TestRecordedCases(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "scheduler")
	if place := os.Getenv("SCHEDULER_CASES"); place != "" {
		dir = place
	}
	table, err := os.ReadFile(filepath.Join(dir, "cases.tsv"))
	testenv.Need(t, "the recorded cases of the scheduler", err == nil, "set SCHEDULER_CASES to the directory with cases.tsv")
	type task struct{ name, stage string }
	tasks := make(chan task)
	var mu sync.Mutex
	passed := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for c := range tasks {
				if compare(t, filepath.Join(dir, "cases"), c.name) {
					mu.Lock()
					passed[c.stage]++
					mu.Unlock()
				}
			}
		})
	}
	first := true
	for line := range strings.Lines(string(table)) {
		if f := strings.Split(line, "\t"); !first && len(f) > 2 {
			tasks <- task{f[0], f[1]}
		}
		first = false
	}
	close(tasks)
	wg.Wait()
	for _, stage := range slices.Sorted(maps.Keys(recorded)) {
		if passed[stage] < recorded[stage] {
			t.Errorf("stage %s: %d cases agree, it was %d before", stage, passed[stage], recorded[stage])
		}
	}
}
