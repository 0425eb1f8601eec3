package halog

import (
	"context"
	"log/slog"
	"time"

	"heartbeat/internal/logd/record"
)

// line is one line on its way to the sinks.
type line struct {
	at       time.Time
	priority int // of syslog: 0 emergency … 7 debug
	text     string
	word     bool   // the line shows the priority as a word
	entity   string // another program than this one; empty: this one
	pid      int    // of that program
}

// guest is a line of another program. It may say anything, but not more than one line.
func guest(r record.Line, now time.Time) line {
	l := line{at: r.At, priority: r.Priority, text: oneLine(r.Text), word: r.Word, entity: oneLine(r.Entity), pid: r.PID}
	if l.at.IsZero() {
		l.at = now
	}
	if l.entity == "" {
		l.entity = "cluster" // what C calls programs without a name
	}
	return l
}

// handler is the slog side of a Log.
type handler struct {
	log    *Log
	prefix string // of open groups
	fixed  []slog.Attr
}

// Handler returns the slog.Handler that writes to l.
func (l *Log) Handler() slog.Handler { return handler{log: l} }

func (h handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.Level(h.log.level.Load())
}

func (h handler) Handle(_ context.Context, r slog.Record) error {
	h.log.put(line{at: r.Time, priority: severity(r.Level), text: text(r, h.prefix, h.fixed), word: true})
	return nil
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fixed := h.fixed[:len(h.fixed):len(h.fixed)]
	for _, a := range attrs {
		a.Key = h.prefix + a.Key
		fixed = append(fixed, a)
	}
	h.fixed = fixed
	return h
}

func (h handler) WithGroup(name string) slog.Handler {
	if name != "" {
		h.prefix += name + "."
	}
	return h
}
