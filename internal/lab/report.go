package lab

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Report is what the demo found; its JSON form is that of `heartbeat lab demo --json`.
type Report struct {
	Steps   []Result `json:"steps"`
	OK      bool     `json:"ok"`
	Seconds float64  `json:"seconds"`
}

// Result is one expectation and what was measured.
type Result struct {
	Step     string  `json:"step"`
	Expected string  `json:"expected"`
	Why      string  `json:"why,omitempty"` // how the expectation comes about
	Measured string  `json:"measured"`
	Millis   float64 `json:"ms,omitempty"`
	OK       bool    `json:"ok"`
}

// finish sums up: the script was played to its end, and every expectation held.
func (r *Report) finish(complete bool) {
	r.OK = complete && len(r.Steps) > 0
	for _, s := range r.Steps {
		r.OK = r.OK && s.OK
	}
}

// print writes the table.
func (r Report) print(w io.Writer, p palette) {
	rows := [][3]string{{"step", "promised", "measured"}}
	for _, s := range r.Steps {
		rows = append(rows, [3]string{s.Step, s.Expected, s.Measured})
	}
	var width [3]int
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	line := strings.Repeat("─", width[0]+width[1]+width[2]+14)
	fmt.Fprintln(w, line)
	for i, row := range rows {
		fmt.Fprintf(w, " %s  %s  %s  ", pad(row[0], width[0]), pad(row[1], width[1]), pad(row[2], width[2]))
		switch {
		case i == 0:
			fmt.Fprintf(w, "verdict\n%s\n", line)
		case r.Steps[i-1].OK:
			fmt.Fprintln(w, p.good("held"))
		default:
			fmt.Fprintln(w, p.bad("FAILED"))
		}
	}
	fmt.Fprintln(w, line)
	if r.OK {
		fmt.Fprintf(w, "Every expectation held. It took %.0f s, and nothing is left on this machine.\n", r.Seconds)
	} else {
		fmt.Fprintf(w, "Not every expectation held (%.0f s). On a heavily loaded machine try again; else it is a bug.\n", r.Seconds)
	}
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
