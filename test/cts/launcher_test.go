package cts

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heartbeat/internal/cts"
	"heartbeat/internal/cts/drive"
	"heartbeat/internal/lab"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

// launcherDir, where it is set, makes this test program a launcher with machines made of namespaces in that directory.
const launcherDir = "HEARTBEAT_TEST_LAUNCHER"

// TestLauncherPlaysScenarios plays scenarios over the protocol of launchers, with real nodes: power, a link, a frozen machine, a hand-over.
func TestLauncherPlaysScenarios(t *testing.T) {
	need(t)
	t.Setenv(launcherDir, filepath.Join(t.TempDir(), "lab"))
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Minute, fmt.Errorf("not within three minutes"))
	defer cancel()
	d, err := drive.NewMachines(ctx, "'"+os.Args[0]+"'")
	if err != nil {
		t.Fatal(err)
	}
	rep, err := cts.Run(ctx, d, cts.Options{Scenarios: chosen(t, "", "S03", "S08", "S13", "S24", "S45"), Slack: patience, KeepGoing: true, InOrder: true}, listener{t})
	if err != nil {
		t.Fatal(err)
	}
	n := rep.Count()
	if rep.Driver != "namespaces" || n[cts.Passed] != 4 || n[cts.Skipped] != 1 || len(rep.Left) > 0 {
		t.Errorf("driver %s, %v, left %v; want four passed and S45 not applicable", rep.Driver, n, rep.Left)
	}
	if _, err := os.Stat(os.Getenv(launcherDir)); !os.IsNotExist(err) {
		t.Errorf("the launcher's machines are still there: %v", err)
	}
}

// spaces is the launcher.
type spaces struct {
	lab *lab.Lab

	mu     sync.Mutex // guards the rest, and standard output
	inputs map[uint64]*os.File
}

type spaceOrder struct {
	ID      uint64
	Op      string
	Machine string
	Link    int
	How     string
	Argv    []string
	Data    string
}

func launch(dir string) int {
	l, err := lab.New(context.Background(), stderr{}, lab.Options{
		Nodes: 3, Prefix: "r", Dir: dir, Binary: os.Getenv(testenv.Binary), Names: []string{"cl_status"},
		ConfigFor: func(string) lab.Files { return nil },
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s := &spaces{lab: l, inputs: map[uint64]*os.File{}}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	var stop spaceOrder
	for stop.ID == 0 && lines.Scan() {
		var o spaceOrder
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		switch o.Op {
		case "stop":
			stop = o
		case "input":
			s.mu.Lock()
			in := s.inputs[o.ID]
			s.mu.Unlock()
			if in != nil {
				_, _ = in.WriteString(o.Data) // the program may have ended
			}
		default:
			go s.answer(o)
		}
	}
	if err := l.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if stop.ID != 0 {
		s.say(map[string]any{"id": stop.ID, "ok": true})
	}
	return 0
}

func (s *spaces) say(what map[string]any) {
	line, err := json.Marshal(what)
	if err != nil {
		line = []byte(err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

func (s *spaces) answer(o spaceOrder) {
	said := map[string]any{"id": o.ID, "ok": true}
	if err := s.obey(o, said); err != nil {
		said = map[string]any{"id": o.ID, "error": err.Error()}
	}
	s.say(said)
}

func (s *spaces) obey(o spaceOrder, said map[string]any) error {
	name := o.Machine
	if name == drive.Client {
		name = lab.ClientName
	}
	switch o.Op {
	case "hello":
		card := func(n, i int) map[string]string {
			return map[string]string{"name": fmt.Sprintf("eth%d", i), "address": fmt.Sprintf("10.77.%d.%d", i+1, n)}
		}
		machines := map[string]any{drive.Client: map[string]any{"host": lab.ClientName, "cards": []any{card(250, 0)}}}
		for i, role := range []string{drive.R1, drive.R2, drive.R3} {
			machines[role] = map[string]any{"host": role, "cards": []any{card(i+1, 0), card(i+1, 1)}}
		}
		for k, v := range map[string]any{"protocol": 1, "name": "namespaces", "program": vnet.BinDir + "/heartbeat", "machines": machines,
			"service": map[string]string{"g1": "10.77.1.101/24", "g2": "10.77.1.102/24"}, "can": []string{"power", "freeze", "links", "one-way", "third", "ping-node"}} {
			said[k] = v
		}
		return nil
	case "start":
		states, err := s.lab.States()
		if err != nil {
			return err
		}
		for _, st := range states {
			if st.Machine == name && st.Power == "off" {
				return s.lab.PowerOn(name)
			}
		}
		return nil
	case "power-off":
		return s.lab.PowerOff(name)
	case "freeze":
		return s.lab.Freeze(name)
	case "thaw":
		return s.lab.Thaw(name)
	case "cut", "heal":
		if name == lab.ClientName {
			return nil
		}
		return s.lab.Cut(name, o.Link, vnet.Cut(o.How))
	case "exec":
		return s.exec(o, name)
	}
	return fmt.Errorf("what is %q?", o.Op)
}

func (s *spaces) exec(o spaceOrder, name string) error {
	inR, inW, err := os.Pipe()
	if err != nil {
		return err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return err
	}
	p, err := s.lab.Start(name, vnet.Command{Argv: o.Argv, Stdin: inR, Stdout: outW, Stderr: os.Stderr})
	inR.Close()
	outW.Close()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.inputs[o.ID] = inW
	s.mu.Unlock()
	go func() {
		defer p.Close()
		buf := bufio.NewReader(outR)
		for {
			line, err := buf.ReadString('\n')
			if line != "" {
				s.say(map[string]any{"id": o.ID, "data": line})
			}
			if err != nil {
				break
			}
		}
		s.say(map[string]any{"id": o.ID, "end": "its output has ended"})
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.inputs, o.ID)
		inW.Close()
	}()
	return nil
}

// stderr is a log of the machines.
type stderr struct{}

func (stderr) Logf(format string, args ...any) {
	fmt.Fprintln(os.Stderr, strings.TrimSpace(fmt.Sprintf(format, args...)))
}
