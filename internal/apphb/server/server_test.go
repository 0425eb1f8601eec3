package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/apphb/client"
	"heartbeat/internal/plumb"
	"heartbeat/internal/testenv"
)

const patience = 30 * time.Second

// monitor is a server of a test and what it told.
type monitor struct {
	*Server
	t      *testing.T
	dir    string
	events chan string
	boots  chan string
}

func newMonitor(t *testing.T) *monitor {
	t.Helper()
	m := &monitor{t: t, dir: t.TempDir(), events: make(chan string, 1000), boots: make(chan string, 10)}
	var err error
	m.Server, err = Listen(Config{
		Socket: filepath.Join(m.dir, SocketName), Critical: []int{0}, Log: slog.New(slog.DiscardHandler),
		Notify: func(e apphb.Event, p apphb.Program) { m.events <- fmt.Sprintf("%d %s", e, p.Name) },
		Reboot: func(reason string) { m.boots <- reason },
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	go m.Run(stop)
	t.Cleanup(func() { close(stop); m.Wait() })
	return m
}

func (m *monitor) socket() string { return filepath.Join(m.dir, SocketName) }

func (m *monitor) await(want string) {
	m.t.Helper()
	select {
	case got := <-m.events:
		if got != want {
			m.t.Errorf("event %q, want %q", got, want)
		}
	case <-time.After(patience):
		m.t.Fatalf("no event %q", want)
	}
}

func (m *monitor) register(name string) *client.Client {
	m.t.Helper()
	c, err := client.Register(m.socket(), name, "one", patience)
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestALifeOfAProgram(t *testing.T) {
	m := newMonitor(t)
	c := m.register("web")
	must(t, c.SetInterval(100*time.Millisecond))
	m.await("2 web")
	must(t, c.Beat())
	m.await("3 web")
	must(t, c.SetInterval(0))
	must(t, c.SetWarn(time.Hour))
	must(t, c.Unregister())
	m.await("5 web")

	c = m.register("db")
	must(t, c.SetReboot(true))
	c.Close()
	select {
	case got := <-m.boots:
		if got != "db" {
			t.Errorf("reboot for %s", got)
		}
	case <-time.After(patience):
		t.Fatal("the machine was not restarted")
	}
	m.await("1 db")
}

func TestErrorsReachTheProgram(t *testing.T) {
	m := newMonitor(t)
	c := m.register("web")
	defer c.Close()
	if err := c.SetInterval(2000 * time.Hour); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v", err)
	}
	if _, err := client.Register(m.socket(), "", "one", patience); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v", err)
	}
	if _, err := client.Register(filepath.Join(m.dir, "nobody"), "web", "one", patience); err == nil {
		t.Error("there is nobody")
	}
	if _, err := Listen(Config{Socket: m.socket()}); err == nil {
		t.Error("the socket of a living monitor was taken")
	}
}

// A program that asks and never reads must not keep the others from being judged.
func TestAProgramThatReadsNoAnswersIsLetGo(t *testing.T) {
	m := newMonitor(t)
	conn, err := net.Dial("unix", m.socket())
	must(t, err)
	defer conn.Close()
	body, err := apphb.Append(nil, apphb.Message{Kind: apphb.SetInterval, Value: 1})
	must(t, err)
	frame := plumb.Append(nil, body)
	for err == nil {
		_ = conn.SetWriteDeadline(time.Now().Add(patience))
		_, err = conn.Write(frame)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("it was never let go, and holds up the monitor")
	}
	other := m.register("web")
	must(t, other.Unregister())
}

func TestManyProgramsComeAndGo(t *testing.T) {
	m := newMonitor(t)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			c, err := client.Register(m.socket(), fmt.Sprint("p", i), "one", patience)
			if err != nil {
				t.Error(err)
				return
			}
			if err := errors.Join(c.SetInterval(time.Hour), c.Beat(), c.SetWarn(time.Hour)); err != nil {
				t.Error(err)
			}
			if i%2 == 0 {
				err = c.Unregister()
			} else {
				c.Close()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	ends := map[byte]int{}
	for range 100 {
		select {
		case e := <-m.events:
			ends[e[0]]++
		case <-time.After(patience):
			t.Fatal("an end was not told")
		}
	}
	if ends['5'] != 50 || ends['1'] != 50 {
		t.Errorf("ends %v", ends)
	}
}

func TestTheTestProgramOfCIsContentWithUs(t *testing.T) {
	const program = "/usr/libexec/heartbeat/apphbtest"
	testenv.NeedProgram(t, program, "heartbeat")
	m := newMonitor(t)
	run := t.TempDir()
	must(t, os.Mkdir(filepath.Join(run, "heartbeat"), 0o755))
	// Three clients of one beat each, then the failures: two seconds and a half without a beat, and an end without a word.
	cmd := testenv.Private(t, map[string]string{"/run": run, "/run/heartbeat": m.dir}, program, "-n", "3", "-p", "3", "-l", "1", "-i", "400", "-d")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "ERROR") {
		t.Fatalf("%v: %s", err, out)
	}
	for range 3 {
		m.await("5 apphb_normal")
	}
}

// It takes C 16 seconds: ten of beats, of which the last are too late for its warning, and three of silence.
func TestTheFailuresOfTheTestProgramOfCAreTold(t *testing.T) {
	const program = "/usr/libexec/heartbeat/apphbtest"
	testenv.NeedProgram(t, program, "heartbeat")
	t.Parallel()
	m := newMonitor(t)
	run := t.TempDir()
	must(t, os.Mkdir(filepath.Join(run, "heartbeat"), 0o755))
	cmd := testenv.Private(t, map[string]string{"/run": run, "/run/heartbeat": m.dir}, program, "-n", "1", "-p", "1", "-l", "1", "-i", "100", "-F")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got []string
	for !strings.Contains(strings.Join(got, ","), "1 failtest_") { // its last act is an end without a word
		select {
		case e := <-m.events:
			got = append(got, e)
		case <-time.After(patience):
			t.Fatalf("no hangup after %v\n%s", got, out)
		}
	}
	for _, want := range []string{"5 apphb_normal", "4 failtest", "2 failtest", "3 failtest", "5 failtest"} {
		if !strings.Contains(strings.Join(got, ","), want) {
			t.Errorf("no event %q in %v\n%s", want, got, out)
		}
	}
}

func TestTheMonitorOfCIsContentWithOurClient(t *testing.T) {
	const program = "/usr/libexec/heartbeat/apphbd"
	testenv.NeedProgram(t, program, "heartbeat")
	run := t.TempDir()
	must(t, os.Mkdir(filepath.Join(run, "heartbeat"), 0o777))
	must(t, os.Chmod(filepath.Join(run, "heartbeat"), 0o777))
	must(t, os.Chmod(run, 0o777))
	log := filepath.Join(run, "log")
	must(t, os.WriteFile(log, nil, 0o666))
	must(t, os.Chmod(log, 0o666))
	must(t, os.WriteFile(filepath.Join(run, "cf"), []byte("debug_level 1\nlogfile /run/log\nrealtime no\n"), 0o644))
	cmd := testenv.Private(t, map[string]string{"/run": run}, program, "-c", "/run/cf")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var c *client.Client
	testenv.Until(t, "C's monitor", func() (ok bool) {
		var err error
		c, err = client.Register(filepath.Join(run, "heartbeat", SocketName), "web", "one", patience)
		return err == nil
	})
	must(t, c.SetInterval(300*time.Millisecond))
	must(t, c.SetWarn(200*time.Millisecond))
	logged := func(text string) func() bool {
		return func() bool {
			data, _ := os.ReadFile(log)
			return strings.Contains(string(data), text)
		}
	}
	testenv.Until(t, "its complaint", logged("apphb client 'web' / 'one' (pid "+fmt.Sprint(os.Getpid())+") failed to heartbeat"))
	must(t, c.Beat())
	testenv.Until(t, "its relief", logged("resumed heartbeats"))
	testenv.Until(t, "its word about the late beat", logged("late heartbeat: "))
	must(t, c.SetReboot(false))
	must(t, c.SetInterval(0))
	must(t, c.Unregister())
	data, _ := os.ReadFile(filepath.Join(run, "apphbd.pid"))
	t.Logf("C's monitor was process %s", strings.TrimSpace(string(data)))
}
