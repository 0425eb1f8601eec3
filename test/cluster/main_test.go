package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/lab"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// binaryVariable names the heartbeat program under test; unset: it is built.
const binaryVariable = testenv.Binary

func TestMain(m *testing.M) {
	if code, mine := lab.Inside(os.Args); mine {
		os.Exit(code)
	}
	if len(os.Args) > 1 && os.Args[1] == handword {
		os.Exit(handMain(os.Args[2:]))
	}
	os.Exit(testenv.RunWithBinary(m))
}

// need leaves the test out, loudly, where no machines can be made.
func need(t *testing.T) {
	t.Helper()
	err := vnet.Possible()
	testenv.Need(t, "namespaces", err == nil, fmt.Sprint(err))
}

// userVariable marks the run that an ordinary user does inside this one.
const userVariable = "CLUSTER_TEST_USER"

// Users without rights have whole clusters as well: everything but real-time priority.
func TestOrdinaryUserHasClustersToo(t *testing.T) {
	t.Parallel()
	if os.Getenv(userVariable) != "" {
		return
	}
	testenv.NeedRoot(t)
	const nobody = 65534
	dir, err := os.MkdirTemp("", "cluster")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chown(dir, nobody, nobody))
	bring := func(from, name string) string {
		data, err := os.ReadFile(from)
		must(t, err)
		to := filepath.Join(dir, name)
		must(t, os.WriteFile(to, data, 0o755))
		return to
	}
	self := bring("/proc/self/exe", "cluster.test")
	cmd := exec.CommandContext(within(t, 2*soon), self, "-test.v", "-test.run=Foreign|Crashed|Removes|FailingStart|ReadOnly")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), userVariable+"=1", "TMPDIR="+dir, "HOME="+dir, "XDG_RUNTIME_DIR=",
		binaryVariable+"="+bring(os.Getenv(binaryVariable), "heartbeat"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS: ") < 5 {
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	}
}
