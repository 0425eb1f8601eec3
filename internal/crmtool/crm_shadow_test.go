package crmtool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShadowIsMadeTriedAndCommitted(t *testing.T) {
	path, dir := copyOf(t, healthy(t)), t.TempDir()
	env := map[string]string{"CIB_file": path, "CIB_shadow_dir": dir}
	step := func(want Code, wantOut string, run func(*World) Code, args ...string) {
		t.Helper()
		code, out, complaints := try(t, run, env, "", args...)
		if code != want || !strings.Contains(out+complaints, wantOut) {
			t.Fatalf("%v: code %d, want %d; output %q, complaints %q, want %q", args, code, want, out, complaints, wantOut)
		}
	}
	step(OK, "  CIB_shadow=t1 ; export CIB_shadow\n", crmShadow, "-b", "-c", "t1")
	step(CannotCreate, "already exists", crmShadow, "-b", "-c", "t1")
	step(NoSuchObject, "No active shadow", crmShadow, "-w")
	env["CIB_shadow"] = "t1"
	step(OK, "t1\n", crmShadow, "--which")
	step(OK, filepath.Join(dir, "shadow.t1"), crmShadow, "-F")
	step(OK, "", crmShadow, "-d")

	delete(env, "CIB_file")
	step(OK, "", cibadmin, "-M", "-o", "resources", "-X", `<primitive id="p1" description="tried"/>`)
	env["CIB_file"] = path
	step(Error, `value="tried"`, crmShadow, "-d")
	if text, _ := os.ReadFile(path); strings.Contains(string(text), "tried") {
		t.Fatal("a trial reached the configuration")
	}
	step(Usage, "--force", crmShadow, "-b", "-C", "t1")
	step(OK, "unset CIB_shadow", crmShadow, "-b", "-C", "t1", "--force")
	if text, _ := os.ReadFile(path); !strings.Contains(string(text), "tried") || !strings.Contains(string(text), `epoch="43"`) || !strings.Contains(string(text), "node_state") {
		t.Errorf("after the commit: %.400s", text)
	}
	step(OK, "", crmShadow, "-b", "-e", "t2")
	step(Usage, "not the same as the active", crmShadow, "-b", "-D", "t2")
	step(OK, "unset", crmShadow, "-b", "-D", "t2", "--force")
	step(NoSuchObject, "Could not access shadow instance 't2'", crmShadow, "-s", "t2")
	step(OK, "", crmShadow, "-b", "-r", "t1")
	step(OK, "", crmShadow, "-d")
	step(Usage, "name of a shadow", crmShadow, "-b", "-c", "../evil")
	step(Usage, "say what to do", crmShadow)
}
