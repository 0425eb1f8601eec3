package applet

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/api"
	"heartbeat/internal/apphb"
	"heartbeat/internal/apphb/recmgr"
	"heartbeat/internal/apphb/server"
	"heartbeat/internal/conf"
	"heartbeat/internal/node/halog"
	"heartbeat/internal/pidfile"
	"heartbeat/internal/realtime"
	"heartbeat/internal/watchdog"
)

const (
	// apphbdFile is where C looks when no -c is given: in the working directory.
	apphbdFile = "./apphbd.cf"
	// apphbdPriority is C's real-time priority.
	apphbdPriority = 5
	// apphbdWatch is the least time that a watchdog device is asked for: what drivers have by themselves.
	apphbdWatch = time.Minute
)

// apphbd is the classic application heartbeat monitor (resources spec, section 9.5).
func apphbd(c *call, args []string) int {
	options, rest, err := getopt("apphbd", "srdkhc:", args)
	if err != nil || len(rest) > 0 {
		if err != nil {
			c.complain("%s\n", err)
		}
		c.complain("%s", apphbdUsage)
		return exitNotWell
	}
	var status, stop, restart bool
	debug, file := 0, apphbdFile
	for _, o := range options {
		switch o.letter {
		case 's':
			status = true
		case 'k':
			stop = true
		case 'r':
			restart = true
		case 'd':
			debug++
		case 'c':
			file = o.value
		case 'h':
			c.printf("%s", apphbdUsage)
			return exitOK
		}
	}
	path := c.smallPIDPath("apphbd")
	switch {
	case status:
		pid, state := pidfile.Look(path, "apphbd")
		if state == pidfile.Running {
			c.complain("apphbd is running [pid: %d]\n", pid)
			return exitOK
		}
		c.complain("apphbd is stopped.\n")
		return 3
	case stop:
		return c.stopSmall(path, "apphbd")
	}
	cfg, code := c.apphbdConfig(file)
	if code != exitOK {
		return code // what runs goes on, also with -r
	}
	cfg.Debug += debug
	if c.inBackground() {
		return c.apphbdServe(cfg)
	}
	if restart {
		if code := c.stopSmall(path, "apphbd"); code != exitOK {
			return code
		}
	}
	if pid, state := pidfile.Look(path, "apphbd"); state == pidfile.Running {
		c.complain("already running: [pid %d].\n", pid)
		return exitOK
	}
	again := []string{"-c", file}
	for range debug {
		again = append(again, "-d")
	}
	return c.daemonize("apphbd", again)
}

const apphbdUsage = "usage: apphbd [-srkh][-c configure file]\n\t-d\tsets debug level\n\t-s\tgets daemon status\n\t-r\trestarts daemon\n" +
	"\t-k\tstops daemon\n\t-h\thelp message\n"

// apphbdConfig reads the file and lists every mistake, in the process that has a terminal.
func (c *call) apphbdConfig(file string) (conf.Apphbd, int) {
	data, err := os.ReadFile(file)
	if err != nil {
		c.complain("ERROR: Cannot open config file:[%s]: %s\n", file, err)
		return conf.Apphbd{}, exitConfig
	}
	cfg, problems := conf.ParseApphbd(file, data)
	if !c.inBackground() {
		c.printProblems(c.Stderr, api.ProblemsOf(problems))
	}
	if problems.HasErrors() {
		return conf.Apphbd{}, exitConfig
	}
	return cfg, exitOK
}

// monitor is the running daemon.
type monitor struct {
	cfg conf.Apphbd
	log *slog.Logger
	hal *halog.Log
	dog *watchdog.Device // nil: none, or it could not be fed
}

