//go:build vm

package machine

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

// power is a set of machines whose power can be cut.
type power struct {
	t     *testing.T
	share string // a directory that all machines and the test see: /vmlab/share
	in    io.WriteCloser
	out   *bufio.Scanner
}

type request struct {
	Op      string `json:"op"`
	Node    int    `json:"node"`
	Cmd     string `json:"cmd,omitempty"`
	Timeout int    `json:"timeout"` // s
}

type answer struct {
	RC  any    `json:"rc"` // exit code, or reset, gone, timeout, error
	Out string `json:"out"`
}

// bootLimit is how long a machine may take to boot, in three attempts, in seconds; they are emulated, and this machine may be busy.
const bootLimit = 1800

func newPower(t *testing.T, nodes, diskMB int) *power {
	t.Helper()
	p := &power{t: t, share: t.TempDir()}
	program, err := os.ReadFile(os.Getenv(testenv.Binary))
	if err != nil {
		t.Fatal(err)
	}
	p.put("heartbeat", string(program), 0o755)
	cmd := exec.Command("python3", "testdata/power.py", laboratory(t), p.share, fmt.Sprint(nodes), fmt.Sprint(diskMB))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewScanner(out)
	p.out.Buffer(nil, 64<<20)
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() }) // the end of its input makes it end the machines
	p.heard("booting")
	return p
}

func (p *power) put(name, text string, mode os.FileMode) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.share, name), []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
}

func (p *power) heard(what string) answer {
	p.t.Helper()
	if !p.out.Scan() {
		p.t.Fatalf("%s: the laboratory has ended: %v", what, p.out.Err())
	}
	var a answer
	if err := json.Unmarshal(p.out.Bytes(), &a); err != nil {
		p.t.Fatalf("%s: %v in %q", what, err, p.out.Text())
	}
	return a
}

func (p *power) ask(r request) answer {
	p.t.Helper()
	line, err := json.Marshal(r)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.t.Fatal(err)
	}
	return p.heard(fmt.Sprintf("%s n%d %.60s", r.Op, r.Node, r.Cmd))
}

// run runs a command that must succeed, and returns what it printed.
func (p *power) run(node, limit int, cmd string) string {
	p.t.Helper()
	a := p.ask(request{"run", node, cmd, limit})
	if a.RC != 0.0 {
		p.t.Fatalf("n%d: %s\nended with %v:\n%s\n%s", node, cmd, a.RC, a.Out, p.state())
	}
	return a.Out
}

// off cuts the power: what the machine had in memory is gone.
func (p *power) off(node int) { p.t.Helper(); p.ask(request{Op: "off", Node: node}) }

// on gives the power back; booted waits until the machine can be asked.
func (p *power) on(node int) { p.t.Helper(); p.ask(request{Op: "on", Node: node}) }

func (p *power) booted(node int) {
	p.t.Helper()
	if a := p.ask(request{Op: "booted", Node: node, Timeout: bootLimit}); a.RC != 0.0 {
		p.t.Fatalf("n%d does not boot: %s", node, a.Out)
	}
}

// state is what the machines said, for a failure.
func (p *power) state() string {
	var b strings.Builder
	files, _ := filepath.Glob(filepath.Join(p.share, "*.out"))
	for _, f := range files {
		text, _ := os.ReadFile(f)
		fmt.Fprintf(&b, "--- %s\n%s\n", filepath.Base(f), text[max(0, len(text)-6000):])
	}
	return b.String()
}

// took is a duration for people.
func took(since time.Time) time.Duration { return time.Since(since).Round(100 * time.Millisecond) }
