package guard

import (
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/node/halog"
)

func kill(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatalf("process %d: %v", pid, err)
	}
}

func TestKilledNodeIsStartedAgainAndToldWhy(t *testing.T) {
	g := startGuard(t, wellBehaved)
	kill(t, g.pidOf(g.await("up ", `why=""`)), syscall.SIGKILL)
	g.await("up ", "was killed by signal 9 (SIGKILL)")
	if n := g.lives(); n != 2 {
		t.Errorf("%d lives", n)
	}
}

func TestNodeThatLeftStaysDown(t *testing.T) {
	g := startGuard(t, wellBehaved)
	g.await("up ")
	kill(t, g.cmd.Process.Pid, syscall.SIGHUP)
	g.await("reload")
	kill(t, g.cmd.Process.Pid, syscall.SIGTERM)
	g.await("leaves")
	if code := g.ends(); code != 0 || g.lives() != 1 {
		t.Errorf("exit code %d after %d lives", code, g.lives())
	}
}

func TestNodeThatWasToldToLeaveByOthersStaysDown(t *testing.T) {
	g := startGuard(t, wellBehaved)
	kill(t, g.pidOf(g.await("up ")), syscall.SIGTERM)
	if code := g.ends(); code != 0 || g.lives() != 1 {
		t.Errorf("exit code %d after %d lives", code, g.lives())
	}
}

func TestNodeThatNeverGotUpTellsItsStarter(t *testing.T) {
	for life, code := range map[string]int{stillborn: 1, misled: exitConfig} {
		g := startGuard(t, life)
		if got := g.ends(); got != code || g.lives() != 1 {
			t.Errorf("%s: exit code %d after %d lives", life, got, g.lives())
		}
	}
}

func TestSilentNodeIsReplaced(t *testing.T) {
	g := startGuard(t, silent, wellBehaved)
	g.await("up ")
	g.await("heartbeat guard:", "has not beaten", "What it did: in the last ", " of a processor", "its threads: ", " asleep in ")
	g.await("up ", "did not beat")
}

func TestStoppedNodeIsReplaced(t *testing.T) {
	g := startGuard(t, wellBehaved)
	kill(t, g.pidOf(g.await("up ")), syscall.SIGSTOP)
	g.await("heartbeat guard:", "has not beaten", "it used 0s of a processor; its threads: ", " stopped.")
	g.await("up ", "did not beat")
}

func TestPauseOfBothIsNobodysFault(t *testing.T) {
	g := startGuard(t, wellBehaved)
	pid := g.pidOf(g.await("up "))
	kill(t, pid, syscall.SIGSTOP)
	kill(t, g.cmd.Process.Pid, syscall.SIGSTOP)
	<-time.After(time.Second) // four times what the guard allows the node
	kill(t, g.cmd.Process.Pid, syscall.SIGCONT)
	kill(t, pid, syscall.SIGCONT)
	<-time.After(time.Second)
	kill(t, g.cmd.Process.Pid, syscall.SIGTERM)
	g.await("leaves")
	if n := g.lives(); n != 1 {
		t.Errorf("%d lives", n)
	}
}

func TestNodeThatCrashesAgainAndAgainLosesItsAddresses(t *testing.T) {
	g := startGuard(t, crashes, stillborn)
	g.await("up ")
	g.await("heartbeat guard:", "the next start is in 100ms")
	g.await("heartbeat guard:", "the guard takes its addresses away: there were none")
	g.await("begun") // it goes on trying
	log, err := os.ReadFile(filepath.Join(g.dir, "log"))
	if err != nil || !strings.Contains(string(log), "the guard takes its addresses away") {
		t.Errorf("the log of ha.cf has %q, %v", log, err)
	}
	kill(t, g.cmd.Process.Pid, syscall.SIGTERM)
	g.drain()
	if code := g.ends(); code > 1 {
		t.Errorf("exit code %d", code)
	}
}

func TestBrokenConfigurationEndsTheGuardToo(t *testing.T) {
	g := startGuard(t, crashes, misled)
	g.await("heartbeat guard:", "cannot be started again", "exit code 6", "takes its addresses away")
	if code := g.ends(); code != exitConfig {
		t.Errorf("exit code %d", code)
	}
}

func TestKilledGuardIsReplacedAndTheNewOneGuards(t *testing.T) {
	g := startGuard(t, wellBehaved)
	pid := g.pidOf(g.await("up "))
	kill(t, g.cmd.Process.Pid, syscall.SIGKILL)
	g.await("guard replaced: <nil>")
	kill(t, pid, syscall.SIGKILL)
	second := g.pidOf(g.await("up ", "ended"))
	kill(t, second, syscall.SIGTERM)
	g.await("leaves")
	g.drain() // nobody holds the pipe any more: node and guard have ended
	if n := g.lives(); n != 2 {
		t.Errorf("%d lives", n)
	}
}

