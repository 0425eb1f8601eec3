package conf

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// maxDuration is the longest time a directive may give; more is a slip.
const maxDuration = 1000 * 24 * time.Hour

// ParseDuration reads a time of ha.cf: a decimal number, optionally with a
// fraction; no suffix means seconds, ms or msec milliseconds, us or usec
// microseconds. The result is rounded to the nearest millisecond (messaging spec, 2.1).
func ParseDuration(s string) (time.Duration, error) {
	t := strings.ToLower(strings.TrimSpace(s))
	unit := time.Second
	for _, suffix := range []struct {
		name string
		unit time.Duration
	}{{"msec", time.Millisecond}, {"ms", time.Millisecond}, {"usec", time.Microsecond}, {"us", time.Microsecond}} {
		if rest, ok := strings.CutSuffix(t, suffix.name); ok {
			t, unit = strings.TrimSpace(rest), suffix.unit
			break
		}
	}
	if t == "" || strings.Trim(t, "0123456789.") != "" || strings.Count(t, ".") > 1 || t == "." {
		hint := "write a number of seconds such as 2 or 0.5, or milliseconds such as 500ms"
		return 0, fmt.Errorf("%q is not a time: %s", s, hint)
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil || f*float64(unit) > float64(maxDuration) {
		return 0, fmt.Errorf("%q is more than %d days", s, int(maxDuration/(24*time.Hour)))
	}
	return time.Duration(math.Round(f*float64(unit)/float64(time.Millisecond))) * time.Millisecond, nil
}

// FormatDuration writes a time so that ParseDuration reads the same again: 2, 500ms.
func FormatDuration(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d/time.Second), 10)
	}
	return strconv.FormatInt(d.Milliseconds(), 10) + "ms"
}

// ParseBool reads true on yes y 1 and false off no n 0 in any case.
func ParseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "on", "yes", "y", "1":
		return true, nil
	case "false", "off", "no", "n", "0":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither on nor off", s)
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func ms(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) + "ms" }
