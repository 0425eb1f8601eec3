package interop

import (
	"fmt"
	"os"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// cDaemon is where Debian's package has the C daemon.
const cDaemon = lab.ClassicDaemon

// binaryVariable names the heartbeat program under test; unset: it is built.
const binaryVariable = testenv.Binary

// fullVariable asks for every scenario in every cluster; an ordinary run plays a part of them.
const fullVariable = "HEARTBEAT_INTEROP_FULL"

func full() bool { return os.Getenv(fullVariable) != "" }

func TestMain(m *testing.M) {
	if code, mine := lab.Inside(os.Args); mine {
		os.Exit(code)
	}
	if err := waitForTimers(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(testenv.RunWithBinary(m))
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
