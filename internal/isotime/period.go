package isotime

import (
	"fmt"
	"strings"
)

// ParsePeriod reads begin/end, begin/duration or duration/end. A day without a time of day begins in UTC.
func ParsePeriod(text string, now Time) (from, to Time, err error) {
	first, second, ok := strings.Cut(text, "/")
	if !ok {
		return from, to, fmt.Errorf("%q is no period; write for example 2005-01-20/P1M", text)
	}
	point := func(text string) (Time, error) {
		if strings.ContainsAny(text, "T :") {
			return Parse(text, now)
		}
		return Parse(text, Time{Unix: now.Unix})
	}
	switch {
	case strings.HasPrefix(first, "P"):
		d, err := ParseDuration(first)
		if err != nil {
			return from, to, err
		}
		if to, err = point(second); err != nil {
			return from, to, err
		}
		return d.Before(to), to, nil
	case strings.HasPrefix(second, "P"):
		d, err := ParseDuration(second)
		if err != nil {
			return from, to, err
		}
		if from, err = point(first); err != nil {
			return from, to, err
		}
		return from, d.After(from), nil
	}
	if from, err = point(first); err != nil {
		return from, to, err
	}
	to, err = point(second)
	return from, to, err
}

// Before is the time from which the duration leads to t, month by month as After counts.
func (d Duration) Before(t Time) Time {
	return Duration{-d.Years, -d.Months, -d.Weeks, -d.Days, -d.Hours, -d.Minutes, -d.Seconds}.After(t)
}
