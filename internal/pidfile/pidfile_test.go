package pidfile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heartbeat/internal/testenv"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAFileTellsStoppedStaleAndRunningApart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logd.pid")
	look := func(program string, want State) {
		t.Helper()
		if _, got := Look(path, program); got != want {
			t.Errorf("state %d, want %d", got, want)
		}
	}
	look("ha_logd", Stopped)
	write(t, path, "no number\n")
	look("ha_logd", Stopped)

	sleeper := exec.Command("sleep", "100")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	write(t, path, fmt.Sprintf("%11d\n", sleeper.Process.Pid))
	look("sleep", Running)
	look("ha_logd", Stale) // the number is in use again, by another program
	sleeper.Process.Kill()
	sleeper.Wait()
	look("sleep", Stale)
}

func TestAHeldFileNamesThisProcessAndKeepsOthersOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logd.pid")
	program := filepath.Base(os.Args[0])
	held, err := Hold(path, program)
	if err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); string(data) != fmt.Sprintf("%11d\n", os.Getpid()) {
		t.Errorf("file %q", data)
	}
	var running *RunningError
	if _, err := Hold(path, program); !errors.As(err, &running) || running.PID != os.Getpid() {
		t.Errorf("held twice: %v", err)
	}
	held.Remove()
	if _, state := Look(path, program); state != Stopped {
		t.Errorf("state %d after the end", state)
	}
}

func TestTheFileOfASuccessorStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "logd.pid")
	held, err := Hold(path, "x")
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(path)
	write(t, path, "1\n")
	held.Remove()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// A daemon was killed in the middle of starting a program: for a moment that child still has its lock.
func TestTheLockOfADeadDaemonIsWaitedFor(t *testing.T) {
	testenv.NeedProgram(t, "sleep", "coreutils")
	path := filepath.Join(t.TempDir(), "x.pid")
	dead := exec.Command("sleep", "0")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(path, fmt.Appendf(nil, "%11d\n", dead.Process.Pid), 0o644)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := (Claim{Path: path, PID: os.Getpid(), Same: func(int) bool { return false }}).try(); err == nil {
		t.Fatal("the lock is no lock")
	}
	time.AfterFunc(10*lockAgain, func() { f.Close() })
	p, err := Hold(path, filepath.Base(os.Args[0]))
	if err != nil {
		t.Fatal(err)
	}
	p.Remove()
}

func TestALockWithoutANumberIsNamedByItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pid")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := Hold(path, "x"); err == nil || !strings.Contains(err.Error(), "fuser "+path) {
		t.Errorf("%v", err)
	}
}
