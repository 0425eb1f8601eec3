package applet

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

func TestSystemdUnderstandsTheUnit(t *testing.T) {
	testenv.NeedProgram(t, "systemd-analyze", "systemd")
	unit, err := os.ReadFile("../../dist/heartbeat.service")
	if err != nil {
		t.Fatal(err)
	}
	// It looks for the program, which is not installed here.
	file := filepath.Join(t.TempDir(), "heartbeat.service")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(unit), "/usr/local/sbin/heartbeat", "/bin/true")), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", file).CombinedOutput()
	if err != nil || strings.Contains(string(out), "heartbeat.service") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// TestTheNodeTellsSystemdHowItIs plays systemd: it starts the service, waits for its word, sees its watchdog fed, reloads it and ends it.
func TestTheNodeTellsSystemdHowItIs(t *testing.T) {
	testenv.NeedRoot(t)
	s := newScript(t)
	s.unpack(unitFiles)
	for _, line := range []string{"subst etc/ha.cf", "run 0 chmod 600 etc/authkeys"} {
		if err := s.do(line); err != nil {
			t.Fatal(err)
		}
	}
	socket := filepath.Join(s.dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s.env = append(s.env, "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=600000")
	c, _, errs := s.command([]string{"heartbeat", "run", "--no-realtime"})
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s.running = append(s.running, c)
	await := func(word string) {
		t.Helper()
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		buf := make([]byte, 4096)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatalf("no %s: %v\n%s", word, err, errs)
			}
			for said := range strings.SplitSeq(string(buf[:n]), "\n") {
				if said == word {
					return
				}
			}
		}
	}
	await("READY=1")
	await("WATCHDOG=1")
	await("WATCHDOG=1")
	if err := s.do("run 0 heartbeat reload"); err != nil {
		t.Fatal(err)
	}
	await("RELOADING=1")
	await("READY=1")
	if err := s.do("run 0 heartbeat -k"); err != nil {
		t.Fatal(err)
	}
	await("STOPPING=1")
}

const unitFiles = `
-- etc/authkeys --
auth 1
1 sha1 x
-- etc/haresources --
node1 Dummy::a
-- etc/ha.cf --
node node1 node2
udpport $PORT
ucast lo 127.0.0.2
keepalive 100ms
deadtime 300ms
initdead 300ms
realtime off
auto_failback off
logfile $WORK/log
`
