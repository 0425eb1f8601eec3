package cts

import (
	"fmt"
	"io"
	"strings"
	"time"

	"heartbeat/internal/cts/scenario"
)

// progress tells on a terminal what is being played; elsewhere it writes one line for every scenario that did not pass, or with
// verbose for every one.
type progress struct {
	w       io.Writer
	live    bool // w is a terminal
	verbose bool
	bad     int
}

func (p *progress) Begins(s *scenario.Scenario, pairing scenario.Pairing, round, done, all int) {
	if !p.live {
		return
	}
	bad := ""
	if p.bad > 0 {
		bad = fmt.Sprintf(", %d not passed", p.bad)
	}
	line := fmt.Sprintf("[%d/%d%s] round %d %s %s %s", done+1, all, bad, round, s.ID, pairing, s.Title)
	if r := []rune(line); len(r) > 100 {
		line = string(r[:100])
	}
	fmt.Fprintf(p.w, "\r\033[K%s", line)
}

func (p *progress) Ends(r Result) {
	if r.Outcome == Failed || r.Outcome == Broken {
		p.bad++
	} else if !p.verbose {
		return
	}
	if p.live {
		fmt.Fprint(p.w, "\r\033[K")
	}
	chained := ""
	if r.Chained {
		chained = ", without a restart"
	}
	fmt.Fprintf(p.w, "%s %s round %d: %s in %v%s", r.ID, r.Pairing, r.Round, r.Outcome, r.Took.Round(10*time.Millisecond), chained)
	if r.Reason != "" {
		fmt.Fprintf(p.w, ": %s", r.Reason)
	}
	fmt.Fprintln(p.w)
	if p.verbose {
		for line := range strings.Lines(r.account()) {
			fmt.Fprint(p.w, "    "+line)
		}
	}
}

func (p *progress) done() {
	if p.live {
		fmt.Fprint(p.w, "\r\033[K")
	}
}
