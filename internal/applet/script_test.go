package applet

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

// TestMain lets this test binary be the commands: the scripts call links to it. "fakenode" is `heartbeat`
// with a node that only pretends (fake_test.go); everything else about it, the admin socket included, is real.
func TestMain(m *testing.M) {
	name := filepath.Base(os.Args[0])
	args, open := os.Args, (func(Options) (Daemon, error))(nil)
	_, classic := classicOf(name)
	switch {
	case name == "fakenode":
		args, open = append([]string{"heartbeat"}, os.Args[1:]...), openFake
	case name != "heartbeat" && !classic:
		os.Exit(m.Run())
	}
	os.Exit(Main(context.Background(), Env{
		Args: args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Version: "1.2.3", Open: open,
	}))
}

// beside are the scripts whose commands do several things at once. With -short, as under the race detector, where a command takes ten times as
// long to begin, only these are played: in the others one goroutine asks and prints.
var beside = []string{"alerts", "config", "propagate", "respawn", "signals", "status"}

func TestCommandsAgainstAPretendedNode(t *testing.T) {
	files := scriptsIn(t, "testdata/script")
	if testing.Short() {
		files = slices.DeleteFunc(files, func(file string) bool { return !slices.Contains(beside, scriptName(file)) })
		if len(files) != len(beside) {
			t.Fatalf("of %q there are only %q", beside, files)
		}
	}
	runScripts(t, files)
}

func TestCommandsAgainstARealNode(t *testing.T) {
	testenv.NeedRoot(t)
	runScripts(t, scriptsIn(t, "testdata/real"))
}

func scriptsIn(t *testing.T, dir string) []string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.txt"))
	if len(files) == 0 {
		t.Fatalf("no scripts in %s", dir)
	}
	return files
}

func scriptName(file string) string { return strings.TrimSuffix(filepath.Base(file), ".txt") }

// A script is a file of lines and, after "-- name --", files that they need. The lines:
//
//	run [N] COMMAND...   the command must end with exit code N (0)
//	start COMMAND...     the command goes on in the background; "end" waits for it
//	stdout|stderr RE     what the last command printed must match
//	no stdout|stderr RE  or must not
//	empty stdout|stderr  it printed nothing
//	cmp FILE             the last command printed exactly that file
//	below MB             it and what it started had less memory at any time
//	await FILE [TEXT]    until the file exists, or has the text in it
//	subst FILE           put $PORT and $WORK in
//	chmod MODE FILE
type script struct {
	t              *testing.T
	ctx            context.Context // no script takes longer than a minute
	dir            string
	env            []string
	vars           map[string]string
	stdout, stderr string
	memory         int64 // KB that the last command had at most
	running        []*exec.Cmd
}

func runScripts(t *testing.T, files []string) {
	for _, file := range files {
		t.Run(scriptName(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := newScript(t)
			lines := s.unpack(string(data))
			for i, line := range lines {
				if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
					continue
				}
				if err := s.do(line); err != nil {
					t.Fatalf("%s:%d: %s\n%v\nstdout:\n%s\nstderr:\n%s", file, i+1, line, err, s.stdout, s.stderr)
				}
			}
		})
	}
}

func newScript(t *testing.T) *script {
	t.Helper()
	dir, err := os.MkdirTemp("", "hb") // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	port, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	s := &script{t: t, ctx: ctx, dir: dir, vars: map[string]string{"WORK": dir}}
	_, s.vars["PORT"], _ = net.SplitHostPort(port.LocalAddr().String())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(ClassicNames(), "heartbeat", "fakenode") {
		if err := os.Symlink(self, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "TZ=UTC", "LANG=C", "HA_NODE=node1",
		"HA_ETC="+dir+"/etc", "HA_STATE="+dir+"/state", "HA_RUN="+dir+"/run")
	t.Cleanup(func() {
		for _, c := range s.running {
			c.Process.Kill()
			c.Wait()
		}
		os.RemoveAll(dir)
	})
	return s
}

var fileMark = regexp.MustCompile(`(?m)^-- (\S+) --\n`)

// unpack writes the files of a script and returns its lines.
func (s *script) unpack(text string) []string {
	marks := fileMark.FindAllStringSubmatchIndex(text, -1)
	for i, m := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		path := filepath.Join(s.dir, text[m[2]:m[3]])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text[m[1]:end]), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	if len(marks) > 0 {
		text = text[:marks[0][0]]
	}
	return strings.Split(text, "\n")
}

