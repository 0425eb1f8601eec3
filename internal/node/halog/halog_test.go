package halog

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFilesHaveTheClassicForms(t *testing.T) {
	tests := []struct {
		classic bool
		want    string
	}{
		{false, `^[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d n1 heartbeat: \[4711\]: (info|WARN|ERROR|debug): `},
		{true, `^heartbeat\[4711\]: \d{4}/\d\d/\d\d_\d\d:\d\d:\d\d (info|WARN|ERROR|debug): `},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		logFile, debugFile := filepath.Join(dir, "ha-log"), filepath.Join(dir, "ha-debug")
		l := Open(Config{LogFile: logFile, DebugFile: debugFile, Classic: tt.classic, Host: "n1", PID: 4711, Debug: 1})
		log := slog.New(l.Handler()).With("event", "node.dead")
		log.Info("node n2: is dead", "subject", "n2", slog.Group("silent", "ms", 3000), "why", "two words")
		log.Warn("late\nforged line\x1b[31m")
		log.Error("bad")
		log.Debug("small")
		l.Close(time.Minute)
		logged, debugged := read(t, logFile), read(t, debugFile)
		form := regexp.MustCompile(tt.want)
		for _, line := range strings.Split(strings.TrimSuffix(debugged, "\n"), "\n") {
			if !form.MatchString(line) {
				t.Errorf("line %q", line)
			}
		}
		if !strings.Contains(logged, `info: node n2: is dead event=node.dead subject=n2 silent.ms=3000 why="two words"`) {
			t.Errorf("log file:\n%s", logged)
		}
		if !strings.Contains(logged, "WARN: late forged line [31m event=node.dead") || !strings.Contains(logged, "ERROR: bad") {
			t.Errorf("log file:\n%s", logged)
		}
		if strings.Contains(logged, "small") || !strings.Contains(debugged, "debug: small") {
			t.Errorf("debug lines belong to the debug file; log:\n%s\ndebug:\n%s", logged, debugged)
		}
	}
}

func TestDebugLinesFollowTheLevel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	l := Open(Config{LogFile: file, DebugFile: file})
	log := slog.New(l.Handler())
	log.Debug("unheard")
	l.SetDebug(1)
	log.Debug("heard")
	l.SetDebug(0)
	log.Debug("unheard")
	l.Close(time.Minute)
	if got := read(t, file); strings.Count(got, "\n") != 1 || !strings.Contains(got, "debug: heard") {
		t.Errorf("got:\n%s", got)
	}
}

func TestReopenFollowsRotation(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "ha-log")
	cfg := Config{LogFile: file}
	l := Open(cfg)
	log := slog.New(l.Handler())
	log.Info("one")
	l.Reopen(cfg)
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	log.Info("two goes to the renamed file or to the new one")
	l.Reopen(cfg)
	log.Info("three")
	l.Close(time.Minute)
	if !strings.Contains(read(t, file+".1"), "one") || !strings.Contains(read(t, file), "three") {
		t.Errorf("old:\n%s\nnew:\n%s", read(t, file+".1"), read(t, file))
	}
}

func TestSyslogPacketCarriesFacilityAndSeverity(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "log")
	server, err := net.ListenPacket("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	l := Open(Config{Facility: "local3", PID: 7, Socket: socket})
	slog.New(l.Handler()).Warn("node n2: is dead")
	buf := make([]byte, 1000)
	n, _, err := server.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(buf[:n]), fmt.Sprintf("<%d>", 19<<3|4); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, " heartbeat: [7]: WARN: node n2: is dead") {
		t.Errorf("got %q", got)
	}
	l.Close(time.Minute)
}

func TestEveryFacilityOfHaCfIsKnown(t *testing.T) {
	for name, want := range map[string]int{"kern": 0, "daemon": 3, "authpriv": 10, "ftp": 11, "local0": 16, "local7": 23} {
		if got, ok := Facility(name); !ok || got != want {
			t.Errorf("%s: %d, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "none", "local8", "local", "local77", "Daemon"} {
		if _, ok := Facility(name); ok {
			t.Errorf("%q is a facility", name)
		}
	}
}

func TestUnwritableLogNeverStopsTheCaller(t *testing.T) {
	dir := t.TempDir()
	l := Open(Config{LogFile: filepath.Join(dir, "missing", "ha-log"), Facility: "daemon", Socket: filepath.Join(dir, "nobody")})
	log := slog.New(l.Handler())
	for range 2 * queued {
		log.Info("into the void")
	}
	l.Close(time.Minute)
	log.Info("after the end")
	l.Reopen(Config{})
}

func FuzzOneLine(f *testing.F) {
	f.Add("a\nb\x00\x1b\x9b\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if got := oneLine(s); strings.ContainsAny(got, "\n\r\x00\x1b\u009b") {
			t.Errorf("%q", got)
		}
	})
}
