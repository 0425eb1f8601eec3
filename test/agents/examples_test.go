package agents

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
)

// What users copy must pass their first command.
func TestExamplesPassTheCheckOfTheCommand(t *testing.T) {
	dirs, err := filepath.Glob("../../examples/*/haresources")
	if err != nil || len(dirs) < 6 {
		t.Fatalf("%d examples: %v", len(dirs), err)
	}
	for _, file := range dirs {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			etc := t.TempDir()
			for _, f := range []string{"ha.cf", "authkeys", "haresources"} {
				data, err := os.ReadFile(filepath.Join(filepath.Dir(file), f))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(etc, f), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			out, err := exec.Command(os.Getenv(testenv.Binary), "check", etc, "--offline", "--node", "node1").CombinedOutput()
			if err != nil || strings.Contains(string(out), "warning") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
