package applet

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/apphb/server"
	"heartbeat/internal/node/halog"
	"heartbeat/internal/pidfile"
)

const respawnUsage = `Usage cl_respawn [<options>] <monitored_program> [<arg1>] [<arg2>] ...
Options are as below:
-m magic_exit_code
	When monitored_program exits with this code (100), it is not started again, and cl_respawn ends.
-i interval
	Interval (ms) of the application heartbeat, and of looking after the program (2000).
-w warntime
	Warning time (ms) of the application heartbeat (6000).
-p pidfile
	Name of a pid file to use.
-r	Recover from a crash of cl_respawn: watch the process RSP_PID, and start the command RSP_CMD
	when it has ended (both are environment variables).
-l	Ignored.
-h	Display this simple help.

`

// respawnExit is C's code for wrong arguments.
const respawnExit = 2

// clRespawn keeps one program running (resources spec, section 9.5).
func clRespawn(c *call, args []string) int {
	usage := func(code int) int {
		c.printf("%s", respawnUsage)
		return code
	}
	if len(args) == 0 {
		return usage(respawnExit)
	}
	mine, program := splitRespawn(args)
	options, rest, err := getopt(c.prog, "rm:i:w:p:lh", mine)
	if err != nil {
		c.complain("%s\n", err)
		return usage(respawnExit)
	}
	k := &keeper{c: c, magic: noRestartCode, interval: 2 * time.Second, warn: 6 * time.Second, program: program}
	recover := false
	for _, o := range options {
		switch o.letter {
		case 'm', 'i', 'w':
			n, err := strconv.Atoi(o.value)
			if err != nil || n < 0 {
				c.complain("%s: -%c %s is no number\n", c.prog, o.letter, o.value)
				return usage(respawnExit)
			}
			switch o.letter {
			case 'm':
				k.magic = n
			case 'i':
				k.interval = time.Duration(n) * time.Millisecond
			case 'w':
				k.warn = time.Duration(n) * time.Millisecond
			}
		case 'p':
			k.pidFile, err = filepath.Abs(o.value)
			if err != nil {
				return c.report(err)
			}
		case 'r':
			recover = true
		case 'h':
			return usage(exitOK)
		}
	}
	if k.program == nil && len(rest) > 0 { // not a file here: perhaps a name in the path
		k.program = rest
	}
	if k.program == nil && recover {
		if err := k.recover(); err != nil {
			c.complain("%s: %s\n", c.prog, err)
			return respawnExit
		}
	}
	if k.program == nil {
		c.complain("%s: Please give the program name which will be run as a child process of cl_respawn.\n", c.prog)
		return usage(respawnExit)
	}
	path := k.program[0]
	if !executableFile(path) {
		path, err = exec.LookPath(path)
	}
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		c.complain("%s: %s\n", c.prog, err)
		return respawnExit
	}
	k.path = path
	return k.run()
}

// noRestartCode is the exit code of a program that does not want to be started again.
const noRestartCode = 100

// splitRespawn finds the program as C does: the first argument that is no option and names an executable file.
func splitRespawn(args []string) (mine, program []string) {
	for i, a := range args {
		if strings.HasPrefix(a, "-") {
			continue
		}
		if executableFile(a) {
			return args[:i], args[i:]
		}
	}
	// Its options must not be taken for ours, and what follows an option of ours with a value is not it.
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return args[:i], args[i+1:]
		case len(a) == 2 && strings.Contains("-m-i-w-p", a):
			i++
		case !strings.HasPrefix(a, "-"):
			return args[:i], args[i:]
		}
	}
	return args, nil
}

func executableFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// recover reads what the recovery manager said about the process that is to be watched.
func (k *keeper) recover() error {
	pid, err := strconv.Atoi(k.c.Getenv("RSP_PID"))
	if err != nil || pid < 2 {
		return errors.New("cannot get monitored PID from the environment variable RSP_PID, which should be set by the recovery program")
	}
	if k.program = strings.Fields(k.c.Getenv("RSP_CMD")); len(k.program) == 0 {
		k.program = nil
		return errors.New("cannot get the monitored program from the environment variable RSP_CMD, which should be set by the recovery program")
	}
	k.adopted = pid
	return nil
}

// leaveTerminal is what C's program does before it works: it belongs to nobody's terminal.
func leaveTerminal() error {
	_, _ = syscall.Setsid() // not possible for the leader of a group, and then not needed
	syscall.Umask(0o022)
	if err := os.Chdir("/"); err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for _, std := range []int{0, 1, 2} {
		err = errors.Join(err, unix.Dup3(int(null.Fd()), std, 0))
	}
	return err
}

// run is the keeper's life.
func (k *keeper) run() int {
	if k.pidFile != "" {
		held, err := pidfile.Hold(k.pidFile, "cl_respawn")
		if running, ok := errors.AsType[*pidfile.RunningError](err); ok {
			k.c.complain("pidfile [%s] says we're already running as pid [%d]\n", k.pidFile, running.PID)
			return exitOK
		}
		if err != nil {
			k.c.complain("Cannot create pidfile [%s]: %s\n", k.pidFile, err)
			return exitNotWell
		}
		defer held.Remove()
	}
	told := make(chan os.Signal, 4)
	signal.Notify(told, syscall.SIGTERM)
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	defer signal.Stop(told)
	console := k.c.Stderr
	if err := leaveTerminal(); err != nil {
		fmt.Fprintf(console, "%s: %s\n", k.c.prog, err)
		return exitNotWell
	}
	k.c.Stderr = io.Discard
	hal := halog.Open(halog.Config{Facility: "daemon", Entity: "cl_respawn", Host: hostname(), PID: os.Getpid()})
	defer hal.Close(lastLines)
	k.log = slog.New(hal.Handler())
	k.socket = filepath.Join(k.c.Run, server.SocketName)
	return k.keep(told)
}
