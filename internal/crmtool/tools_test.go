package crmtool

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
)

func TestCodesAreThoseOfPacemaker(t *testing.T) {
	for file, args := range map[string][]string{"crm_error-l": {"-l", "-X"}, "crm_error-lr": {"-l", "-r"}} {
		want, err := os.ReadFile("testdata/cli/" + file + ".out")
		if err != nil {
			t.Fatal(err)
		}
		sameLines(t, file, string(want), run(t, nil, "", append([]string{"crm_error"}, args...)...).out)
	}
	if got := run(t, nil, "", "crm_error", "22"); got.out != "Invalid argument\n" {
		t.Errorf("22: %q", got.out)
	}
}

func TestResourcesAreListedAsPacemakerListsThem(t *testing.T) {
	commands := map[string]string{"res-list.txt": "crm_resource --list", "res-list.xml": "crm_resource --list --output-as=xml", "res-ops.txt": "crm_resource -O"}
	for _, dir := range states(t) {
		for file, command := range commands {
			want, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil || filepath.Base(dir) == "06-unmanaged-banned-stopped" {
				continue // that one moved on while it was recorded
			}
			got := run(t, map[string]string{"CIB_file": filepath.Join(dir, "cib.xml")}, "", strings.Fields(command)...)
			sameLines(t, dir+" "+command, mask(string(want)), mask(got.out))
		}
	}
}

// TestToolsAnswerAsPacemakersDo asks both about the same file. Commands that need a running cluster are not among them: --digests, --force-check,
// --validate, --cleanup, --refresh, --wait, crm_node, crm_ticket -L.
func TestToolsAnswerAsPacemakersDo(t *testing.T) {
	testenv.NeedProgram(t, "/usr/sbin/crm_resource", "pacemaker-cli-utils")
	for _, line := range []string{
		"crm_resource -l", "crm_resource -l --output-as=xml", "crm_resource -o", "crm_resource -W -r ms-st", "crm_resource -W -r ms-st --output-as=xml",
		"crm_resource -W -r nosuch", "crm_resource -A -r web", "crm_resource -a -r ms-st --output-as=xml", "crm_resource -q -r p1", "crm_resource -w -r g1",
		"crm_resource -Y -r bad", "crm_resource -Y", "crm_resource -g ip -r vip", "crm_resource -g nosuch -r vip", "crm_resource -m -g target-role -r bad",
		"crm_attribute -G -n stonith-enabled", "crm_attribute -G -q -n stonith-enabled", "crm_attribute -G -n nosuch", "crm_attribute -G -n nosuch -d dflt",
		"crm_attribute -N c2 -n maintenance -G --output-as=xml", "crm_attribute -N zz -n rack -v r7", "crm_failcount -G -r bad -N c1", "crm_failcount -G -r p1 -N c1",
		"crm_standby -G -N c3", "crm_standby -G -N c1",
	} {
		args := strings.Fields(line)
		cmd := exec.Command("/usr/sbin/"+args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "CIB_file="+failedState, "TZ=UTC")
		want, _ := cmd.Output()
		got := run(t, map[string]string{"CIB_file": failedState}, "", args...)
		sameLines(t, line, mask(string(want)), mask(got.out))
		if code := cmd.ProcessState.ExitCode(); int(got.code) != code {
			t.Errorf("%s: code %d, want %d (%s)", line, got.code, code, got.err)
		}
	}
}

func TestAttributesAreSetInTheFileAndFoundAgain(t *testing.T) {
	doc, err := os.ReadFile(failedState)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"CIB_file": file}
	for _, step := range []struct {
		line, out string
		code      Code
	}{
		{"crm_attribute -n xyz -v 1", "", OK},
		{"crm_attribute -G -n xyz", "scope=crm_config  name=xyz value=1\n", OK},
		{"crm_attribute -n xyz -v 2", "", OK},
		{"crm_attribute -D -n xyz", "Deleted crm_config option: id=cib-bootstrap-options-xyz name=xyz\n", OK},
		{"crm_attribute -D -n xyz", "", OK},
		{"crm_attribute -N c2 -n rack -v r7", "", OK},
		{"crm_attribute -N c2 -n rack -G", "scope=nodes  name=rack value=r7\n", OK},
		{"crm_attribute -N c2 -n load -v 3 -l reboot", "", OK},
		{"crm_attribute -N c2 -n load -G -l reboot", "scope=status  name=load value=3\n", OK},
		{"crm_standby -N c1 -v on", "", OK},
		{"crm_standby -N c1 -G", "scope=nodes  name=standby value=on\n", OK},
		{"crm_standby -N c1 -D", "Deleted nodes attribute: id=nodes-1-standby name=standby\n", OK},
		{"crm_attribute -t op_defaults -n timeout -v 30s", "", OK},
		{"crm_attribute -t op_defaults -n timeout -G -q", "30s\n", OK},
		{"crm_resource -r p1 -m -p priority -v 7", "Set 'p1' option: id=p1-meta_attributes-priority name=priority value=7\n", OK},
		{"crm_resource -r p1 -m -g priority", "7\n", OK},
		{"crm_resource -r p1 -m -d priority", "Deleted 'p1' option: id=p1-meta_attributes-priority name=priority\n", OK},
		{"crm_resource -r p1 -m -d priority", "", OK},
		{"crm_resource -r p2 -p fake -v a", "Set 'p2' option: id=p2-instance_attributes-fake name=fake value=a\n", OK},
		{"crm_resource -r p2 -g fake", "a\n", OK},
	} {
		if got := run(t, env, "", strings.Fields(step.line)...); got.out != step.out || got.code != step.code {
			t.Fatalf("%s: got %d %q %q, want %d %q", step.line, got.code, got.out, got.err, step.code, step.out)
		}
	}
}

func TestToolsSayClearlyThatNoClusterRuns(t *testing.T) {
	for _, line := range []string{"crm_resource -L", "crm_attribute -G -n x", "crm_node -l", "crm_failcount -G -r x -N y", "crm_standby -N x", "crm_node -n"} {
		if got := run(t, nil, "", strings.Fields(line)...); got.code != Disconnected || !strings.Contains(got.err, "no") {
			t.Errorf("%s: got %d %q", line, got.code, got.err)
		}
	}
	if got := run(t, nil, "", "crm_master", "-G"); got.code != Error || !strings.Contains(got.err, "OCF resource agent") {
		t.Errorf("crm_master outside of an agent: got %d %q", got.code, got.err)
	}
}

func TestNodesAreListedFromTheDocument(t *testing.T) {
	env := map[string]string{"CIB_file": "testdata/live/09-c3-unclean-fencing-failed/cib.xml"}
	for line, want := range map[string]string{
		"crm_node -l": "1 c1 member\n2 c2 member\n3 c3 lost\n", "crm_node -p": "c1 c2 \n", "crm_node -q": "1\n", "crm_node -N 2": "c2\n",
	} {
		if got := run(t, env, "", strings.Fields(line)...); got.out != want {
			t.Errorf("%s: got %q, want %q", line, got.out, want)
		}
	}
	if got := run(t, env, "", "crm_node", "-N", "99"); got.code != NoHost || got.err != "Node is not known to cluster\n" {
		t.Errorf("an unknown node: got %d %q", got.code, got.err)
	}
}
