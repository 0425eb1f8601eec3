package applet

import (
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"heartbeat/internal/api"
	"heartbeat/internal/apphb/client"
	"heartbeat/internal/apphb/recmgr"
	"heartbeat/internal/apphb/server"
	"heartbeat/internal/conf"
	"heartbeat/internal/localsock"
	"heartbeat/internal/node/halog"
	"heartbeat/internal/pidfile"
)

// recoveryBeat is how often the recovery manager beats at apphbd, which expects it every two seconds, as in C.
const recoveryBeat = time.Second

// scriptPatience is how long the end waits for scripts that run.
const scriptPatience = 10 * time.Second

// recoverymgrd is the classic recovery manager (resources spec, section 9.6). It stays in the foreground, as C's did.
func recoverymgrd(c *call, args []string) int {
	file := "./recoverymgrd.conf"
	switch len(args) {
	case 0:
	case 1:
		file = args[0]
	default:
		c.printf("Usage: recoverymgrd [config_file]\n")
		return exitConfig
	}
	path := c.smallPIDPath("recoverymgrd")
	if pid, state := pidfile.Look(path, "recoverymgrd"); state == pidfile.Running && pid != os.Getpid() {
		c.complain("recoverymgrd is already running[%d]\n", pid)
		return exitOK
	}
	list, ok := c.recoveries(file)
	if !ok {
		return exitConfig
	}
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(told)
	held, err := pidfile.Hold(path, "recoverymgrd")
	if running, ok := errors.AsType[*pidfile.RunningError](err); ok {
		c.complain("recoverymgrd is already running[%d]\n", running.PID)
		return exitOK
	}
	if err != nil {
		c.complain("recoverymgrd: writing the pid file: %s\n", err)
		return exitNotWell
	}
	defer held.Remove()
	hal := halog.Open(halog.Config{Facility: "user", Entity: "recoverymgrd", Host: hostname(), PID: os.Getpid()})
	defer hal.Close(lastLines)
	log := slog.New(slog.NewMultiHandler(hal.Handler(), &consoleLog{mu: new(sync.Mutex), out: c.Stderr, level: slog.LevelInfo}))
	log.Info("Starting recoverymgrd")
	m, err := recmgr.NewManager(recmgr.ManagerConfig{
		Socket: filepath.Join(c.State, recmgr.SocketName), Trusted: c.trustedMonitor, Log: log, Run: recmgr.RunScript,
	}, list)
	if err != nil {
		c.complain("recoverymgrd: %s\n", err)
		return exitNotWell
	}
	defer m.Close(scriptPatience)
	c.recover(m, file, told, log)
	return exitOK
}

// recover beats until a signal ends it. HUP reads the file again; with a mistake in it the old one stays.
func (c *call) recover(m *recmgr.Manager, file string, told <-chan os.Signal, log *slog.Logger) {
	beat := time.NewTicker(recoveryBeat)
	defer beat.Stop()
	var at *client.Client
	warned := false
	register := func() {
		cl, err := client.Register(filepath.Join(c.Run, server.SocketName), "recovery manager", "normal", monitorPatience)
		if err == nil {
			if err = cl.SetInterval(2 * recoveryBeat); err != nil {
				cl.Close()
			}
		}
		if err != nil {
			if !warned {
				log.Warn("Error registering -- is apphbd running??", "error", err)
			}
			warned = true
			return
		}
		at, warned = cl, false
	}
	register()
	defer func() {
		if at != nil {
			_ = at.Unregister()
		}
	}()
	for {
		select {
		case <-beat.C:
			if at == nil {
				register()
			} else if at.Beat() != nil {
				at.Close()
				at = nil
			}
		case sig := <-told:
			if sig != syscall.SIGHUP {
				return
			}
			if list, ok := c.recoveries(file); ok {
				m.Change(list)
				log.Info("configuration read again")
			} else {
				log.Error("configuration not read again, the running one stays in force: " + file + " has mistakes")
			}
		case <-c.ctx.Done():
			return
		}
	}
}

// recoveries reads the file and lists every mistake.
func (c *call) recoveries(file string) ([]conf.Recovery, bool) {
	data, err := os.ReadFile(file)
	if err != nil {
		c.complain("ERROR: Cannot open configure file:[%s]: %s\n", file, err)
		return nil, false
	}
	list, problems := conf.ParseRecovery(file, data, conf.Accounts{
		User: func(name string) (int, int, bool) {
			u, err := user.Lookup(name)
			if err != nil {
				return 0, 0, false
			}
			uid, err1 := strconv.Atoi(u.Uid)
			gid, err2 := strconv.Atoi(u.Gid)
			return uid, gid, err1 == nil && err2 == nil
		},
		Group: func(name string) (int, bool) {
			g, err := user.LookupGroup(name)
			if err != nil {
				return 0, false
			}
			gid, err := strconv.Atoi(g.Gid)
			return gid, err == nil
		},
	})
	c.printProblems(c.Stderr, api.ProblemsOf(problems))
	return list, !problems.HasErrors()
}

// trustedMonitor says who may report failures, and so have scripts run: root and hacluster, and apphbd, which is nobody. C believes everybody.
func (c *call) trustedMonitor(p localsock.Peer) bool {
	for _, uid := range criticalUsers() {
		if uid == p.UID {
			return true
		}
	}
	pid, state := pidfile.Look(c.smallPIDPath("apphbd"), "apphbd")
	return state == pidfile.Running && pid == p.PID
}
