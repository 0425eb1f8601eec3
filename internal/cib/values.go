package cib

import (
	"math"
	"strings"

	"heartbeat/internal/isotime"
)

// Infinity is the score that nothing outweighs.
const Infinity = 1_000_000

// Health is what the words red, yellow and green mean as scores.
type Health struct{ Red, Yellow, Green int }

// Bool reads a boolean; ok is false when the text is none.
func Bool(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "on", "yes", "y", "1":
		return true, true
	case "false", "off", "no", "n", "0":
		return false, true
	}
	return false, false
}

// True says whether a text is a boolean and true.
func True(text string) bool { v, _ := Bool(text); return v }

// Score reads a score; ok is false when the text is none.
func Score(text string, h Health) (score int, ok bool) {
	switch strings.ToLower(text) {
	case "infinity", "+infinity":
		return Infinity, true
	case "-infinity":
		return -Infinity, true
	case "red":
		return h.Red, true
	case "yellow":
		return h.Yellow, true
	case "green":
		return h.Green, true
	}
	n, ok := Integer(text)
	return int(min(max(n, -Infinity), Infinity)), ok
}

// AddScores adds two scores: minus infinity wins over infinity, and infinity over everything else.
func AddScores(a, b int) int {
	switch {
	case a <= -Infinity || b <= -Infinity:
		return -Infinity
	case a >= Infinity || b >= Infinity:
		return Infinity
	}
	return min(max(a+b, -Infinity), Infinity)
}

// Integer reads the number that a text begins with, clipped to 64 bits; ok is false when it begins with none.
func Integer(text string) (n int64, ok bool) {
	n, rest := leadingInteger(text)
	return n, len(rest) < len(text)
}

// leadingInteger returns text itself as rest when there is no number.
func leadingInteger(text string) (n int64, rest string) {
	s := text
	for s != "" && (s[0] == ' ' || s[0] >= '\t' && s[0] <= '\r') {
		s = s[1:]
	}
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative, s = s[0] == '-', s[1:]
	}
	i := 0
	var v uint64
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if v > (math.MaxUint64-9)/10 {
			v = math.MaxInt64 + 1
			continue
		}
		v = v*10 + uint64(s[i]-'0')
	}
	switch {
	case i == 0:
		return 0, text
	case negative && v > math.MaxInt64:
		return math.MinInt64, s[i:]
	case negative:
		return -int64(v), s[i:]
	}
	return int64(min(v, math.MaxInt64)), s[i:]
}

// AtLeast reads an integer of 32 bits that is not below least; a bad text gives least.
func AtLeast(text string, least int) int {
	n, ok := Integer(text)
	if !ok {
		return least
	}
	return int(min(max(n, int64(least)), math.MaxInt32))
}

// Milliseconds reads a time span with an optional unit, without one in seconds. It may be negative.
func Milliseconds(text string) (ms int64, ok bool) {
	n, rest := leadingInteger(text)
	if len(rest) == len(text) {
		return 0, false
	}
	rest = strings.ToLower(strings.TrimLeft(strings.TrimLeft(rest, "0123456789."), " \t\n\v\f\r"))
	multiply, divide := int64(1000), int64(1)
	switch {
	case rest == "", rest[0] == 's':
	case strings.HasPrefix(rest, "ms"):
		multiply = 1
	case strings.HasPrefix(rest, "us"):
		multiply, divide = 1, 1000
	case rest[0] == 'm':
		multiply = 60_000
	case rest[0] == 'h':
		multiply = 3_600_000
	default:
		return 0, false
	}
	if n > math.MaxInt64/multiply {
		return math.MaxInt64, true
	}
	if n < math.MinInt64/multiply {
		return math.MinInt64, true
	}
	return n * multiply / divide, true
}

// Interval reads a time span that may also be an ISO 8601 duration, in milliseconds. Bad and negative ones are 0.
func Interval(text string) (ms uint32, ok bool) {
	if text == "" {
		return 0, true
	}
	var n int64
	if text[0] == 'P' {
		d, err := isotime.ParseDuration(text)
		if err != nil {
			return 0, false
		}
		n = d.Fixed() * 1000
	} else if n, ok = Milliseconds(text); !ok || n < 0 {
		return 0, false
	}
	return uint32(min(n, math.MaxUint32)), true
}

// within says whether a value lies in a range written a, a-b, a- or -b; state is -1 below, 1 above, 0 in it.
func within(text string, value int) (state int, ok bool) {
	low, high, isRange := strings.Cut(text, "-")
	if low == "" && high == "" {
		return 0, false
	}
	if low != "" {
		n, rest := leadingInteger(low)
		if rest != "" {
			return 0, false
		}
		if !isRange {
			high = low
		}
		if int64(value) < n {
			return -1, true
		}
	}
	if high != "" {
		n, rest := leadingInteger(high)
		if rest != "" {
			return 0, false
		}
		if int64(value) > n {
			return 1, true
		}
	}
	return 0, true
}

// CompareVersions compares dotted numbers, missing parts as 0.
func CompareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		m, _ := leadingInteger(x)
		n, _ := leadingInteger(y)
		if m != n {
			if m < n {
				return -1
			}
			return 1
		}
	}
	return 0
}
