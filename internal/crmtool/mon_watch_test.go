package crmtool

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/crmtool/mon"
	"heartbeat/internal/pause"
	"heartbeat/internal/xmltree"
)

// TestMain lets this program be the daemon that crm_mon starts of itself.
func TestMain(m *testing.M) {
	if os.Getenv(monInBackground) == "" {
		os.Exit(m.Run())
	}
	os.Exit(int(monCommand(&World{
		Ctx: context.Background(), Prog: os.Args[0], Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: "1",
	})))
}

func TestKeysSwitchWhatIsShown(t *testing.T) {
	m := &monitor{}
	m.show.Sections = mon.DefaultText
	for keys, want := range map[string]string{"r": "* r", "n": "* n", "f": "* f", "b": "* b", "R": "* R", "D": "* D", "t": "* o", "c": "* c", "A": "* A", "L": "* L"} {
		if m.press(keys[0]) || !strings.Contains(m.keyHelp(), want+" ") {
			t.Errorf("%s: no %q in\n%s", keys, want, m.keyHelp())
		}
	}
	if m.press('o'); m.show.Timing || m.show.Sections&mon.Operations != 0 {
		t.Error("o did not take the operations and their times away")
	}
	if m.press('D'); m.show.Sections&mon.Summary != mon.Summary {
		t.Errorf("a second D does not bring the summary back: %b", m.show.Sections)
	}
	if !m.press('?') || m.press(' ') {
		t.Error("? is for help, a blank is not")
	}
}

// changedState is the recorded state after a stop that failed, and the same some time later: another stop failed, a probe found nothing.
func changedState(t *testing.T) (before, after string) {
	t.Helper()
	doc, err := os.ReadFile(failedState)
	if err != nil {
		t.Fatal(err)
	}
	after = strings.Replace(string(doc), `call-id="139" rc-code="1"`, `call-id="539" rc-code="1"`, 1)
	after = strings.Replace(after, `call-id="51" rc-code="7"`, `call-id="551" rc-code="7"`, 1)
	if after == string(doc) || strings.Count(after, `call-id="5`) < 2 {
		t.Fatal("the recorded state has no such operations")
	}
	return string(doc), after
}

func TestOperationsThatEndedAreEvents(t *testing.T) {
	parse := func(text string) *xmltree.Node {
		root, err := xmltree.ParseString(text, xmltree.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return root
	}
	before, after := changedState(t)
	if got := eventsBetween(parse(before), parse(before)); len(got) > 0 {
		t.Errorf("nothing happened, but %v", got)
	}
	got := eventsBetween(parse(before), parse(after))
	if len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	env := strings.Join(got[0].environ("me@there"), "\n")
	for _, want := range []string{"node=c1", "rsc=bad", "task=stop", "desc=error", "rc=1", "target_rc=0", "status=0", "recipient=me@there"} {
		if !strings.Contains(env, "CRM_notify_"+want) {
			t.Errorf("%s is missing in\n%s", want, env)
		}
	}
}

func TestWhatADaemonCannotDoIsRefused(t *testing.T) {
	env := map[string]string{"CIB_file": failedState}
	for line, want := range map[string]string{
		"-d": "requires at least one of --output-to and --external-agent", "-d --output-to=/tmp/x": "requires --output-as=[html|text|xml]",
		"-w -E /bin/true": "CGI mode cannot be used with --external-agent", "-w -d": "CGI mode cannot be used with -d",
		"-d -x - --output-as=text --output-to=/tmp/x": "name a file",
	} {
		if got := run(t, env, "", append([]string{"crm_mon"}, strings.Fields(line)...)...); got.code != Usage || !strings.Contains(got.err, want) {
			t.Errorf("crm_mon %s: %d %q", line, got.code, got.err)
		}
	}
	if got := run(t, nil, "", "crm_mon", "-d", "--output-as=text", "--output-to=/tmp/x"); got.code != Disconnected {
		t.Errorf("without a document: %d %q", got.code, got.err)
	}
}

// until waits for something to be so, for half a minute.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		if err := pause.For(t.Context(), 20*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheDaemonKeepsAFileAndTellsAProgram(t *testing.T) {
	before, after := changedState(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(at(name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(at(name), at(strings.TrimSuffix(name, ".new"))); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string { text, _ := os.ReadFile(at(name)); return string(text) }
	write("cib.xml.new", before, 0o600)
	write("agent", "#!/bin/sh\necho \"$CRM_notify_task of $CRM_notify_rsc on $CRM_notify_node: $CRM_notify_desc for $CRM_notify_recipient\" >> "+at("told")+"\n", 0o755)
	args := []string{"crm_mon", "-d", "-p", at("pid"), "-i", "50ms", "--output-as=text", "--output-to=" + at("state"), "-E", at("agent"), "-e", "me"}
	env := map[string]string{"CIB_file": at("cib.xml")}
	if got := run(t, env, "", args...); got.code != OK || got.out != "" {
		t.Fatalf("got %d %q %q", got.code, got.out, got.err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(read("pid")))
	if err != nil {
		t.Fatalf("the pid file says %q", read("pid"))
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) }) // it is gone already when all went well
	until(t, "the file shows the state", func() bool { return strings.Contains(read("state"), "Online: [ c1 c2 c3 ]") })
	if got := run(t, env, "", args...); got.code == OK || !strings.Contains(got.err, "already running") {
		t.Errorf("a second daemon: %d %q", got.code, got.err)
	}
	write("cib.xml.new", after, 0o600)
	until(t, "the program is told", func() bool { return read("told") != "" })
	if read("told") != "stop of bad on c1: error for me\n" {
		t.Errorf("it was told %q", read("told"))
	}
	write("cib.xml.new", strings.Replace(after, `uname="c3"`, `uname="c9"`, -1), 0o600)
	until(t, "the file follows", func() bool { return strings.Contains(read("state"), "c9") })
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	until(t, "the pid file is gone", func() bool { _, err := os.Stat(at("pid")); return err != nil })
}

// terminal is both ends of a new one.
func terminal(t *testing.T) (human, program *os.File) {
	t.Helper()
	human, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { human.Close() })
	if err := unix.IoctlSetPointerInt(int(human.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(human.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return human, program
}

func TestKeysWorkOnATerminal(t *testing.T) {
	human, program := terminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	env := map[string]string{"CIB_file": failedState, "TZ": "UTC"}
	ended := make(chan Code, 1)
	go func() {
		ended <- monCommand(&World{Ctx: ctx, Prog: "crm_mon", Args: []string{"-i", "1h"}, Stdin: program, Stdout: program, Stderr: program,
			Getenv: func(name string) string { return env[name] }, Version: "1"})
		program.Close()
	}()
	lines := bufio.NewScanner(human)
	expect := func(text string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("%q is not shown: %v", text, lines.Err())
	}
	expect("Active Resources:")
	for _, step := range [][2]string{{"r", "Full List of Resources:"}, {"?", "A key of the list switches"}, {"A", "A key of the list switches"}, {" ", "Node Attributes:"}} {
		if _, err := human.WriteString(step[0]); err != nil {
			t.Fatal(err)
		}
		expect(step[1])
	}
	cancel()
	if code := <-ended; code != OK {
		t.Errorf("code %d", code)
	}
}
