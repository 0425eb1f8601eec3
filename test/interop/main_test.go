package interop

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

// cDaemon is where Debian's package has the C daemon.
const cDaemon = "/usr/libexec/heartbeat/heartbeat"

// binaryVariable names the heartbeat program under test; unset: it is built.
const binaryVariable = "HEARTBEAT_BIN"

func TestMain(m *testing.M) {
	if code, mine := lab.Inside(os.Args); mine {
		os.Exit(code)
	}
	os.Exit(run(m))
}

// run builds the program under test, unless it is given, and removes it again.
func run(m *testing.M) int {
	if os.Getenv(binaryVariable) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "heartbeat-interop-")
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

// need leaves the test out, loudly, on a machine that cannot run it.
func need(t *testing.T) {
	t.Helper()
	testenv.NeedRoot(t)
	err := vnet.Possible()
	testenv.Need(t, "namespaces", err == nil, fmt.Sprint(err))
	_, err = os.Stat(cDaemon)
	testenv.Need(t, "the C daemon "+cDaemon, err == nil, "apt-get install heartbeat")
	_, err = os.Stat("/usr/lib/ocf/resource.d/heartbeat/IPaddr2")
	testenv.Need(t, "the agents of C", err == nil, "apt-get install resource-agents")
	testenv.NeedProgram(t, "ip", "iproute2")
}
