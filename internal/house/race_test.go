package house

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOnlyPackagesOfOneGoroutineEscapeTheRaceDetector reads the Makefile: what make race leaves out is a core, or the simulation of cores.
func TestOnlyPackagesOfOneGoroutineEscapeTheRaceDetector(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, found := strings.Cut(string(makefile), "\nONE_GOROUTINE = ")
	list, _, ended := strings.Cut(list, "\n\n")
	if !found || !ended {
		t.Fatal("Makefile has no list ONE_GOROUTINE")
	}
	for _, name := range strings.Fields(strings.ReplaceAll(list, "\\\n", " ")) {
		if !slices.Contains(cores, "internal/"+name) && name != "house" && name != "sim" && !strings.HasPrefix(name, "sim/") {
			t.Errorf("make race leaves out internal/%s, which is no core", name)
		}
	}
}
