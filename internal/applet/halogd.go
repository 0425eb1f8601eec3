package applet

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"heartbeat/internal/api"
	"heartbeat/internal/conf"
	"heartbeat/internal/logd"
	"heartbeat/internal/node"
	"heartbeat/internal/node/halog"
	"heartbeat/internal/pidfile"
)

// haLogd is the classic logging daemon (resources spec, section 9.4).
func haLogd(c *call, args []string) int {
	options, _, err := getopt(c.prog, "c:dksvh", args)
	if err != nil {
		c.complain("%s\n", err)
		c.haLogdUsage()
		return exitNotWell
	}
	var daemon, stop, status, verbose bool
	file := ""
	for _, o := range options {
		switch o.letter {
		case 'd':
			daemon = true
		case 'k':
			stop = true
		case 's':
			status = true
		case 'v':
			verbose = true
		case 'c':
			file = o.value
		case 'h':
			c.haLogdUsage()
			return exitNotWell
		}
	}
	switch {
	case status:
		return c.logdStatus()
	case stop:
		return c.logdStop()
	}
	if file != "" {
		if file, err = filepath.Abs(file); err != nil {
			return c.report(err)
		}
	}
	if pid, state := pidfile.Look(c.smallPIDPath("logd"), "ha_logd"); state == pidfile.Running && pid != os.Getpid() {
		c.complain("%s: already running [pid %d].\n", c.prog, pid)
		return exitOK
	}
	if daemon && !c.inBackground() {
		return c.daemonize("ha_logd", args)
	}
	return c.logdServe(file, verbose)
}

func (c *call) haLogdUsage() {
	c.printf("usage: \n%s [options]\n\noptions: \n"+
		"-d\tmake the program a daemon\n-k\tstop the logging daemon if it is already running\n-s\treturn logging daemon status \n"+
		"-c\tuse this config file\n-v\tverbosely print debug messages\n-h\tprint out this message\n\n", c.prog)
}

// logdStatus is -s.
func (c *call) logdStatus() int {
	path := c.smallPIDPath("logd")
	switch pid, state := pidfile.Look(path, "ha_logd"); state {
	case pidfile.Running:
		c.printf("logging daemon is running [pid = %d].\n", pid)
		return 0
	case pidfile.Stale:
		c.printf("logging daemon is stopped: %s exists.\n", path)
		return 1
	case pidfile.Stopped:
	}
	c.printf("logging daemon is stopped.\n")
	return 3
}

// logdStop is -k.
func (c *call) logdStop() int {
	path := c.smallPIDPath("logd")
	if _, state := pidfile.Look(path, "ha_logd"); state != pidfile.Running {
		c.complain("ha_logd already stopped.\n")
		return exitOK
	}
	return c.stopSmall(path, "ha_logd")
}

// logdCf is the file of the logging daemon: the given one, or the one beside the configuration directory. Nil data: there is none.
func (c *call) logdCf(file string) (name string, data []byte, err error) {
	name = file
	if name == "" {
		name = filepath.Join(filepath.Dir(filepath.Clean(c.Etc)), "logd.cf")
	}
	data, err = os.ReadFile(name)
	if err != nil && (file != "" || !errors.Is(err, os.ErrNotExist)) {
		return name, nil, fmt.Errorf("cannot open config file [%s]: %w", name, err)
	}
	return name, data, nil
}

// logdServe is the daemon's life.
func (c *call) logdServe(file string, verbose bool) int {
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(told)
	name, data, err := c.logdCf(file)
	if err != nil { // C goes on with its defaults, and so do we
		c.complain("WARN: %s; the defaults hold\n", err)
	}
	cfg, problems := conf.ParseLogd(name, data)
	c.printProblems(c.Stderr, api.ProblemsOf(problems))
	if problems.HasErrors() {
		c.complain("ERROR: Config file [%s] is incorrect.\n", name)
		return exitConfig
	}
	held, err := pidfile.Hold(c.smallPIDPath("logd"), "ha_logd")
	if running, ok := errors.AsType[*pidfile.RunningError](err); ok {
		c.complain("%s: already running [pid %d].\n", c.prog, running.PID)
		return exitOK
	}
	if err != nil {
		c.complain("%s: problem creating pid file %s: %s\n", c.prog, c.smallPIDPath("logd"), err)
		return exitNotWell
	}
	defer held.Remove()
	to := node.LogdConfig(cfg, hostname())
	hal := halog.Open(to)
	defer hal.Close(lastLines)
	handler := hal.Handler()
	if verbose && !c.inBackground() {
		handler = slog.NewMultiHandler(handler, &consoleLog{mu: new(sync.Mutex), out: c.Stderr, level: slog.LevelInfo})
	}
	log := slog.New(handler)
	server, err := logd.Listen(filepath.Join(c.State, logd.SocketName), hal.Put, log)
	if err != nil {
		c.complain("%s: %s\n", c.prog, err)
		return exitNotWell
	}
	defer server.Close()
	if data == nil {
		name = "default configuration"
	}
	log.Info("logd started with " + name + ".")
	if err := c.up(); err != nil {
		log.Warn("letting go of the terminal failed", "error", err)
	}
	for {
		select {
		case sig := <-told:
			if sig == syscall.SIGHUP {
				hal.Reopen(to)
				log.Info("SIGHUP received, re-opened log files")
				continue
			}
			log.Info("received SIGTERM, writing what waits and ending")
		case <-c.ctx.Done():
		}
		return exitOK
	}
}
