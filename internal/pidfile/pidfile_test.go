package pidfile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
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
