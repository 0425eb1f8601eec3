package testenv

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Binary names the variable that holds the heartbeat program under test.
const Binary = "HEARTBEAT_BIN"

// RunWithBinary runs the tests with Binary set: it builds the program, unless it is
// given, and removes it again. It returns the exit code.
func RunWithBinary(m *testing.M) int {
	if os.Getenv(Binary) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "heartbeat-under-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "heartbeat")
	build := exec.Command("go", "build", "-o", bin, "heartbeat/cmd/heartbeat")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program under test: %v\n%s", err, out)
		return 1
	}
	os.Setenv(Binary, bin)
	return m.Run()
}
