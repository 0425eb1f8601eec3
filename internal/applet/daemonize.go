package applet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"heartbeat/internal/pidfile"
)

// readyVariable names the descriptor on which a small daemon in the background tells its starter that it is up.
const readyVariable = "HEARTBEAT_READY_FD"

// daemonize starts this command once more as a process of its own, in a session of its own, and returns when it is really up,
// or with its exit code when it ended before. What it says until then goes to our terminal.
func (c *call) daemonize(name string, args []string) int {
	cmd := command(name, append([]string{"--etc=" + c.Etc, "--state=" + c.State, "--run=" + c.Run}, args...)...)
	cmd.Env = append(os.Environ(), readyVariable+"=3")
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	return c.launch(name, cmd)
}

// inBackground says whether daemonize started this process.
func (c *call) inBackground() bool { return c.Getenv(readyVariable) != "" }

// up tells the starter, if there is one, that the daemon is up, and lets go of the terminal.
func (c *call) up() error {
	fd, err := strconv.Atoi(c.Getenv(readyVariable))
	if err != nil {
		return nil // in the foreground
	}
	_ = os.Unsetenv(readyVariable) // it means nothing to the programs that the daemon starts
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return detach(fd)
}

// smallPIDPath is the pid file of a small daemon: beside that of the node, /run/NAME.pid for /run/heartbeat.
func (c *call) smallPIDPath(name string) string {
	return filepath.Join(filepath.Dir(filepath.Clean(c.Run)), name+".pid")
}

// stopSmall ends a small daemon with SIGTERM, waits until it is gone and returns the exit code.
func (c *call) stopSmall(path, name string) int {
	err := c.endSmall(path, name)
	if err == nil {
		return exitOK
	}
	c.complain("%s: %s\n", name, err)
	if errors.Is(err, os.ErrPermission) {
		return exitNotRunning // LSB: insufficient privilege
	}
	return exitNotWell
}

func (c *call) endSmall(path, name string) error {
	pid, state := pidfile.Look(path, name)
	if state != pidfile.Running {
		return nil
	}
	gone, err := processEnd(pid)
	if err != nil {
		return nil // it ended just now
	}
	defer syscall.Close(gone)
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("pid %d not killed: %w", pid, err)
	}
	return c.await(gone)
}

// lastLines is how long an ending small daemon waits for a slow disk.
const lastLines = 10 * time.Second
