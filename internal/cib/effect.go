package cib

import (
	"strings"

	"heartbeat/internal/isotime"
	"heartbeat/internal/xmltree"
)

// An Effect is how a date_expression stands to a time.
type Effect int

const (
	Unclear   Effect = iota // it cannot be read
	InEffect                // inside a range
	Satisfied               // every field of a date_spec holds
	NotYet
	Expired
)

// EffectOf judges a date_expression at a time; Rules only knows whether it holds.
func EffectOf(c *xmltree.Node, now isotime.Time) Effect {
	in := &Rules{Now: now, Changes: &Changes{}}
	start, hasStart, bad := in.time(c, "start")
	end, hasEnd, worse := in.time(c, "end")
	if d := c.First("duration"); hasStart && !hasEnd && d != nil {
		length, ok := durationOf(d)
		if !ok {
			return Unclear
		}
		end, hasEnd = length.After(start), true
	}
	op, given := c.Lookup("operation")
	switch {
	case bad || worse:
		return Unclear
	case given && strings.EqualFold(op, "date_spec"):
		spec := c.First("date_spec")
		if spec == nil {
			return Unclear
		}
		return [...]Effect{NotYet, Satisfied, Expired}[specState(spec, now)+1]
	case strings.EqualFold(op, "gt"):
		return ranged(hasStart, now.Unix <= start.Unix, false)
	case strings.EqualFold(op, "lt"):
		return ranged(hasEnd, false, now.Unix >= end.Unix)
	case !given || strings.EqualFold(op, "in_range"):
		return ranged(hasStart || hasEnd, hasStart && now.Unix < start.Unix, hasEnd && now.Unix > end.Unix)
	}
	return Unclear
}

func ranged(known, before, after bool) Effect {
	switch {
	case !known:
		return Unclear
	case before:
		return NotYet
	case after:
		return Expired
	}
	return InEffect
}
