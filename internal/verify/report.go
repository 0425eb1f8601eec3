package verify

import (
	"slices"

	"heartbeat/internal/cib/schema"
)

// A Line is a problem in the words of crm_verify.
type Line struct {
	Error bool
	Tag   string // the function of Pacemaker that says so; empty: no tag is printed
	Text  string
	Form  bool // about the form of the document; At is the place
	At    schema.Problem
}

// A Report is everything that was found.
type Report struct {
	// Problems are for people: in the order of the document, each with its remedy.
	Problems schema.Problems
	// Hints are problems that do not count: the document works, but not as somebody may think.
	Hints schema.Problems
	// Lines are for scripts: in the order in which Pacemaker finds them.
	Lines []Line
	// FormFailed: the document is not of the form that it claims, and what it means was not looked at.
	FormFailed bool
}

// Errors says whether the document must not be used as it is.
func (r *Report) Errors() bool {
	return slices.ContainsFunc(r.Lines, func(l Line) bool { return l.Error })
}

// Warnings says whether there is anything to say at all.
func (r *Report) Warnings() bool { return len(r.Lines) > 0 }

func (r *Report) add(p schema.Problem, tag, text string) {
	r.Problems = append(r.Problems, p)
	r.Lines = append(r.Lines, Line{Error: !p.Warning, Tag: tag, Text: text})
}

// sort puts the problems in the order of the document; what has no line comes last.
func (r *Report) sort() {
	for _, l := range []schema.Problems{r.Problems, r.Hints} {
		slices.SortStableFunc(l, func(a, b schema.Problem) int {
			if (a.Line == 0) != (b.Line == 0) {
				return b.Line - a.Line
			}
			return a.Line - b.Line
		})
	}
}
