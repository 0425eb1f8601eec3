package crmtool

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/testenv"
)

// guarded is a document with access rules of two users.
const guarded = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config>
      <cluster_property_set id="b"><nvpair id="o1" name="enable-acl" value="true"/></cluster_property_set>
    </crm_config>
    <nodes/>
    <resources>
      <primitive id="p1" class="ocf" provider="heartbeat" type="Dummy">
        <instance_attributes id="p1-ia"><nvpair id="p1-s" name="state" value="/x"/><nvpair id="p1-p" name="passwd" value="secret"/></instance_attributes>
        <meta_attributes id="p1-m"><nvpair id="p1-m-t" name="target-role" value="Started"/></meta_attributes>
      </primitive>
      <primitive id="p2" class="ocf" provider="heartbeat" type="Dummy"/>
    </resources>
    <constraints/>
    <acls>
      <acl_role id="r1">
        <acl_permission id="a1" kind="deny" xpath="/cib/configuration/acls"/>
        <acl_permission id="a2" kind="write" xpath="/cib/configuration/resources"/>
        <acl_permission id="a3" kind="read" xpath="/cib"/>
        <acl_permission id="a4" kind="deny" xpath="//nvpair[@name='passwd']"/>
        <acl_permission id="a5" kind="read" xpath="//nvpair[@name='target-role']"/>
      </acl_role>
      <acl_target id="nobody"><role id="r1"/></acl_target>
      <acl_target id="daemon"><role id="r2"/></acl_target>
      <acl_role id="r2"><acl_permission id="b1" kind="write" reference="p2"/></acl_role>
    </acls>
  </configuration>
  <status/>
</cib>
`

func guardedDocument(t *testing.T) (file string, env map[string]string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(file, []byte(guarded), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, map[string]string{"CIB_file": file}
}

func TestAccessIsShownAsPacemakerShowsIt(t *testing.T) {
	testenv.NeedProgram(t, "/usr/sbin/cibadmin", "pacemaker-cli-utils")
	file, env := guardedDocument(t)
	for _, line := range []string{
		"-S -Q -U nobody", "-Scolor -Q -U nobody", "--show-access=namespace -Q -U nobody", "-Stext -Q -U daemon", "-Scolor -Q -U daemon", "-S -Q", "-S -Q -U root",
		"-S -U nobody", "-Sfoo -Q -U nobody", "-S -Q -U nosuch -n", "-S -Q -U a<b",
	} {
		args := strings.Fields(line)
		cmd := exec.Command("/usr/sbin/cibadmin", args...)
		cmd.Env = append(os.Environ(), "CIB_file="+file)
		out, _ := cmd.Output()
		got := run(t, env, "", append([]string{"cibadmin"}, args...)...)
		sameLines(t, "cibadmin "+line, string(out), got.out)
		if code := cmd.ProcessState.ExitCode(); int(got.code) != code {
			t.Errorf("cibadmin %s: code %d, want %d (%s)", line, got.code, code, got.err)
		}
	}
}

// TestAccessToAPartIsThatWithinTheWhole is where C Pacemaker errs: it judges the part alone, to which no path from the root leads.
func TestAccessToAPartIsThatWithinTheWhole(t *testing.T) {
	_, env := guardedDocument(t)
	for line, want := range map[string]string{
		"-S -Q -o resources -n -U nobody":    "vvv---[ WRITABLE ]---vvv\n<resources/>\n",
		"-S -Q -A //nvpair[@id] -U nobody":   "vvv---[ READABLE ]---vvv\n<nvpair id=\"o1\" name=\"enable-acl\" value=\"true\"/>\nvvv---[ WRITABLE ]---vvv\n<nvpair id=\"p1-s\"",
		"-S -Q -A //primitive[2] -U nobody":  "vvv---[ WRITABLE ]---vvv\n<primitive id=\"p2\"",
		"-S -Q -A //primitive[2] -U daemon ": "vvv---[ WRITABLE ]---vvv\n<primitive id=\"p2\"",
	} {
		got := run(t, env, "", append([]string{"cibadmin"}, strings.Fields(line)...)...)
		if _, text, _ := strings.Cut(got.out, "-->\n"); got.code != OK || !strings.HasPrefix(text, want) {
			t.Errorf("%s: got %d %q %q", line, got.code, got.out, got.err)
		}
	}
	if got := run(t, env, "", "cibadmin", "-S", "-M", "-X", `<primitive id="p2" description="x"/>`, "-U", "nobody"); got.code != Usage {
		t.Errorf("a change with --show-access: %d %q", got.code, got.err)
	}
	if got := run(t, env, "", "cibadmin", "-S", "-Q", "-A", "//nosuch", "-U", "nobody"); got.code != NoSuchObject {
		t.Errorf("nothing matches: %d %q", got.code, got.err)
	}
}

func TestUpgradesSayWhatTheyChange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cib.xml")
	old := strings.Replace(guarded, `validate-with="pacemaker-3.9"`, `validate-with="pacemaker-2.10"`, 1)
	old = strings.Replace(old, "</cluster_property_set>", `<nvpair id="o2" name="default-resource-stickiness" value="7"/></cluster_property_set>`, 1)
	if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"CIB_file": file}
	want := "upgrade: moved: option default-resource-stickiness, now resource-stickiness, from <cluster_property_set> of <crm_config> to <meta_attributes> of <rsc_defaults> (line 4)\n"
	got := run(t, env, "", "crm_verify", "-x", file, "-V")
	if !strings.Contains(got.err, "explain: cib.xml: upgrade: from pacemaker-2.10 to pacemaker-3.9\n") || !strings.Contains(got.err, "explain: cib.xml: "+want) {
		t.Errorf("crm_verify -V: %q", got.err)
	}
	if got := run(t, env, "", "crm_verify", "-x", file); strings.Contains(got.err, "upgrade") {
		t.Errorf("crm_verify without -V: %q", got.err)
	}
	got = run(t, env, "", "cibadmin", "-u", "--force")
	if got.code != OK || got.out != "" || !strings.HasPrefix(got.err, "cibadmin: upgrade: from pacemaker-2.10 to pacemaker-3.9\n") || !strings.Contains(got.err, "cibadmin: "+want) {
		t.Errorf("cibadmin -u: %d %q %q", got.code, got.out, got.err)
	}
	if got := run(t, env, "", "cibadmin", "-u", "--force"); got.code != OK || got.err != "" {
		t.Errorf("a second upgrade: %d %q", got.code, got.err)
	}
}
