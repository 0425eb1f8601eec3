package crmtool

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// run plays a command; input is what it reads.
func runTool(t *testing.T, name, input string, env map[string]string, args ...string) (code Code, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	w := &World{Ctx: t.Context(), Prog: name, Args: args, Stdin: strings.NewReader(input), Stdout: &stdout, Stderr: &stderr,
		Getenv: func(n string) string { return env[n] }, Version: "test"}
	code = Tools()[name].Run(w)
	return code, stdout.String(), stderr.String()
}

const vectors = "../../../shared/vectors/crm"

// TestVerifySaysWhatPacemakerSays compares with recordings of Pacemaker 2.1.5: exit codes of all, and every line for those whose form is right
// or wrong in one place. (Of a form that is wrong, the library below Pacemaker prints how it searched; here it is one line for each mistake.)
func TestVerifySaysWhatPacemakerSays(t *testing.T) {
	files, err := filepath.Glob(vectors + "/verify/*.out")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	// Where the lines differ, and why.
	differ := map[string]bool{"truncated": true, "not-xml": true, "bad-element": true, "bad-score": true, "dup-id": true, "empty-group": true, "missing-agent-attr": true, "two-in-clone": true, "bad-interval": true}
	for _, f := range files {
		base, verbose, _ := strings.Cut(strings.TrimSuffix(filepath.Base(f), ".out"), "-V")
		args := []string{"-x", filepath.Join(vectors, "verify", base+".xml")}
		if strings.HasSuffix(strings.TrimSuffix(f, ".out"), "-V"+verbose) {
			args = append(args, "-V"+verbose)
		}
		recorded, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code, out, problems := runTool(t, "crm_verify", "", nil, args...)
		want, rc, _ := strings.Cut(string(recorded), "rc=")
		if rc = strings.TrimSpace(rc); rc != strconv.Itoa(int(code)) {
			t.Errorf("%v: exit code %d, want %s", args, code, rc)
		}
		// Where Pacemaker's own is installed, it must still say what it said.
		if tool, none := exec.LookPath("/usr/sbin/crm_verify"); none == nil && len(args) == 2 {
			cmd := exec.Command(tool, args...)
			if _ = cmd.Run(); cmd.ProcessState.ExitCode() != int(code) {
				t.Errorf("%v: exit code %d, Pacemaker's has %d", args, code, cmd.ProcessState.ExitCode())
			}
		}
		if got := known(out + problems); !differ[base] && got != known(want) {
			t.Errorf("%v:\n%s\nwant\n%s", args, got, known(want))
		}
	}
}

// known are the lines that scripts know, each once; what Pacemaker says about decisions that are no mistakes is left out.
func known(text string) string {
	var lines []string
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		for _, none := range []string{"explain: ", "Blind faith", "is unclean but cannot be fenced"} {
			if strings.Contains(line, none) {
				line = ""
			}
		}
		if line != "" && !seen[line] {
			seen[line] = true
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func TestVerifyExplainsWithPlaceAndRemedy(t *testing.T) {
	_, _, err := runTool(t, "crm_verify", "", nil, "-x", vectors+"/verify/bad-score.xml", "--explain")
	want := `explain: bad-score.xml: error: line 54: <rule id="prefered_location_group_1">: score="lots" is not allowed; write an integer, INFINITY or -INFINITY`
	if !strings.Contains(err, want) {
		t.Errorf("%s\nis without\n%s", err, want)
	}
}

func TestVerifyWithoutADocument(t *testing.T) {
	for _, c := range []struct {
		input string
		args  []string
		code  Code
		want  string
	}{
		{"", nil, Error, "No configuration source specified.  Use --help for usage information."},
		{"", []string{"-p"}, Error, "Couldn't parse input from STDIN."},
		{"", []string{"-x", "nosuch.xml"}, Error, "Couldn't parse input file: nosuch.xml"},
		{"", []string{"-L"}, Disconnected, "Transport endpoint is not connected"},
		{"", []string{"-X", "<a/>"}, Data, "This tool can only check complete configurations"},
		{"", []string{"-z"}, Usage, "Unknown option -z"},
		{`<!DOCTYPE cib [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><cib>&b;</cib>`, []string{"-p"}, Config, "line 1"},
		{strings.Repeat("<cib>", 100_000), []string{"-p"}, Config, "nested deeper than"},
	} {
		code, _, err := runTool(t, "crm_verify", c.input, nil, c.args...)
		if code != c.code || !strings.Contains(err, c.want) {
			t.Errorf("%v: %d %q, want %d %q", c.args, code, err, c.code, c.want)
		}
	}
}
