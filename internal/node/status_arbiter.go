package node

import (
	"fmt"
	"strings"
	"time"

	"heartbeat/internal/arbiter"
)

// ArbiterStatus is what this node knows about who may go on after a cut.
type ArbiterStatus struct {
	Kind       string            `json:"kind"` // witness, disk, ping
	Entitled   bool              `json:"entitled"`
	Until      *time.Time        `json:"until,omitempty"` // when that ends as things stand; missing: it does not
	Reason     string            `json:"reason"`          // why it is entitled, or is not
	First      bool              `json:"first"`           // this node goes on after a cut rather than the other one
	Lease      bool              `json:"lease"`           // it holds the lease
	StopBudget time.Duration     `json:"stop_budget_ns"`
	Waits      bool              `json:"waits_for_peer"` // it left in order while the other one ran, and must meet it
	References []ReferenceStatus `json:"references"`
}

// ReferenceStatus is one witness, disk or group of ping nodes.
type ReferenceStatus struct {
	Name    string        `json:"name"`
	Answers bool          `json:"answers"`
	Delay   time.Duration `json:"delay_ns"` // of the last answer
	Trouble string        `json:"trouble,omitempty"`
	Held    bool          `json:"held"` // it granted the lease to this node
	HeldBy  string        `json:"held_by,omitempty"`
}

func (s *sight) arbiterStatus() *ArbiterStatus {
	v := s.arbiter
	if v == nil {
		return nil
	}
	out := &ArbiterStatus{Kind: v.Kind, Entitled: v.Entitled, Reason: v.Reason, First: v.First, Lease: v.Lease, StopBudget: v.StopBudget, Waits: v.Waits}
	if !v.Until.IsZero() {
		out.Until = &v.Until
	}
	for _, r := range v.References {
		out.References = append(out.References, ReferenceStatus{r.Name, r.Answers, r.Delay, r.Trouble, r.Held, r.HeldBy})
	}
	return out
}

// ifCutArbitrated says in one sentence how a loss of contact would be decided now.
func (s *sight) ifCutArbitrated(self string) string {
	v := s.arbiter
	peer, alive := "", false
	for _, n := range s.cluster.Nodes {
		if !n.Ping && n.Name != self {
			peer, alive = n.Name, n.Status != "dead"
		}
	}
	names, answering := refNames(v)
	who := fmt.Sprintf("%s %s", v.Kind, names)
	stops := (s.cfg.HaCf.Deadtime + v.StopBudget).Round(100 * time.Millisecond)
	switch {
	case !alive && v.Waits:
		return fmt.Sprintf("%s waits: it left in order while %s ran, and starts nothing before it meets %s again, or somebody says: heartbeat confirm %s.", self, peer, peer, peer)
	case !alive && v.Entitled && v.Until.IsZero():
		return fmt.Sprintf("%s is alone (%s): nothing would change.", self, v.Reason)
	case !alive && v.Entitled:
		return fmt.Sprintf("%s is alone and goes on with the lease of %s; without its answer it stops in %v.", self, who, v.Until.Sub(s.now).Round(time.Second))
	case !alive:
		return fmt.Sprintf("%s is cut off and runs nothing: %s.", self, v.Reason)
	case 2*answering <= len(v.References):
		return fmt.Sprintf("If %s and %s lost sight of each other now, both would stop within %v: %s does not answer.", self, peer, stops, who)
	case v.First:
		return fmt.Sprintf("If %s and %s lose sight of each other: %s keeps what it runs (%s), %s stops within %v, then %s takes over.", self, peer, self, who, peer, stops, self)
	}
	return fmt.Sprintf("If %s and %s lose sight of each other: %s keeps what it runs (%s), %s stops within %v.", self, peer, peer, who, self, stops)
}

func refNames(v *arbiter.View) (names string, answering int) {
	var list []string
	for _, r := range v.References {
		list = append(list, r.Name)
		if r.Answers {
			answering++
		}
	}
	return strings.Join(list, ", "), answering
}

// arbiterAttention is what a human should know about it.
func (s *sight) arbiterAttention() (out []string) {
	v := s.arbiter
	if v == nil {
		return nil
	}
	for _, r := range v.References {
		if r.Known && !r.Answers {
			out = append(out, fmt.Sprintf("%s %s does not answer: %s. What runs goes on while the nodes see each other; after a cut it would stop", v.Kind, r.Name, r.Trouble))
		}
	}
	if !v.Entitled && s.cluster.CommUp {
		out = append(out, "this node may run no resources: "+v.Reason)
	}
	return out
}