func TestGuardStandsForANodeThatAnotherOneWatches(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	node := startGuard(t, wellBehaved)
	pid := node.pidOf(node.await("up "))
	run := filepath.Join(t.TempDir(), "run")
	if err := os.WriteFile(run+".pid", []byte(strconv.Itoa(pid)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", socket)
	stand := startGuard(t, idle, "--run="+run)
	word := make([]byte, 64)
	n, err := systemd.Read(word)
	if err != nil || string(word[:n]) != "READY=1" {
		t.Fatalf("systemd hears %q, %v", word[:n], err)
	}
	kill(t, stand.cmd.Process.Pid, syscall.SIGHUP)
	node.await("reload")
	if err := os.Remove(run + ".pid"); err != nil { // as a node does that leaves
		t.Fatal(err)
	}
	kill(t, stand.cmd.Process.Pid, syscall.SIGTERM)
	node.await("leaves")
	if code := stand.ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestWatchdogOfSystemdIsForTheGuard(t *testing.T) {
	if env := environment([]string{"A=1", "WATCHDOG_PID=7", "WATCHDOG_USEC=5"}); !reflect.DeepEqual(env, []string{"A=1", "WATCHDOG_USEC=5"}) {
		t.Errorf("the node gets %q", env)
	}
	g := startGuard(t, wellBehaved)
	g.await("up ")
	kill(t, g.cmd.Process.Pid, syscall.SIGABRT)
	g.drain()
	if code := g.ends(); code != 128+int(syscall.SIGABRT) || g.lives() != 1 {
		t.Errorf("exit code %d after %d lives", code, g.lives())
	}
}

func TestWhatAUserTypesIsNoGuard(t *testing.T) {
	for _, args := range []string{"", "guard", "guard --", "guard -- --", "guard run", "guard --ward=x -- run", "guard --help -- run", "run -- guard"} {
		if o, mine := parse(append([]string{"heartbeat"}, strings.Fields(args)...)); mine && args != "guard -- --" {
			t.Errorf("%q is taken for a guard: %+v", args, o)
		}
	}
	o, mine := parse([]string{"heartbeat", "guard", "--ready-fd=7", "--ward=12", "--", "run", "--", "x"})
	if want := (order{ward: 12, readyFD: 7, args: []string{"run", "--", "x"}}); !mine || !reflect.DeepEqual(o, want) {
		t.Errorf("%+v, %v", o, mine)
	}
}

func TestLimitsAreShorterThanThePatienceOfPeers(t *testing.T) {
	for _, c := range []struct{ k, d time.Duration }{{200 * time.Millisecond, time.Second}, {time.Second, 10 * time.Second}, {2 * time.Second, 30 * time.Second}} {
		l := LimitsOf(c.k, c.d)
		if l.Hang < 2*c.k || l.Hang+l.Confirm+c.k >= c.d || l.Drop+c.k >= c.d {
			t.Errorf("keepalive %v, deadtime %v: %+v", c.k, c.d, l)
		}
	}
	if l := LimitsOf(10*time.Millisecond, 30*time.Millisecond); l.Hang < 250*time.Millisecond || l.Drop < 250*time.Millisecond {
		t.Errorf("a busy machine would be a false alarm: %+v", l)
	}
}

func TestOnlyMappingsThatWereNeverWrittenAreGivenBack(t *testing.T) {
	const smaps = `00400000-00900000 r-xp 00000000 08:01 131 /usr/local/sbin/heartbeat
Size:               5120 kB
Anonymous:             0 kB
00900000-00e00000 r--p 00500000 08:01 131 /usr/local/sbin/heartbeat
Anonymous:             4 kB
00e00000-00e40000 rw-p 00a00000 08:01 131 /usr/local/sbin/heartbeat
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:             0 kB
7fff0000-7fff1000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
`
	if got := untouched(smaps); !reflect.DeepEqual(got, [][2]uintptr{{0x400000, 0x900000}}) {
		t.Errorf("given back: %x", got)
	}
}

func FuzzMessage(f *testing.F) {
	whole, err := message{Up: &Charge{Node: "n", Addresses: "/run/a", Limits: LimitsOf(time.Second, 10*time.Second), Log: halog.Config{LogFile: "/var/log/x"}}}.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"leaving":true,"left":true}`))
	f.Add([]byte(`{"up":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(data)
		if err != nil {
			return
		}
		again, err := m.encode()
		if err != nil {
			if len(data) <= largestMessage/8 {
				t.Fatalf("%q cannot be said again: %v", data, err)
			}
			return
		}
		back, err := decode(again)
		if err != nil || !reflect.DeepEqual(back, m) {
			t.Fatalf("%q became %q: %v", data, again, err)
		}
	})
}
