package logd

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heartbeat/internal/logd/record"
	"heartbeat/internal/plumb"
	"heartbeat/internal/testenv"
)

const patience = 30 * time.Second

// served is a server of a test and what it was told.
type served struct {
	*Server
	t     *testing.T
	path  string
	lines chan record.Line
}

func serve(t *testing.T) *served {
	t.Helper()
	s := &served{t: t, path: filepath.Join(t.TempDir(), SocketName), lines: make(chan record.Line, 100)}
	var err error
	if s.Server, err = Listen(s.path, func(l record.Line) { s.lines <- l }, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func (s *served) next() record.Line {
	s.t.Helper()
	select {
	case l := <-s.lines:
		return l
	case <-time.After(patience):
		s.t.Fatal("no line came")
	}
	return record.Line{}
}

func TestProgramsOfCTalkToTheServer(t *testing.T) {
	s := serve(t)
	cmd := testenv.Private(t, map[string]string{"/var/lib/heartbeat": filepath.Dir(s.path)}, "ha_logger", "-t", "web", "first", "second")
	testenv.NeedProgram(t, "ha_logger", "cluster-glue")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"first", "second"} {
		if l := s.next(); l.Text != want || l.Entity != "web" || l.Priority != 6 || l.Word || l.PID == 0 {
			t.Errorf("%+v, want %s", l, want)
		}
	}
}

func TestTheClientTalksToTheDaemonOfC(t *testing.T) {
	const daemon = "/usr/lib/heartbeat/ha_logd"
	testenv.NeedProgram(t, daemon, "cluster-glue")
	lib, run := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(run, "logd.cf"), []byte("logfile /run/ha-log\nlogfacility none\nsyslogmsgfmt yes\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := testenv.Private(t, map[string]string{"/var/lib/heartbeat": lib, "/run": run}, daemon, "-c", "/run/logd.cf")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(lib, SocketName)
	var client *Client
	testenv.Until(t, "the daemon of C", func() bool {
		c, err := Dial(path, patience)
		client = c
		return err == nil
	})
	defer client.Close()
	if client.PID() == 0 {
		t.Error("who the daemon is, is not known")
	}
	for _, l := range []record.Line{
		{Entity: "heartbeat", PID: 4711, Priority: 4, Word: true, Text: "node n2: is dead", At: time.Date(2026, 11, 2, 3, 4, 5, 0, time.Local)},
		{Entity: "web", PID: 12, Priority: 6, Text: "without a word"},
	} {
		if err := client.Write(l, patience); err != nil {
			t.Fatal(err)
		}
	}
	testenv.Until(t, "both lines in its log", func() bool {
		log, _ := os.ReadFile(filepath.Join(run, "ha-log"))
		return strings.Contains(string(log), "Nov 02 03:04:05 ") && strings.Contains(string(log), " heartbeat: [4711]: WARN: node n2: is dead\n") &&
			strings.Contains(string(log), " web: [12]: without a word\n")
	})
	taken := &TakenError{}
	if _, err := Listen(path, nil, slog.New(slog.DiscardHandler)); !errors.As(err, &taken) {
		t.Errorf("the socket of a living daemon was taken: %v", err)
	}
}

func TestAProcessIsNotItsOwnClient(t *testing.T) {
	s := serve(t)
	if _, err := Dial(s.path, patience); !errors.Is(err, ErrOwn) {
		t.Errorf("%v", err)
	}
	taken := &TakenError{}
	if _, err := Listen(s.path, nil, slog.New(slog.DiscardHandler)); !errors.As(err, &taken) || taken.PID != os.Getpid() {
		t.Errorf("%v", err)
	}
}

func TestWhatADeadDaemonLeftIsReplacedAndASuccessorLeftAlone(t *testing.T) {
	s := serve(t)
	old := s.Server
	if !old.There() {
		t.Fatal("the socket is not there")
	}
	os.Remove(s.path) // as a daemon of C does when it starts
	successor, err := net.Listen("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	if old.There() {
		t.Error("another daemon has the name now")
	}
	old.Close()
	if _, err := os.Stat(s.path); err != nil {
		t.Errorf("the successor lost its socket: %v", err)
	}
	successor.(*net.UnixListener).SetUnlinkOnClose(false)
	successor.Close() // it dies
	again, err := Listen(s.path, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	if _, err := os.Stat(s.path); err == nil {
		t.Error("the socket stays behind")
	}
}

func TestWhatWasWrittenBeforeTheEndIsRead(t *testing.T) {
	s := serve(t)
	c, err := net.Dial("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	testenv.Until(t, "the client", func() bool { return s.Clients() == 1 })
	client := &Client{conn: c.(*net.UnixConn)}
	for range 50 {
		if err := client.Write(record.Line{Text: "a line"}, patience); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	if len(s.lines) != 50 {
		t.Errorf("%d of 50 lines were read", len(s.lines))
	}
}

func TestAClientThatTalksNonsenseIsLetGo(t *testing.T) {
	s := serve(t)
	c, err := net.Dial("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
	c.SetReadDeadline(time.Now().Add(patience))
	if n, err := c.Read(make([]byte, 1)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it is still connected: %v", err)
	}
}

// Whoever wrote before the end is read, also when it was never accepted.
func TestAnEndingServerReadsWhatWasWritten(t *testing.T) {
	for range 50 {
		path := filepath.Join(t.TempDir(), "s")
		var mu sync.Mutex
		got := 0
		s, err := Listen(path, func(record.Line) { mu.Lock(); got++; mu.Unlock() }, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			c, err := net.Dial("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write(plumb.Append(nil, record.Append(nil, record.Line{Entity: "x", Text: "line", Priority: 6}))); err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				c.Close()
			} else {
				defer c.Close()
			}
		}
		if s.Close(); got != 20 {
			t.Fatalf("%d of 20 lines were read", got)
		}
	}
}
