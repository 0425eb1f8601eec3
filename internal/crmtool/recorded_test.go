package crmtool

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A record is a command line that was recorded on a cluster of Pacemaker 2.1.5, with what it answered.
type record struct {
	args []string
	out  string
	code Code
}

// records reads an archive of recorded files: "== NAME BYTES", the bytes, a line end.
func records(t *testing.T, archive string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "recorded", archive))
	if err != nil {
		t.Fatal(err)
	}
	files, rest := map[string]string{}, string(text)
	for rest != "" {
		head, body, _ := strings.Cut(rest, "\n")
		name, size, _ := strings.Cut(strings.TrimPrefix(head, "== "), " ")
		n, err := strconv.Atoi(size)
		if err != nil || n >= len(body) {
			t.Fatalf("%s: %q is no head of a file", archive, head)
		}
		files[name], rest = body[:n], body[n+1:]
	}
	return files
}

// words splits a command line as a shell does that has only backslashes and quotes.
func words(line string) (out []string) {
	var b strings.Builder
	quote, open := rune(0), false
	escaped := false
	for _, r := range strings.TrimSpace(line) {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, open = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, open = r, true
		case quote == 0 && (r == ' ' || r == '\n'):
			if open {
				out = append(out, b.String())
			}
			b.Reset()
			open = false
		default:
			b.WriteRune(r)
			open = true
		}
	}
	if open {
		out = append(out, b.String())
	}
	return out
}

