package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// A source is one parsed Go file of the repository.
type source struct {
	path  string // from the repository's root, slashes
	test  bool
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

func (s *source) pkg() string { return filepath.ToSlash(filepath.Dir(s.path)) }

// imports returns the import paths of the file.
func (s *source) imports() []string {
	var out []string
	for _, i := range s.ast.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// sources parses every Go file below the repository's root.
func sources(t *testing.T) []*source {
	t.Helper()
	var out []*source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, data, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		out = append(out, &source{
			path: filepath.ToSlash(rel), test: strings.HasSuffix(name, "_test.go"),
			lines: strings.Count(string(data), "\n"), fset: fset, ast: file,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("found only %d Go files below %s: the rules would check nothing", len(out), root)
	}
	return out
}

// texts calls f for every line of every text file of the repository outside testdata.
func texts(t *testing.T, f func(path string, n int, line string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".git" || d.Name() == "bin" || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil || strings.IndexByte(string(data[:min(len(data), 8000)]), 0) >= 0 {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		n := 0
		for line := range strings.SplitSeq(string(data), "\n") {
			n++
			f(filepath.ToSlash(rel), n, line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
