package cts

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/cts/scenario"
)

func sample() *Report {
	play := func(round int, took time.Duration, outcome string) Result {
		late := took > 1030*time.Millisecond
		return Result{ID: "S03", Title: "Power-off <of r1>", Pairing: scenario.GG, Round: round, Outcome: outcome, Reason: map[bool]string{true: "too \x01 late"}[late],
			Steps: []StepResult{{Title: "the plug", Took: 2 * time.Second, Outages: map[string]Outage{"g1": {0, took, 3}},
				Owners: map[string][]Period{"g1": {{"r2", took, 2 * time.Second}}},
				Checks: []Check{{Text: "outage g1 <= D + 30ms", OK: !late, Timed: true, Measured: took, Allowed: 1030 * time.Millisecond, Detail: "x"}}}}}
	}
	return &Report{Version: "1", Driver: "lab", Seed: 7, Rounds: 3, Results: []Result{
		play(1, 1010*time.Millisecond, Passed), play(2, 1200*time.Millisecond, Failed), play(3, 1020*time.Millisecond, Passed),
		{ID: "S45", Pairing: scenario.GG, Outcome: Skipped, Reason: "no DRBD"},
	}}
}

func TestSummaryHasMinMedianAndMaxOverTheRounds(t *testing.T) {
	lines := summarize(sample().Results)
	if len(lines) != 2 || len(lines[0].Measures) != 1 {
		t.Fatalf("lines %+v", lines)
	}
	m := lines[0].Measures[0]
	if m.Min != 1010*time.Millisecond || m.Median != 1020*time.Millisecond || m.Max != 1200*time.Millisecond || m.N != 3 || m.OK {
		t.Errorf("measure %+v", m)
	}
	if lines[0].Counts[Passed] != 2 || lines[0].Counts[Failed] != 1 || lines[1].Reason != "no DRBD" {
		t.Errorf("lines %+v", lines)
	}
}

func TestReportsSayWhatFailed(t *testing.T) {
	r := sample()
	if r.OK() {
		t.Error("a run with a failure is well")
	}
	var text, junit, html, js strings.Builder
	for _, err := range []error{r.WriteText(&text), r.WriteJUnit(&junit), r.WriteHTML(&html), r.WriteJSON(&js)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"2 of 3", "1010 / 1020 / 1200 ms", "TOO LONG", "no DRBD", "seed 7"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("text lacks %q:\n%s", want, text.String())
		}
	}
	var suites junitSuites
	if err := xml.Unmarshal([]byte(junit.String()), &suites); err != nil || suites.Suite.Failures != 1 || suites.Suite.Skipped != 1 || len(suites.Suite.Cases) != 4 {
		t.Errorf("JUnit: %v\n%s", err, junit.String())
	}
	for _, want := range []string{"<svg", "Power-off &lt;of r1&gt;", "no answer for 1200 ms", "--seed 7"} {
		if !strings.Contains(html.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, foreign := range []string{"<script", "http://", "https://"} {
		if strings.Contains(html.String(), foreign) {
			t.Errorf("the page has %q", foreign)
		}
	}
	var back struct {
		OK      bool
		Results []Result
		Summary []Line
	}
	if err := json.Unmarshal([]byte(js.String()), &back); err != nil || back.OK || len(back.Results) != 4 || len(back.Summary) != 2 {
		t.Errorf("JSON: %v %+v", err, back)
	}
}

func TestOrderIsRepeatedByItsSeed(t *testing.T) {
	all, err := Catalogue("")
	if err != nil {
		t.Fatal(err)
	}
	names := func(seed uint64) string {
		var out []string
		for _, turn := range order(Options{Scenarios: all, Pairings: scenario.Pairings()}, newRandom(seed)) {
			out = append(out, turn.s.ID+string(turn.p))
		}
		return strings.Join(out, " ")
	}
	if first, again := names(1), names(1); first != again {
		t.Errorf("one seed, two orders: %s and %s", first, again)
	}
	if len(strings.Fields(names(1))) != 3*len(all) {
		t.Errorf("order %s", names(1))
	}
}

func TestAReportSaysHowFarItCame(t *testing.T) {
	r := sample()
	if got := r.verdict(); !strings.Contains(got, "; 3 rounds, ") {
		t.Errorf("played to the end: %s", got)
	}
	r.Rounds = 20
	if got := r.verdict(); !strings.Contains(got, "; ended in round 3 of 20, ") {
		t.Errorf("ended at a failure: %s", got)
	}
	r.Stopped = true
	if got := r.verdict(); !strings.Contains(got, "; ended in round 3 of 20, ") || !strings.Contains(got, "interrupted") {
		t.Errorf("interrupted: %s", got)
	}
	r = &Report{Rounds: 1, Stopped: true}
	if got := r.verdict(); !strings.Contains(got, "; ended in round 1 of 1, ") {
		t.Errorf("interrupted at once: %s", got)
	}
}

func TestAReportSaysHowToPlayAgain(t *testing.T) {
	r := sample()
	if got := r.again(); got != "heartbeat cts run --driver lab --rounds 3 --seed 7" {
		t.Error(got)
	}
	r.Pairings = []scenario.Pairing{scenario.GC, scenario.CG}
	if got := r.again(); got != "heartbeat cts run --driver lab --rounds 3 --seed 7 --pairing GC,CG" {
		t.Error(got)
	}
}
