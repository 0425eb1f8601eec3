package node

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/logd"
	"heartbeat/internal/node/halog"
)

// logConfig is where the files want the log: the targets of ha.cf, or with use_logd those of logd.cf, by way of the logging daemon
// while one runs.
func (n *Node) logConfig(cfg conf.Config, debug int) halog.Config {
	h := cfg.HaCf
	if h.UseLogd {
		c := LogdConfig(cfg.Logd, n.self)
		c.Entity, c.Debug = "", debug
		c.Logd, c.LogdRetry = filepath.Join(n.opts.State, logd.SocketName), h.ConnLogdTime
		return c
	}
	return halog.Config{
		LogFile: h.LogFile, DebugFile: h.DebugFile, Facility: h.LogFacility,
		Classic: !h.SyslogMsgFmt, Host: n.self, PID: n.pid, Debug: debug,
	}
}

// LogdConfig is where logd.cf wants the log.
func LogdConfig(l conf.Logd, host string) halog.Config {
	return halog.Config{
		LogFile: l.LogFile, DebugFile: l.DebugFile, Facility: l.Facility, Classic: !l.SyslogMsgFmt,
		Host: host, Entity: l.Entity, Prefix: l.SyslogPrefix, Mode: l.LogMode, PID: os.Getpid(), Guests: l.SendQueue + l.RecvQueue,
	}
}

// guardLog is where the guard writes: not through the logging daemon, which may be the node that it has to tell about.
func (n *Node) guardLog(cfg conf.Config) halog.Config {
	c := n.logConfig(cfg, cfg.HaCf.Debug)
	c.Logd = ""
	return c
}

// logLevel is the slog level of an event.
func logLevel(l event.Level) slog.Level {
	switch l {
	case event.Error:
		return slog.LevelError
	case event.Warn:
		return slog.LevelWarn
	case event.Info:
		return slog.LevelInfo
	case event.Debug:
	}
	return slog.LevelDebug
}

// logRecord writes a record of the timeline to the log: its sentence, then what machines look for.
func logRecord(log *slog.Logger, r event.Record) {
	if r.Kind == nil {
		return
	}
	text := r.Text
	if text == "" {
		text = r.Kind.Title
	}
	attrs := []slog.Attr{slog.String("event", r.Kind.Name)}
	if r.Subject != "" {
		attrs = append(attrs, slog.String("subject", r.Subject))
	}
	if r.Cause != "" {
		attrs = append(attrs, slog.String("cause", r.Cause))
	}
	log.LogAttrs(context.Background(), logLevel(r.Kind.Level), text, attrs...)
}
