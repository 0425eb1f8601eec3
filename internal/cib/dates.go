package cib

import (
	"strings"

	"heartbeat/internal/isotime"
	"heartbeat/internal/xmltree"
)

// date judges a date_expression and notes when its answer will change.
func (in *Rules) date(c *xmltree.Node) bool {
	switch op, ok := c.Lookup("operation"); {
	case !ok, strings.EqualFold(op, "in_range"):
		return in.inRange(c)
	case strings.EqualFold(op, "date_spec"):
		spec := c.First("date_spec")
		return spec != nil && spec.Get("id") != "" && MatchesSpec(spec, in.Now)
	case strings.EqualFold(op, "gt"):
		start, ok, _ := in.time(c, "start")
		if ok && in.Now.Unix <= start.Unix {
			in.Changes.Note(start.Unix + 1)
		}
		return ok && in.Now.Unix > start.Unix
	case strings.EqualFold(op, "lt"):
		end, ok, _ := in.time(c, "end")
		if ok && in.Now.Unix < end.Unix {
			in.Changes.Note(end.Unix)
		}
		return ok && in.Now.Unix < end.Unix
	}
	return false
}

// inRange needs a start, an end, or a start and a duration; the end second is still inside.
func (in *Rules) inRange(c *xmltree.Node) bool {
	start, hasStart, bad := in.time(c, "start")
	end, hasEnd, worse := in.time(c, "end")
	if bad || worse || !hasStart && !hasEnd {
		return false
	}
	if d := c.First("duration"); !hasEnd && d != nil {
		if d.Get("id") == "" {
			return false
		}
		length, ok := durationOf(d)
		if !ok {
			return false
		}
		end, hasEnd = length.After(start), true
	}
	if hasStart && in.Now.Unix < start.Unix {
		in.Changes.Note(start.Unix)
		return false
	}
	if hasEnd {
		if in.Now.Unix > end.Unix {
			return false
		}
		in.Changes.Note(end.Unix + 1)
	}
	return true
}

func (in *Rules) time(c *xmltree.Node, name string) (at isotime.Time, ok, bad bool) {
	text, given := c.Lookup(name)
	if !given {
		return at, false, false
	}
	at, err := isotime.Parse(text, in.Now)
	return at, err == nil, err != nil
}

func durationOf(n *xmltree.Node) (d isotime.Duration, ok bool) {
	for name, field := range map[string]*int64{"years": &d.Years, "months": &d.Months, "weeks": &d.Weeks, "days": &d.Days,
		"hours": &d.Hours, "minutes": &d.Minutes, "seconds": &d.Seconds} {
		if text, given := n.Lookup(name); given {
			if *field, ok = Integer(text); !ok {
				return d, false
			}
		}
	}
	return d, true
}

// MatchesSpec says whether every field that a date_spec gives holds at a time, on the wall clock of that time.
func MatchesSpec(spec *xmltree.Node, now isotime.Time) bool { return specState(spec, now) == 0 }

// specState is -1 or 1 when the first field that does not hold is still to come or is over, 0 when all hold.
func specState(spec *xmltree.Node, now isotime.Time) int {
	d := now.Date()
	h, m, s := now.Clock()
	for _, f := range [...]struct {
		name  string
		value int
	}{
		{"years", d.Year}, {"months", d.Month}, {"monthdays", d.Day}, {"hours", h}, {"minutes", m}, {"seconds", s},
		{"yeardays", d.YearDay}, {"weekyears", d.WeekYear}, {"weeks", d.Week}, {"weekdays", d.WeekDay},
	} {
		if text, given := spec.Lookup(f.name); given {
			state, ok := within(text, f.value)
			if !ok {
				return 1
			}
			if state != 0 {
				return state
			}
		}
	}
	return 0
}