// apphbdServe is the daemon's life.
func (c *call) apphbdServe(cfg conf.Apphbd) int {
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGTERM)
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(told)
	held, err := pidfile.Hold(c.smallPIDPath("apphbd"), "apphbd")
	if running, ok := errors.AsType[*pidfile.RunningError](err); ok {
		c.complain("already running: [pid %d].\n", running.PID)
		return exitOK
	}
	if err != nil {
		c.complain("apphbd: writing the pid file: %s\n", err)
		return exitNotWell
	}
	defer held.Remove()
	to := halog.Config{Facility: "user", Entity: "apphbd", Host: hostname(), PID: os.Getpid(), Debug: cfg.Debug, Mode: 0o644}
	if cfg.Debug > 0 {
		to.LogFile, to.DebugFile = cfg.LogFile, cfg.DebugFile
	}
	m := &monitor{cfg: cfg, hal: halog.Open(to)}
	defer m.hal.Close(lastLines)
	m.log = slog.New(m.hal.Handler())
	notify := func(apphb.Event, apphb.Program) {}
	if cfg.NotifyRecovery {
		n := recmgr.NewNotifier(filepath.Join(c.State, recmgr.SocketName), m.log)
		defer n.Close()
		notify = n.Notify
		m.log.Info("Plugin [recmgr] loaded")
	}
	s, err := server.Listen(server.Config{
		Socket: filepath.Join(c.Run, server.SocketName), Critical: criticalUsers(), Log: m.log, Notify: notify, Reboot: m.reboot,
		Feed: m.feed, FeedEvery: cfg.WatchdogInterval,
	})
	if err != nil {
		c.complain("apphbd: %s\n", err)
		return exitNotWell
	}
	m.log.Info("Starting apphbd")
	m.begin()
	if err := c.up(); err != nil {
		m.log.Warn("letting go of the terminal failed", "error", err)
	}
	stop := make(chan struct{})
	go func() {
		select {
		case <-told:
		case <-c.ctx.Done():
		}
		close(stop)
	}()
	s.Run(stop)
	m.end()
	_ = os.Remove(filepath.Join(c.Run, server.SocketName)) // as nobody it could not
	s.Wait()
	m.log.Info("[apphbd] stopped")
	return exitOK
}

// begin gets what only root gets, and then becomes nobody, as C does.
func (m *monitor) begin() {
	if m.cfg.Realtime {
		if err := beRealtime(); err != nil {
			m.log.Info("judging programs may have to wait for other work of this machine", "error", err)
		}
	}
	if path := m.cfg.WatchdogDevice; path != "" {
		dog, err := watchdog.Open(path, max(apphbdWatch, 4*m.cfg.WatchdogInterval))
		if err != nil {
			m.log.Error("Cannot open watchdog device: " + err.Error())
		} else {
			m.dog = dog
			m.log.Info(fmt.Sprintf("Using watchdog device: %s. It resets the machine when this program does not judge for %v", path, dog.Timeout()))
			m.feed()
		}
	}
	m.hal.Flush() // its files are open now
	if os.Geteuid() != 0 {
		return
	}
	if err := becomeNobody(); err != nil {
		m.log.Warn("going on as root", "error", err)
	}
}

// beRealtime keeps other work of the machine from delaying a verdict. Without a limit on locked memory: an ordinary user has a small one,
// and memory that cannot be had because of it would end the program.
func beRealtime() error {
	if err := realtime.Enter(apphbdPriority); err != nil {
		return err
	}
	all := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &all); err != nil {
		return fmt.Errorf("raising the limit of locked memory: %w", err)
	}
	return realtime.LockMemory()
}

// end takes the privileges back and ends the watch.
func (m *monitor) end() {
	becomeRoot()
	if m.dog != nil {
		_ = m.dog.Feed()
		if err := m.dog.Close(); err != nil {
			m.log.Error("Watchdog write magic character failure: closing watchdog!", "error", err)
		}
	}
}

func (m *monitor) feed() {
	if m.dog == nil {
		return
	}
	if err := m.dog.Feed(); err != nil {
		m.log.Error("Watchdog write failure: closing watchdog!", "error", err)
		_ = m.dog.Close()
		m.dog = nil
	}
}

// reboot restarts the machine: a critical program failed. From here on nobody feeds a watchdog, so the machine is reset even where
// this order fails.
func (m *monitor) reboot(reason string) {
	m.log.Error("Rebooting system.  Reason: " + reason)
	m.hal.Flush()
	m.feed() // time enough for what follows
	synced := make(chan struct{})
	go func() { unix.Sync(); close(synced) }()
	pause := time.NewTimer(m.cfg.WatchdogInterval)
	defer pause.Stop()
	select {
	case <-pause.C: // a disk that hangs must not keep a machine up that is to go down
	case <-synced:
	}
	becomeRoot()
	err := unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
	if m.dog != nil {
		_ = m.dog.Abandon()
		m.dog = nil
	}
	m.log.Error("ALL REBOOT OPTIONS FAILED", "error", err)
	_ = becomeNobody()
}

// criticalUsers are the users whose programs may take the machine with them.
func criticalUsers() []int {
	list := []int{0}
	if u, err := user.Lookup("hacluster"); err == nil {
		if id, err := strconv.Atoi(u.Uid); err == nil {
			list = append(list, id)
		}
	}
	return list
}

// becomeNobody gives the effective user up; the real one stays, so that becomeRoot is possible.
func becomeNobody() error {
	u, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return errors.Join(syscall.Setresgid(-1, gid, -1), syscall.Setresuid(-1, uid, -1))
}

func becomeRoot() {
	if os.Getuid() == 0 {
		_ = errors.Join(syscall.Setresuid(-1, 0, -1), syscall.Setresgid(-1, 0, -1)) // it was root, so this is possible
	}
}
