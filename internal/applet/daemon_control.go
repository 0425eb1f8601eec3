package applet

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"heartbeat/internal/api"
	"heartbeat/internal/node/identity"
)

// daemonStatus is -s. A starting node is a running one (D37).
func (c *call) daemonStatus() int {
	ctx, cancel := c.soon()
	defer cancel()
	pid, err := c.client().PID(ctx)
	if _, denied := errors.AsType[*api.DeniedError](err); err != nil && !denied {
		return c.daemonStopped()
	}
	name := hostname()
	if st, err := c.client().Status(ctx); err == nil {
		name, pid = st.Node, st.PID
	} else if pid == 0 {
		pid, _ = c.pidInFile()
	}
	c.printf("heartbeat OK [pid %d et al] is running on %s [%s]...\n", pid, hostname(), name)
	return exitOK
}

// daemonStopped tells a crash (the pid file is there: 1) from a node that was stopped or never started (3).
func (c *call) daemonStopped() int {
	pid, err := c.pidInFile()
	if err == nil && pid != os.Getpid() && isHeartbeat(pid) {
		// Another daemon of that name: C Heartbeat, or one of ours that is just starting or ending.
		c.printf("heartbeat OK [pid %d et al] is running on %s [%s]...\n", pid, hostname(), hostname())
		return exitOK
	}
	c.printf("heartbeat is stopped. No process\n")
	if errors.Is(err, os.ErrNotExist) {
		return 3
	}
	return 1
}

// pidInFile reads the pid file.
func (c *call) pidInFile() (int, error) {
	data, err := os.ReadFile(identity.PIDPath(c.Run))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

// isHeartbeat says whether a process of that name lives.
func isHeartbeat(pid int) bool {
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.TrimSpace(string(comm)) == "heartbeat"
}

// daemonStop is -k: stop and wait until the process is gone. It waits as long as the hand-over takes.
func (c *call) daemonStop() int {
	err := c.stop()
	if _, stopped := errors.AsType[*api.NotRunningError](err); stopped {
		if pid, err := c.pidInFile(); err == nil && pid != os.Getpid() && isHeartbeat(pid) {
			return c.report(c.stopProcess(pid))
		}
		c.complain("INFO: Heartbeat already stopped.\n")
		return exitOK
	}
	return c.report(err)
}

// stop asks the node to leave and waits for the end of its process.
func (c *call) stop() error {
	ctx, cancel := c.soon()
	defer cancel()
	pid, err := c.client().PID(ctx)
	if err != nil {
		return err
	}
	gone, err := processEnd(pid)
	if err != nil {
		return err
	}
	defer unix.Close(gone)
	if err := c.client().Stop(ctx); err != nil {
		return err
	}
	return c.await(gone)
}

// stopProcess stops a daemon that has no socket of ours, with the signal that both kinds understand.
func (c *call) stopProcess(pid int) error {
	gone, err := processEnd(pid)
	if err != nil {
		return err
	}
	defer unix.Close(gone)
	if err := unix.PidfdSendSignal(gone, unix.SIGTERM, nil, 0); err != nil {
		return fmt.Errorf("stopping process %d: %w", pid, err)
	}
	return c.await(gone)
}

// processEnd returns a descriptor that becomes readable when the process ends.
func processEnd(pid int) (int, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, fmt.Errorf("watching process %d: %w", pid, err)
	}
	return fd, nil
}

// await waits for it, or for the end of the command.
func (c *call) await(process int) error {
	for c.ctx.Err() == nil {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(process), Events: unix.POLLIN}}, 200)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("waiting for the end of heartbeat: %w", err)
		}
		if n > 0 {
			return nil
		}
	}
	return fmt.Errorf("interrupted while heartbeat stops; it goes on stopping")
}

// report prints an error and returns its exit code.
func (c *call) report(err error) int {
	if err != nil && err.Error() != "" {
		c.complain("heartbeat: %s\n", err)
	}
	return codeOf(err)
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func stopCommand(c *call) *cobra.Command {
	return &cobra.Command{
		Use: "stop", Short: "hand everything over, leave the cluster and wait until that is done",
		Long: `Stops the node of this machine gracefully: its resources are released and handed over, the other nodes are told,
and the command returns when the process is gone. A node that is not running is an error here (exit 4); the
classic form, heartbeat -k, is content with that.`,
		Example: "  heartbeat stop",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return c.stop() },
	}
}