func (s *script) command(words []string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	path := filepath.Join(s.dir, "bin", words[0])
	if _, err := os.Lstat(path); err != nil {
		path = words[0]
	}
	c := exec.CommandContext(s.ctx, path, words[1:]...)
	c.Args[0] = words[0]
	c.Dir, c.Env, c.WaitDelay = s.dir, s.env, time.Second
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	return c, &out, &errs
}

func (s *script) do(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	words := splitWords(s.expand(rest))
	switch verb {
	case "run":
		want := "0"
		if len(words) > 0 && regexp.MustCompile(`^\d+$`).MatchString(words[0]) {
			want, words = words[0], words[1:]
		}
		c, out, errs := s.command(words)
		err := c.Run()
		s.stdout, s.stderr = out.String(), errs.String()
		s.memory = 0
		if c.ProcessState != nil {
			if use, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
				s.memory = int64(use.Maxrss)
			}
		}
		if got := fmt.Sprint(c.ProcessState.ExitCode()); c.ProcessState == nil || got != want {
			return fmt.Errorf("exit code %s (%v), want %s", got, err, want)
		}
	case "start":
		c, _, _ := s.command(words)
		s.running = append(s.running, c)
		return c.Start()
	case "end":
		for _, c := range s.running {
			if err := c.Wait(); err != nil {
				return fmt.Errorf("%v: %w", c.Args, err)
			}
		}
		s.running = nil
	case "stdout", "stderr":
		return s.match(verb, rest, true)
	case "no":
		verb, rest, _ = strings.Cut(rest, " ")
		return s.match(verb, rest, false)
	case "empty":
		return s.match(rest, ".", false)
	case "cmp":
		want, err := os.ReadFile(filepath.Join(s.dir, rest))
		if err == nil && string(want) != s.stdout {
			err = fmt.Errorf("want:\n%s", want)
		}
		return err
	case "below":
		if most, err := strconv.ParseInt(rest, 10, 64); err != nil || s.memory == 0 || s.memory > most<<10 {
			return fmt.Errorf("it had %d KB (%v)", s.memory, err)
		}
	case "await":
		return s.await(words)
	case "subst":
		path := filepath.Join(s.dir, rest)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, []byte(s.expand(string(data))), 0o644)
	case "chmod":
		var mode uint32
		if _, err := fmt.Sscanf(words[0], "%o", &mode); err != nil {
			return err
		}
		return os.Chmod(filepath.Join(s.dir, words[1]), os.FileMode(mode))
	default:
		return fmt.Errorf("unknown verb %q", verb)
	}
	return nil
}

// expand puts the variables in; other dollar signs belong to the shell.
func (s *script) expand(text string) string {
	return strings.NewReplacer("$PORT", s.vars["PORT"], "$WORK", s.vars["WORK"]).Replace(text)
}

func (s *script) match(stream, re string, want bool) error {
	text := s.stdout
	if stream == "stderr" {
		text = s.stderr
	}
	r, err := regexp.Compile("(?m)" + re)
	if err == nil && r.MatchString(text) != want {
		err = fmt.Errorf("%s matches %s: %v", stream, re, !want)
	}
	return err
}

func (s *script) await(words []string) error {
	give := time.NewTimer(time.Minute)
	defer give.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	path := filepath.Join(s.dir, words[0])
	for {
		data, _ := os.ReadFile(path)
		_, err := os.Lstat(path)
		if len(words) == 1 && err == nil || len(words) > 1 && strings.Contains(string(data), strings.Join(words[1:], " ")) {
			return nil
		}
		select {
		case <-look.C:
		case <-give.C:
			return fmt.Errorf("it did not come; the file: %s", data)
		}
	}
}

// splitWords splits at blanks; words in single quotes stay whole.
func splitWords(s string) (words []string) {
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}
