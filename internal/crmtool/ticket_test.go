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

// ticketed is a document in which two resources depend on tickets.
const ticketed = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config/>
    <nodes><node id="1" uname="n1"/></nodes>
    <resources><primitive id="p1" class="ocf" provider="heartbeat" type="Dummy"/><primitive id="p2" class="ocf" provider="heartbeat" type="Dummy"/></resources>
    <constraints>
      <rsc_ticket id="c1" rsc="p1" ticket="ticketA" loss-policy="stop"/>
      <rsc_ticket id="c2" rsc="p2" ticket="ticketB" loss-policy="stop"/>
      <rsc_ticket id="c3" rsc="p2" ticket="ticketA" loss-policy="stop"/>
    </constraints>
  </configuration>
  <status/>
</cib>
`

// ticketDocument is that document in a file of its own.
func ticketDocument(t *testing.T) (file string, env map[string]string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "cib.xml")
	if err := os.WriteFile(file, []byte(ticketed), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, map[string]string{"CIB_file": file}
}

var (
	grantedAt = regexp.MustCompile(`last-granted=(['"])[^'"]*['"]`)
	listed    = regexp.MustCompile(`\(([^()]*=[^()]*)\)`)
	written   = regexp.MustCompile(`[-\w]+="[^"]*"`)
)

