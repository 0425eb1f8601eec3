package applet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"heartbeat/internal/api"
	"heartbeat/internal/conf"
	"heartbeat/internal/node"
	"heartbeat/internal/pidfile"
)

// Options are what a node is opened with.
type Options struct {
	Places
	Log          *slog.Logger
	Version      string
	MessagesOnly bool
	NoRealtime   bool
	Guardian     node.Guardian // nil: none
	Revived      string        // why its guard started it again
}

// A BadConfig is the error of Open about the files; nothing was changed.
type BadConfig struct{ Problems []conf.Problem }

func (e *BadConfig) Error() string { return "configuration error" }

// startFlags is how a node is started.
type startFlags struct {
	debug                    int
	messagesOnly, noRealtime bool
	readyFD                  int // 0: none
	quiet                    bool
	noGuard                  bool
	guarded                  bool   // descriptors lead to a guard
	revived                  string // why the guard starts this node again
}

func runCommand(c *call) *cobra.Command {
	var s startFlags
	cmd := &cobra.Command{
		Use: "run", Short: "be a node, in the foreground",
		Long: `Runs the node of this machine in the foreground, until it is told to leave. Under systemd it reports when it is up
(Type=notify) and answers the watchdog. A small second process, the guard, starts the node again when it dies or hangs;
what runs is found and goes on.

Signals: TERM and INT hand everything over and leave, HUP reads the configuration again, USR1 and USR2 raise and
lower the debug level. Exit codes: 0 left as asked, 4 not permitted, 6 configuration error (all of them are listed).`,
		Example: `  heartbeat run
  heartbeat run --etc ./etc --state ./state --run ./run --node node1   # many nodes on one machine`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runNode(c, s) },
	}
	f := cmd.Flags()
	f.CountVarP(&s.debug, "debug", "d", "more detail in the log; twice: still more")
	f.BoolVarP(&s.messagesOnly, "messages-only", "M", false, "take part in the cluster, manage no resources")
	f.BoolVarP(&s.noRealtime, "no-realtime", "l", false, "ordinary scheduling, whatever ha.cf says")
	f.BoolVarP(&s.quiet, "quiet", "q", false, "print nothing; the log of ha.cf is written all the same")
	f.BoolVar(&s.noGuard, "no-guard", false, "without the second process that starts the node again when it dies")
	f.IntVar(&s.readyFD, "ready-fd", 0, "")
	f.BoolVar(&s.guarded, "guarded", false, "")
	f.StringVar(&s.revived, "revived", "", "")
	for _, name := range []string{"ready-fd", "guarded", "revived"} {
		_ = f.MarkHidden(name)
	}
	return cmd
}

// runNode is a node's life in this process.
func runNode(c *call, s startFlags) error {
	out := c.Stderr
	if s.quiet || s.readyFD != 0 {
		out = io.Discard
	}
	level := slog.LevelInfo
	if s.debug > 0 {
		level = slog.LevelDebug
	}
	log := slog.New(&consoleLog{mu: new(sync.Mutex), out: out, level: level})
	o := Options{Places: c.Places, Log: log, Version: c.Version, MessagesOnly: s.messagesOnly, NoRealtime: s.noRealtime, Revived: s.revived}
	open, lost := c.Open, &guardLost{}
	if open == nil {
		open = openNode
		ward, err := c.guard(s, lost.tell)
		if err != nil {
			return err
		}
		if ward != nil {
			o.Guardian = ward
		}
	}
	d, err := open(o)
	if err != nil {
		return c.notStarted(err)
	}
	lost.to(d)
	for range s.debug {
		d.Signal(syscall.SIGUSR1)
	}
	if err := c.serve(d, log, s); err != nil {
		return err
	}
	if r, ok := d.(interface{ Renews() bool }); ok && r.Renews() {
		return c.startAgain(s)
	}
	return nil
}

// startAgain replaces this process by a new life of the node, because there is no guard that would start one. It returns only when
// that fails.
func (c *call) startAgain(s startFlags) error {
	program, err := os.Executable()
	if err == nil {
		err = syscall.Exec(program, append([]string{"heartbeat"}, c.runArguments(s)...), os.Environ())
	}
	return fmt.Errorf("starting the node again with its new configuration: %w", err)
}

// serve runs the node and its door together.
func (c *call) serve(d Daemon, log *slog.Logger, s startFlags) error {
	ctx, give := context.WithCancel(c.ctx)
	defer give()
	// From the moment on that others can see this node a signal reaches it, and does not end the process.
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	defer signal.Stop(told)
	l, err := api.Listen(filepath.Join(c.Run, api.SocketName))
	if err != nil {
		d.Close()
		return err
	}
	server := api.NewServer(d, log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	go passOn(ctx, told, d)
	if at := d.Config().HaCf.Settings.Metrics; at.IsValid() {
		go server.ServeMetrics(ctx, at)
	}
	if s.readyFD != 0 {
		if err := detach(s.readyFD); err != nil {
			log.Warn("letting go of the terminal failed", "error", err)
		}
	}
	err = d.Run(ctx)
	// Remove the name first: who asks from now on shall hear "not running", not wait.
	_ = os.Remove(filepath.Join(c.Run, api.SocketName))
	last, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	server.Close(last)
	if e := <-served; err == nil {
		err = e
	}
	return err
}

// passOn tells the node what the process is told. INT is what a terminal sends: the foreground node then leaves in order.
func passOn(ctx context.Context, told <-chan os.Signal, d Daemon) {
	for {
		select {
		case sig := <-told:
			if sig == syscall.SIGINT {
				sig = syscall.SIGTERM
			}
			d.Signal(sig)
		case <-ctx.Done():
			return
		}
	}
}

// notStarted explains why and chooses C's exit code.
func (c *call) notStarted(err error) error {
	if bad, ok := errors.AsType[*BadConfig](err); ok {
		n := c.printProblems(c.Stderr, api.ProblemsOf(bad.Problems))
		c.complain("ERROR: Heartbeat not started: configuration error.\n")
		return &exit{exitConfig, fmt.Sprintf("Configuration error, heartbeat not started: mend the %s above; heartbeat check shows them again", count(n, "error"))}
	}
	if running, ok := errors.AsType[*pidfile.RunningError](err); ok {
		c.complain("heartbeat: already running [pid %d].\n", running.PID)
		return nil
	}
	if errors.Is(err, os.ErrPermission) {
		return &exit{exitNotRunning, err.Error() + " (heartbeat run needs root, or directories of its own: --etc, --state, --run)"}
	}
	return err
}
