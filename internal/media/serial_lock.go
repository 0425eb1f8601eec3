package media

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// DefaultLockDir is where programs that use serial ports leave word of it (Filesystem Hierarchy Standard, /var/lock).
const DefaultLockDir = "/var/lock"

// A deviceLock is a UUCP lock file, which keeps terminal programs and getty, and C Heartbeat, from our line.
type deviceLock struct{ path string }

// heldError says who has a device.
type heldError struct {
	path string
	pid  int
}

func (e *heldError) Error() string {
	return fmt.Sprintf("process %d has the device (%s)", e.pid, e.path)
}

// lockDevice takes the lock of a device. Locks of dead processes are removed. Where no lock can be written (no such
// directory, no right) the line is used without: a node must not fail for want of a courtesy.
func lockDevice(dir, device string) (*deviceLock, error) {
	if dir == "" {
		dir = DefaultLockDir
	}
	path := filepath.Join(dir, "LCK.."+filepath.Base(device))
	own := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(own, fmt.Appendf(nil, "%10d\n", os.Getpid()), 0o644); err != nil {
		return nil, nil
	}
	defer os.Remove(own)
	for range 2 {
		err := os.Link(own, path) // whole from the first instant on
		switch {
		case err == nil:
			return &deviceLock{path}, nil
		case !errors.Is(err, os.ErrExist):
			return nil, nil
		}
		if pid := holder(path); pid > 0 && pid != os.Getpid() && unix.Kill(pid, 0) != unix.ESRCH {
			return nil, &heldError{path, pid}
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
	}
	return nil, nil
}

// holder is the process that a lock file names; 0: none.
func holder(path string) int {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0
	}
	return pid
}

func (l *deviceLock) release() {
	if l != nil && holder(l.path) == os.Getpid() {
		_ = os.Remove(l.path) // the next program finds a dead process in it otherwise
	}
}
