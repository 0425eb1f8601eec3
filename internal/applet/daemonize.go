package applet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
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
	r, w, err := os.Pipe()
	if err != nil {
		return c.report(err)
	}
	defer r.Close()
	self, err := os.Executable()
	if err != nil {
		self = "/proc/self/exe"
	}
	cmd := exec.Command(self, append([]string{"--etc=" + c.Etc, "--state=" + c.State, "--run=" + c.Run}, args...)...)
	cmd.Args[0] = name
	cmd.Env = append(os.Environ(), readyVariable+"=3")
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stdout, cmd.Stderr = c.Stdout, c.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return c.report(fmt.Errorf("starting %s: %w", name, err))
	}
	word := make([]byte, len(readyWord))
	if _, err := io.ReadFull(r, word); err == nil && string(word) == readyWord {
		return exitOK // it lives on; init is its parent now
	}
	err = cmd.Wait()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() >= 0 {
		return e.ExitCode()
	}
	if err != nil {
		return c.report(fmt.Errorf("%s ended while it started: %w", name, err))
	}
	return exitOK
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

// stopSmall ends a small daemon with SIGTERM and waits until it is gone.
func (c *call) stopSmall(path, name string) error {
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
