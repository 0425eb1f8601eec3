package verify_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"heartbeat/internal/testenv"
	"heartbeat/internal/xmltree"
)

// generations are the schemas that Pacemaker 2.1.5 has. It has none for the documents of Heartbeat 2 any more (crm.dtd, pacemaker-0.6): those it cannot judge.
var generations = strings.Fields("1.0 1.2 1.3 2.0 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 2.9 2.10 3.0 3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9")

// A mutator spoils the configuration of a document. The same seed makes the same changes.
type mutator struct {
	rng  *rand.Rand
	all  []*xmltree.Node
	in   map[*xmltree.Node]*xmltree.Node
	root *xmltree.Node
}

func newMutator(root *xmltree.Node, seed uint64) *mutator {
	m := &mutator{rng: rand.New(rand.NewPCG(seed, 2007)), in: map[*xmltree.Node]*xmltree.Node{}, root: root}
	var walk func(n *xmltree.Node)
	walk = func(n *xmltree.Node) {
		for _, child := range n.Children {
			if child.Name == "" {
				continue
			}
			m.all, m.in[child] = append(m.all, child), n
			walk(child)
		}
	}
	if c := root.First("configuration"); c != nil {
		walk(c)
	}
	return m
}

func pick[T any](m *mutator, list []T) T { return list[m.rng.IntN(len(list))] }

// mutate changes one thing and says what.
func (m *mutator) mutate() string {
	if len(m.all) == 0 {
		return "nothing"
	}
	n := pick(m, m.all)
	in := m.in[n]
	at := slices.Index(in.Children, n)
	where := fmt.Sprintf("<%s id=%q> in <%s>", n.Name, n.Get("id"), in.Name)
	switch way := m.rng.IntN(12); {
	case way < 2 && len(n.Attrs) > 0:
		a := pick(m, n.Attrs)
		n.Unset(a.Name)
		return where + ": without " + a.Name
	case way < 3 && len(n.Attrs) > 0:
		a := pick(m, n.Attrs)
		n.Unset(a.Name)
		n.Set(a.Name+"x", a.Value)
		return where + ": misspelt " + a.Name
	case way < 6 && len(n.Attrs) > 0:
		a := pick(m, n.Attrs)
		value := pick(m, []string{"", "x", "-1", "10", "INFINITY", "-INFINITY", "true", "a b", "1a", "Started", "Master", "Promoted", "Mandatory", "stop", "ocf", "none"})
		n.Set(a.Name, value)
		return fmt.Sprintf("%s: %s=%q", where, a.Name, value)
	case way < 7:
		in.Children = slices.Delete(slices.Clone(in.Children), at, at+1)
		return where + ": taken out"
	case way < 8:
		in.Children = slices.Insert(slices.Clone(in.Children), at, n)
		return where + ": twice"
	case way < 9:
		old := n.Name
		n.Name = pick(m, m.all).Name
		return where + ": " + old + " called " + n.Name
	case way < 10:
		names := []string{"kind", "score", "role", "rsc-role", "symmetrical", "influence", "require-all", "ordering", "value", "type", "id-ref", "name", "description", "interval",
			"resource-discovery", "node", "rsc-pattern", "action", "on-fail", "start-delay", "target-pattern", "value-source", "first-action", "boolean-op", "uname"}
		name := pick(m, names)
		value := pick(m, []string{"10", "Mandatory", "Master", "true", "x", "start", "always"})
		n.Set(name, value)
		return fmt.Sprintf("%s: %s=%q", where, name, value)
	default:
		to := pick(m, m.all)
		if to == n || in == to {
			return "nothing"
		}
		for up := to; up != nil; up = m.in[up] {
			if up == n {
				return "nothing"
			}
		}
		in.Children = slices.Delete(slices.Clone(in.Children), at, at+1)
		to.Children = append(slices.Clone(to.Children), n)
		return fmt.Sprintf("%s: moved into <%s>", where, to.Name)
	}
}

// debian is the verdict of the installed crm_verify.
func debian(file string) string {
	out, err := exec.Command("/usr/sbin/crm_verify", "-x", file).CombinedOutput()
	switch {
	case err == nil:
		return "ok"
	case strings.Contains(string(out), "Errors found"):
		return "error"
	case strings.Contains(string(out), "Warnings found"):
		return "warning"
	}
	return "unread"
}

