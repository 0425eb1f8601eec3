package mon

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"heartbeat/internal/cib"
)

// StatusText is what reports call the way in which an operation ended.
func StatusText(status int) string {
	if status == -1 {
		return "pending"
	}
	texts := []string{"complete", "Cancelled", "Timed Out", "NOT SUPPORTED", "Error", "Hard error", "Fatal error", "Not installed",
		"Internal communication failure", "Cannot execute now", "No fence device", "CIB secrets unavailable"}
	if status >= 0 && status < len(texts) {
		return texts[status]
	}
	return "UNKNOWN!"
}

// Span writes milliseconds for people. A whole unit is written in the smaller one: 60s, not 1m, as scripts expect it.
func Span(ms int64) string {
	var b strings.Builder
	for _, u := range []struct {
		length int64
		name   string
	}{{86_400_000, "d"}, {3_600_000, "h"}, {60_000, "m"}} {
		if ms > u.length {
			fmt.Fprintf(&b, "%d%s", ms/u.length, u.name)
			ms %= u.length
		}
	}
	switch {
	case ms > 1000 && ms%1000 > 0:
		fmt.Fprintf(&b, "%d.%03ds", ms/1000, ms%1000)
	case ms > 1000:
		fmt.Fprintf(&b, "%ds", ms/1000)
	case ms > 0:
		fmt.Fprintf(&b, "%dms", ms)
	case b.Len() == 0:
		return "0s"
	}
	return b.String()
}

// clock writes seconds since 1970 as ctime does.
func (o *Options) clock(unix int64) string {
	return time.Unix(unix, 0).In(o.Now.Location()).Format(time.ANSIC)
}

// epoch reads an attribute that holds seconds since 1970; ok is false for none.
func epoch(text string) (unix int64, ok bool) {
	if text == "" {
		return 0, false
	}
	return cib.Integer(text)
}

// number reads an attribute that holds a number, 0 without one.
func number(text string) int {
	n, _ := cib.Integer(text)
	return int(n)
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func yes(b bool) string { return strconv.FormatBool(b) }
