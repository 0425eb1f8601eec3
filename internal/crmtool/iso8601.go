package crmtool

import (
	"fmt"
	"strings"
	"time"

	"heartbeat/internal/isotime"
)

const iso8601Usage = `usage: %[1]s [-n] [-d DATE] [-D DURATION] [-p PERIOD] [options]

Shows and converts dates, durations and periods of ISO 8601.

what
  -n, --now               the time now
  -d, --date DATE         a date and time: 2024-02-10 10:00:00Z, 2024-041, 2024-W06-6T10:00, now, epoch
  -D, --duration TIME     a duration: P1Y2M3DT4H5M6S, PT90S; with -d also when it ends
  -p, --period PERIOD     begin and end, or one of them and a duration: 2024-01-01/P1M
how
  -s, --seconds           in seconds since 0000-01-01 00:00:00Z
  -S, --epoch             in seconds since 1970-01-01 00:00:00Z
  -L, --local             in the local time zone
  -O, --ordinal           year and day of the year
  -W, --week              year, week, day of the week
  -E, --expected RESULT   exit code 1 unless the date, or the end of the duration, is this
exit codes: 0 done, 1 another result than expected, 2 cannot be read, 64 wrong usage
examples:
  %[1]s -d "2007-10-31 12:00:00Z" -D P1M
  %[1]s -n -L
`

// secondsBefore1970 are those from the year 0, as the tools count them.
const secondsBefore1970 = 62_135_596_800

// A dateForm is how dates are shown.
type dateForm struct {
	seconds, epoch, local, ordinal, week bool
}

func iso8601(w *World) Code {
	o := w.Options(iso8601Usage)
	now := o.BoolP("now", "n", false, "")
	date := o.StringP("date", "d", "", "")
	length := o.StringP("duration", "D", "", "")
	period := o.StringP("period", "p", "", "")
	expected := o.StringP("expected", "E", "", "")
	var f dateForm
	o.BoolVarP(&f.seconds, "seconds", "s", false, "")
	o.BoolVarP(&f.epoch, "epoch", "S", false, "")
	o.BoolVarP(&f.local, "local", "L", false, "")
	o.BoolVarP(&f.ordinal, "ordinal", "O", false, "")
	o.BoolVarP(&f.week, "week", "W", false, "")
	if code, run := o.Parse(); !run {
		return code
	}
	if code, ok := o.NoArguments(); !ok {
		return code
	}
	if *now {
		*date = "now"
	}
	wrong := func(format string, args ...any) Code {
		w.complain("%s: %s\n", w.Prog, fmt.Sprintf(format, args...))
		return InvalidParameter
	}
	result := ""
	var begin isotime.Time
	clock := here(time.Now().Unix())
	if *date != "" {
		label := "Date"
		var err error
		switch *date {
		case "now":
			label, begin = "Current date/time", clock
		case "epoch":
		default:
			begin, err = parseTime(*date, clock)
		}
		if err != nil {
			return wrong("Invalid date/time specified: %s", *date)
		}
		result = f.show(begin)
		w.printf("%s: %s\n", label, result)
	}
	judged := *date != ""
	if *length != "" {
		d, err := isotime.ParseDuration(*length)
		if err != nil {
			return wrong("Invalid duration specified: %s", *length)
		}
		w.printf("Duration: %s\n", showDuration(d))
		if *date != "" {
			result = f.show(d.After(begin))
			w.printf("Duration ends at: %s\n", result)
		}
	}
	if *period != "" {
		from, to, err := isotime.ParsePeriod(*period, clock)
		if err != nil {
			return wrong("Invalid interval specified: %s", *period)
		}
		w.printf("Period: %s to %s\n", f.show(from), f.show(to))
	}
	if *expected != "" && judged && !strings.EqualFold(result, *expected) {
		return Error
	}
	return OK
}

// parseTime reads a point in time. A day without a time of day begins in UTC, a time of day is the one here.
func parseTime(text string, now isotime.Time) (isotime.Time, error) {
	if !strings.ContainsAny(text, "T :") {
		now.Offset = 0
	}
	return isotime.Parse(text, now)
}

// here is a point in time with the local offset from UTC.
func here(unix int64) isotime.Time {
	_, offset := time.Unix(unix, 0).Zone()
	return isotime.Time{Unix: unix, Offset: int32(offset)}
}

func (f dateForm) show(t isotime.Time) string {
	switch {
	case f.seconds:
		return fmt.Sprint(t.Unix + secondsBefore1970)
	case f.epoch:
		return fmt.Sprint(t.Unix)
	}
	zone := "Z"
	if f.local {
		if t = here(t.Unix); t.Offset != 0 {
			sign, o := '+', t.Offset
			if o < 0 {
				sign, o = '-', -o
			}
			zone = fmt.Sprintf(" %c%02d:%02d", sign, o/3600, o/60%60)
		}
	} else {
		t.Offset = 0
	}
	d := t.Date()
	day := fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	switch {
	case f.ordinal:
		day = fmt.Sprintf("%04d-%03d", d.Year, d.YearDay)
	case f.week:
		day = fmt.Sprintf("%04d-W%02d-%d", d.WeekYear, d.Week, d.WeekDay)
	}
	h, m, s := t.Clock()
	return fmt.Sprintf("%s %02d:%02d:%02d%s", day, h, m, s, zone)
}

// showDuration writes a duration as the classic tool does, blanks included.
func showDuration(d isotime.Duration) string {
	var b strings.Builder
	part := func(n int64, word string) {
		if n != 0 {
			fmt.Fprintf(&b, "%2d %s%s ", n, word, plural(n))
		}
	}
	if d.Years != 0 {
		fmt.Fprintf(&b, "%4d year%s ", d.Years, plural(d.Years))
	}
	part(d.Months, "month")
	part(7*d.Weeks+d.Days, "day")
	seconds := d.Hours*3600 + d.Minutes*60 + d.Seconds
	if seconds == 0 && b.Len() > 0 {
		return b.String()
	}
	fmt.Fprintf(&b, "%d second%s", seconds, plural(seconds))
	if seconds >= 60 {
		var words []string
		for _, u := range []struct {
			n    int64
			word string
		}{{seconds / 3600, "hour"}, {seconds / 60 % 60, "minute"}, {seconds % 60, "second"}} {
			if u.n != 0 {
				words = append(words, fmt.Sprintf("%d %s%s", u.n, u.word, plural(u.n)))
			}
		}
		fmt.Fprintf(&b, " (%s)", strings.Join(words, " "))
	}
	return b.String()
}

func plural(n int64) string {
	if n == 1 {
		return ""
	}
	return "s"
}
