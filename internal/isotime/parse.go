package isotime

import (
	"fmt"
	"strings"
)

// Parse reads a point in time: a calendar, ordinal or week date, or the word "epoch", each with a time of day if wanted; or a time of
// day alone, which means the day of now. A text without offset is on the wall clock of now.
func Parse(text string, now Time) (Time, error) {
	p := parser{rest: strings.TrimSpace(text)}
	if p.rest == "" {
		return Time{}, fmt.Errorf("an empty time; write for example 2005-01-20 12:30")
	}
	days, _ := now.local()
	alone := p.rest[0] == 'T' || len(p.rest) > 2 && p.rest[2] == ':'
	if !alone {
		var ok bool
		if days, ok = p.date(); !ok {
			return Time{}, fmt.Errorf("%q is no date; write for example 2005-01-20, 2005-020 or 2005-W03-4", text)
		}
	}
	seconds, offset := int64(0), now.Offset
	if alone || p.rest != "" && (p.rest[0] == 'T' || p.rest[0] == ' ') {
		p.rest = strings.TrimLeft(p.rest, "T ")
		var ok bool
		if seconds, ok = p.clock(); !ok {
			return Time{}, fmt.Errorf("%q has no good time of day; write for example 12:30:00", text)
		}
		if offset, ok = p.offset(now.Offset); !ok {
			return Time{}, fmt.Errorf("%q has no good offset from UTC; write Z or for example +01:00", text)
		}
	}
	if p.rest != "" {
		return Time{}, fmt.Errorf("%q: nothing may follow the time, but %q does", text, p.rest)
	}
	return at(days, seconds, offset), nil
}

type parser struct{ rest string }

// number reads exactly n digits.
func (p *parser) number(n int) (int, bool) {
	if len(p.rest) < n {
		return 0, false
	}
	v := 0
	for i := range n {
		c := p.rest[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	p.rest = p.rest[n:]
	return v, true
}

func (p *parser) skip(prefix string) bool {
	rest, ok := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return ok
}

// digits counts the digits ahead.
func (p *parser) digits() int {
	return len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
}

// date reads a date and returns its day since 1970.
func (p *parser) date() (int64, bool) {
	if p.skip("epoch") {
		return 0, true
	}
	y, ok := p.number(4)
	if !ok || y < 1 {
		return 0, false
	}
	year, dashed := int64(y), p.skip("-")
	if p.skip("W") {
		return p.weekDate(year)
	}
	if p.digits() == 3 {
		n, _ := p.number(3)
		return newYear(year) + int64(n) - 1, n >= 1 && n <= yearLength(year)
	}
	month, ok := p.number(2)
	if !ok || month < 1 || month > 12 {
		return 0, false
	}
	if dashed && !p.skip("-") {
		return 0, false
	}
	d, ok := p.number(2)
	if !ok || d < 1 || d > monthLength(year, month) {
		return 0, false
	}
	return daysOf(year, month, d), true
}

func (p *parser) weekDate(year int64) (int64, bool) {
	w, ok := p.number(2)
	if !ok || w < 1 || w > 53 {
		return 0, false
	}
	p.skip("-")
	d, ok := p.number(1)
	if !ok || d < 1 || d > 7 {
		return 0, false
	}
	return firstMonday(year) + int64(w-1)*7 + int64(d) - 1, true
}

// clock reads hh[:mm[:ss]] or hh[mm[ss]]; 24:00:00 is the end of the day.
func (p *parser) clock() (int64, bool) {
	h, ok := p.number(2)
	if !ok || h > 24 {
		return 0, false
	}
	m, s := 0, 0
	if p.skip(":") || p.digits() >= 2 {
		if m, ok = p.number(2); !ok || m > 59 {
			return 0, false
		}
		if p.skip(":") || p.digits() >= 2 {
			if s, ok = p.number(2); !ok || s > 59 {
				return 0, false
			}
		}
	}
	if h == 24 && (m > 0 || s > 0) {
		return 0, false
	}
	return int64(h)*hour + int64(m)*minute + int64(s), true
}

// offset reads Z, +hh[:mm] or -hh[:mm]; without one the wall clock is that of local.
func (p *parser) offset(local int32) (int32, bool) {
	p.rest = strings.TrimLeft(p.rest, " ")
	if p.rest == "" {
		return local, true
	}
	if p.skip("Z") {
		return 0, true
	}
	sign := int32(1)
	switch {
	case p.skip("+"):
	case p.skip("-"):
		sign = -1
	default:
		return 0, false
	}
	h, ok := p.number(2)
	if !ok || h > 23 {
		return 0, false
	}
	m := 0
	if p.skip(":") || p.digits() >= 2 {
		if m, ok = p.number(2); !ok || m > 59 {
			return 0, false
		}
	}
	return sign * int32(h*hour+m*minute), true
}
