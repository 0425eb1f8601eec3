package halog

import (
	"context"
	"log/slog"
	"time"
)

// line is one line on its way to the sinks.
type line struct {
	at    time.Time
	level slog.Level
	text  string
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
	h.log.put(line{at: r.Time, level: r.Level, text: text(r, h.prefix, h.fixed)})
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
