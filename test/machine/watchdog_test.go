//go:build vm

package machine

import (
	"bytes"
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

// TestMain builds the program that the machines run.
func TestMain(m *testing.M) { os.Exit(testenv.RunWithBinary(m)) }

// laboratory is the program that boots machines: the path in HEARTBEAT_VMLAB, or the place beside the repository where it is given.
func laboratory(t *testing.T) string {
	t.Helper()
	path := os.Getenv("HEARTBEAT_VMLAB")
	if path == "" {
		path = "../../../shared/vmlab/vmlab.py"
	}
	_, err := os.Stat(path)
	testenv.Need(t, path, err == nil, "put the virtual machine laboratory beside the repository, or name its program in HEARTBEAT_VMLAB")
	return path
}

// setUp makes a node that is alone and has no guard, with a watchdog of 4 s, and waits until it was fed for longer than that.
const setUp = `
modprobe softdog || exit 3
mkdir -p /etc/ha.d /var/lib/heartbeat /run/heartbeat
printf '%s\n' 'keepalive 500ms' 'deadtime 3' 'initdead 6' 'logfacility none' 'bcast eth0' \
	'watchdog /dev/watchdog' 'node n1' 'node n2' >/etc/ha.d/ha.cf
printf 'auth 1\n1 sha1 secret\n' >/etc/ha.d/authkeys
chmod 600 /etc/ha.d/authkeys
: >/etc/ha.d/haresources
/vmlab/share/heartbeat run --no-guard </dev/null >/vmlab/share/out 2>&1 &
i=0
until grep -q 'Using watchdog device: /dev/watchdog' /vmlab/share/out; do
	i=$((i + 1))
	[ $i -lt 100 ] || exit 4
	sleep 0.2
done
sleep 6
echo fed
`

// A hanging daemon is stopped, as by a debugger or a kernel bug; nobody is left to release anything.
const (
	hang    = `kill -STOP $(pidof heartbeat); while :; do echo "still here"; sleep 0.5; done`
	killed  = `kill -KILL $(pidof heartbeat); while :; do echo "still here"; sleep 0.5; done`
	orderly = `/vmlab/share/heartbeat -k; sleep 8; echo "still here"`
)

func inMachine(t *testing.T, script string) (out, state string) {
	t.Helper()
	share := t.TempDir()
	program, err := os.ReadFile(os.Getenv(testenv.Binary))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(share, "heartbeat"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "python3", laboratory(t), "run", "-t", "120", "--share", share, "--", setUp+script)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	said, _ := os.ReadFile(filepath.Join(share, "out"))
	t.Logf("the machine said:\n%s%s\nheartbeat said:\n%s", stdout.String(), stderr.String(), said)
	_, state, _ = strings.Cut(strings.TrimSpace(stderr.String()), "rc=")
	return stdout.String(), state
}

func TestWatchdog(t *testing.T) {
	for _, c := range []struct {
		name, script string
		reset        bool
	}{
		{"a daemon that hangs is reset", hang, true},
		{"a daemon that was killed with everything is reset", killed, true},
		{"an orderly end is no reason", orderly, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, state := inMachine(t, c.script)
			if !strings.Contains(out, "fed") {
				t.Fatal("the watchdog was not fed for longer than its time")
			}
			if reset := state == "reset"; reset != c.reset {
				t.Errorf("reset: %v (state %q), want %v", reset, state, c.reset)
			}
			if !c.reset && !strings.Contains(out, "still here") {
				t.Error("the machine did not live on")
			}
		})
	}
}
