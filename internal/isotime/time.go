package isotime

import "fmt"

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
	week   = 7 * day
)

// A Time is a second on the calendar: seconds since 1970 in UTC, and how many seconds the wall clock is ahead of UTC.
type Time struct {
	Unix   int64
	Offset int32
}

// UTC is a point given in seconds since 1970.
func UTC(unix int64) Time { return Time{Unix: unix} }

// A Date is a day with a name in the three ways of ISO 8601.
type Date struct {
	Year, Month, Day int // month and day from 1
	YearDay          int // from 1
	WeekYear, Week   int // the year that the week belongs to, and its number in it
	WeekDay          int // Monday is 1
}

// local are the day on the wall since 1970 and the second of it.
func (t Time) local() (days, seconds int64) {
	s := t.Unix + int64(t.Offset)
	days = floorDiv(s, day)
	return days, s - days*day
}

// Date names the day on the wall.
func (t Time) Date() Date {
	days, _ := t.local()
	return dateOf(days)
}

// Clock is the time on the wall.
func (t Time) Clock() (h, m, s int) {
	_, sec := t.local()
	return int(sec / hour), int(sec % hour / minute), int(sec % minute)
}

// Add moves by seconds.
func (t Time) Add(seconds int64) Time { t.Unix += seconds; return t }

// AddMonths moves by months; a day that the month does not have becomes its last.
func (t Time) AddMonths(n int64) Time {
	days, sec := t.local()
	d := dateOf(days)
	months := int64(d.Year)*12 + int64(d.Month-1) + n
	year, month := floorDiv(months, 12), months-floorDiv(months, 12)*12+1
	return at(daysOf(year, int(month), min(d.Day, monthLength(year, int(month)))), sec, t.Offset)
}

// String is the time in UTC: 2005-01-20 12:30:00Z.
func (t Time) String() string {
	t.Offset = 0
	d := t.Date()
	h, m, s := t.Clock()
	return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02dZ", d.Year, d.Month, d.Day, h, m, s)
}

// at is the second of a day on the wall.
func at(days, seconds int64, offset int32) Time {
	return Time{Unix: days*day + seconds - int64(offset), Offset: offset}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func leap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func monthLength(year int64, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if leap(year) {
			return 29
		}
		return 28
	}
	return 31
}

func yearLength(year int64) int {
	if leap(year) {
		return 366
	}
	return 365
}

// newYear is the first of January as days since 1970.
func newYear(year int64) int64 {
	y := year - 1
	return y*365 + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) - 719162
}

// daysOf is a day as days since 1970.
func daysOf(year int64, month, dayOfMonth int) int64 {
	days := newYear(year) + int64(dayOfMonth) - 1
	for m := 1; m < month; m++ {
		days += int64(monthLength(year, m))
	}
	return days
}

// weekDay is 1 for Monday; the first of January 1970 was a Thursday.
func weekDay(days int64) int { return int(days+3-floorDiv(days+3, 7)*7) + 1 }

// firstMonday is where week 1 of a year begins: the week with the year's first Thursday.
func firstMonday(year int64) int64 {
	fourth := newYear(year) + 3
	return fourth - int64(weekDay(fourth)-1)
}

func dateOf(days int64) Date {
	year := floorDiv(days*400, 146097) + 1970
	for newYear(year) > days {
		year--
	}
	for newYear(year+1) <= days {
		year++
	}
	d := Date{Year: int(year), Month: 1, YearDay: int(days-newYear(year)) + 1, WeekYear: int(year), WeekDay: weekDay(days)}
	d.Day = d.YearDay
	for d.Day > monthLength(year, d.Month) {
		d.Day -= monthLength(year, d.Month)
		d.Month++
	}
	switch {
	case days < firstMonday(year):
		d.WeekYear--
	case days >= firstMonday(year+1):
		d.WeekYear++
	}
	d.Week = int((days-firstMonday(int64(d.WeekYear)))/7) + 1
	return d
}