// unordered takes away what differs by the second, and the order of lines and attributes, which is that of a hash table in C.
func unordered(s string) string {
	s = grantedAt.ReplaceAllString(s, "last-granted=${1}T${1}")
	s = listed.ReplaceAllStringFunc(s, func(list string) string {
		words := strings.Split(strings.Trim(list, "()"), ", ")
		slices.Sort(words)
		return "(" + strings.Join(words, ", ") + ")"
	})
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		words := written.FindAllString(line, -1)
		slices.Sort(words)
		lines[i] = written.ReplaceAllString(line, "@") + strings.Join(words, " ")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestTicketsAreKeptAsPacemakerKeepsThem does the same to two files, one command after another.
func TestTicketsAreKeptAsPacemakerKeepsThem(t *testing.T) {
	testenv.NeedProgram(t, "/usr/sbin/crm_ticket", "pacemaker-cli-utils")
	theirs, _ := ticketDocument(t)
	_, ours := ticketDocument(t)
	for _, line := range []string{
		"-l", "-L", "-w", "-q", "-c", "-c -t ticketA", "-c -t ticketB", "-c -t nosuch", "-q -t ticketA", "-l -t nosuch", "-l -t ticketA",
		"-g", "-g -t ticketA", "-s -t ticketA", "-l", "-L", "-q -t ticketA", "-g -t ticketA --force", "-l", "-L", "-q", "-q -t ticketA",
		"-G granted -t ticketA", "-G nosuch -t ticketA", "-G nosuch -t ticketA -d dflt", "-G granted -t nosuch", "-G granted",
		"-S owner -v 3 -t ticketA", "-S owner -t ticketA", "-v 3 -t ticketA", "-S owner", "-t ticketA", "-L", "-S expires -v 1200000000 -t ticketA",
		"-D owner -t ticketA", "-D nosuch -t ticketA", "-D owner -t nosuch", "-D granted -t ticketA", "-r -t ticketA", "-r -t ticketA --force",
		"-L -t ticketA", "-a -t ticketA", "-L -t ticketA", "-q -t ticketA", "-g -t new --force", "-w", "-C -t new", "-C", "-C -t nosuch",
		"-C -t nosuch --force", "-C -t new --force", "-q", "-C -t ticketA", "-q", "-w", "-r -s -t ticketB -f", "-q -t ticketB",
		"-S granted -v true -t ticketB", "-S granted -v yes -t ticketB --force", "-L -t ticketB", "-l -w", "-z", "foo",
		"-i id1 -n set -S foo -v bar -t ticketB", "-Q -G foo -t ticketB", "-D foo -D granted -t ticketB -f", "-q -t ticketB",
		"-S a -v 1 -S b -v 2 -t ticketB", "-v 1 -S a2 -t ticketB", "-D a -S c -v 3 -t ticketB", "-q -t ticketB",
	} {
		args := strings.Fields(line)
		cmd := exec.Command("/usr/sbin/crm_ticket", args...)
		cmd.Env = append(os.Environ(), "CIB_file="+theirs, "TZ=UTC")
		out, _ := cmd.Output()
		got := run(t, ours, "", append([]string{"crm_ticket"}, args...)...)
		sameLines(t, "crm_ticket "+line, unordered(string(out)), unordered(got.out))
		if code := cmd.ProcessState.ExitCode(); int(got.code) != code {
			t.Errorf("crm_ticket %s: code %d, want %d (%s)", line, got.code, code, got.err)
		}
	}
	a, _ := exec.Command("/usr/bin/env", "CIB_file="+theirs, "/usr/sbin/cibadmin", "-Q").Output()
	sameLines(t, "the document", unordered(string(a)), unordered(run(t, ours, "", "cibadmin", "-Q").out))
}

func TestTicketsAnswerInXML(t *testing.T) {
	_, env := ticketDocument(t)
	for _, c := range []struct{ line, want string }{
		{"-w", `<tickets><ticket id="ticketA" status="revoked" standby="false"/><ticket id="ticketB" status="revoked" standby="false"/></tickets><status code="0" message="OK"/>`},
		{"-g -t ticketA", `<status code="4" message="Insufficient privileges"><errors><error>This command cannot help`},
		{"-s -t ticketA", `"><status code="0" message="OK"/>`},
		{"-S owner -v 3 -t ticketA", `"><status code="0" message="OK"/>`},
		{"-q -t ticketA", `<tickets><ticket id="ticketA" standby="true" owner="3"/></tickets>`},
		{"-q", `<tickets><ticket id="ticketA" standby="true" owner="3"/></tickets>`},
		{"-L -t ticketA", `<tickets><ticket id="ticketA" status="revoked" standby="true" owner="3"/></tickets>`},
		{"-G owner -t ticketA", `<tickets><ticket id="ticketA"><attribute name="owner" value="3"/></ticket></tickets>`},
		{"-c -t ticketB", `<tickets><ticket id="ticketB"><constraints><rsc_ticket id="c2" rsc="p2" ticket="ticketB" loss-policy="stop"/></constraints></ticket></tickets><resources><resource id="p2"/></resources>`},
		{"-q -t nosuch", `<status code="105" message="No such object"><errors><error>crm_ticket: Could not query ticket XML: `},
	} {
		got := run(t, env, "", append([]string{"crm_ticket", "--output-as=xml"}, strings.Fields(c.line)...)...)
		if flat := regexp.MustCompile(`>\s+<`).ReplaceAllString(got.out, "><"); !strings.Contains(flat, c.want) {
			t.Errorf("%s: got %s, want %s in it", c.line, flat, c.want)
		}
	}
}

func TestATicketIsNamedWhereNoClusterRuns(t *testing.T) {
	if got := run(t, nil, "", "crm_ticket", "-l"); got.code != Disconnected || !strings.Contains(got.err, "CIB_file") {
		t.Errorf("got %d %q", got.code, got.err)
	}
}

// TestAttributesOfTicketsAreKeptInTheStatus compares with Pacemaker's command, which keeps them for all tickets together; those of one
// ticket are ours.
func TestAttributesOfTicketsAreKeptInTheStatus(t *testing.T) {
	testenv.NeedProgram(t, "/usr/sbin/crm_attribute", "pacemaker-cli-utils")
	theirs, _ := ticketDocument(t)
	_, ours := ticketDocument(t)
	for _, line := range []string{
		"-t tickets -n granted -G", "-t tickets -n granted -v true", "-t tickets -n granted -G", "-t tickets -n granted -G -q", "-t tickets -n owner -v 3 -s myset",
		"-t tickets -n granted -G --output-as=xml", "-t tickets -n owner -G -s myset", "-t tickets -n owner -D", "-t tickets -n nosuch -D", "-t tickets -n granted -v false",
	} {
		args := strings.Fields(line)
		cmd := exec.Command("/usr/sbin/crm_attribute", args...)
		cmd.Env = append(os.Environ(), "CIB_file="+theirs)
		out, _ := cmd.Output()
		got := run(t, ours, "", append([]string{"crm_attribute"}, args...)...)
		sameLines(t, line, mask(string(out)), mask(got.out))
		if code := cmd.ProcessState.ExitCode(); int(got.code) != code {
			t.Errorf("%s: code %d, want %d (%s)", line, got.code, code, got.err)
		}
	}
	a, _ := exec.Command("/usr/bin/env", "CIB_file="+theirs, "/usr/sbin/cibadmin", "-Q").Output()
	sameLines(t, "the document", string(a), run(t, ours, "", "cibadmin", "-Q").out)
	for line, want := range map[string]answer{
		"--ticket ticketA -n owner -G":           {code: NoSuchObject},
		"--ticket ticketA -n owner -G -d me":     {out: "me\n"},
		"--ticket ticketA -n granted -v true":    {code: InsufficientPrivileges},
		"--ticket ticketA -n x -v 1 -N nobody":   {},
		"--ticket ticketA -t tickets -n nosuch ": {code: NoSuchObject},
	} {
		got := run(t, ours, "", append([]string{"crm_attribute"}, strings.Fields(line)...)...)
		if got.code != want.code || want.out != "" && got.out != want.out {
			t.Errorf("%s: got %d %q %q", line, got.code, got.out, got.err)
		}
	}
}
