package house

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"slices"

	"heartbeat/internal/event"
)

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	docs := map[string]int{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		docs[s.pkg()] += 0
		if s.ast.Doc != nil {
			docs[s.pkg()]++
		}
	}
	for pkg, n := range docs {
		if n != 1 {
			t.Errorf("package %s has %d package comments; it wants exactly one, in doc.go", pkg, n)
		}
	}
}

func TestNoFileIsABook(t *testing.T) {
	for _, s := range sources(t) {
		limit := 500
		if s.test {
			limit = 800
		}
		if s.lines > limit && !strings.HasSuffix(s.path, "_gen.go") {
			t.Errorf("%s has %d lines; a file holds one idea, %d lines at the most: split it", s.path, s.lines, limit)
		}
	}
}

func TestNoInitNoExitNoSleepingTests(t *testing.T) {
	for _, s := range sources(t) {
		bubble := strings.Contains(strings.Join(s.imports(), " "), "testing/synctest")
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init(): what must be set up is set up by its caller", s.fset.Position(f.Pos()))
			}
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			id, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			at := s.fset.Position(sel.Pos())
			switch id.Name + "." + sel.Sel.Name {
			case "os.Exit", "log.Fatal", "log.Fatalf":
				inTestMain := s.test && strings.HasSuffix(s.path, "_test.go")
				if s.pkg() != "cmd/heartbeat" && !inTestMain {
					t.Errorf("%s: only main ends the process; return an exit code", at)
				}
			case "time.Sleep":
				if s.test && !bubble {
					t.Errorf("%s: a test waits for the event, it does not sleep", at)
				}
			}
			return true
		})
	}
}

// unwelcome are words that belong to nobody's product.
var unwelcome = regexp.MustCompile(`(?i)\b(TODO|FIXME|XXX|not implemented yet|simplified version)\b|/work/|/tmp/w\b|proxy\.golang\.org|deb\.debian\.org|registry\.npmjs`)

func TestNothingUnwelcomeIsWritten(t *testing.T) {
	texts(t, func(path string, n int, line string) {
		if strings.HasPrefix(path, "internal/house/") || path == "go.sum" || path == "tools/go.sum" {
			return
		}
		if m := unwelcome.FindString(line); m != "" {
			t.Errorf("%s:%d: %q has no place in the repository", path, n, m)
		}
	})
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)

func TestLinksInDocumentsResolve(t *testing.T) {
	texts(t, func(path string, n int, line string) {
		if !strings.HasSuffix(path, ".md") {
			return
		}
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			target := m[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), target)); err != nil {
				t.Errorf("%s:%d: link to %s leads nowhere", path, n, target)
			}
		}
	})
}

func TestUserDocumentsAlsoSpeakChinese(t *testing.T) {
	for _, pattern := range []string{"docs/*.md", "README.md"} {
		files, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, f := range files {
			dir, base := filepath.Split(f)
			zh := filepath.Join(dir, "zh-CN", base)
			if base == "README.md" {
				zh = filepath.Join(dir, "README.zh-CN.md")
			}
			if slices.Contains(developersOnly, base) {
				continue
			}
			if _, err := os.Stat(zh); err != nil {
				t.Errorf("%s has no Chinese version at %s", f, zh)
			}
		}
	}
}

// developersOnly are documents for people who work on the code; English is enough.
var developersOnly = []string{"benchmarks.md", "interop.md", "simulation.md"}

func TestEventNamesAreUniqueAndExplained(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(\.[a-z-]+)+$`)
	seen := map[string]bool{}
	kinds := event.Kinds()
	if len(kinds) < 20 {
		t.Fatalf("only %d kinds are declared: the rule checks nothing", len(kinds))
	}
	for _, k := range kinds {
		switch {
		case !name.MatchString(k.Name):
			t.Errorf("event name %q is not lower case with a dot", k.Name)
		case seen[k.Name]:
			t.Errorf("event name %q is declared twice", k.Name)
		case k.Title == "" || k.Meaning == "" || k.Action == "":
			t.Errorf("event %q lacks a title, a meaning or an action", k.Name)
		}
		seen[k.Name] = true
	}
}
