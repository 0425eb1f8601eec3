package cts

import (
	"fmt"
	"io"
	"strings"
	"time"

	"heartbeat/internal/cts/scenario"
)

// progress tells on a terminal what is being played; elsewhere it writes one line for every scenario that did not pass, or with
// verbose for every one. Of several rounds each has a line when it is over.
type progress struct {
	w       io.Writer
	live    bool // w is a terminal
	verbose bool
	rounds  int
	bad     int

	round int            // the one that is played; 0: none
	began time.Time      // when it did
	count map[string]int // its outcomes
}

func (p *progress) Begins(s *scenario.Scenario, pairing scenario.Pairing, round, done, all int) {
	if round != p.round {
		p.roundEnds()
		p.round, p.began, p.count = round, time.Now(), map[string]int{}
	}
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
	p.count[r.Outcome]++
	if r.Outcome == Failed || r.Outcome == Broken {
		p.bad++
	} else if !p.verbose {
		return
	}
	p.clear()
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

// roundEnds sums a round up, as far as it was played.
func (p *progress) roundEnds() {
	if p.rounds < 2 || len(p.count) == 0 {
		return
	}
	p.clear()
	fmt.Fprintf(p.w, "round %d of %d, %v: %s\n", p.round, p.rounds, time.Since(p.began).Round(time.Second), tally(p.count))
}

func (p *progress) clear() {
	if p.live {
		fmt.Fprint(p.w, "\r\033[K")
	}
}

func (p *progress) done() {
	p.clear()
	p.roundEnds()
}
