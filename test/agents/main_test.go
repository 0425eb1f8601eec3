package agents

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

func TestMain(m *testing.M) { os.Exit(testenv.RunWithBinary(m)) }

// A bench is a directory with the program under test, usable by everybody, and its OCF agents.
type bench struct {
	t             *testing.T
	dir, bin, ocf string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	testenv.NeedRoot(t)
	testenv.NeedProgram(t, "unshare", "util-linux")
	dir, err := os.MkdirTemp("", "hb-agents-") // the directories of t.TempDir are closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: dir}
	b.bin, b.ocf = filepath.Join(b.dir, "heartbeat"), filepath.Join(b.dir, "heartbeat-go")
	data, err := os.ReadFile(os.Getenv(testenv.Binary))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"", "flags", "tools", "mnt", "src"} {
		if err := os.MkdirAll(filepath.Join(b.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(b.bin, data, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(b.bin, "agent", "install-ocf", b.ocf).CombinedOutput(); err != nil {
		t.Fatalf("install-ocf: %v %s", err, out)
	}
	return b
}

// inside runs a shell script in a network and a file system of its own, in which e0 (10.9.0.1/24, fd09::1/64) is an
// interface with a neighbour, and tools is in the PATH of scripts. It returns the exit code and what was printed.
func (b *bench) inside(script string) (int, string) {
	b.t.Helper()
	testenv.NeedProgram(b.t, "ip", "iproute2")
	ctx, cancel := context.WithTimeout(b.t.Context(), 100*time.Second)
	defer cancel()
	prepare := `mount --bind "$D/tools" /usr/local/sbin
ip link set lo up && ip link add e0 type veth peer name e1 && ip link set e1 up && ip link set e0 up
ip addr add 10.9.0.1/24 brd + dev e0 && ip -6 addr add fd09::1/64 dev e0 nodad
cd "$D"
`
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--net", "--propagation", "private", "sh", "-ec", prepare+script)
	cmd.Env = append(os.Environ(), "D="+b.dir, "HA_RSCTMP="+b.dir+"/flags", "HA_NODE=node1", "PATH="+b.dir+":"+os.Getenv("PATH"))
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if x, ok := errors.AsType[*exec.ExitError](err); ok {
		return x.ExitCode(), text
	}
	if err != nil {
		b.t.Fatalf("%v\n%s", err, text)
	}
	return 0, text
}

// tool puts a program in the place of one of the distribution.
func (b *bench) tool(name, script string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, "tools", name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		b.t.Fatal(err)
	}
}