// older writes names that are younger than Pacemaker 2.1.5 as it knows them.
func older(doc []byte) []byte {
	return []byte(strings.NewReplacer(`"fencing-enabled"`, `"stonith-enabled"`, `"fencing-action"`, `"stonith-action"`, `"fencing-timeout"`, `"stonith-timeout"`,
		`"fencing-max-attempts"`, `"stonith-max-attempts"`, `"fencing-watchdog-timeout"`, `"stonith-watchdog-timeout"`, `"fencing-reaction"`, `"fence-reaction"`,
		`"stop-removed-resources"`, `"stop-orphan-resources"`, `"stop-removed-actions"`, `"stop-orphan-actions"`, `"cancel-removed-actions"`, `"stop-orphan-actions"`,
	).Replace(string(doc)))
}

// differsFor says why the verdict about a mutant of a document may be another than Pacemaker's; empty: it may not.
func differsFor(name, pacemaker string) string {
	if _, why := verdictHere(name, pacemaker); why != "" {
		return why
	}
	if pacemaker == "unread" {
		return "crm_verify died: a node without a name, for one, is an assertion that fails"
	}
	return ""
}

// TestVerdictsAboutMutantsOfAllGenerationsAreThoseOfPacemaker spoils all inputs of Pacemaker's scheduler tests and all recorded configurations, each under the name of one of
// the schemas, and asks both. Without VERDICT_MUTANTS, which is how many there are of each, every fifth has one; VERDICT_SEED is the seed of the first, and
// VERDICT_DIR keeps those that differ.
func TestVerdictsAboutMutantsOfAllGenerationsAreThoseOfPacemaker(t *testing.T) {
	testenv.NeedProgram(t, "crm_verify", "pacemaker-cli-utils")
	count, each, seed := 1, 5, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("VERDICT_MUTANTS")); err == nil {
		count, each = n, 1
	}
	if n, err := strconv.ParseUint(os.Getenv("VERDICT_SEED"), 10, 64); err == nil {
		seed = n
	}
	table, err := os.ReadFile("testdata/verdicts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	work := make(chan string)
	var wg sync.WaitGroup
	var mu sync.Mutex
	ran, verdicts := 0, map[string]int{}
	for range 2 {
		dir := t.TempDir()
		wg.Go(func() {
			for name := range work {
				doc, err := os.ReadFile(filepath.Join(shared, name))
				if err != nil {
					t.Error(err)
					continue
				}
				for k := range count {
					root, err := xmltree.Parse(older(doc), xmltree.Options{})
					if err != nil || root.Name != "cib" {
						break
					}
					m := newMutator(root, seed+uint64(k)+uint64(len(doc))<<20)
					from := root.Get("validate-with")
					if k%2 == 0 || !slices.Contains(generations, strings.TrimPrefix(from, "pacemaker-")) {
						root.Set("validate-with", "pacemaker-"+pick(m, generations))
					}
					did := m.mutate()
					text := root.Append(nil, " ")
					file := filepath.Join(dir, "mutant.xml")
					if err := os.WriteFile(file, text, 0o644); err != nil {
						t.Error(err)
						break
					}
					want := debian(file)
					got, r := verdict(text)
					mu.Lock()
					ran++
					verdicts[want]++
					if got != want && differsFor(name, want) == "" {
						t.Errorf("%s-%d, %s instead of %s, %s: %s, want %s", name, seed+uint64(k), root.Get("validate-with"), from, did, got, want)
						if r != nil {
							for _, l := range r.Lines {
								t.Logf("   (%s) %s", l.Tag, l.Text)
							}
						}
						if keep := os.Getenv("VERDICT_DIR"); keep != "" {
							_ = os.WriteFile(filepath.Join(keep, fmt.Sprintf("%s-%d.xml", strings.TrimSuffix(filepath.Base(name), ".xml"), seed+uint64(k))), text, 0o644)
						}
					}
					mu.Unlock()
				}
			}
		})
	}
	row := 0
	for line := range strings.Lines(string(table)) {
		if row++; row%each != 0 {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if info, err := os.Stat(filepath.Join(shared, name)); err == nil && info.Size() < 150_000 {
			work <- name
		}
	}
	close(work)
	wg.Wait()
	if ran == 0 {
		t.Fatalf("none of the inputs is in %s", shared)
	}
	t.Logf("%d mutants, of which Pacemaker says %v", ran, verdicts)
}
