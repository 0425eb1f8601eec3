package cts

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/cts/scenario"
)

var update = flag.Bool("update", false, "rewrite the list of statements in docs/cts.md and its Chinese version")

func TestBuiltInCatalogueHasNoProblem(t *testing.T) {
	list, err := Catalogue("")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if !strings.HasPrefix(s.File, s.ID+".") {
			t.Errorf("%s is in file %s", s.ID, s.File)
		}
		if text := describe(s); !strings.Contains(text, s.Must) || !strings.Contains(text, s.Steps[0].Title) {
			t.Errorf("%s is described as\n%s", s.ID, text)
		}
	}
}

func TestOwnScenarioTakesThePlaceOfABuiltInOne(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("S03.cts", "id S03\ntitle mine\nmust be mine\nstep x\nexpect exit = 0\n")
	list, err := Catalogue(dir)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pick(list, []string{"s03"})
	if err != nil || len(found) != 1 || found[0].Title != "mine" {
		t.Errorf("picked %v, %v", found, err)
	}
	write("a.cts", "id S03\ntitle x\nmust y\nstep z\nexpect exit = x\n")
	_, err = Catalogue(dir)
	for _, want := range []string{"a.cts:5:", "id S03 is that of"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("problems %v lack %q", err, want)
		}
	}
	if _, err := Catalogue(t.TempDir()); err == nil {
		t.Error("a directory without scenarios was taken")
	}
	if _, err := pick(list, []string{"S99"}); err == nil {
		t.Error("S99 was found")
	}
}

// statements is the list of statements for the documents.
func statements() string {
	var b strings.Builder
	for _, part := range []struct {
		expect bool
		head   string
	}{{false, "| action | does | needs |\n|---|---|---|\n"}, {true, "| expectation | holds if | |\n|---|---|---|\n"}} {
		b.WriteString("\n" + part.head)
		for _, f := range scenario.Forms() {
			if f.Expect == part.expect {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Pattern, f.Doc, f.Need)
			}
		}
	}
	b.WriteString("\n")
	return b.String()
}

func TestDocumentsListTheStatements(t *testing.T) {
	for _, path := range []string{"../../docs/cts.md", "../../docs/zh-CN/cts.md"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		const begin, end = "<!-- statements -->\n", "<!-- end -->"
		head, rest, ok := strings.Cut(string(data), begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no place for the statements", path)
		}
		want := head + begin + statements() + end + tail
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if want != string(data) {
			t.Errorf("%s is not current: go test ./internal/cts -run Documents -update", path)
		}
	}
}
