package crmtool

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
)

// copied is a document of its own for a test, with what names it to commands.
func copied(t *testing.T) (file string, env map[string]string) {
	t.Helper()
	doc, err := os.ReadFile(failedState)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, map[string]string{"CIB_file": file}
}

// ends are times that differ by the second in which a command ran.
var ends = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`)

// TestChangesAreThoseOfPacemaker does the same to two files, one command after another, and compares what is said, the codes and the
// constraints that are there in the end.
func TestChangesAreThoseOfPacemaker(t *testing.T) {
	testenv.NeedProgram(t, "/usr/sbin/crm_resource", "pacemaker-cli-utils")
	theirs, _ := copied(t)
	_, ours := copied(t)
	for _, line := range []string{
		"crm_resource -M -r p1 -N c3", "crm_resource -M -r p1 -N c3", "crm_resource -M -r p1 -N c2", "crm_resource -B -r p1", "crm_resource -B -r p1 -N c2",
		"crm_resource -B -r p1 -N c2", "crm_resource -U -r p1 -N c3", "crm_resource -U -r p1", "crm_resource -M -r p1", "crm_resource -M -r p1 -N zz",
		"crm_resource -M -r p1 -N c1", "crm_resource -M -r p1 -N c1 -f", "crm_resource -U", "crm_resource -M -r ms-st", "crm_resource -M -r ms-st -N c2",
		"crm_resource -M -r ms-st -N c2 --promoted", "crm_resource -M -r ms-st -N c2 --promoted -f", "crm_resource -M -r ms-st --promoted",
		"crm_resource -M -r cl-ping -N c2", "crm_resource -M -r cl-ping", "crm_resource -B -r cl-ping", "crm_resource -B -r st:0 -N c1",
		"crm_resource -M -r web -N c2", "crm_resource -M -r web -N c2 -u PT1H", "crm_resource -B -r p2 -N c2 -u PT1H", "crm_resource -U -r p2",
		"crm_resource -B -r bad -N c3", "crm_resource -B -r bad -N c3 -u PT1H", "crm_resource -M -r g1 -N c3 -u P1DT2H", "crm_resource -U -r g1 -N c3",
		"crm_resource -U -e", "crm_resource -e -r p2", "crm_resource -B -r p2 -u xyz", "crm_resource -M -r p2 -u xyz -N c3", "crm_resource -U -r nosuch",
		"crm_resource -M", "crm_resource -B -r web -N c3 --output-as=xml", "crm_resource -M -Q -r p1 -f", "crm_resource -D -r p2", "crm_resource -D -r p2 -t primitive",
		"crm_resource -D -r p1 -t primitive", "crm_resource -D -r nosuch -t primitive",
		"cibadmin -Q -o constraints", "cibadmin -Q -o resources",
	} {
		args := strings.Fields(line)
		cmd := exec.Command("/usr/sbin/"+args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "CIB_file="+theirs, "TZ=UTC")
		out, _ := cmd.Output()
		got := run(t, ours, "", args...)
		if strings.Contains(line, "-D -r p1") {
			out = nil // theirs prints the document that it refused
		}
		sameLines(t, line, mask(ends.ReplaceAllString(string(out), "END")), mask(ends.ReplaceAllString(got.out, "END")))
		if code := cmd.ProcessState.ExitCode(); int(got.code) != code {
			t.Errorf("%s: code %d, want %d (%s)", line, got.code, code, got.err)
		}
	}
}

// TestAgentsAreThoseThatPacemakerFinds asks both about this machine.
func TestAgentsAreThoseThatPacemakerFinds(t *testing.T) {
	testenv.NeedProgram(t, "/usr/sbin/crm_resource", "pacemaker-cli-utils")
	for _, line := range []string{
		"--list-ocf-providers", "--list-ocf-providers --output-as=xml", "--list-ocf-alternatives Dummy", "--list-ocf-alternatives Dummy --output-as=xml",
		"--list-ocf-alternatives nosuch", "--list-agents lsb", "--list-agents ocf", "--list-agents ocf:heartbeat", "--list-agents ocf:pacemaker --output-as=xml",
		"--list-agents ocf:nosuch", "--list-agents nosuch", "--show-metadata ocf:pacemaker:Dummy", "--show-metadata ocf:heartbeat:nosuch", "--show-metadata foo",
	} {
		args := strings.Fields(line)
		cmd := exec.Command("/usr/sbin/crm_resource", args...)
		out, _ := cmd.Output()
		got := run(t, nil, "", append([]string{"crm_resource"}, args...)...)
		sameLines(t, line, mask(string(out)), mask(got.out))
		if code := cmd.ProcessState.ExitCode(); int(got.code) != code {
			t.Errorf("%s: code %d, want %d (%s)", line, got.code, code, got.err)
		}
	}
}

func TestCleanupForgetsFailuresAndNothingElse(t *testing.T) {
	_, env := copied(t)
	do := func(line string) answer { t.Helper(); return run(t, env, "", strings.Fields(line)...) }
	before := do("crm_resource -o -r p1").out
	if got := do("crm_failcount -G -r bad -N c1 -n stop"); got.out != "scope=status  name=fail-count-bad#stop_0 value=INFINITY\n" {
		t.Errorf("the count before: %q %q", got.out, got.err)
	}
	if got := do("crm_resource --cleanup -r bad -N c1 -n monitor -I 10s"); got.code != OK {
		t.Errorf("another operation: %d %q", got.code, got.err)
	}
	if got := do("crm_failcount -G -r bad -N c1"); !strings.Contains(got.out, "value=INFINITY") {
		t.Errorf("the count went with that of another operation: %q", got.out)
	}
	if got := do("crm_failcount -D -r bad -N c1"); got.code != OK || !strings.HasPrefix(got.out, "Cleaned up bad on c1\n") {
		t.Errorf("crm_failcount -D: %d %q %q", got.code, got.out, got.err)
	}
	if got := do("crm_failcount -G -r bad -N c1"); !strings.Contains(got.out, "value=0") {
		t.Errorf("the count is still there: %q", got.out)
	}
	if got := do("crm_resource -o -r bad -N c1"); got.out != "" {
		t.Errorf("the history with the failure is still there: %q", got.out)
	}
	if got := do("crm_resource --cleanup -r p1"); got.out != "Cleaned up p1 on c1\nCleaned up p1 on c2\nCleaned up p1 on c3\n" {
		t.Errorf("cleanup without failures: %q %q", got.out, got.err)
	}
	if after := do("crm_resource -o -r p1").out; after != before || after == "" {
		t.Errorf("a history without failures changed:\n%s\nwas:\n%s", after, before)
	}
	if got := do("crm_resource --refresh -r p1 -N c1"); got.out != "Cleaned up p1 on c1\n" || do("crm_resource -o -r p1 -N c1").out != "" {
		t.Errorf("refresh left the history: %q %q", got.out, got.err)
	}
	if got := do("crm_resource --refresh -r cl-ping -N c2"); got.code != OK || do("crm_resource -o -r p-ping -N c2").out != "" {
		t.Errorf("refresh of a clone: %q %q", got.out, got.err)
	}
	if got := do("crm_resource --refresh"); got.out != "Cleaned up all resources on all nodes\n" || do("crm_resource -o").out != "" {
		t.Errorf("refresh of everything: %q %q", got.out, got.err)
	}
	if got := do("crm_resource --cleanup -N zz"); got.code != NoSuchObject {
		t.Errorf("an unknown node: %d", got.code)
	}
	if got := do("crm_resource --restart -r p1"); got.code != Disconnected || !strings.Contains(got.err, "running cluster") {
		t.Errorf("restart on a file: %d %q", got.code, got.err)
	}
}
