package halog

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/logd/record"
	"heartbeat/internal/testenv"
)

const patience = 30 * time.Second

func contains(path, text string) bool {
	data, _ := os.ReadFile(path)
	return strings.Contains(string(data), text)
}

func TestLinesOfGuestsKeepTheirNamesAndCannotForgeOthers(t *testing.T) {
	dir := t.TempDir()
	logFile, debugFile := filepath.Join(dir, "ha-log"), filepath.Join(dir, "ha-debug")
	l := Open(Config{LogFile: logFile, DebugFile: debugFile, Host: "n1", PID: 1, Mode: 0o600})
	at := time.Date(2026, 11, 2, 3, 4, 5, 0, time.Local)
	l.Put(record.Line{At: at, Entity: "web", PID: 7, Priority: 2, Word: true, Text: "hot"})
	l.Put(record.Line{At: at, Entity: "web", PID: 7, Priority: 6, Text: "plain\nNov 02 03:04:05 n1 heartbeat: [1]: ERROR: forged"})
	l.Put(record.Line{At: at, Entity: "a\nb", PID: 7, Priority: 7, Word: true, Text: "detail"})
	l.Put(record.Line{Text: "nobody's"})
	l.Close(time.Minute)
	log, debug := read(t, logFile), read(t, debugFile)
	if !strings.HasPrefix(log, "Nov 02 03:04:05 n1 web: [7]: CRIT: hot\nNov 02 03:04:05 n1 web: [7]: plain Nov 02 ") || strings.Count(log, "\n") != 3 {
		t.Errorf("log:\n%s", log)
	}
	if strings.Contains(log, "detail") || !strings.Contains(debug, "n1 a b: [7]: debug: detail\n") || !strings.Contains(log, "cluster: [0]: nobody's") {
		t.Errorf("log:\n%s\ndebug:\n%s", log, debug)
	}
	if info, err := os.Stat(logFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestThePrefixStandsBeforeTheProgramInSyslog(t *testing.T) {
	c := Config{Prefix: "linux-ha", PID: 3}
	l := line{at: time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC), priority: 6, word: true, text: "x"}
	if got := c.syslogPacket(l, 3); got != "<30>Nov  2 03:04:05 linux-ha: heartbeat[3]: info: x" {
		t.Error(got)
	}
	c.Prefix = ""
	if got := c.syslogPacket(l, 3); got != "<30>Nov  2 03:04:05 heartbeat: [3]: info: x" {
		t.Error(got)
	}
}

func TestTheDaemonOfCWritesWhileItRunsAndWeBeforeAndAfter(t *testing.T) {
	const program = "/usr/lib/heartbeat/ha_logd"
	testenv.NeedProgram(t, program, "cluster-glue")
	lib, run := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(run, "logd.cf"), []byte("logfile /run/c-log\nlogfacility none\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ours, theirs := filepath.Join(lib, "our-log"), filepath.Join(run, "c-log")
	socket := filepath.Join(lib, "log_daemon")
	l := Open(Config{LogFile: ours, Host: "n1", PID: 4711, Logd: socket, LogdRetry: time.Millisecond})
	defer l.Close(patience)
	log := slog.New(l.Handler())
	log.Warn("before")
	testenv.Until(t, "a line before there is a daemon", func() bool { return contains(ours, "WARN: before") })

	var cmd *exec.Cmd
	start := func() {
		t.Helper()
		cmd = testenv.Private(t, map[string]string{"/var/lib/heartbeat": lib, "/run": run}, program, "-c", "/run/logd.cf")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	start()
	testenv.Until(t, "a line by way of the daemon", func() bool {
		log.Warn("during", "n", 1)
		return contains(theirs, " heartbeat: [4711]: WARN: during n=1\n")
	})

	testenv.Kill(cmd)
	testenv.Until(t, "a line after its end", func() bool {
		log.Warn("after")
		return contains(ours, "WARN: after")
	})
	os.Remove(filepath.Join(run, "logd.pid"))
	start()
	testenv.Until(t, "a line by way of the next daemon", func() bool {
		log.Warn("again")
		return contains(theirs, "WARN: again")
	})
}

// A daemon that does not read costs nobody anything but a moment of the writer's time.
func TestADaemonThatDoesNotReadIsLeft(t *testing.T) {
	testenv.NeedProgram(t, "python3", "python3")
	dir := t.TempDir()
	socket, ours := filepath.Join(dir, "log_daemon"), filepath.Join(dir, "log")
	deaf := exec.Command("python3", "-c", `
import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(5)
print("listening", flush=True)
c = s.accept()
sys.stdin.read()`, socket)
	if _, err := deaf.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	says, err := deaf.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := deaf.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { deaf.Process.Kill(); deaf.Wait() }()
	if _, err := says.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	l := Open(Config{LogFile: ours, Logd: socket, LogdRetry: time.Hour})
	log := slog.New(l.Handler())
	text := strings.Repeat("long ", 800)
	testenv.Until(t, "a line in our own file", func() bool {
		for range 10 {
			log.Info(text)
		}
		return contains(ours, "long long")
	})
	l.Close(patience)
}

func TestARenamedFileIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	s := newSinks(Config{LogFile: path})
	defer s.close()
	s.log.write("one\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	s.log.to.(*logFile).looked = time.Now().Add(-2 * lookAgain)
	s.log.write("two\n")
	if read(t, path+".1") != "one\n" || read(t, path) != "two\n" {
		t.Errorf("%q and %q", read(t, path+".1"), read(t, path))
	}
}
