//go:build vm

package machine

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"heartbeat/internal/testenv"
)

// TestScenariosThatNeedAKernelOfTheirOwn plays the scenarios of the cluster test suite that machines made of namespaces cannot have, and a power-off
// beside them, on emulated machines.
func TestScenariosThatNeedAKernelOfTheirOwn(t *testing.T) {
	testenv.NeedRoot(t)
	testenv.NeedProgram(t, "drbdadm", "drbd-utils")
	const list = "S03,S23,S23-c,S45,VM-loss,VM-serial,VM-watchdog"
	cmd := exec.CommandContext(t.Context(), os.Getenv(testenv.Binary), "cts", "run", "--driver", "vmlab", "--launcher", "python3 ../../tools/launchers/vmlab.py",
		"--only", list, "--keep-going", "--in-order", "--json")
	cmd.Env = append(os.Environ(), "HEARTBEAT_VMLAB="+laboratory(t))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	var report struct {
		Results []struct{ ID, Outcome, Reason string }
	}
	if jerr := json.Unmarshal(out, &report); jerr != nil {
		t.Fatalf("heartbeat cts: %v; its report: %v in %.2000s", err, jerr, out)
	}
	passed := 0
	for _, r := range report.Results {
		t.Logf("%-12s %s %s", r.ID, r.Outcome, r.Reason)
		if r.Outcome == "passed" {
			passed++
		}
	}
	if err != nil || passed != 7 {
		t.Fatalf("%d of %s passed: %v\n%s", passed, list, err, out)
	}
}
