package applet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// readyWord is what a daemon in the background writes when it is up.
const readyWord = "ready\n"

// background starts the node as a process of its own (this binary again, in a session of its own) and
// returns when it is really up, or with its errors and its exit code.
func (c *call) background(f daemonFlags) int {
	args := append([]string{"run", "--ready-fd=3", "--etc=" + c.Etc, "--state=" + c.State, "--run=" + c.Run}, f.start().arguments()...)
	if c.Node != "" {
		args = append(args, "--node="+c.Node)
	}
	cmd := command("heartbeat", args...)
	cmd.Stderr = c.Stderr
	cmd.Dir = "/"
	return c.launch("the node", cmd)
}

// command is this binary once more, under a name that it answers to.
func command(name string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = "/proc/self/exe" // then ps shows "exe" as its name
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = name
	return cmd
}

// launch starts a daemon in a session of its own, with descriptor 3 for its word that it is up, and waits for that word. It returns
// the exit code of the starter: the daemon's own when it ended before.
func (c *call) launch(what string, cmd *exec.Cmd) int {
	r, w, err := os.Pipe()
	if err != nil {
		return c.report(err)
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return c.report(fmt.Errorf("starting %s: %w", what, err))
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
		return c.report(fmt.Errorf("%s ended while it started: %w", what, err))
	}
	return exitOK // it runs already
}

// detach tells the starter that the node is up, and lets go of its terminal.
func detach(fd int) error {
	ready := os.NewFile(uintptr(fd), "ready")
	if ready == nil {
		return fmt.Errorf("descriptor %d is not open", fd)
	}
	defer ready.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	_, err = io.WriteString(ready, readyWord)
	for _, std := range []int{0, 1, 2} {
		if e := unix.Dup3(int(null.Fd()), std, 0); err == nil {
			err = e
		}
	}
	return err
}
