package vnet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/testenv"
)

// leftovers lists what of a lab can still be seen from the host: processes in
// namespaces of a machine, mounts and files.
func leftovers(t *testing.T, dir string, namespaces map[string]bool) []string {
	t.Helper()
	var out []string
	for _, pid := range hostProcesses(t) {
		for _, kind := range []string{"net", "mnt", "pid"} {
			if ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind)); err == nil && namespaces[ns] {
				out = append(out, fmt.Sprintf("process %d is in %s", pid, ns))
			}
		}
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	must(t, err)
	if strings.Contains(string(mounts), dir) {
		out = append(out, "a mount below "+dir)
	}
	if _, err := os.Stat(dir); err == nil {
		out = append(out, dir)
	}
	return out
}

// namespacesOf collects the namespaces of the switchboard and all below it.
func namespacesOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	top, err := running(dir)
	must(t, err)
	seen := map[string]bool{}
	for _, pid := range hostProcesses(t) {
		for p := pid; p > 1; p = parent(p) {
			if p != top {
				continue
			}
			for _, kind := range []string{"net", "mnt", "pid"} {
				if ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind)); err == nil {
					seen[ns] = true
				}
			}
			break
		}
	}
	if len(seen) < 9 {
		t.Fatalf("only %d namespaces belong to the lab: the check would see nothing", len(seen))
	}
	return seen
}

func TestRemoveLeavesNothing(t *testing.T) {
	lab := newLab(t)
	answering(t, lab, "node1")
	ns := namespacesOf(t, lab.Dir())
	must(t, lab.Remove())
	if left := leftovers(t, lab.Dir(), ns); left != nil {
		t.Errorf("left: %s", strings.Join(left, "; "))
	}
}

func TestRemoveCleansUpAfterACrash(t *testing.T) {
	lab := newLab(t)
	answering(t, lab, "node1")
	ns := namespacesOf(t, lab.Dir())
	pid, err := running(lab.Dir())
	must(t, err)
	must(t, end(pid)) // SIGKILL, as a crash or an impatient user would
	if _, err := Open(lab.Dir()); !errors.Is(err, ErrNoLab) {
		t.Errorf("opening a crashed lab gives %v, want ErrNoLab", err)
	}
	must(t, Remove(lab.Dir()))
	if left := leftovers(t, lab.Dir(), ns); left != nil {
		t.Errorf("left: %s", strings.Join(left, "; "))
	}
	must(t, Remove(lab.Dir())) // twice is fine
}

func TestRemoveTouchesNothingThatIsNoLab(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "precious")
	must(t, os.WriteFile(file, nil, 0o644))
	must(t, Remove(dir))
	if _, err := os.Stat(file); err != nil {
		t.Error("Remove deleted a directory that no lab made")
	}
}

func TestTiedLabEndsWithItsCaller(t *testing.T) {
	lab := newLab(t)
	pid, err := running(lab.Dir())
	must(t, err)
	lab.tie.Close() // what the kernel does when the caller dies
	lab.reap()
	if now, err := running(lab.Dir()); err == nil {
		t.Errorf("the switchboard %d (now %d) outlived its caller", pid, now)
	}
	if _, err := os.Stat(lab.Dir()); err == nil {
		t.Error("the files outlived the caller")
	}
}

func TestFreeLabOutlivesItsCaller(t *testing.T) {
	needNamespaces(t)
	dir := filepath.Join(t.TempDir(), "lab")
	_, err := Start(t.Context(), twoMachines(), Options{Dir: dir})
	must(t, err)
	lab, err := Open(dir) // as a later command does
	must(t, err)
	defer func() { must(t, Remove(dir)) }()
	must(t, lab.PowerOn("node1"))
	if out, code := run(t, lab, "node1", "helper-exit", "3"); code != 3 {
		t.Errorf("exit %d: %s", code, out)
	}
}

func TestSecondCallerUsesTheSameLab(t *testing.T) {
	lab := newLab(t)
	other, err := Open(lab.Dir())
	must(t, err)
	must(t, other.PowerOff("node1"))
	states, err := lab.States()
	must(t, err)
	if states[0].Power != "off" || states[1].Power != "on" {
		t.Errorf("states %v, want node1 off and node2 on", states)
	}
	if _, err := Start(t.Context(), twoMachines(), Options{Dir: lab.Dir()}); err == nil || !strings.Contains(err.Error(), "lab down") {
		t.Errorf("a second lab in the same directory gives %v", err)
	}
}

// Root repeats the tests of this package as an ordinary user.
func TestOrdinaryUserCanDoItAll(t *testing.T) {
	if os.Getenv("VNET_TEST_USER") != "" {
		return
	}
	if testing.Short() {
		t.Skip("left out by -short: the same tests once more, as an ordinary user")
	}
	testenv.NeedRoot(t)
	const nobody = 65534
	dir, err := os.MkdirTemp("", "vnet-user")
	must(t, err)
	defer os.RemoveAll(dir)
	must(t, os.Chown(dir, nobody, nobody))
	self, err := os.Open("/proc/self/exe")
	must(t, err)
	defer self.Close()
	binary, err := os.OpenFile(filepath.Join(dir, "vnet.test"), os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(binary, self)
	must(t, err)
	must(t, binary.Close())
	cmd := exec.CommandContext(t.Context(), binary.Name(), "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "VNET_TEST_USER=1", "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestRemoveLeavesNothing") {
		t.Errorf("as an ordinary user: %v\n%s", err, out)
	}
	t.Logf("%d tests passed as user %d", strings.Count(string(out), "--- PASS"), nobody)
}
