package cts

import (
	"time"

	"heartbeat/internal/cts/scenario"
)

// Outcomes of a scenario.
const (
	Passed  = "passed"
	Failed  = "failed"
	Skipped = "not applicable"
	Broken  = "broken" // the machines did not do what they were told: nothing is known of the product
)

// A Result is one play of one scenario.
type Result struct {
	ID      string            `json:"id"`
	Title   string            `json:"title"`
	Pairing scenario.Pairing  `json:"pairing"`
	Round   int               `json:"round"`
	Outcome string            `json:"outcome"`
	Reason  string            `json:"reason,omitempty"`  // of what is not passed, in a sentence
	Chained bool              `json:"chained,omitempty"` // played without a restart of the cluster
	Began   time.Time         `json:"began"`
	Took    time.Duration     `json:"took_ns"`
	Steps   []StepResult      `json:"steps,omitempty"`
	Logs    map[string]string `json:"logs,omitempty"` // of a failure: the end of what each node wrote
}

// A StepResult is one step as it was played. Times within are counted from its first action.
type StepResult struct {
	Title   string              `json:"title"`
	Began   time.Time           `json:"began"`
	Took    time.Duration       `json:"took_ns"`
	Checks  []Check             `json:"checks"`
	Audit   []string            `json:"audit,omitempty"` // what must always hold and did not
	Outages map[string]Outage   `json:"outages,omitempty"`
	Owners  map[string][]Period `json:"owners,omitempty"`
	Stall   time.Duration       `json:"stall_ns"` // longest time in which this machine ran nothing of the suite
}

// A Period is a time in which a node carried an address.
type Period struct {
	Node string        `json:"node"`
	From time.Duration `json:"from_ns"`
	To   time.Duration `json:"to_ns"`
}

// An Outage is the longest silence at the address of a group.
type Outage struct {
	From, To time.Duration // since the step began
	Lost     int           // questions without an answer
}

// A Check is one expectation.
type Check struct {
	Text     string        `json:"text"`
	Line     int           `json:"line"`
	OK       bool          `json:"ok"`
	Detail   string        `json:"detail,omitempty"` // what was seen
	Timed    bool          `json:"timed,omitempty"`
	Measured time.Duration `json:"measured_ns,omitempty"`
	Allowed  time.Duration `json:"allowed_ns,omitempty"`
	Excused  bool          `json:"excused,omitempty"` // late by no more than this machine stood still
}

// failures are the sentences of what went wrong.
func (r *Result) failures() (out []string) {
	for _, s := range r.Steps {
		for _, c := range s.Checks {
			if !c.OK {
				out = append(out, s.Title+": "+c.Text+": "+c.Detail)
			}
		}
		for _, a := range s.Audit {
			out = append(out, s.Title+": "+a)
		}
	}
	return out
}
