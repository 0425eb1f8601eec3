package isotime

import (
	"testing"
	"time"
)

func TestPointsInEverySpelling(t *testing.T) {
	now := Time{Unix: time.Date(2005, 1, 20, 10, 0, 0, 0, time.UTC).Unix()}
	for text, want := range map[string]string{
		"2005-020":                  "2005-01-20 00:00:00Z",
		"2005-020T12:30":            "2005-01-20 12:30:00Z",
		"2014-05-07 00:28:00":       "2014-05-07 00:28:00Z",
		"20050120T123015Z":          "2005-01-20 12:30:15Z",
		"2005-W03-4":                "2005-01-20 00:00:00Z",
		"2009-W53-7":                "2010-01-03 00:00:00Z",
		"epoch":                     "1970-01-01 00:00:00Z",
		"12:30":                     "2005-01-20 12:30:00Z",
		"T12":                       "2005-01-20 12:00:00Z",
		"2005-01-20T24:00:00":       "2005-01-21 00:00:00Z",
		"2005-01-20 01:00 +02:00":   "2005-01-19 23:00:00Z",
		"2005-01-20T01:00:00-01:30": "2005-01-20 02:30:00Z",
		"2004-366":                  "2004-12-31 00:00:00Z",
	} {
		got, err := Parse(text, now)
		if err != nil || got.String() != want {
			t.Errorf("%q is %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2005", "2005-13-01", "2005-02-29", "2005-366", "2005-W54-1", "2005-W01-8", "2005-01-20T25:00", "2005-01-20T24:01",
		"2005-01-20 12:00 MET", "yesterday", "0000-01-01"} {
		if got, err := Parse(text, now); err == nil {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

func TestDatesAreThoseOfTheStandardLibrary(t *testing.T) {
	for unix := int64(-80 * 365 * day); unix < 200*365*day; unix += 9*day + 12345 {
		want := time.Unix(unix, 0).UTC()
		d := UTC(unix).Date()
		wy, w := want.ISOWeek()
		if d.Year != want.Year() || d.Month != int(want.Month()) || d.Day != want.Day() || d.YearDay != want.YearDay() || d.WeekYear != wy || d.Week != w ||
			d.WeekDay%7 != int(want.Weekday()) {
			t.Fatalf("%s: %+v", want, d)
		}
		h, m, s := UTC(unix).Clock()
		if h != want.Hour() || m != want.Minute() || s != want.Second() {
			t.Fatalf("%s: %d:%d:%d", want, h, m, s)
		}
	}
}

func TestDurations(t *testing.T) {
	d, err := ParseDuration("P1Y2M1W3DT4H5M6S")
	if err != nil || d.Fixed() != (365+60+7+3)*day+4*hour+5*minute+6 {
		t.Fatalf("%+v, %v: %d s", d, err, d.Fixed())
	}
	january, _ := Parse("2004-01-31", Time{})
	month, _ := ParseDuration("P1M")
	if got := month.After(january).String(); got != "2004-02-29 00:00:00Z" {
		t.Errorf("a month after 31 January 2004 is %s", got)
	}
	for _, text := range []string{"", "P", "PT", "P5", "1D", "P1X", "P99999999999D"} {
		if d, err := ParseDuration(text); err == nil {
			t.Errorf("%q is read as %+v", text, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2005-020T12:30")
	f.Add("P1Y2M1W3DT4H5M6S")
	f.Fuzz(func(t *testing.T, text string) {
		if at, err := Parse(text, UTC(0)); err == nil {
			again, err := Parse(at.String(), UTC(0))
			if err != nil || again.Unix != at.Unix {
				if d := at.Date(); d.Year >= 1 && d.Year <= 9999 {
					t.Fatalf("%q is %s, which reads as %s, %v", text, at, again, err)
				}
			}
		}
		if d, err := ParseDuration(text); err == nil && d.Fixed() < 0 {
			t.Fatalf("%q lasts %d s", text, d.Fixed())
		}
	})
}
