package watchdog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestTimeoutIsTheDeadtimeRoundedUp(t *testing.T) {
	for deadtime, want := range map[time.Duration]time.Duration{
		30 * time.Millisecond: time.Second, 990 * time.Millisecond: time.Second, time.Second: 2 * time.Second,
		10 * time.Second: 11 * time.Second, 9900 * time.Millisecond: 10 * time.Second,
	} {
		if got := Timeout(deadtime); got != want {
			t.Errorf("deadtime %v: %v, want %v", deadtime, got, want)
		}
	}
}

// A plain file takes the same writes as a device and refuses its questions, as a driver of the old kind does.
func TestADeviceIsFedAndLeftInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path, 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if d.Timeout() != 3*time.Second || d.Stoppable() {
		t.Errorf("timeout %v, stoppable %v", d.Timeout(), d.Stoppable())
	}
	for range 2 {
		if err := d.Feed(); err != nil {
			t.Error(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "\x00\x00V" {
		t.Errorf("written: %q", got)
	}
	if err := d.Feed(); !errors.Is(err, unix.EBADF) {
		t.Errorf("a closed device was fed: %v", err)
	}
}

func TestAnAbandonedDeviceIsNotToldThatAllIsWell(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watchdog")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Abandon(); err != nil {
		t.Error(err)
	}
	if got, _ := os.ReadFile(path); len(got) != 0 {
		t.Errorf("written: %q", got)
	}
}

func TestAMissingDeviceIsNamedWithTheMend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nosuch")
	_, err := Open(path, time.Second)
	if !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "modprobe softdog") {
		t.Error(err)
	}
}
