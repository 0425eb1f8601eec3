package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"heartbeat/internal/event"
	"heartbeat/internal/node/identity"
	"heartbeat/internal/testenv"
)

func TestEveryConfigurationErrorIsListedAndNothingStarts(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.write("n1", "ha.cf", s.haCf("n1")+"keepaliv 3\nstonith nosuchtype x\nstonith_host * fence_nosuch ip=1\nstonith_host n7 nonsense\n", 0o644)
	s.write("n1", "authkeys", "auth 1\n2 sha1 x\n", 0o644)
	s.write("n1", "haresources", "n7 web\nn1 nosuchscript\n", 0o644)
	_, err := Open(s.options("n1"))
	var ce *ConfigError
	if !errors.As(err, &ce) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"keepaliv", "fencing device nosuchtype: ", "fencing device fence_nosuch: there is no fence agent",
		"Auth Key [1] not found", "Bad permissions on keyfile", "n7", "nosuchscript", "ha.cf:", "authkeys", "haresources:",
		"Heartbeat not started: configuration error."} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
	for _, dir := range []string{"state", "run"} {
		if _, err := os.Stat(s.path("n1", dir)); err == nil {
			t.Errorf("%s was made for a node that does not start", dir)
		}
	}
}

func TestMissingFilesAreAllNamed(t *testing.T) {
	s := newStand(t)
	_, err := Open(s.options("n1"))
	if err == nil || !strings.Contains(err.Error(), "Cannot open config file [") || !strings.Contains(err.Error(), "Cannot open keyfile [") {
		t.Errorf("got %v", err)
	}
}

func TestForeignNameIsRefused(t *testing.T) {
	s := newStand(t)
	s.files("n9")
	_, err := Open(s.options("n9"))
	if err == nil || !strings.Contains(err.Error(), "Current node [n9] not in configuration!") {
		t.Errorf("got %v", err)
	}
}

func TestNodeInfoNamesTheNode(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.write("n1", "nodeinfo", "N1\n", 0o644)
	opts := s.options("n1")
	opts.Name = ""
	if _, self, problems := Load(opts, nil); self != "n1" || problems.HasErrors() {
		t.Errorf("%q %v", self, problems)
	}
}

func TestDirectoriesAreMade(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.start("n1").await(0, event.NodeStarting, "")
	for dir, mode := range map[string]os.FileMode{"state": 0o755, "run": 0o755, "run/rsctmp": 0o755 | os.ModeSticky, "state/cores/root": 0o700} {
		info, err := os.Stat(s.path("n1", dir))
		if err != nil || info.Mode()&^os.ModeDir != mode {
			t.Errorf("%s: %v %v", dir, info, err)
		}
	}
	if b, err := os.ReadFile(s.path("n1", "state", identity.GenerationFile)); err != nil || len(b) != 16 {
		t.Errorf("generation %q %v", b, err)
	}
}

// onDisk mounts a tmpfs as the state directory of a node.
func (s *stand) onDisk(node, options string) string {
	testenv.NeedRoot(s.t)
	dir := s.path(node, "state")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		testenv.Need(s.t, "mount of a tmpfs", false, "run as root with CAP_SYS_ADMIN: "+err.Error())
	}
	s.t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestReadOnlyStateDirectoryIsReportedAndSurvived(t *testing.T) {
	s := newStand(t)
	dir := s.onDisk("n1", "")
	os.WriteFile(filepath.Join(dir, identity.GenerationFile), []byte("             41\n"), 0o644)
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.StateUnwritable, "n1")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.NodeActive, "n1") // its peer takes its packets
	if got := strings.Join(n1.Status().Attention, "\n"); !strings.Contains(got, "generation") || !strings.Contains(got, "read-only") {
		t.Errorf("status does not tell: %s", got)
	}
	if n1.generation < 1_000_000_000 {
		t.Errorf("generation %d is not from the clock", n1.generation)
	}
	n1.Shutdown()
	n1.ends()
}

func TestFullDiskWhileRunningIsReportedAndSurvived(t *testing.T) {
	s := newStand(t)
	dir := s.onDisk("n1", "size=32k,nr_inodes=30")
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.GroupAcquired, "web::1")
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = filler.Write(make([]byte, 4096))
	}
	filler.Close()
	for range 200 {
		n1.record(event.ConfigReloaded, strings.Repeat("x", 100))
	}
	n1.await(0, event.StateUnwritable, "n1")
	if got := strings.Join(n1.Status().Attention, "\n"); !strings.Contains(got, "timeline is not written") {
		t.Errorf("status does not tell: %s", got)
	}
	n1.Shutdown()
	n1.ends()
	if b, _ := os.ReadFile(filepath.Join(dir, identity.GenerationFile)); len(b) != 16 {
		t.Errorf("generation file: %q", b)
	}
}
