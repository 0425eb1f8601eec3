package node

import (
	"context"
	"log/slog"
	"os"

	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/node/halog"
)

// logConfig is where ha.cf wants the log. Without any target C hands its lines to its logging daemon, whose own
// default is syslog's daemon facility; so do we, without that daemon.
func logConfig(h conf.HaCf, node string, debug int) halog.Config {
	c := halog.Config{
		LogFile: h.LogFile, DebugFile: h.DebugFile, Facility: h.LogFacility,
		Classic: !h.SyslogMsgFmt, Host: node, PID: os.Getpid(), Debug: debug,
	}
	if c.LogFile == "" && c.DebugFile == "" && (c.Facility == "" || c.Facility == "none") && h.UseLogd {
		c.Facility = "daemon"
	}
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
