package conf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// String is the finding on one line: `ha.cf:12: unknown directive "keepaliv": did you mean keepalive?`.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Msg)
	switch {
	case p.Fix == "":
	case strings.HasSuffix(p.Msg, ".") || strings.HasSuffix(p.Msg, "!"):
		b.WriteString(" " + p.Fix)
	default:
		b.WriteString(": " + p.Fix)
	}
	return b.String()
}

// Problems is everything found in a set of files. As an error it lists all of it.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// HasErrors says whether one of the problems keeps the node from starting.
func (ps Problems) HasErrors() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.Severity == Error })
}

// Err is ps as an error if it has errors, and nil if it has warnings at the most.
func (ps Problems) Err() error {
	if !ps.HasErrors() {
		return nil
	}
	return ps
}

// Only returns the problems of one severity.
func (ps Problems) Only(s Severity) Problems {
	var out Problems
	for _, p := range ps {
		if p.Severity == s {
			out = append(out, p)
		}
	}
	return out
}

// Sorted returns the problems by file and line, each finding once; of two with
// the same text the more severe one stays.
func (ps Problems) Sorted() Problems {
	out := slices.Clone(ps)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Msg, b.Msg), cmp.Compare(a.Severity, b.Severity))
	})
	return slices.CompactFunc(out, func(a, b Problem) bool {
		return a.File == b.File && a.Line == b.Line && a.Msg == b.Msg
	})
}

// notes collects the problems of one file.
type notes struct {
	file string
	list Problems
}

func (n *notes) fail(line int, fix, format string, args ...any) {
	n.list = append(n.list, Problem{n.file, line, Error, fmt.Sprintf(format, args...), fix})
}

func (n *notes) warn(line int, fix, format string, args ...any) {
	n.list = append(n.list, Problem{n.file, line, Warning, fmt.Sprintf(format, args...), fix})
}
