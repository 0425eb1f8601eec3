package address

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/testenv"
)

// inside is set in the environment of a test binary that runs in a network namespace of its own.
const inside = "HEARTBEAT_TEST_INSIDE"

// inNamespace runs the calling test once more in a new network namespace (with a
// user namespace around it when we are not root), where it gets true.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) == "1" {
		return true
	}
	testenv.NeedProgram(t, "ip", "iproute2")
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	}
	out, err := cmd.CombinedOutput()
	testenv.Need(t, "user and network namespaces", !isRefused(err), "run as root or set kernel.unprivileged_userns_clone=1")
	if err != nil {
		t.Fatalf("in the namespace: %v\n%s", err, out)
	}
	if !strings.Contains(string(out), "PASS: "+t.Name()) && !strings.Contains(string(out), "SKIP: "+t.Name()) {
		t.Fatalf("the test did not run in the namespace:\n%s", out)
	}
	return false
}

func isRefused(err error) bool {
	pathErr, ok := err.(*os.PathError)
	return ok && (pathErr.Err == syscall.EPERM || pathErr.Err == syscall.ENOSPC)
}

func ip(t *testing.T, args string) string {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ip %s: %v: %s", args, err, out)
	}
	return string(out)
}

// wire makes a cable of two interfaces, eth7 (ours, 10.77.0.1/24) and peer7 (the network's view).
func wire(t *testing.T) {
	t.Helper()
	ip(t, "link set lo up")
	ip(t, "link add eth7 type veth peer name peer7")
	ip(t, "link set peer7 up")
	ip(t, "link set eth7 up")
	ip(t, "addr add 10.77.0.1/24 broadcast 10.77.0.255 dev eth7")
	ip(t, "-6 addr add fd77::1/64 dev eth7 nodad")
}

// ipQuiet is ip for what may fail.
func ipQuiet(args string) { _ = exec.Command("ip", strings.Fields(args)...).Run() }

func writeFile(path, content string) error { return os.WriteFile(path, []byte(content), 0o600) }