var moments = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(Z|\.\d+)?`)

// recordedMask takes away what differs from moment to moment.
func recordedMask(s string) string { return moments.ReplaceAllString(mask(s), "T") }

// sorted is a text with its lines in order, for answers whose order is that of nodes that replied, or of a hash table in C.
func sorted(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// A preparation is what a recorded command needs before it: another document, commands, or eyes that overlook something.
type preparation struct {
	base     string   // early: before the resource web was taken away; blocked: of another day; else the document at the end
	before   []string // recorded commands by name, or command lines
	after    []string
	overlook func(string) string
}

// without overlooks what matches.
func without(pattern string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(s string) string { return re.ReplaceAllString(s, "") }
}

const (
	nodeAway = `cibadmin -D -o status -X '<node_state id="3"/>'`
	priority = `crm_resource -r p1 --meta -p priority -v 5`
	noProbe  = `cibadmin -d --force -A "//lrm_resource[@id='p1']"`
)

// prepared names the recorded commands that need more than the document at the end of the recording.
func prepared() map[string]preparation {
	versions := without(`(epoch|num_updates|admin_epoch)="\d+"`)
	unfenced := without(`(?s)Failed Fencing Actions:\n.*|<fence_event [^>]*/>\n?`)
	return map[string]preparation{
		"cibadmin-C-invalid": {base: "early"}, "cibadmin-Q-e": {base: "blocked"}, "cibadmin-Q-xpath-multi": {base: "blocked"},
		"cibadmin-M-ok":       {before: []string{"cibadmin-C-ok"}},
		"cibadmin-R-scope":    {before: []string{"cibadmin-C-ok", "cibadmin-M-ok"}},
		"cibadmin-D-ok":       {before: []string{"cibadmin-C-ok"}},
		"cibadmin-Q-after":    {before: []string{"cibadmin-M-incr"}, overlook: versions},
		"crm_attribute-D":     {before: []string{"crm_attribute-set"}},
		"crm_attribute-G":     {before: []string{"crm_attribute-set"}},
		"crm_attribute-G-xml": {before: []string{"crm_attribute-set"}},
		"crm_standby-D":       {before: []string{"crm_standby-on"}}, "crm_standby-G-on": {before: []string{"crm_standby-on"}},
		"crm_mon-X": {before: []string{nodeAway}, overlook: unfenced}, "crm_mon-exclude": {before: []string{nodeAway}, overlook: unfenced},
		"crm_mon-resource": {before: []string{nodeAway}, overlook: unfenced}, "crm_mon-node": {before: []string{nodeAway}, overlook: unfenced},
		"crm_simulate-L":            {before: []string{nodeAway}},
		"crm_resource-L":            {base: "blocked"},
		"crm_resource-l":            {base: "blocked"},
		"crm_resource-q":            {before: []string{priority}},
		"crm_resource-w":            {before: []string{priority}},
		"crm_resource-d":            {before: []string{priority}},
		"crm_resource-p":            {before: []string{priority}},
		"crm_resource-ban-lifetime": {before: []string{"crm_resource-ban"}}, "crm_resource-colocs": {base: "blocked"},
		"crm_resource-cleanup": {overlook: sorted},
		"crm_resource-refresh": {overlook: func(s string) string { return sorted(without(`(?m)^(Waiting|\.\.\. got).*\n`)(s)) }},
		"crm_resource-clear":   {before: []string{"crm_resource-move"}}, "crm_resource-clear2": {before: []string{"crm_resource-ban"}},
		"crm_resource-why":        {before: []string{noProbe}},
		"crm_resource-forcecheck": {before: []string{"crm_resource --force-start -r p1"}, after: []string{"crm_resource --force-stop -r p1"}},
		"crm_shadow-D":            {before: []string{"crm_shadow-c"}},
	}
}

// unreplayed names the recorded commands that are not replayed on a file, with the reason.
func unreplayed(name string) (reason string, left bool) {
	for prefix, reason := range map[string]string{
		"attrd_updater-": "only the attribute manager of a running cluster answers", "crmadmin-": "only the controller of a running cluster answers",
		"pacemakerd-": "about daemons of Pacemaker", "stonith_admin-": "only the fencing manager of a running cluster answers",
	} {
		if strings.HasPrefix(name, prefix) {
			return reason, true
		}
	}
	reason, left = map[string]string{
		"crm_node-i":                  "only a running cluster knows its own node",
		"crm_node-n":                  "only a running cluster knows its own node",
		"crm_mon-version":             "ours has a version of its own",
		"crm_mon-s":                   "differs on purpose: a warning has code 1, as monitoring expects it; there it was 0",
		"cibadmin-badxml":             "differs on purpose: broken XML is refused with code 78; there it was taken for an element",
		"crm_resource-agents":         "about the agents of the machine; compared side by side in TestAgentsAreThoseThatPacemakerFinds",
		"crm_resource-agents-stonith": "about the agents of the machine",
		"crm_resource-providers":      "about the agents of the machine; compared side by side in TestAgentsAreThoseThatPacemakerFinds",
		"crm_resource-standards":      "about the machine",
		"crm_resource-metadata":       "about the agents of the machine; compared side by side in TestAgentsAreThoseThatPacemakerFinds",
		"crm_resource-validate":       "the agent asks for addresses of the machine; compared side by side in TestAgentsAreRunAsPacemakerRunsThem",
		"crm_resource-O":              "the document of that moment was not recorded; others are compared in TestResourcesAreListedAsPacemakerListsThem",
		"crm_resource-o":              "the document of that moment was not recorded; others are compared in TestToolsAnswerAsPacemakersDo",
		"crm_resource-wait":           "the document of that moment was not recorded; see TestWaitingEndsWhenNothingIsPending",
		"crm_simulate-Ls":             "answers as Pacemaker 3.0 does, with other names of functions",
		"crm_simulate-xml":            "answers as Pacemaker 3.0 does, with other names of functions",
		"crm_simulate-S":              "answers as Pacemaker 3.0 does, with other widths of columns",
		"crm_simulate-i":              "answers as Pacemaker 3.0 does, with other words about what is injected",
		"crm_simulate-profile":        "there the graph overwrote what stood before it in the same file",
	}[name]
	return reason, left
}

// TestRecordedCommandsAnswerAsTheyDid replays all of them, each on a document of its own.
func TestRecordedCommandsAnswerAsTheyDid(t *testing.T) {
	files := records(t, "cli.txt")
	load := func(name string) (r record, ok bool) {
		line, ok := files[name+".cmd"]
		code, _ := strconv.Atoi(strings.TrimSpace(files[name+".rc"]))
		return record{args: words(line), out: files[name+".out"], code: Code(code)}, ok
	}
	blocked, err := os.ReadFile(failedState)
	if err != nil {
		t.Fatal(err)
	}
	early := without(`\n *<primitve id="x"/>`)(files["cibadmin-C-invalid.out"])
	bases := map[string]string{"": files["cibadmin-noscope.out"], "blocked": string(blocked), "early": strings.Replace(early, `epoch="86"`, `epoch="85"`, 1)}
	dir := t.TempDir()
	for _, name := range []string{"cib-10.raw", "cib-11.raw", "cib.xml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(files["ondisk/"+name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tools, preparations, replayed, left := Tools(), prepared(), 0, 0
	for file := range files {
		name, isCommand := strings.CutSuffix(file, ".cmd")
		if !isCommand {
			continue
		}
		r, _ := load(name)
		if reason, out := unreplayed(name); out {
			left++
			t.Logf("%s is not replayed: %s", name, reason)
			continue
		}
		if _, ours := tools[r.args[0]]; !ours {
			t.Errorf("%s: there is no command %s, and no reason why it is not replayed", name, r.args[0])
			continue
		}
		replayed++
		t.Run(name, func(t *testing.T) {
			p := preparations[name]
			env := map[string]string{"CIB_file": copyOf(t, []byte(bases[p.base])), "CIB_shadow_dir": t.TempDir(), "USER": "root", "SHELL": "/bin/sh"}
			others := func(list []string) {
				for _, line := range list {
					args := words(line)
					if other, recorded := load(line); recorded {
						args = other.args
					}
					if got := run(t, env, "", args...); got.code != OK {
						t.Fatalf("%s: %d %s", line, got.code, got.err)
					}
				}
			}
			others(p.before)
			defer others(p.after)
			for i, arg := range r.args {
				r.args[i] = strings.Replace(arg, "/var/lib/pacemaker/cib", dir, 1)
			}
			got := run(t, env, "", r.args...)
			if p.overlook == nil {
				p.overlook = func(s string) string { return s }
			}
			sameLines(t, strings.Join(r.args, " "), p.overlook(recordedMask(r.out)), p.overlook(recordedMask(got.out)))
			if got.code != r.code {
				t.Errorf("code %d, want %d (%s)", got.code, r.code, got.err)
			}
		})
	}
	t.Logf("%d recorded commands replayed, %d not", replayed, left)
	if replayed < 90 {
		t.Errorf("only %d commands were replayed", replayed)
	}
}

// unreplayedByShell names calls of crmsh that are not replayed, by flow and number, or by what they begin with.
func unreplayedByShell(call string, args []string) (reason string, left bool) {
	line := strings.Join(args, " ")
	switch {
	case strings.HasPrefix(line, "pacemaker-"):
		return "a daemon of Pacemaker", true
	case strings.HasPrefix(line, "crmadmin"):
		return "only the controller of a running cluster answers", true
	case strings.Contains(line, "--list-ocf"), strings.Contains(line, "--show-metadata"):
		return "about the agents of the machine", true
	case line == "crm_mon --help":
		return "our help has words of its own", true
	case line == "crm_node -n":
		return "only a running cluster knows its own node", true
	}
	reason, left = map[string]string{
		"add-primitive/015-crm_mon":        "the cluster had moved on since the document before",
		"restart/019-crm_mon":              "the cluster had moved on since the document before",
		"resource-status/002-crm_resource": "the document of that moment was not recorded",
		"scores/002-crm_simulate":          "the document of that moment was not recorded",
		"status/003-crm_mon":               "the document of that moment was not recorded",
		"status-full/003-crm_mon":          "the document of that moment was not recorded",
		"status-xml/003-crm_mon":           "the document of that moment was not recorded",
	}[call]
	return reason, left
}

// TestRecordedCallsOfCrmshAnswerAsTheyDid replays what crmsh asked while a human used it, flow by flow on one document.
func TestRecordedCallsOfCrmshAnswerAsTheyDid(t *testing.T) {
	files := records(t, "crmsh.txt")
	get := func(call, kind string) string {
		if other, same := files[call+"."+kind+".same"]; same {
			return files[other]
		}
		return files[call+"."+kind]
	}
	var calls []string
	for name := range files {
		if call, ok := strings.CutSuffix(name, ".argv"); ok {
			calls = append(calls, call)
		}
	}
	slices.Sort(calls)
	full := func(call string) bool {
		out := get(call, "stdout")
		return strings.HasPrefix(out, "<cib ") && strings.Contains(out, "validate-with") && strings.Contains(out, "<status")
	}
	replayed := 0
	document, flow := "", ""
	for i, call := range calls {
		if of, _, _ := strings.Cut(call, "/"); of != flow {
			flow = of
			if document = get("add-primitive/014-cibadmin", "stdout"); flow == "promote" { // flows in which nobody asked for it
				document = get("node-show/002-cibadmin", "stdout")
			}
		}
		args := words(files[call+".argv"])
		if reason, left := unreplayedByShell(call, args); left {
			t.Logf("%s (%s) is not replayed: %s", call, strings.Join(args, " "), reason)
			continue
		}
		if full(call) {
			document = get(call, "stdout")
		}
		replayed++
		code, _ := strconv.Atoi(strings.TrimSpace(get(call, "rc")))
		t.Run(call, func(t *testing.T) {
			file := copyOf(t, []byte(document))
			if args[0] == "crm_diff" {
				args = diffOfShell(t, args, document, get(calls[min(i+1, len(calls)-1)], "stdin"))
			}
			got := run(t, map[string]string{"CIB_file": file}, get(call, "stdin"), args...)
			want, answered := recordedMask(get(call, "stdout")), recordedMask(got.out)
			if strings.Contains(call, "cleanup") {
				want, answered = sorted(want), sorted(answered)
			}
			sameLines(t, strings.Join(args, " "), want, answered)
			if int(got.code) != code {
				t.Errorf("code %d, want %d (%s)", got.code, code, got.err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			document = string(text)
		})
	}
	t.Logf("%d calls replayed", replayed)
	if replayed < 70 {
		t.Errorf("only %d calls were replayed", replayed)
	}
}

// diffOfShell gives crm_diff the files that crmsh had made: the document without its status, and for two files what the patch made of it.
func diffOfShell(t *testing.T, args []string, document, patch string) []string {
	t.Helper()
	out := slices.Clone(args)
	old := copyOf(t, []byte(document))
	if args[len(args)-1] == "-" {
		bare := regexp.MustCompile(`(?s)  <status>.*</status>\n|  <status/>\n`).ReplaceAllString(document, "")
		old = copyOf(t, []byte(bare))
	} else {
		changed := copyOf(t, []byte(document))
		if got := run(t, map[string]string{"CIB_file": changed}, patch, "cibadmin", "-p", "-P", "--force"); got.code != OK {
			t.Fatalf("the patch of the flow: %d %s", got.code, got.err)
		}
		out[len(out)-1] = changed
	}
	out[slices.Index(out, "-o")+1] = old
	return out
}

func TestWaitingEndsWhenNothingIsPending(t *testing.T) {
	files := records(t, "crmsh.txt")
	settled := copyOf(t, []byte(files["delete-group/012-cibadmin.stdout"]))
	if got := run(t, map[string]string{"CIB_file": settled}, "", "crm_resource", "--wait", "-T", "60"); got.code != OK || got.out != "" {
		t.Errorf("a document that asks for nothing: %d %q %q", got.code, got.out, got.err)
	}
	asking := copyOf(t, []byte(strings.Replace(files["delete-group/012-cibadmin.stdout"], "</resources>", fmt.Sprintf(`<primitive id=%q class="ocf" provider="heartbeat" type="Dummy"/></resources>`, "more"), 1)))
	got := run(t, map[string]string{"CIB_file": asking}, "", "crm_resource", "--wait", "-T", "10ms")
	if got.code != Timeout || !strings.HasPrefix(got.out, "Pending actions:\n\tAction ") || !strings.Contains(got.out, "more_") {
		t.Errorf("a document that asks for something: %d %q %q", got.code, got.out, got.err)
	}
}
