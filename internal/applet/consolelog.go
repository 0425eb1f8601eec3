package applet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"heartbeat/internal/node/halog"
)

// consoleLog writes log records for people who look at a terminal or a journal: time, level, sentence.
// Attributes that only machines look for (event, subject, cause) are left out: heartbeat events shows them.
type consoleLog struct {
	mu    *sync.Mutex
	out   io.Writer
	level slog.Level
	attrs []slog.Attr
	group string
}

func (h *consoleLog) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h *consoleLog) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %-5s %s", r.Time.Format("15:04:05.000"), halog.Word(r.Level), r.Message)
	write := func(a slog.Attr) bool {
		switch a.Key {
		case "event", "subject", "cause":
		default:
			fmt.Fprintf(&b, " %s%s=%v", h.group, a.Key, a.Value)
		}
		return true
	}
	for _, a := range h.attrs {
		write(a)
	}
	r.Attrs(write)
	b.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(b.Bytes())
	return err
}

func (h *consoleLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &consoleLog{mu: h.mu, out: h.out, level: h.level, group: h.group, attrs: append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

func (h *consoleLog) WithGroup(name string) slog.Handler {
	return &consoleLog{mu: h.mu, out: h.out, level: h.level, attrs: h.attrs, group: h.group + name + "."}
}
