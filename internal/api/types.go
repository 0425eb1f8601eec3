package api

import (
	"context"
	"time"

	"heartbeat/internal/clients"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/node"
	"heartbeat/internal/node/timeline"
)

// Node is what the server shows and commands. Its methods are safe for concurrent use.
type Node interface {
	Status() node.Status
	// Events returns up to max records with an ID above after, oldest first; max 0: all that are kept.
	Events(after uint64, max int) []event.Record
	// EventsChanged returns a channel that is closed at the next record. Ask for it before Events, then wait on it.
	EventsChanged() <-chan struct{}
	// Standby and Takeover return when the request is carried out or refused; set is all, local, foreign or failback.
	Standby(ctx context.Context, set string) (Answer, error)
	Takeover(ctx context.Context, set string) (Answer, error)
	// Confirm says in the name of by that a node is down. Fence asks the fencing devices: op is test, off or reset.
	Confirm(ctx context.Context, node, by string) (Answer, error)
	Fence(ctx context.Context, op, node string) (Answer, error)
	// Verb carries out one of node.Verbs; it returns when that is done or refused.
	Verb(ctx context.Context, verb string, req VerbRequest) (Answer, error)
	// Plan tells what would happen; it changes nothing.
	Plan(ctx context.Context, req PlanRequest) (PlanReply, error)
	// Roster changes the list of nodes or what it says about one; verb is addnode, delnode, setweight or setsite.
	Roster(ctx context.Context, verb string, nodes []string, value string) (Answer, error)
	// Clients is the service for programs that use the messaging layer; nil: there is none.
	Clients() *clients.Service
	// Propagate gives configuration files to other nodes and tells what becomes of it; the last news have the state end.
	Propagate(ctx context.Context, req PropagateRequest, each func(PropagateNews))
	// TestAlerts sends a test message on one channel, by name or kind, or on all, and waits for the results.
	TestAlerts(ctx context.Context, channel string) ([]TestResult, error)
	// Reload reads the configuration again. When a problem is an error the old configuration stays in force. With restart, what needs a new
	// process gets one (Status.Renewal); without, it is said as a warning.
	Reload(restart bool) []conf.Problem
	// ReloadAnyKeys is the same without a refusal of keys that the other nodes do not have.
	ReloadAnyKeys(restart bool) []conf.Problem
	// Shutdown begins to hand everything over and to leave; it returns at once.
	Shutdown()
}

// Answer is how a request ended.
type Answer = node.Answer

// Sets are the words of hb_standby and hb_takeover.
func Sets() []string { return []string{"all", "foreign", "local", "failback"} }

// Event is the JSON form of one record of the timeline, the same as in the journal.
type Event = timeline.Entry

// Problem is the JSON form of one finding about the configuration.
type Problem struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"` // 0: the file as a whole
	Severity string `json:"severity"`       // error, warning; of a document also hint
	Text     string `json:"text"`
	Fix      string `json:"fix,omitempty"`
}

// ProblemsOf returns the JSON form of findings; never nil.
func ProblemsOf(list []conf.Problem) []Problem {
	out := make([]Problem, 0, len(list))
	for _, p := range list {
		severity := "error"
		if p.Severity == conf.Warning {
			severity = "warning"
		}
		out = append(out, Problem{File: p.File, Line: p.Line, Severity: severity, Text: p.Msg, Fix: p.Fix})
	}
	return out
}

// setRequest is the body of standby and takeover.
type setRequest struct {
	Set string `json:"set"`
}

// fenceRequest is the body of confirm and fence.
type fenceRequest struct {
	Op   string `json:"op,omitempty"` // of fence
	Node string `json:"node,omitempty"`
	By   string `json:"by,omitempty"` // of confirm: who says so
}

// nodesRequest is the body of a change of the list of nodes.
type nodesRequest struct {
	Nodes []string `json:"nodes"`
	Value string   `json:"value,omitempty"` // weight or site
}

// reloadRequest is the body of reload.
type reloadRequest struct {
	NoRestart bool `json:"no_restart,omitempty"`
	AnyKeys   bool `json:"any_keys,omitempty"`
}

// Reloaded is how a reload went.
type Reloaded struct {
	Problems []Problem           `json:"problems"`
	Renewal  *node.RenewalStatus `json:"renewal,omitempty"` // what waits for a restart in place
	Started  time.Time           `json:"started"`           // of the life that answers
}

// A Fault is an error as the server tells it.
type Fault struct {
	Code int    `json:"-"` // HTTP status
	Text string `json:"text"`
	Mend string `json:"mend,omitempty"`
}

func (f *Fault) Error() string {
	if f.Mend == "" {
		return f.Text
	}
	return f.Text + "; " + f.Mend
}

// faultReply is the JSON form of a fault.
type faultReply struct {
	Error *Fault `json:"error"`
}
