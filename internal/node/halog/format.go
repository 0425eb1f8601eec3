package halog

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// ownEntity is the program name in the lines of the node. Monitoring scripts look for it.
const ownEntity = "heartbeat"

// Priorities of syslog (RFC 3164, section 4.1.1).
const (
	warning = 4
	info    = 6
)

// Word is how the classic log spells a level: what is serious is in capitals.
func Word(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "ERROR"
	case l >= slog.LevelWarn:
		return "WARN"
	case l >= slog.LevelInfo:
		return "info"
	}
	return "debug"
}

// severity is the syslog severity of a level (RFC 3164, section 4.1.1).
func severity(l slog.Level) int {
	switch {
	case l >= slog.LevelError:
		return 3
	case l >= slog.LevelWarn:
		return 4
	case l >= slog.LevelInfo:
		return 6
	}
	return 7
}

// Facility is the number of a syslog facility.
func Facility(name string) (number int, ok bool) {
	for i, n := range []string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"} {
		if n == name {
			return i, true
		}
	}
	if name == "security" { // the old name of auth
		return 4, true
	}
	if n, found := strings.CutPrefix(name, "local"); found && len(n) == 1 && n[0] >= '0' && n[0] <= '7' {
		return 16 + int(n[0]-'0'), true
	}
	return 0, false
}

// stamp is the date of syslog as C writes it into files: the day always has two digits.
const stamp = "Jan 02 15:04:05"

// word is how the classic log spells a priority, with what follows it; empty for lines that do not show it.
func (l line) wordOf() string {
	if !l.word {
		return ""
	}
	return [...]string{"EMERG", "ALERT", "CRIT", "ERROR", "WARN", "notice", "info", "debug"}[l.priority&7] + ": "
}

// fileLine is a line of logfile and debugfile: in the form of syslog when syslogmsgfmt is on, else in the
// older form with the date of harc.
func (c Config) fileLine(l line) string {
	entity, pid := c.by(l)
	if !c.Classic {
		return fmt.Sprintf("%s %s %s: [%d]: %s%s\n", l.at.Format(stamp), c.Host, entity, pid, l.wordOf(), l.text)
	}
	return fmt.Sprintf("%s[%d]: %s %s%s\n", entity, pid, l.at.Format("2006/01/02_15:04:05"), l.wordOf(), l.text)
}

// syslogPacket is a datagram for the local syslog daemon. Local daemons take the host from themselves, so
// libc and we leave it out.
func (c Config) syslogPacket(l line, facility int) string {
	entity, pid := c.by(l)
	tag, first := entity, ""
	if c.Prefix != "" {
		tag, first = c.Prefix, entity
	}
	return fmt.Sprintf("<%d>%s %s: %s[%d]: %s%s", facility<<3|l.priority, l.at.Format(time.Stamp), tag, first, pid, l.wordOf(), l.text)
}

// by is the program that says a line, and its process.
func (c Config) by(l line) (string, int) {
	switch {
	case l.entity != "":
		return l.entity, l.pid
	case c.Entity != "":
		return c.Entity, c.PID
	}
	return ownEntity, c.PID
}

// text renders a record as one line: the message, then its attributes.
func text(r slog.Record, prefix string, fixed []slog.Attr) string {
	var b strings.Builder
	b.WriteString(oneLine(r.Message))
	for _, a := range fixed {
		writeAttr(&b, "", a)
	}
	r.Attrs(func(a slog.Attr) bool {
		writeAttr(&b, prefix, a)
		return true
	})
	return b.String()
}

func writeAttr(b *strings.Builder, prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
		return
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, inner := range v.Group() {
			writeAttr(b, prefix, inner)
		}
		return
	}
	s := v.String()
	if s == "" || strings.ContainsAny(s, " \"=\t\n\r") || s != oneLine(s) {
		s = strconv.Quote(s)
	}
	b.WriteString(" " + oneLine(prefix+a.Key) + "=" + s)
}

// oneLine keeps what comes from scripts and from the network from forging lines or moving the
// cursor of whoever reads them.
func oneLine(s string) string {
	s = strings.TrimRight(s, "\n\r\t ")
	clean := func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}
	return strings.Map(clean, s)
}
