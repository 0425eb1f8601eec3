package applet

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"time"

	"heartbeat/internal/apphb/client"
	"heartbeat/internal/realtime"
	"heartbeat/internal/respawn"
)

// keeper keeps one program running, for cl_respawn.
type keeper struct {
	c              *call
	magic          int
	interval, warn time.Duration
	pidFile        string
	program        []string // with its name as it was given
	path           string   // of its file
	adopted        int      // process of an earlier cl_respawn that is to be watched; 0: none

	log     *slog.Logger
	socket  string // of apphbd
	monitor *client.Client
	warned  bool // that there is no monitor

	running *exec.Cmd // nil: it does not run
	since   time.Time
	pauses  respawn.Backoff
	ended   chan error // of the running program
}

const (
	// earlier is how much before its interval a beat goes out, as in C.
	earlier = 30 * time.Millisecond
	// monitorPatience bounds every word to apphbd.
	monitorPatience = 2 * time.Second
)

// keep runs the program until it ends with the magic code, or a signal says so.
func (k *keeper) keep(told <-chan os.Signal) int {
	k.ended = make(chan error, 1)
	again := time.NewTimer(0)
	defer again.Stop()
	if k.adopted > 0 {
		again.Stop()
	}
	beat := time.NewTicker(max(k.interval-earlier, 10*time.Millisecond))
	defer beat.Stop()
	k.beat()
	defer func() {
		if k.monitor != nil {
			_ = errors.Join(k.monitor.Beat(), k.monitor.Unregister())
		}
	}()
	for leaving := false; ; {
		select {
		case <-again.C:
			if err := k.start(); err != nil {
				k.log.Error(fmt.Sprintf("execving monitored program %s failed: %v", k.program[0], err))
				return exitNotWell // it will not get better by itself
			}
		case err := <-k.ended:
			code := k.running.ProcessState.ExitCode()
			lived := time.Since(k.since)
			pid := k.running.Process.Pid
			k.running = nil
			switch {
			case leaving:
				return exitOK
			case code == k.magic:
				k.log.Info(fmt.Sprintf("Don't restart the monitored program %s [%d], since we got the magic exit code.", k.program[0], pid))
				return exitOK
			}
			pause := k.pauses.Next(lived)
			k.log.Info(fmt.Sprintf("process %s[%d] exited, and its exit code is %d (%v); it is started again in %v", k.program[0], pid, code, endOf(err), pause))
			again.Reset(pause)
		case <-beat.C:
			k.beat()
			if k.adopted > 0 && !lives(k.adopted) {
				k.log.Info(fmt.Sprintf("process %d exited.", k.adopted))
				k.adopted = 0
				again.Reset(0)
			}
		case <-told:
			if k.leave() {
				return exitOK
			}
			leaving = true
		case <-k.c.ctx.Done():
			k.leave()
			return exitOK
		}
	}
}

func endOf(err error) string {
	if err == nil {
		return "it ended by itself"
	}
	return err.Error()
}

func lives(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func (k *keeper) start() error {
	cmd := exec.Command(k.path, k.program[1:]...)
	cmd.Args[0] = k.program[0]
	cmd.Env = os.Environ()
	if err := realtime.Start(cmd); err != nil {
		return err
	}
	k.running, k.since = cmd, time.Now()
	k.log.Info(fmt.Sprintf("started the monitored program %s, whose PID is %d", k.program[0], cmd.Process.Pid))
	go func() { k.ended <- cmd.Wait() }()
	return nil
}

// leave ends the program; true: nothing runs that has to be waited for.
func (k *keeper) leave() bool {
	pid := k.adopted
	if k.running != nil {
		pid = k.running.Process.Pid
	}
	if pid == 0 {
		return true
	}
	k.log.Info(fmt.Sprintf("Killing pid [%d] with SIGTERM", pid))
	_ = syscall.Kill(pid, syscall.SIGTERM)
	return k.running == nil // an adopted one is nobody's child: its end cannot be waited for
}

// beat tells apphbd that this keeper is well, and registers where that is needed.
func (k *keeper) beat() {
	if k.monitor != nil {
		if k.monitor.Beat() == nil {
			return
		}
		k.monitor.Close()
		k.monitor = nil
	}
	instance := fmt.Sprintf("cl_respawn_%dd", os.Getpid())
	m, err := client.Register(k.socket, "cl_respawn", instance[:min(len(instance), 19)], monitorPatience)
	if err == nil {
		err = errors.Join(m.SetInterval(k.interval), m.SetWarn(k.warn), m.Beat())
	}
	if err != nil {
		if !k.warned {
			k.log.Warn("Failed to register with apphbd. Maybe apphbd isn't running.", "error", err)
		}
		k.warned = true
		return
	}
	k.monitor, k.warned = m, false
	k.log.Info("Registered with apphbd.")
}
