package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var required = regexp.MustCompile(`(?m)^\s*([a-z0-9.\-]+\.[a-z]+/\S+) (v\S+)`)

// THIRD_PARTY.md must name every module that go.mod requires, with its version and licence.
func TestThirdPartyListIsCurrent(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(root, "THIRD_PARTY.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range required.FindAllStringSubmatch(string(mod), -1) {
		found++
		row := "| " + m[1] + " | " + m[2] + " | "
		i := strings.Index(string(list), row)
		if i < 0 {
			t.Errorf("THIRD_PARTY.md lacks the row %q", row+"LICENCE |")
			continue
		}
		licence, _, _ := strings.Cut(string(list)[i+len(row):], " |")
		switch licence {
		case "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "MPL-2.0":
		default:
			t.Errorf("THIRD_PARTY.md: %s has licence %q, which the product cannot carry", m[1], licence)
		}
	}
	if found == 0 {
		t.Fatal("go.mod names no module: the rule checks nothing")
	}
}
