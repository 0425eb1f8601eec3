package identity

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"heartbeat/internal/pidfile"
)

// PIDPath is the pid file of the node with that run directory: /run/heartbeat.pid for /run/heartbeat,
// where C has it and where init scripts look.
func PIDPath(runDir string) string { return filepath.Clean(runDir) + ".pid" }

// HoldPIDFile writes the pid file and locks it. A *pidfile.RunningError says that the node runs already: as one of
// ours, which holds the lock, or as C Heartbeat, which is known by its name only.
func HoldPIDFile(path string, pid int) (*pidfile.File, error) {
	return pidfile.Claim{Path: path, PID: pid, Width: 10, Same: isClassicDaemon}.Hold()
}

// isClassicDaemon says whether a process is a heartbeat daemon that is not our program.
func isClassicDaemon(pid int) bool {
	proc := fmt.Sprintf("/proc/%d/", pid)
	comm, err := os.ReadFile(proc + "comm")
	if err != nil || strings.TrimSpace(string(comm)) != "heartbeat" {
		return false
	}
	theirs, err := os.Stat(proc + "exe")
	if err != nil {
		return false
	}
	ours, err := os.Stat("/proc/self/exe")
	return err == nil && !os.SameFile(theirs, ours)
}
