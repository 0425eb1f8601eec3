package device

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/fencing"
	"heartbeat/internal/testenv"
)

// script writes a program.
func script(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

const fakeAgent = `
while read -r line; do case $line in action=*) action=${line#action=};; plug=*) plug=${line#plug=};; log=*) log=${line#log=};; esac; echo "$line" >>LOG; done
case $action in
metadata) cat <<X
<?xml version="1.0" ?>
<resource-agent name="fence_fake"><parameters>
<parameter name="ip" required="1" obsoletes="ipaddr"/><parameter name="ipaddr" required="1" deprecated="1"/>
<parameter name="plug" required="1"/><parameter name="passwd" required="0"/></parameters></resource-agent>
X
;;
monitor) exit 0;;
status) exit 2;;
reboot|off) [ "$plug" = n2 ] || { echo "no such plug" >&2; exit 1; };;
esac
`

func TestAFenceAgentGetsItsOptionsByStdin(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	path := script(t, "fence_fake", strings.ReplaceAll(fakeAgent, "LOG", log))
	d, err := New(Line{Type: path, Params: "ip=10.0.0.9 passwd=s3cret hosts=n2,n3"})
	if err != nil {
		t.Fatal(err)
	}
	run := func(op fencing.Op, node string) (fencing.Result, string) {
		r, said, _ := d.Run(context.Background(), op, node)
		return r, said
	}
	if r, said := run(fencing.Reset, "n2"); r != fencing.Good {
		t.Errorf("%s %s", r, said)
	}
	data, _ := os.ReadFile(log)
	if got := string(data); got != "action=reboot\nip=10.0.0.9\npasswd=s3cret\nnodename=n2\nplug=n2\n" {
		t.Errorf("%q", got)
	}
	for _, c := range []struct {
		op   fencing.Op
		node string
		want fencing.Result
		says string
	}{
		{fencing.Status, "", fencing.Good, ""}, {fencing.List, "n2", fencing.Good, ""},
		{fencing.Off, "n3", fencing.Bad, "exit code 1: no such plug"}, {fencing.Reset, "n9", fencing.BadHost, "hosts=n2,n3"},
	} {
		if r, said := run(c.op, c.node); r != c.want || !strings.Contains(said, c.says) {
			t.Errorf("%s %s: %s %s", c.op, c.node, r, said)
		}
	}
}

func TestTheParametersOfAnAgentAreChecked(t *testing.T) {
	path := script(t, "fence_fake", strings.ReplaceAll(fakeAgent, "LOG", filepath.Join(t.TempDir(), "log")))
	for params, says := range map[string]string{
		"ip=1": "", "ipaddr=1 passwd=x": "", "passwd=x": "parameter ip is missing", "ip=1 pasword=x": `no parameter "pasword"`, "ip": "not name=value",
	} {
		err := Check(context.Background(), Line{Type: path, Params: params})
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%q: %v", params, err)
		}
	}
	for kind, says := range map[string]string{"fence_nothing": "no fence agent", "/nowhere/fence_x": "no program"} {
		if err := Check(context.Background(), Line{Type: kind}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestADeviceThatHangsIsKilledWithItsChildren(t *testing.T) {
	dir := t.TempDir()
	path := script(t, "fence_hang", "trap '' TERM; sleep 1000 & echo $! >"+dir+"/child; mv "+dir+"/child "+dir+"/pid; wait; wait; sleep 1000\n")
	d, err := New(Line{Type: path})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	type end struct {
		r    fencing.Result
		said string
	}
	ended := make(chan end, 1)
	go func() {
		r, said, _ := d.Run(ctx, fencing.Reset, "n2")
		ended <- end{r, said}
	}()
	pid := 0
	testenv.Until(t, "the child", func() bool {
		data, err := os.ReadFile(dir + "/pid")
		_, _ = fmt.Sscan(string(data), &pid)
		return err == nil && pid > 0
	})
	cancel()
	if e := <-ended; e.r != fencing.Bad || !strings.Contains(e.said, "killed") {
		t.Errorf("%+v", e)
	}
	testenv.Until(t, "the end of the child", func() bool {
		return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid)
	})
}

// zombie says that a process has ended and nobody reaped it: in a container there may be no init that does.
func zombie(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(data), ") ")
	return err == nil && strings.HasPrefix(rest, "Z")
}

func needGlue(t *testing.T) {
	t.Helper()
	_, err := os.Stat(Tool)
	testenv.Need(t, Tool, err == nil, "install cluster-glue")
}

func TestThePlugInsOfClusterGlue(t *testing.T) {
	needGlue(t)
	ctx := context.Background()
	d, err := New(Line{Type: "null", Params: "n2 n3"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		op   fencing.Op
		node string
		want fencing.Result
	}{{fencing.Status, "", fencing.Good}, {fencing.List, "n3", fencing.Good}, {fencing.List, "n9", fencing.BadHost}, {fencing.Reset, "n2", fencing.Good},
		{fencing.Reset, "n9", fencing.BadHost}} { // null itself says that it reset n9
		if r, said, _ := d.Run(ctx, c.op, c.node); r != c.want {
			t.Errorf("%s %s: %s %s", c.op, c.node, r, said)
		}
	}
	file := filepath.Join(t.TempDir(), "params")
	if err := os.WriteFile(file, []byte("n2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, says := range map[Line]string{
		{Type: "null", Params: "n2"}: "", {Type: "null", Params: "hostlist=n2"}: "", {Type: "null", Params: file, File: true}: "",
		{Type: "null"}: "it needs 1 parameters: hostlist; the line has 0", {Type: "null", Params: "/nowhere", File: true}: "no such file",
		{Type: "nothing", Params: "x"}: "no STONITH type nothing", {Type: "external/ipmi", Params: "a b"}: "it needs 5 parameters",
		{Type: "external/ssh", Params: "n2 n3"}: "",
	} {
		err := Check(ctx, line)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%+v: %v", line, err)
		}
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte(`<resource-agent><parameters><parameter name="ip" required="1"/></parameters></resource-agent>`), "ip=1 hosts=a")
	f.Add([]byte(""), "=")
	f.Fuzz(func(t *testing.T, data []byte, params string) {
		if m, err := parseMetadata(data); err == nil {
			_ = m.judge(params)
		}
		if out, err := assign(strings.Fields(string(data)), params); err == nil {
			for _, p := range out {
				if strings.ContainsAny(p, "\n") {
					t.Errorf("%q", p)
				}
			}
		}
	})
}

// Agents of real machines describe themselves in tens of kilobytes.
func TestLongMetadataOfAFenceAgentIsReadWhole(t *testing.T) {
	agent := strings.Replace(fakeAgent, "</parameters>", strings.Repeat("<parameter name=\"x\"><shortdesc>"+strings.Repeat("word ", 200)+"</shortdesc></parameter>\n", 40)+"</parameters>", 1)
	if err := Check(t.Context(), Line{Type: script(t, "fence_fake", strings.ReplaceAll(agent, "LOG", "/dev/null")), Params: "ip=10.0.0.9"}); err != nil {
		t.Error(err)
	}
}
