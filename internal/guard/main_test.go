package guard

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/node"
	"heartbeat/internal/node/halog"
)

// The test program is the guard, and the node that it guards, when it is started as these.
func TestMain(m *testing.M) {
	if code, mine := Main(os.Args, os.Stderr); mine {
		os.Exit(code)
	}
	if slices.Contains(os.Args, guarded) {
		os.Exit(playNode())
	}
	os.Exit(m.Run())
}

// What the nodes of a test do, one life after the other; the last one repeats.
const (
	wellBehaved = "well"  // it beats until it is told to leave
	crashes     = "crash" // it is up, and ends
	silent      = "hang"  // it is up, and stops beating
	stillborn   = "die"   // it ends before it is up
	misled      = "config"
	idle        = "idle" // another one runs already
)

const (
	livesVariable = "GUARD_TEST_LIVES"
	dirVariable   = "GUARD_TEST_DIR"
)

// playNode is the life of a node that only beats.
func playNode() int {
	dir := os.Getenv(dirVariable)
	old, _ := filepath.Glob(filepath.Join(dir, "life*"))
	if err := os.WriteFile(filepath.Join(dir, "life"+strconv.Itoa(len(old))), nil, 0o600); err != nil {
		return 99
	}
	lives := strings.Split(os.Getenv(livesVariable), ",")
	life := lives[min(len(old), len(lives)-1)]
	why := ""
	for _, a := range os.Args {
		if w, ok := strings.CutPrefix(a, revived); ok {
			why = w
		}
	}
	say := func(what string) { fmt.Fprintf(os.Stderr, "%s life=%s pid=%d why=%q\n", what, life, os.Getpid(), why) }
	say("begun")
	switch life {
	case stillborn:
		return 1
	case misled:
		return exitConfig
	case idle:
		return 0
	}
	w, err := Join([]string{"play"}, func(err error) { fmt.Fprintln(os.Stderr, "guard replaced:", err) })
	if err != nil {
		return 98
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM, syscall.SIGHUP)
	w.Begin(20*time.Millisecond, 100*time.Millisecond)
	w.Beat(time.Now())
	if err := w.Up(node.Charge{Node: "test", Priority: -1, Addresses: filepath.Join(dir, "addresses"), Log: halog.Config{LogFile: filepath.Join(dir, "log")}}); err != nil {
		return 97
	}
	say("up")
	beat := time.NewTicker(20 * time.Millisecond)
	for {
		select {
		case now := <-beat.C:
			switch life {
			case crashes:
				return 2
			case wellBehaved:
				w.Beat(now)
			}
		case s := <-term:
			if s == syscall.SIGHUP {
				say("reload")
				continue
			}
			w.Leaving()
			w.Left()
			say("leaves")
			return 0
		}
	}
}

// guardUnderTest is a guard in a process of its own.
type guardUnderTest struct {
	t     *testing.T
	dir   string
	cmd   *exec.Cmd
	lines chan string
	seen  []string
}

// startGuard starts one. Words that look like options are for the node; the others are its lives.
func startGuard(t *testing.T, lives ...string) *guardUnderTest {
	t.Helper()
	args := []string{verb, "--", "play"}
	lives = slices.DeleteFunc(lives, func(w string) bool {
		if strings.HasPrefix(w, "--") {
			args = append(args, w)
			return true
		}
		return false
	})
	g := &guardUnderTest{t: t, dir: t.TempDir(), lines: make(chan string, 1000)}
	g.cmd = exec.Command(os.Args[0], args...)
	g.cmd.Env = append(os.Environ(), dirVariable+"="+g.dir, livesVariable+"="+strings.Join(lives, ","), "WATCHDOG_PID=1")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	g.cmd.Stderr = w
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	go func() {
		defer close(g.lines)
		for in := bufio.NewScanner(r); in.Scan(); {
			g.lines <- in.Text()
		}
	}()
	t.Cleanup(func() {
		_ = g.cmd.Process.Signal(syscall.SIGTERM) // of a guard that is gone already
		g.drain()
	})
	return g
}

// await returns the next line that has all these words.
func (g *guardUnderTest) await(words ...string) string {
	g.t.Helper()
	give := time.After(30 * time.Second)
	for {
		select {
		case line, ok := <-g.lines:
			if !ok {
				g.t.Fatalf("no line with %q; all there was:\n%s", words, strings.Join(g.seen, "\n"))
			}
			g.seen = append(g.seen, line)
			if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
				return line
			}
		case <-give:
			g.t.Fatalf("no line with %q in time; there was:\n%s", words, strings.Join(g.seen, "\n"))
		}
	}
}

// drain waits until every process that writes has ended, and returns what was written in between.
func (g *guardUnderTest) drain() (rest []string) {
	for line := range g.lines {
		rest = append(rest, line)
	}
	return rest
}

// ends waits for the guard's end and returns its exit code.
func (g *guardUnderTest) ends() int {
	g.t.Helper()
	err := g.cmd.Wait()
	if err == nil {
		return 0
	}
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	g.t.Fatal(err)
	return -1
}

// pidOf reads the process of a line of a node.
func (g *guardUnderTest) pidOf(line string) int {
	g.t.Helper()
	_, rest, _ := strings.Cut(line, "pid=")
	word, _, _ := strings.Cut(rest, " ")
	pid, err := strconv.Atoi(word)
	if err != nil {
		g.t.Fatalf("%q names no process", line)
	}
	return pid
}

func (g *guardUnderTest) lives() int {
	list, err := filepath.Glob(filepath.Join(g.dir, "life*"))
	if err != nil {
		g.t.Fatal(err)
	}
	return len(list)
}
