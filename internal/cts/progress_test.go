package cts

import (
	"regexp"
	"strings"
	"testing"

	"heartbeat/internal/cts/scenario"
)

func TestEachRoundIsSummedUp(t *testing.T) {
	var out strings.Builder
	p := &progress{w: &out, rounds: 2}
	s := &scenario.Scenario{ID: "S03", Title: "Power-off"}
	for i, r := range []Result{{Outcome: Passed}, {Outcome: Skipped}, {Outcome: Failed, Reason: "too late"}, {Outcome: Passed}} {
		r.ID, r.Pairing, r.Round = s.ID, scenario.GG, i/3+1
		p.Begins(s, r.Pairing, r.Round, i, 6)
		p.Ends(r)
	}
	p.done()
	const want = "S03 GG round 1: failed in 0s: too late\nround 1 of 2, T: 1 passed, 1 failed, 0 broken, 1 not applicable\nround 2 of 2, T: 1 passed, 0 failed, 0 broken, 0 not applicable\n"
	if got := regexp.MustCompile(`, \d+s:`).ReplaceAllString(out.String(), ", T:"); got != want {
		t.Errorf("printed\n%s", got)
	}
	out.Reset()
	p = &progress{w: &out, rounds: 1}
	p.Begins(s, scenario.GG, 1, 0, 1)
	p.Ends(Result{Outcome: Passed})
	p.done()
	if out.Len() > 0 {
		t.Errorf("of a single round the report is the sum, but there is %q", out.String())
	}
}
