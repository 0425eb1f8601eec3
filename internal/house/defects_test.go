package house

import (
	"go/ast"
	"os"
	"regexp"
	"testing"
)

// TestEveryDefectTableNamesTestsThatExist keeps the table of C's defects in docs/interop.md true when a test is renamed.
func TestEveryDefectTableNamesTestsThatExist(t *testing.T) {
	exist := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test {
				exist[f.Name.Name] = true
			}
		}
	}
	doc, err := os.ReadFile("../../docs/interop.md")
	if err != nil {
		t.Fatal(err)
	}
	defects := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (D\d\d) \|.*$`).FindAllStringSubmatch(string(doc), -1) {
		defects[row[1]] = true
		for _, name := range regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(row[0], -1) {
			if !exist[name[1]] {
				t.Errorf("docs/interop.md, %s: there is no test %s", row[1], name[1])
			}
		}
	}
	if len(defects) != 40 {
		t.Errorf("the table has %d defects, the specification 40", len(defects))
	}
}
