package crmtool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"heartbeat/internal/pidfile"
)

const (
	// usualMonPID is where the pid file of a daemon always was.
	usualMonPID = "/tmp/ClusterMon.pid"
	// monInBackground tells a process that it is the daemon, and not who starts it.
	monInBackground = "HEARTBEAT_MON_BACKGROUND"
	monReady        = "ready"
)

// daemonOptions are those of a monitor that is not looked at.
func (m *monitor) daemonOptions(o *Options) {
	o.BoolVarP(&m.daemon, "daemonize", "d", false, "")
	o.StringVarP(&m.pidFile, "pid-file", "p", usualMonPID, "")
	o.StringVarP(&m.agent, "external-agent", "E", "", "")
	o.StringVarP(&m.recipient, "external-recipient", "e", "", "")
	o.BoolVarP(&m.fencingEvents, "watch-fencing", "W", false, "")
}

// unusable says what does not go together.
func (m *monitor) unusable() string {
	switch {
	case m.form == "cgi" && m.agent != "":
		return "CGI mode cannot be used with --external-agent"
	case m.form == "cgi" && m.daemon:
		return "CGI mode cannot be used with -d"
	case !m.daemon || m.once:
		return ""
	case !m.toFile() && m.agent == "":
		return "--daemonize requires at least one of --output-to and --external-agent"
	case m.agent == "" && m.o.As == "console" && m.form == "text":
		return "--daemonize requires --output-as=[html|text|xml]"
	case m.file == "-":
		return "--daemonize cannot read standard input again and again; name a file"
	}
	return ""
}

// launch starts this command once more as a process of its own and returns when it is up, or with its code when it ended before.
func (m *monitor) launch() Code {
	self, err := os.Executable()
	if err != nil {
		self = "/proc/self/exe"
	}
	r, w, err := os.Pipe()
	if err != nil {
		m.complain("%s: %s\n", m.Prog, err)
		return OS
	}
	defer r.Close()
	cmd := exec.Command(self, m.World.Args...)
	cmd.Args[0] = m.Prog
	cmd.Env = append(os.Environ(), monInBackground+"=1")
	for _, name := range []string{"CIB_file", "CIB_shadow", "CIB_shadow_dir", "TZ"} {
		if value := m.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Stderr = w
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		m.complain("%s: starting the daemon: %s\n", m.Prog, err)
		return OS
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if lines.Text() == monReady {
			return OK // it lives on; init is its parent when this one has gone
		}
		m.complain("%s\n", lines.Text())
	}
	err = cmd.Wait()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() >= 0 {
		return Code(e.ExitCode())
	}
	m.complain("%s: the daemon ended while it started\n", m.Prog)
	return Error
}

// hold takes the pid file and tells the starter that the daemon is up. Release gives it back.
func (m *monitor) hold() (release func(), err error) {
	f, err := pidfile.Hold(m.pidFile, m.Prog)
	if err != nil {
		return nil, fmt.Errorf("pid file %s: %w", m.pidFile, err)
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		f.Remove()
		return nil, err
	}
	defer null.Close()
	_, _ = io.WriteString(m.Stderr, monReady+"\n")
	if stderr, ok := m.Stderr.(*os.File); ok { // the starter goes: nobody reads this any more
		_ = unix.Dup3(int(null.Fd()), int(stderr.Fd()), 0)
	}
	return func() { _ = f.Remove() }, nil
}
