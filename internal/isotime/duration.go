package isotime

import (
	"fmt"
	"math"
	"strings"
)

// A Duration is what a text like P1Y2M10DT2H30M says, field by field, because a month has no fixed length.
type Duration struct{ Years, Months, Weeks, Days, Hours, Minutes, Seconds int64 }

// Most of any field; larger numbers are mistakes, and sums must not run over.
const most = math.MaxInt32

// ParseDuration reads PnYnMnWnDTnHnMnS; every part may be missing, but not all. The T only tells months from minutes: configurations in the
// field write P10S.
func ParseDuration(text string) (Duration, error) {
	var d Duration
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "P")
	if !ok || rest == "" {
		return d, fmt.Errorf("%q is no duration; write for example PT30S or P1DT12H", text)
	}
	inTime, parts := false, 0
	for rest != "" {
		if rest[0] == 'T' {
			inTime, rest = true, rest[1:]
			continue
		}
		n, i := int64(0), 0
		for ; i < len(rest) && rest[i] >= '0' && rest[i] <= '9'; i++ {
			if n = n*10 + int64(rest[i]-'0'); n > most {
				return d, fmt.Errorf("duration %q: no part may be larger than %d", text, most)
			}
		}
		if i == 0 || i == len(rest) {
			return d, fmt.Errorf("duration %q: a number and its unit are wanted at %q", text, rest)
		}
		field := d.field(rest[i], inTime)
		if field == nil {
			return d, fmt.Errorf("duration %q: unknown unit %q", text, rest[i:i+1])
		}
		*field, rest = n, rest[i+1:]
		parts++
	}
	if parts == 0 {
		return d, fmt.Errorf("duration %q says nothing", text)
	}
	return d, nil
}

func (d *Duration) field(unit byte, inTime bool) *int64 {
	switch unit {
	case 'Y':
		return &d.Years
	case 'M':
		if inTime {
			return &d.Minutes
		}
		return &d.Months
	case 'W':
		return &d.Weeks
	case 'D':
		return &d.Days
	case 'H':
		return &d.Hours
	case 'S':
		return &d.Seconds
	}
	return nil
}

// Fixed is the length in seconds, with years of 365 and months of 30 days.
func (d Duration) Fixed() int64 {
	return (d.Years*365+d.Months*30+d.Weeks*7+d.Days)*day + d.Hours*hour + d.Minutes*minute + d.Seconds
}

// After is the time that lies the duration behind t.
func (d Duration) After(t Time) Time {
	return t.AddMonths(d.Years*12 + d.Months).Add(d.Weeks*week + d.Days*day + d.Hours*hour + d.Minutes*minute + d.Seconds)
}
