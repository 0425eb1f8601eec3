package node

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
)

func texts(list []conf.Problem) string { return conf.Problems(list).Error() }

func TestReloadOfBadFilesChangesNothing(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.GroupAcquired, "web::1")
	s.write("n1", "ha.cf", s.haCf("n1")+"keepaliv 3\n", 0o644)
	s.write("n1", "authkeys", "auth 1\n1 sha1 another\n", 0o600)
	problems := n1.Reload(true)
	if !conf.Problems(problems).HasErrors() || !strings.Contains(texts(problems), "keepaliv") {
		t.Errorf("got %s", texts(problems))
	}
	n1.await(0, event.ConfigRefused, "n1")
	if n1.Config().AuthKeys.Keys[0].Secret != "secret" {
		t.Error("half of the new configuration is in force")
	}
	if got := strings.Join(n1.Status().Attention, "\n"); !strings.Contains(got, "keepaliv") {
		t.Errorf("status does not tell: %s", got)
	}
	s.files("n1")
	if problems := n1.Reload(true); conf.Problems(problems).HasErrors() {
		t.Errorf("mended files: %s", texts(problems))
	}
	if got := strings.Join(n1.Status().Attention, "\n"); strings.Contains(got, "keepaliv") {
		t.Errorf("status still tells: %s", got)
	}
}

func TestReloadPutsKeysIntoForce(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.NodeActive, "n2")
	n2.await(0, event.NodeActive, "n1")

	both := "auth 2\n1 sha1 secret\n2 sha256 newer\n"
	s.write("n1", "authkeys", strings.Replace(both, "auth 2", "auth 1", 1), 0o600)
	s.write("n2", "authkeys", both, 0o600)
	if p := n1.Reload(true); strings.Contains(texts(p), "is gone") {
		t.Errorf("adding a key: %s", texts(p))
	}
	mark := n1.last()
	if p := n2.Reload(true); strings.Contains(texts(p), "is gone") {
		t.Errorf("signing with the new key: %s", texts(p))
	}
	n2.await(0, event.ConfigReloaded, "n2")
	s.write("n1", "authkeys", "auth 2\n2 sha256 newer\n", 0o600)
	if p := n1.Reload(true); !strings.Contains(texts(p), "key 1, which signed until now, is gone") {
		t.Errorf("dropping the key that signs: %s", texts(p))
	}
	n1.Shutdown() // n2 understands the new signatures of n1
	n2.await(0, event.GroupAcquired, "web::1")
	n1.ends()
	for _, e := range n1.Events(mark, 0) {
		if e.Kind == event.NodeDead || e.Kind == event.MessageLost {
			t.Errorf("the change of keys cost more than a retransmission: %s", e.Text)
		}
	}
}

func TestReloadNamesWhatNeedsARestart(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.GroupAcquired, "web::1")
	if p := n1.Reload(true); strings.Contains(texts(p), "restart") {
		t.Errorf("unchanged files: %s", texts(p))
	}
	s.write("n1", "ha.cf", "# a comment\n\n"+strings.Replace(s.haCf("n1"), "deadtime 400ms", "deadtime 500ms", 1), 0o644)
	s.write("n1", "haresources", s.rsc+"n1 mail::3\n", 0o644)
	got := texts(n1.Reload(true))
	for _, want := range []string{"deadtime changed", "the resource groups changed", "heartbeat reload"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "media") || strings.Contains(got, "warntime") {
		t.Errorf("what did not change is named:\n%s", got)
	}
	if n1.Config().HaCf.Deadtime.String() != "400ms" {
		t.Error("the configuration shown is not the one in force")
	}
}

func TestHangupFollowsLogRotation(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.GroupAcquired, "web::1")
	file := s.path("n1", "ha-log")
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	n1.Signal(syscall.SIGHUP)
	n1.Shutdown()
	n1.ends()
	if b, err := os.ReadFile(file); err != nil || !strings.Contains(string(b), "Configuration unchanged.") {
		t.Errorf("new log file: %q %v", b, err)
	}
}

func TestDebugSignalsMoveTheLevel(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	n1 := s.start("n1")
	n1.Signal(syscall.SIGUSR1)
	n1.Signal(syscall.SIGUSR1)
	n1.Signal(syscall.SIGUSR2)
	if n1.debug.Load() != 1 {
		t.Errorf("debug level %d", n1.debug.Load())
	}
	if n1.Signal(syscall.SIGWINCH) {
		t.Error("SIGWINCH means something")
	}
}
