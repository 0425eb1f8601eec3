package testenv

import (
	"os/exec"
	"sort"
	"syscall"
	"testing"
	"time"
)

// Private is a command with a file system of its own, in which the directories given (by the place where the command sees them) are those of
// the test: programs of C with fixed paths run there beside each other, and touch nothing of the machine. The places must exist.
// The command and what it started are killed when the test ends.
func Private(t testing.TB, places map[string]string, argv ...string) *exec.Cmd {
	t.Helper()
	NeedRoot(t)
	NeedProgram(t, "unshare", "util-linux")
	script := ""
	var args []string
	keys := make([]string, 0, len(places))
	for k := range places {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		script += `mount --bind "$2" "$1" && shift 2 && `
		args = append(args, k, places[k])
	}
	cmd := exec.Command("unshare", append(append([]string{"--mount", "--propagation", "private", "sh", "-ec", script + `exec "$@"`, "sh"}, args...), argv...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 5 * time.Second
	t.Cleanup(func() { Kill(cmd) })
	return cmd
}

// Kill kills a command of Private and what it started, and waits for it. A second call does nothing.
func Kill(cmd *exec.Cmd) {
	if cmd.Process == nil {
		return
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its group may outlive it
	if cmd.ProcessState == nil {
		_ = cmd.Wait()
	}
}
