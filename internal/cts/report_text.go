package cts

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/cts/scenario"
)

// WriteText writes the report for a terminal or a log.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-8s %-3s %-14s %s\n", "scenario", "", "passed", "title")
	for _, l := range summarize(r.Results) {
		all := 0
		for _, n := range l.Counts {
			all += n
		}
		state := fmt.Sprintf("%d of %d", l.Counts[Passed], all)
		if l.Counts[Skipped] == all {
			state = "-"
		}
		fmt.Fprintf(&b, "%-8s %-3s %-14s %s\n", l.ID, l.Pairing, state, l.Title)
		for _, m := range l.Measures {
			mark := ""
			if !m.OK {
				mark = "  TOO LONG"
			}
			fmt.Fprintf(&b, "%24s%s / %s / %s ms, allowed %s: %s%s\n", "", inMS(m.Min), inMS(m.Median), inMS(m.Max), inMS(m.Allowed), m.Text, mark)
		}
		if l.Excused > 0 {
			fmt.Fprintf(&b, "%24s%d times late by no more than this machine stood still\n", "", l.Excused)
		}
		if l.Reason != "" {
			fmt.Fprintf(&b, "%24s%s\n", "", l.Reason)
		}
	}
	b.WriteString("\n" + r.verdict())
	_, err := io.WriteString(w, b.String())
	return err
}

// verdict is the last lines of every report.
func (r *Report) verdict() string {
	s := fmt.Sprintf("%s; %s, %v; driver %s, seed %d, heartbeat %s, kernel %s, %d CPUs\n",
		tally(r.Count()), r.played(), r.Took.Round(time.Second), r.Driver, r.Seed, r.Version, r.Kernel, r.CPUs)
	if r.Slack > 0 {
		s += fmt.Sprintf("every bound was widened by %v\n", r.Slack)
	}
	if r.Stopped {
		s += "interrupted; the machines are as before\n"
	}
	for _, l := range r.Left {
		s += "left behind: " + l + "\n"
	}
	return s
}

// tally tells the counts of outcomes.
func tally(n map[string]int) string {
	return fmt.Sprintf("%d passed, %d failed, %d broken, %d not applicable", n[Passed], n[Failed], n[Broken], n[Skipped])
}

// played says how many rounds there were, and of a run that ended early in which one.
func (r *Report) played() string {
	last := 0
	for _, one := range r.Results {
		last = max(last, one.Round)
	}
	switch {
	case last < r.Rounds || r.Stopped:
		return fmt.Sprintf("ended in round %d of %d", max(last, 1), r.Rounds)
	case r.Rounds == 1:
		return "1 round"
	}
	return fmt.Sprintf("%d rounds", r.Rounds)
}

// again is the command that plays in the same order once more, if the scenarios are the same.
func (r *Report) again() string {
	text := fmt.Sprintf("heartbeat cts run --driver %s --rounds %d --seed %d", r.Driver, r.Rounds, r.Seed)
	if len(r.Pairings) == 0 || slices.Equal(r.Pairings, []scenario.Pairing{scenario.GG}) {
		return text
	}
	names := make([]string, len(r.Pairings))
	for i, p := range r.Pairings {
		names[i] = string(p)
	}
	return text + " --pairing " + strings.Join(names, ",")
}

func inMS(d time.Duration) string { return fmt.Sprintf("%d", d.Milliseconds()) }

// WriteJSON writes everything that is known.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		*Report
		OK      bool   `json:"ok"`
		Summary []Line `json:"summary"`
	}{r, r.OK(), summarize(r.Results)})
}

// The elements of JUnit's XML, as build servers read them.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitMessage `xml:"failure,omitempty"`
		Error   *junitMessage `xml:"error,omitempty"`
		Skipped *junitMessage `xml:"skipped,omitempty"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report for a build server.
func (r *Report) WriteJUnit(w io.Writer) error {
	n := r.Count()
	s := junitSuite{
		Name: "heartbeat cts", Tests: len(r.Results), Failures: n[Failed], Errors: n[Broken], Skipped: n[Skipped],
		Time: seconds(r.Took), Timestamp: r.Began.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{{"seed", fmt.Sprint(r.Seed)}, {"driver", r.Driver}, {"version", r.Version}, {"kernel", r.Kernel}},
	}
	for _, one := range r.Results {
		c := junitCase{Class: "cts." + string(one.Pairing), Name: fmt.Sprintf("%s %s (round %d)", one.ID, one.Title, one.Round), Time: seconds(one.Took), Out: printable(one.account())}
		m := &junitMessage{Message: printable(one.Reason), Text: printable(strings.Join(one.failures(), "\n"))}
		switch one.Outcome {
		case Failed:
			c.Failure = m
		case Broken:
			c.Error = m
		case Skipped:
			c.Skipped = m
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	return enc.Encode(junitSuites{Suite: s})
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// printable leaves out what XML cannot carry.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// account tells one play, step by step.
func (r *Result) account() string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%s (%s s)\n", s.Title, seconds(s.Took))
		for _, c := range s.Checks {
			mark := "ok  "
			if !c.OK {
				mark = "FAIL"
			}
			fmt.Fprintf(&b, "  %s %s: %s\n", mark, c.Text, c.Detail)
		}
		for _, a := range s.Audit {
			fmt.Fprintf(&b, "  FAIL %s\n", a)
		}
	}
	return b.String()
}
