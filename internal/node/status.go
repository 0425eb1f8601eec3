package node

import (
	"time"

	"heartbeat/internal/alert"
)

// Status is what `heartbeat status` shows; its JSON form is the admin API's.
type Status struct {
	Node       string            `json:"node"`
	Version    string            `json:"version"`
	PID        int               `json:"pid"`
	State      string            `json:"state"`        // starting, running, stopping
	Local      string            `json:"local_status"` // init, up, active
	Started    time.Time         `json:"started"`
	Now        time.Time         `json:"now"`
	CommUp     bool              `json:"communication_up"`
	Resources  string            `json:"resources"` // none, local, foreign, all, transition
	Stable     bool              `json:"stable"`
	Standby    string            `json:"standby,omitempty"`
	IfCut      string            `json:"if_cut,omitempty"`
	Cut        []CutStep         `json:"if_cut_steps,omitempty"` // the same as a ladder; see docs/split-brain.md
	Fencing    *FencingStatus    `json:"fencing,omitempty"`      // nil: silence is death, and no device is configured
	Protected  bool              `json:"protected"`              // another active node could take over now
	Encryption string            `json:"encryption"`             // of what this node sends: off, on, or "wanted": a live node cannot read it
	Waiting    string            `json:"waiting,omitempty"`      // what start-up waits for, in a sentence
	Nodes      []NodeStatus      `json:"nodes"`
	Conflicts  []ConflictStatus  `json:"conflicts,omitempty"`     // identities that two machines use
	Deleted    []string          `json:"deleted_nodes,omitempty"` // they must not come back by themselves
	Groups     []GroupStatus     `json:"groups"`
	Renewal    *RenewalStatus    `json:"renewal,omitempty"` // a new configuration that waits to be put into force
	Orders     []OrderStatus     `json:"orders,omitempty"`  // standing orders of administrators
	Attention  []string          `json:"attention"`         // sentences: what is wrong and what to do
	Arbiter    *ArbiterStatus    `json:"arbiter,omitempty"` // nil: another take_over policy
	Timing     TimingStatus      `json:"timing"`
	Membership *MembershipStatus `json:"membership,omitempty"` // nil: ha.cf does not ask for consensus membership
	Alerts     *alert.View       `json:"alerts,omitempty"`     // nil: there is no alert line
	Counters   map[string]uint64 `json:"counters"`
	Parameters map[string]string `json:"parameters"`
}

// NodeStatus is one node of the cluster, ping nodes included.
type NodeStatus struct {
	Name     string        `json:"name"`
	Type     string        `json:"type"`   // normal, ping
	Status   string        `json:"status"` // init, up, active, dead, ping
	Self     bool          `json:"self"`
	HeardAgo time.Duration `json:"heard_ago_ns"` // -1: never
	Deadtime time.Duration `json:"deadtime_ns"`
	Kind     string        `json:"kind"`                  // go, c, "" unknown
	UUID     string        `json:"uuid,omitempty"`        // 36 characters; empty: unknown
	Weight   int           `json:"weight"`                // of its vote, 100 unless hb_setweight changed it
	Site     string        `json:"site,omitempty"`        // where it stands, if hb_setsite said it
	Drift    []DriftStatus `json:"ha_cf_drift,omitempty"` // what it has otherwise in ha.cf
	Joined   bool          `json:"joined,omitempty"`      // ha.cf does not list it
	Links    []LinkStatus  `json:"links"`
	Keys     []KeyStatus   `json:"keys,omitempty"`               // of authkeys there; C nodes do not tell
	Signs    int           `json:"signs_with"`                   // key slot of its newest status; -1: none was heard
	Reach    *ReachStatus  `json:"reach,omitempty"`              // how it is connected to the outside world; missing: it does not say
	Digest   string        `json:"haresources_digest,omitempty"` // equal on nodes that mean the same; C nodes do not tell
}

// ReachStatus is how a node is connected to the outside world.
type ReachStatus struct {
	Services []ServiceReach `json:"services,omitempty"`
	Answers  int            `json:"ping_answers"` // weight of the ping nodes that answer it
	Of       int            `json:"ping_of"`      // weight of all ping nodes; 0: they are not compared
}

// ServiceReach is the interface that serves the addresses of one group on one node.
type ServiceReach struct {
	Group     string `json:"group"`
	Interface string `json:"interface"`
	Level     string `json:"level"` // good; bad: no carrier; shaky: it works, but has not held for long enough to count
}

// KeyStatus is one key that a node accepts. Equal IDs mean equal keys.
type KeyStatus struct {
	Slot int    `json:"slot"`
	ID   string `json:"id"`
}

// LinkStatus is one link to a node.
type LinkStatus struct {
	Name  string    `json:"name"`
	Up    bool      `json:"up"`
	Since time.Time `json:"since"`
}

// GroupStatus is one haresources group.
type GroupStatus struct {
	Key       string            `json:"key"`
	Home      string            `json:"home"`
	State     string            `json:"state"` // of this node: stopped, starting, running, stopping, failed, blocked
	Owner     string            `json:"owner"` // node that runs it; empty: none or unknown
	Since     time.Time         `json:"since"`
	Reason    string            `json:"reason"`
	Failure   string            `json:"failure,omitempty"`
	Forgotten time.Time         `json:"failure_counts_until,omitzero"` // of a failed start on this node
	Elsewhere []ElsewhereStatus `json:"elsewhere,omitempty"`           // every node where it does not run now
	Resources []ResourceStatus  `json:"resources"`
}

// ResourceStatus is one resource of a group on this node.
type ResourceStatus struct {
	Word   string        `json:"word"`
	Class  string        `json:"class"`
	Path   string        `json:"path"`
	State  string        `json:"state"`
	Since  time.Time     `json:"since"`
	Took   time.Duration `json:"took_ns"`
	Output string        `json:"output,omitempty"`
}

// ConflictStatus is one identity that two machines use.
type ConflictStatus struct {
	Node string    `json:"node"`
	Text string    `json:"text"` // who, from where, and the mend
	Seen time.Time `json:"seen"` // last
}

// DriftStatus is a directive of ha.cf that another node has otherwise.
type DriftStatus struct {
	Directive string `json:"directive"`
	Here      string `json:"here"`
	There     string `json:"there"`
}
