package node

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/apphb/server"
	"heartbeat/internal/event"
	"heartbeat/internal/testenv"
)

func TestANodeBeatsAtApphbdAndFindsItAgain(t *testing.T) {
	s := newStand(t)
	s.more += "use_apphbd on\n"
	s.files("n1")
	if err := os.MkdirAll(s.path("n1", "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	n1 := s.start("n1")
	n1.await(0, event.MonitorLost, "n1")
	if got := strings.Join(n1.Status().Attention, "\n"); !strings.Contains(got, "use_apphbd: reaching apphbd") || !strings.Contains(got, "start apphbd") {
		t.Errorf("attention: %s", got)
	}

	events := make(chan string, 100)
	monitor, err := server.Listen(server.Config{
		Socket: filepath.Join(s.path("n1", "run"), server.SocketName), Log: slog.New(slog.DiscardHandler),
		Notify: func(e apphb.Event, p apphb.Program) {
			if e != apphb.HBWarn { // a busy machine may be late
				events <- fmt.Sprintf("%d %s/%s", e, p.Name, p.Instance)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	go monitor.Run(stop)
	defer func() { close(stop); monitor.Wait() }()
	n1.await(0, event.MonitorJoined, "n1")
	if got := strings.Join(n1.Status().Attention, "\n"); strings.Contains(got, "apphbd") {
		t.Errorf("attention: %s", got)
	}
	n1.Shutdown()
	n1.ends()
	for {
		select {
		case e := <-events:
			if e == "2 heartbeat/master_control_process" || e == "3 heartbeat/master_control_process" {
				continue // a machine so busy that deadtime passed between two beats
			}
			if e != "5 heartbeat/master_control_process" {
				t.Errorf("event %s; a leaving node unregisters", e)
			}
			return
		case <-time.After(patience):
			t.Fatal("apphbd heard nothing of the end")
		}
	}
}

func TestANodeBeatsAtTheApphbdOfC(t *testing.T) {
	const program = "/usr/libexec/heartbeat/apphbd"
	testenv.NeedProgram(t, program, "heartbeat")
	s := newStand(t)
	s.more += "use_apphbd on\n"
	s.files("n1")
	run := t.TempDir()
	ours := s.path("n1", "run")
	for _, dir := range []string{run, filepath.Join(run, "heartbeat"), ours} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		os.Chmod(dir, 0o777)
	}
	log := filepath.Join(run, "log")
	for name, text := range map[string]string{"cf": "debug_level 1\nlogfile /run/log\ndebugfile /run/log\nrealtime no\n", "log": ""} {
		if err := os.WriteFile(filepath.Join(run, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		os.Chmod(filepath.Join(run, name), 0o666)
	}
	cmd := testenv.Private(t, map[string]string{"/run": run, "/run/heartbeat": ours}, program, "-c", "/run/cf")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	n1 := s.start("n1")
	n1.await(0, event.MonitorJoined, "n1")
	testenv.Until(t, "C's word about the registration", s.logFile(log, "apphb_client_register: client: [heartbeat]/[master_control_process]"))
	n1.Abandon()
	n1.ends()
}
