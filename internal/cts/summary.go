package cts

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/cts/scenario"
)

// A Line is one scenario in one pairing over all rounds.
type Line struct {
	ID       string           `json:"id"`
	Title    string           `json:"title"`
	Pairing  scenario.Pairing `json:"pairing"`
	Counts   map[string]int   `json:"counts"`
	Reason   string           `json:"reason,omitempty"` // of the first that is not passed
	Excused  int              `json:"excused,omitempty"`
	Measures []Measure        `json:"measures,omitempty"`
}

// A Measure is one bound over all rounds.
type Measure struct {
	Step    string        `json:"step"`
	Text    string        `json:"text"`
	Allowed time.Duration `json:"allowed_ns"` // the largest: T differs from round to round
	Min     time.Duration `json:"min_ns"`
	Median  time.Duration `json:"median_ns"`
	Max     time.Duration `json:"max_ns"`
	N       int           `json:"n"`
	OK      bool          `json:"ok"`
}

// summarize gathers the rounds, sorted by scenario and pairing.
func summarize(results []Result) []Line {
	byKey := map[string]*Line{}
	values := map[string][]time.Duration{}
	var lines []*Line
	for _, r := range results {
		key := r.ID + " " + string(r.Pairing)
		l := byKey[key]
		if l == nil {
			l = &Line{ID: r.ID, Title: r.Title, Pairing: r.Pairing, Counts: map[string]int{}}
			byKey[key] = l
			lines = append(lines, l)
		}
		l.Counts[r.Outcome]++
		if r.Outcome != Passed && l.Reason == "" {
			l.Reason = r.Reason
		}
		for _, s := range r.Steps {
			for _, c := range s.Checks {
				l.add(key, s, c, values)
			}
		}
	}
	slices.SortFunc(lines, func(a, b *Line) int {
		return strings.Compare(a.ID+string(a.Pairing), b.ID+string(b.Pairing))
	})
	out := make([]Line, len(lines))
	for i, l := range lines {
		out[i] = *l
	}
	return out
}

func (l *Line) add(key string, s StepResult, c Check, values map[string][]time.Duration) {
	if c.Excused {
		l.Excused++
	}
	if !c.Timed {
		return
	}
	i := slices.IndexFunc(l.Measures, func(m Measure) bool { return m.Step == s.Title && m.Text == c.Text })
	if i < 0 {
		i = len(l.Measures)
		l.Measures = append(l.Measures, Measure{Step: s.Title, Text: c.Text, OK: true})
	}
	m := &l.Measures[i]
	k := key + "\x00" + s.Title + "\x00" + c.Text
	values[k] = append(values[k], c.Measured)
	v := slices.Sorted(slices.Values(values[k]))
	m.N, m.Min, m.Median, m.Max = len(v), v[0], v[len(v)/2], v[len(v)-1]
	m.Allowed, m.OK = max(m.Allowed, c.Allowed), m.OK && c.OK
}
