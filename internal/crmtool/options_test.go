package crmtool

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// try runs a command without a world around it.
func try(t *testing.T, run func(*World) Code, env map[string]string, stdin string, args ...string) (code Code, out, complaints string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(&World{
		Ctx: t.Context(), Prog: "crm_tool", Args: args, Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr,
		Getenv: func(name string) string { return env[name] }, Version: "0",
	})
	return code, stdout.String(), stderr.String()
}

const smallCIB = `<cib validate-with="pacemaker-3.0" admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config>
<cluster_property_set id="s"><nvpair id="n" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"/></nodes><resources><primitive id="A" class="ocf" provider="heartbeat" type="Dummy"/></resources>
<constraints/></configuration><status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>`

func TestWrongOptionsAreNamed(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--nosuch"}, "Unknown option --nosuch"},
		{[]string{"-y"}, "Unknown option -y"},
		{[]string{"-x"}, "Missing argument for -x"},
		{[]string{"--repeat=many"}, `--repeat takes no value such as "many"`},
		{[]string{"--repeat=0"}, "--repeat needs a number from 1"},
		{[]string{"--output-as=html"}, "--output-as takes one of text, xml"},
		{[]string{"stray"}, `unexpected argument "stray"`},
	} {
		code, out, complaints := try(t, simulateCommand, nil, smallCIB, c.args...)
		if code != Usage || out != "" || !strings.Contains(complaints, c.want) {
			t.Errorf("%v: code %d, output %q, complaints %q; want %q and code 64", c.args, code, out, complaints, c.want)
		}
	}
}

func TestOptionThatIsGivenSeveralTimesKeepsAllItsValuesInOrder(t *testing.T) {
	w := &World{Prog: "tool", Args: []string{"-u", "b,c", "--node-up=a", "-u", `"`}, Stdout: io.Discard, Stderr: io.Discard}
	var up []string
	o := w.Options("")
	o.Each(&up, "node-up", "u")
	if code, run := o.Parse(); !run || !slices.Equal(up, []string{"b,c", "a", `"`}) {
		t.Errorf("%q, %v", up, code)
	}
}

func TestLiveCheckReadsTheFileOfCIBFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(path, []byte(smallCIB), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, complaints := try(t, simulateCommand, map[string]string{"CIB_file": path}, "", "-L", "-S")
	if code != OK || !strings.Contains(out, "Start      A") {
		t.Errorf("code %d, complaints %q, output:\n%s", code, complaints, out)
	}
	if code, _, complaints := try(t, simulateCommand, nil, "", "-L"); code != Disconnected || !strings.Contains(complaints, "CIB_file") {
		t.Errorf("without CIB_file: code %d, complaints %q; want %d", code, complaints, Disconnected)
	}
}

func TestTheOutcomeGoesBackToTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(path, []byte(smallCIB), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, complaints := try(t, simulateCommand, nil, "", "-x", path, "-X"); code != OK {
		t.Fatalf("code %d, complaints %q", code, complaints)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(after, []byte(`operation_key="A_start_0"`)) && !bytes.Contains(after, []byte(`A_last_0`)) {
		t.Errorf("error %v; the file shows no start of A:\n%s", err, after)
	}
	if code, _, complaints := try(t, simulateCommand, nil, smallCIB, "-X"); code != Usage || !strings.Contains(complaints, "-x") {
		t.Errorf("without a file: code %d, complaints %q", code, complaints)
	}
}

func TestCodesAreThoseOfCrmError(t *testing.T) {
	for c, want := range map[Code]string{OK: "OK", Usage: "Incorrect usage", Config: "Invalid configuration", Disconnected: "Not connected", NoSuchObject: "No such object", Code(99): "Unknown exit status"} {
		if c.String() != want {
			t.Errorf("code %d is %q, want %q", int(c), c, want)
		}
	}
}
