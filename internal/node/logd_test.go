package node

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heartbeat/internal/event"
	"heartbeat/internal/logd"
	"heartbeat/internal/testenv"
)

func (s *stand) logFile(path, text string) func() bool {
	return func() bool {
		data, _ := os.ReadFile(path)
		return bytes.Contains(data, []byte(text))
	}
}

// usesLogd is a stand whose node n1 logs by logd.cf.
func usesLogd(t *testing.T) (s *stand, log string) {
	s = newStand(t)
	log = s.path("n1", "logd-log")
	s.more += "use_logd yes\nconn_logd_time 50ms\n"
	s.files("n1")
	if err := os.WriteFile(s.path("n1", "logd.cf"), []byte("logfile "+log+"\nlogfacility none\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return s, log
}

func TestWithUseLogdTheTargetsAreThoseOfLogdCf(t *testing.T) {
	s, log := usesLogd(t)
	n1 := s.start("n1")
	n1.await(0, event.NodeStarting, "n1")
	for _, phrase := range []string{
		"WARN: ", "logd is enabled but logfile is still configured in ha.cf", "Enabling logging daemon",
		"logfile and debug file are those specified in logd config file (" + s.path("n1", "logd.cf") + ")", "heartbeat: [",
	} {
		testenv.Until(t, phrase+" in the log", s.logFile(log, phrase))
	}
	if _, err := os.Stat(s.path("n1", "ha-log")); err == nil {
		t.Error("logfile of ha.cf is written, too")
	}

	// A reload without it closes the door.
	socket := s.path("n1", "state", logd.SocketName)
	testenv.Until(t, "the socket", func() bool { _, err := os.Stat(socket); return err == nil })
	s.more = strings.Replace(s.more, "use_logd yes", "use_logd no", 1)
	s.files("n1")
	n1.Reload(true)
	testenv.Until(t, "the end of the socket", func() bool { _, err := os.Stat(socket); return err != nil })
	testenv.Until(t, "a line in logfile of ha.cf", s.logFile(s.path("n1", "ha-log"), "Configuration read again"))
}

func TestWithoutUseLogdTheStartRecommendsItAsCDoes(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.start("n1").await(0, event.NodeStarting, "n1")
	testenv.Until(t, "the recommendation", s.logFile(s.path("n1", "ha-log"), "WARN: Logging daemon is disabled --enabling logging daemon is recommended"))
}

func TestTheNodeIsTheLoggingDaemonForProgramsOfCUntilOneOfCIsStarted(t *testing.T) {
	const program = "/usr/lib/heartbeat/ha_logd"
	testenv.NeedProgram(t, program, "cluster-glue")
	s, log := usesLogd(t)
	n1 := s.start("n1")
	n1.await(0, event.NodeStarting, "n1")
	state := s.path("n1", "state")
	socket := filepath.Join(state, logd.SocketName)
	say := func(text string) {
		t.Helper()
		cmd := testenv.Private(t, map[string]string{"/var/lib/heartbeat": state}, "ha_logger", "-t", "web", text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	testenv.Until(t, "the socket", func() bool { _, err := os.Stat(socket); return err == nil })
	say("hello node")
	testenv.Until(t, "a program's line", s.logFile(log, " n1 web: ["))
	testenv.Until(t, "a program's line", s.logFile(log, "]: hello node\n"))

	run := t.TempDir()
	theirs := filepath.Join(run, "c-log")
	if err := os.WriteFile(filepath.Join(run, "logd.cf"), []byte("logfile /run/c-log\nlogfacility none\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	ha := testenv.Private(t, map[string]string{"/var/lib/heartbeat": state, "/run": run}, program, "-c", "/run/logd.cf")
	if err := ha.Start(); err != nil {
		t.Fatal(err)
	}
	testenv.Until(t, "lines of the node by way of C's daemon", func() bool {
		n1.log.Info("by another way")
		return s.logFile(theirs, "heartbeat: [")() && s.logFile(theirs, "info: by another way")()
	})
	say("hello C")
	testenv.Until(t, "a program's line at C's daemon", s.logFile(theirs, "hello C"))

	testenv.Kill(ha)
	testenv.Until(t, "the node as the daemon again", func() bool {
		cmd := testenv.Private(t, map[string]string{"/var/lib/heartbeat": state}, "ha_logger", "-t", "web", "hello again")
		return cmd.Run() == nil && s.logFile(log, "hello again")()
	})
	n1.Shutdown()
	n1.ends()
	if _, err := os.Stat(socket); err == nil {
		t.Error("the socket stays behind")
	}
}
