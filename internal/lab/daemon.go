package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"heartbeat/internal/vnet"
)

// Files of the daemon of a node, as the node sees them.
const (
	runLog  = "/var/log/heartbeat.out" // what `heartbeat run` prints
	haLog   = "/var/log/ha-log"        // logfile of the default ha.cf
	pidFile = "/run/heartbeat-lab.pid" // of the daemon the lab started
)

// StartDaemon starts `heartbeat run` on a node. It does not wait until the node
// takes part in the cluster.
func (l *Lab) StartDaemon(node string, args ...string) error {
	if pid := l.daemonPID(node); pid != 0 && l.alive(node, pid) {
		return fmt.Errorf("heartbeat runs on %s already", node)
	}
	out, err := os.OpenFile(l.Place(node, runLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	pid, err := l.Spawn(node, vnet.Command{Argv: append([]string{program, "run"}, args...), Env: l.DaemonEnv(), Stdout: out, Stderr: out})
	if err != nil {
		return err
	}
	return os.WriteFile(l.Place(node, pidFile), []byte(strconv.Itoa(pid)), 0o644)
}

// DaemonEnv is what the daemons of a lab with more machines than this one has processors are told: to use one each. They have real-time
// priority, and a thread that waits for another one of its process would keep the other machines' from running meanwhile: Go's collector
// does that, for whole slices of a tenth of a second.
func (l *Lab) DaemonEnv() []string {
	if len(l.Nodes) <= runtime.NumCPU() {
		return nil
	}
	return []string{"GOMAXPROCS=1"}
}

// StartDaemons starts heartbeat on every node, together.
func (l *Lab) StartDaemons() error {
	var wg sync.WaitGroup
	errs := make([]error, len(l.Nodes))
	for i, node := range l.Nodes {
		wg.Go(func() { errs[i] = l.StartDaemon(node) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// StopDaemon asks heartbeat on a node to hand over and leave, and waits until it has.
func (l *Lab) StopDaemon(ctx context.Context, node string) error {
	pid := l.daemonPID(node)
	if pid == 0 || !l.alive(node, pid) {
		return fmt.Errorf("heartbeat does not run on %s", node)
	}
	// The end is waited for inside the machine, where the process number means something.
	out, code, err := l.Output(ctx, node, program, "lab", "inside", "end", strconv.Itoa(pid))
	if err != nil {
		return fmt.Errorf("stopping heartbeat on %s: %w", node, err)
	}
	if code != 0 {
		return fmt.Errorf("stopping heartbeat on %s: %s", node, strings.TrimSpace(out))
	}
	return os.Remove(l.Place(node, pidFile))
}

// KillDaemon sends a signal to the daemon of a node. SIGKILL ends it for good: its guard, which would start it again, dies with it.
func (l *Lab) KillDaemon(ctx context.Context, node string, sig syscall.Signal) error {
	pid := l.daemonPID(node)
	if pid == 0 {
		return fmt.Errorf("heartbeat does not run on %s", node)
	}
	argv := []string{program, "lab", "inside", "signal", strconv.Itoa(pid), strconv.Itoa(int(sig))}
	if sig == syscall.SIGKILL {
		argv = []string{program, "lab", "inside", "kill", strconv.Itoa(pid)}
	}
	_, code, err := l.Output(ctx, node, argv...)
	if err == nil && code != 0 {
		err = fmt.Errorf("heartbeat does not run on %s", node)
	}
	return err
}

// daemonPID is the number the lab noted, 0 for none; /run is emptied at power-on.
func (l *Lab) daemonPID(node string) int {
	data, err := os.ReadFile(l.Place(node, pidFile))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(string(data))
	if err != nil {
		return 0
	}
	return pid
}

// alive asks the machine whether a process exists there.
func (l *Lab) alive(node string, pid int) bool {
	_, code, err := l.Output(context.Background(), node, program, "lab", "inside", "signal", strconv.Itoa(pid), "0")
	return err == nil && code == 0
}

// DaemonRuns says whether the daemon the lab started on a node still runs.
func (l *Lab) DaemonRuns(node string) bool {
	pid := l.daemonPID(node)
	return pid != 0 && l.alive(node, pid)
}

// Logs are the host's paths of the logs of a node that exist.
func (l *Lab) Logs(node string) []string {
	var out []string
	for _, inside := range []string{haLog, runLog} {
		path := l.Place(node, inside)
		if st, err := os.Stat(path); err == nil && st.Size() > 0 {
			out = append(out, path)
		}
	}
	return out
}

// socket is the admin socket of a node's daemon, as the host sees it.
func (l *Lab) socket(node string) string {
	return filepath.Join(l.Place(node, "/run/heartbeat"), "api.sock")
}
