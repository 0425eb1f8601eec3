package cts

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/cts"
	"heartbeat/internal/cts/drive"
	"heartbeat/internal/cts/scenario"
	"heartbeat/internal/lab"
	"heartbeat/internal/testenv"
	"heartbeat/internal/vnet"
)

func TestMain(m *testing.M) {
	if code, mine := lab.Inside(os.Args); mine {
		os.Exit(code)
	}
	if dir := os.Getenv(launcherDir); dir != "" {
		os.Exit(launch(dir))
	}
	os.Exit(testenv.RunWithBinary(m))
}

// patience widens every bound: what is late on a machine that does other things is not what these tests are about.
const patience = 20 * time.Second

func need(t *testing.T) {
	t.Helper()
	err := vnet.Possible()
	testenv.Need(t, "namespaces", err == nil, fmt.Sprint(err))
}

// listener tells of what did not pass.
type listener struct{ t *testing.T }

func (listener) Begins(*scenario.Scenario, scenario.Pairing, int, int, int) {}

func (l listener) Ends(r cts.Result) {
	l.t.Logf("%s %s: %s in %v, without a restart: %v %s", r.ID, r.Pairing, r.Outcome, r.Took.Round(time.Millisecond), r.Chained, r.Reason)
	if r.Outcome != cts.Passed && r.Outcome != cts.Skipped {
		for file, text := range r.Logs {
			l.t.Logf("%s:\n%s", file, text)
		}
	}
}

func chosen(t *testing.T, dir string, ids ...string) []*scenario.Scenario {
	t.Helper()
	all, err := cts.Catalogue(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []*scenario.Scenario
	for _, s := range all {
		for _, id := range ids {
			if s.ID == id {
				out = append(out, s)
			}
		}
	}
	if len(out) != len(ids) {
		t.Fatalf("only %d of %v are in the catalogue", len(out), ids)
	}
	return out
}

func play(t *testing.T, o cts.Options) *cts.Report {
	t.Helper()
	d, err := drive.NewLab(filepath.Join(t.TempDir(), "lab"), os.Getenv(testenv.Binary), t)
	if err != nil {
		t.Fatal(err)
	}
	o.Slack, o.KeepGoing = patience, true
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Minute, fmt.Errorf("not within three minutes"))
	defer cancel()
	rep, err := cts.Run(ctx, d, o, listener{t})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// TestSliceOfTheCatalogue is what is quick and touches most: start, hand-over, stop, crash, power, a link.
func TestSliceOfTheCatalogue(t *testing.T) {
	need(t)
	rep := play(t, cts.Options{Scenarios: chosen(t, "", "S03", "S04", "S08", "S13", "S35"), Seed: 1})
	if !rep.OK() {
		var text strings.Builder
		_ = rep.WriteText(&text)
		t.Errorf("the slice did not pass:\n%s", text.String())
	}
	chained := 0
	for _, r := range rep.Results {
		if r.Chained {
			chained++
		}
	}
	if chained == 0 {
		t.Error("no scenario was played on the cluster of the one before")
	}
}

// TestWrongExpectationFails: a suite that finds everything good tests nothing.
func TestWrongExpectationFails(t *testing.T) {
	need(t)
	dir := t.TempDir()
	text := `id X1
title A double start goes unnoticed
must nobody
step TestRsc A is started by hand where it does not belong
run r2 "/etc/ha.d/resource.d/TestRsc A start && ip addr add {g1/} dev eth0"
wait 300ms
expect owner g2 = r2
`
	if err := os.WriteFile(filepath.Join(dir, "x.cts"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	rep := play(t, cts.Options{Scenarios: chosen(t, dir, "X1")})
	if rep.OK() || len(rep.Results) != 1 || rep.Results[0].Outcome != cts.Failed {
		t.Fatalf("results %+v", rep.Results)
	}
	said := strings.Join(rep.Results[0].Steps[0].Audit, "\n")
	for _, want := range []string{"both nodes carried the address of g1", "r2 started A while the other node held it"} {
		if !strings.Contains(said, want) {
			t.Errorf("the audit does not say %q:\n%s", want, said)
		}
	}
}

func TestInterruptedRunLeavesNothing(t *testing.T) {
	need(t)
	dir := filepath.Join(t.TempDir(), "lab")
	d, err := drive.NewLab(dir, os.Getenv(testenv.Binary), t)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rep, err := cts.Run(ctx, d, cts.Options{Scenarios: chosen(t, "", "S11")}, interrupter{listener{t}, cancel})
	if err != nil || !rep.Stopped || rep.OK() || len(rep.Left) > 0 {
		t.Errorf("report %+v, %v", rep, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is still there", dir)
	}
}

type interrupter struct {
	listener
	stop func()
}

func (i interrupter) Begins(*scenario.Scenario, scenario.Pairing, int, int, int) {
	time.AfterFunc(300*time.Millisecond, i.stop)
}

// TestMachinesReachedByACommand plays a scenario by the driver for machines that somebody lends. What it calls instead of ssh reaches
// machines made of namespaces.
func TestMachinesReachedByACommand(t *testing.T) {
	need(t)
	bin := os.Getenv(testenv.Binary)
	dir := filepath.Join(t.TempDir(), "lab")
	l, err := lab.New(t.Context(), t, lab.Options{Nodes: 2, Prefix: "m", Dir: dir, Binary: bin, ConfigFor: func(string) lab.Files {
		return lab.Files{"ha.cf": "# of before\n", "authkeys": "auth 1\n1 crc\n", "haresources": ""}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Remove(); err != nil {
			t.Error(err)
		}
	})
	wrapper := filepath.Join(t.TempDir(), "reach")
	script := "#!/bin/sh\nhost=$1; shift\nexec " + bin + " lab --dir " + dir + " exec \"$host\" -- sh -c \"$*\"\n"
	if err := os.WriteFile(wrapper, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	o := drive.SSHOptions{Nodes: []string{"m1", "m2"}, Client: "client", Command: []string{wrapper}, Addresses: map[string]string{"g1": "10.77.1.101/24", "g2": "10.77.1.102/24"}, Binary: vnet.BinDir + "/heartbeat"}
	if _, err := drive.NewSSH(t.Context(), o); err == nil {
		t.Fatal("machines are broken without the word for it")
	}
	o.BreakThem = true
	d, err := drive.NewSSH(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := cts.Run(t.Context(), d, cts.Options{Scenarios: chosen(t, "", "S08", "S03"), Slack: patience, KeepGoing: true, InOrder: true}, listener{t})
	if err != nil {
		t.Fatal(err)
	}
	n := rep.Count()
	if n[cts.Passed] != 1 || n[cts.Skipped] != 1 || len(rep.Left) > 0 {
		var text strings.Builder
		_ = rep.WriteText(&text)
		t.Errorf("want S08 passed and S03 left out for want of a power switch:\n%s", text.String())
	}
	for _, node := range l.Nodes {
		data, err := os.ReadFile(l.Place(node, "/etc/ha.d/ha.cf"))
		if err != nil || string(data) != "# of before\n" {
			t.Errorf("ha.cf of %s is not put back: %q, %v", node, data, err)
		}
		if _, err := os.Stat(l.Place(node, "/etc/ha.d/resource.d/TestRsc")); err == nil {
			t.Errorf("TestRsc is left on %s", node)
		}
	}
	if out, err := exec.Command(wrapper, "m1", "ip -o addr show; ps ax 2>/dev/null").CombinedOutput(); err != nil || strings.Contains(string(out), "10.77.1.101") {
		t.Errorf("m1 keeps the service address, or does not answer: %v\n%s", err, out)
	}
}
