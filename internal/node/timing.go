package node

import (
	"time"

	"heartbeat/internal/membership"
)

// TimingStatus is what this node observed about time, beside the timers in force.
type TimingStatus struct {
	Keepalive time.Duration   `json:"keepalive_ns"`
	Warntime  time.Duration   `json:"warntime_ns"`
	Deadtime  time.Duration   `json:"deadtime_ns"`
	Observed  time.Duration   `json:"observed_ns"` // since the start
	Delays    GapsStatus      `json:"own_delays"`  // how late this node did what was due
	Silences  []SilenceStatus `json:"silences"`
}

// SilenceStatus is how long a peer was silent between two signs of life while it lived; this node's own pauses are left out.
type SilenceStatus struct {
	Node string `json:"node"`
	Link string `json:"link,omitempty"` // empty: on all links together, which is what deadtime judges
	Ping bool   `json:"ping,omitempty"`
	GapsStatus
}

// GapsStatus is a distribution; a part is overstated by a quarter at most.
type GapsStatus struct {
	Count   uint64        `json:"count"`
	Half    time.Duration `json:"p50_ns"`
	Most    time.Duration `json:"p99_ns"`
	Nearly  time.Duration `json:"p999_ns"`
	Longest time.Duration `json:"longest_ns"`
}

func gapsStatus(g membership.Gaps) GapsStatus {
	return GapsStatus{g.Count, g.Within(0.5), g.Within(0.99), g.Within(0.999), g.Longest}
}

func (s *sight) timing(self string, began time.Time) TimingStatus {
	h := s.cfg.HaCf
	t := TimingStatus{Keepalive: h.Keepalive, Warntime: h.Warntime, Deadtime: h.Deadtime,
		Observed: s.now.Sub(began), Delays: gapsStatus(s.cluster.Delays), Silences: []SilenceStatus{}}
	for _, n := range s.cluster.Nodes {
		if n.Name == self || n.Silence.Count == 0 {
			continue
		}
		t.Silences = append(t.Silences, SilenceStatus{n.Name, "", n.Ping, gapsStatus(n.Silence)})
		if n.Ping {
			continue // its one link is itself
		}
		for _, l := range n.Links {
			if l.Silence.Count > 0 {
				t.Silences = append(t.Silences, SilenceStatus{n.Name, l.Name, false, gapsStatus(l.Silence)})
			}
		}
	}
	return t
}
