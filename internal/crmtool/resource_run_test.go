package crmtool

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
)

var (
	temporary  = regexp.MustCompile(`/\d+'`)
	stampOfRun = regexp.MustCompile(`(?m)^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d `)
	parameters = regexp.MustCompile(`<parameters [^/]*/>`)
)

// sameRun takes away what differs from run to run: times, numbers of processes, and the order of parameters, which is that of a hash table in C.
func sameRun(s string) string {
	s = stampOfRun.ReplaceAllString(temporary.ReplaceAllString(mask(s), "/N'"), "")
	return parameters.ReplaceAllStringFunc(s, func(list string) string {
		words := strings.Fields(strings.TrimSuffix(list, "/>"))
		slices.Sort(words)
		return strings.Join(words, " ")
	})
}

// TestAgentsAreRunAsPacemakerRunsThem lets both run the same agents, one after another.
func TestAgentsAreRunAsPacemakerRunsThem(t *testing.T) {
	testenv.NeedProgram(t, "/usr/sbin/crm_resource", "pacemaker-cli-utils")
	testenv.NeedProgram(t, "/usr/lib/ocf/resource.d/heartbeat/Dummy", "resource-agents")
	theirs, _ := copied(t)
	_, ours := copied(t)
	state := filepath.Join(t.TempDir(), "state")
	const of = "--class ocf --provider heartbeat --agent"
	for _, line := range []string{
		"--force-check -r p1 state=" + state, "--force-start -r p1 state=" + state, "--force-check -r p1 state=" + state + " --output-as=xml",
		"--force-check=10 -r p1 state=" + state, "--force-promote -r p1 state=" + state, "--force-stop -r p1 state=" + state, "--force-check -r p1 -Q state=" + state,
		"--force-check -r g1", "--force-start -r ms-st", "--force-demote -r ms-st --output-as=xml", "--validate -r p1", "--validate -r p1 --output-as=xml",
		"--validate " + of + " Dummy --option state=" + state, "--validate " + of + " Dummy --option state=/nosuch/x", "--force-check " + of + " Dummy --option state=" + state,
		"--validate " + of + " nosuch", "--validate --class ocf --agent Dummy", "--validate --class nosuch --agent cron", "--validate", "--validate -r p1 --class ocf",
		"--list --class ocf", "--validate " + of + " IPaddr2", "--validate -r nosuch", "--force-check -r p1 nonsense",
		"--digests -r vip -N c1", "--digests -r vip -N c1 ip=10.1.1.1 --output-as=xml", "--digests -r p1 -N c1 --output-as=xml", "--digests -r bad -N c1 --output-as=xml",
		"--digests -r p1 -N c1", "--digests -r p1", "--digests -r g1 -N c1", "--digests -r p1 -N zz", "--digests -r ms-st -N c1", "--digests -N c1", "--digests -r web -N c1 CRM_meta_interval=10000",
	} {
		args := strings.Fields(line)
		cmd := exec.Command("/usr/sbin/crm_resource", args...)
		cmd.Env = append(os.Environ(), "CIB_file="+theirs, "TZ=UTC", "LC_ALL=C")
		out, _ := cmd.Output()
		got := run(t, ours, "", append([]string{"crm_resource"}, args...)...)
		sameLines(t, "crm_resource "+line, sameRun(string(out)), sameRun(got.out))
		if code := cmd.ProcessState.ExitCode(); int(got.code) != code {
			t.Errorf("crm_resource %s: code %d, want %d (%s)", line, got.code, code, got.err)
		}
	}
}

func TestAnAgentIsRunUnderTheNameThatTheClusterUses(t *testing.T) {
	testenv.NeedProgram(t, "/usr/lib/ocf/resource.d/heartbeat/Dummy", "resource-agents")
	_, env := copied(t)
	state := filepath.Join(t.TempDir(), "state")
	if got := run(t, env, "", "crm_resource", "--force-start", "-r", "p2", "state="+state); got.code != OK || !strings.Contains(got.err, "warning: the cluster says that p2 runs on c") {
		t.Errorf("a start of what runs elsewhere: %d %q %q", got.code, got.out, got.err)
	}
	if got := run(t, env, "", "crm_resource", "--force-stop", "-r", "p2", "state="+state, "-T", "1h"); got.code != OK {
		t.Errorf("stop: %d %q", got.code, got.err)
	}
	if got := run(t, env, "", "crm_resource", "--validate", "--class", "systemd", "--agent", "cron"); got.code != Usage {
		t.Errorf("systemd: %d %q", got.code, got.err)
	}
}
