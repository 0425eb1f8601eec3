package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// binaryVariable names the heartbeat program under test; unset: it is built.
const binaryVariable = "HEARTBEAT_BIN"

func TestMain(m *testing.M) {
	if code, mine := lab.Inside(os.Args); mine {
		os.Exit(code)
	}
	if len(os.Args) > 1 && os.Args[1] == handword {
		os.Exit(handMain(os.Args[2:]))
	}
	os.Exit(run(m))
}

// run builds the program under test, unless it is given, and removes it again.
func run(m *testing.M) int {
	if os.Getenv(binaryVariable) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "heartbeat-cluster-")
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
	os.Setenv(binaryVariable, bin)
	return m.Run()
}

// need leaves the test out, loudly, where no machines can be made.
func need(t *testing.T) {
	t.Helper()
	err := vnet.Possible()
	testenv.Need(t, "namespaces", err == nil, fmt.Sprint(err))
}
