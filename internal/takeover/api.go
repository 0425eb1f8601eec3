package takeover

import (
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// Failback is the auto_failback policy.
type Failback uint8

const (
	FailbackLegacy Failback = iota // the default of ha.cf: request and answer per group, always goes home
	FailbackOff
	FailbackOn
)

// Set is a set of groups as the wire names it, from the view of the node that speaks:
// local = the groups whose haresources line starts with that node, foreign = all others.
type Set uint8

const (
	None    Set = 0
	Local   Set = 1
	Foreign Set = 2
	All     Set = 3
)

// Group is one line of haresources.
type Group struct {
	Key  string // first resource word, verbatim
	Home string // its preferred node
}

// Config is what the core knows before it starts.
type Config struct {
	Self   string
	Nodes  []string // normal nodes, Self included, ha.cf order
	Groups []Group  // in file order; keys are unique
	Digest string   // of the normalised haresources; peers compare it

	Failback  Failback
	Keepalive time.Duration
	Deadtime  time.Duration

	Connectivity connectivity.Config // the zero value compares nothing
	Ipfail       bool                // compare ping nodes with C's ipfail too, in its words

	TakeOver      Policy                   // what it takes to believe that a silent node is down
	TakeoverDelay time.Duration            // between the alarm and what follows from a death
	FenceSelf     bool                     // reset this machine when a group would not stop
	Orders        []Order                  // of administrators, as last stored
	FailureMemory time.Duration            // how long a failed start counts; 0: an hour
	BlockFailed   bool                     // start_failure block: what failed on a node waits there for a human
	GroupFailback map[string]GroupFailback // by group key: other than Failback; ignored with FailbackLegacy

	StartRetries int // further attempts on this node after a failed start; default 1
	// RestartedHolding says which groups the executor found running at our start and adopted.
	RestartedHolding []string
	Unable           map[string]string // by group key: why this node cannot run it, a missing script
}

// GroupFailback is whether one group goes home, and how long its home must have been back before.
type GroupFailback struct {
	On    bool
	Delay time.Duration
}

// Event is what can happen to the core.
type Event interface{ isEvent() }

type (
	// CommunicationUp: see membership.CommUp.
	CommunicationUp struct{ Dead []string }
	// NodeActive: a peer's status became active (or up after it was dead).
	NodeActive struct{ Node string }
	// NodeDied: a peer is dead. Left says that it had announced its leave.
	NodeDied struct {
		Node   string
		Left   bool
		Reason string
	}
	// PeerUnproven: see membership.PeerUnproven.
	PeerUnproven struct {
		Node  string
		Seen  bool
		Doubt string // completes "its packets arrive"
		Mend  string // a clause
	}
	// NodeAdded and NodeRemoved: the list of nodes changed. Only a dead node is removed.
	NodeAdded   struct{ Node string }
	NodeRemoved struct{ Node string }
	// NodeReturned: a peer that was declared dead was alive all the time (healed partition or pause).
	NodeReturned struct{ Node string }
	// NodeRestarted: a peer came with a new generation; what it held before it no longer claims.
	NodeRestarted struct{ Node string }
	// PeerAnnounced: the announcement fields of a peer of our kind; see membership.PeerAnnounced.
	PeerAnnounced struct {
		Node   string
		Fields []wire.Field
		Caps   string
		Heard  bool
	}
	// MessageArrived is a message of another node (never our own).
	MessageArrived struct {
		From    string
		Message *wire.Message
	}
	// GroupStarted ends a StartGroup. Failed is the resource word that failed, empty on success.
	// After a failure the executor has stopped again what it had started; if that did not succeed, Stuck is set.
	GroupStarted struct {
		Key, Failed, Output string
		Stuck               bool
	}
	// GroupStopped ends a StopGroup. Failed is the resource word that would not stop; the group then still runs, at least in part.
	GroupStopped struct{ Key, Failed, Output string }
	// StandbyAsked and TakeoverAsked are hb_standby and hb_takeover typed on this node. ID returns in Answer.
	StandbyAsked struct {
		ID  uint64
		Set string // all, local, foreign, failback
	}
	TakeoverAsked struct {
		ID  uint64
		Set string
	}
	// ShutdownAsked: hand everything over and leave.
	ShutdownAsked struct{}
	// SelfPaused: the peers heard nothing of this node for their whole patience or longer (Gap). Silenced says that the shell took
	// the addresses of all groups away at once, see Exposed.
	SelfPaused struct {
		Gap      time.Duration
		Silenced bool
	}
	// Tick: time passed.
	Tick struct{}
)

func (CommunicationUp) isEvent() {}
func (NodeActive) isEvent()      {}
func (NodeDied) isEvent()        {}
func (PeerUnproven) isEvent()    {}
func (NodeAdded) isEvent()       {}
func (NodeRemoved) isEvent()     {}
func (NodeReturned) isEvent()    {}
func (NodeRestarted) isEvent()   {}
func (PeerAnnounced) isEvent()   {}
func (MessageArrived) isEvent()  {}
func (GroupStarted) isEvent()    {}
func (GroupStopped) isEvent()    {}
func (StandbyAsked) isEvent()    {}
func (TakeoverAsked) isEvent()   {}
func (ShutdownAsked) isEvent()   {}
func (SelfPaused) isEvent()      {}
func (Tick) isEvent()            {}

// Effect is what must happen next, in order.
type Effect interface{ isEffect() }

type (
	// SendMessage sends a cluster message. Fields are in C's order; control fields are added below.
	SendMessage struct{ Message *wire.Message }
	// Announce replaces the announcement fields of our status messages.
	Announce struct{ Fields []wire.Field }
	// StartGroup starts the members of a group from left to right; ends in GroupStarted.
	// For a group that runs already it is a request to verify every member and to announce addresses again.
	StartGroup struct{ Key, Reason, Cause string }
	// StopGroup stops the members from right to left; ends in GroupStopped. It interrupts a start under way.
	StopGroup struct{ Key, Reason, Cause string }
	// AnnounceAddresses repeats the gratuitous ARP burst of a held group.
	AnnounceAddresses struct{ Key, Reason, Cause string }
	// Answer ends a StandbyAsked or TakeoverAsked; it may come later than the request.
	Answer struct {
		ID      uint64
		Refused bool
		Text    string // what was done, or why not and what to do instead
	}
	// StoreOrders keeps the orders of administrators for the next life of this node. They are given in order.
	StoreOrders struct{ Orders []Order }
	// RunEventScripts offers a message to rc.d (harc), as C does (resources spec, section 3.9).
	RunEventScripts struct{ Message *wire.Message }
	// Record puts an event on the timeline.
	Record struct{ Event event.Event }
	// LeaveCluster ends a shutdown: everything is released and the peers were told.
	LeaveCluster struct{}
)

func (SendMessage) isEffect()       {}
func (Announce) isEffect()          {}
func (StartGroup) isEffect()        {}
func (StopGroup) isEffect()         {}
func (AnnounceAddresses) isEffect() {}
func (Answer) isEffect()            {}
func (StoreOrders) isEffect()       {}
func (RunEventScripts) isEffect()   {}
func (Record) isEffect()            {}
func (LeaveCluster) isEffect()      {}

// GroupState is what this node does with a group.
type GroupState string

const (
	Stopped  GroupState = "stopped"
	Starting GroupState = "starting"
	Running  GroupState = "running"
	Stopping GroupState = "stopping"
	Failed   GroupState = "failed"  // a start failed here
	Blocked  GroupState = "blocked" // a stop failed here
)

// A View is a copy of what the core believes, for status displays.
type View struct {
	Resources string // the word of `cl_status rscstatus`: none, local, foreign, all, transition
	Stable    bool
	Phase     string // of our own start-up: init, starting, …, stable, shutdown
	PeerHolds Set
	Standby   string // what a hand-over under way is waiting for; empty: none
	IfCut     string // one sentence: what would happen if the nodes lost sight of each other now
	Waits     []Wait // take-overs that wait for a proof
	Groups    []GroupView
	Reach     []Reach      // how the nodes are connected; empty when nothing is compared
	Digests   []PeerDigest // of haresources, by node; only nodes of our kind tell
	Orders    []Order      // in force
}

// PeerDigest is what another node says of its haresources.
type PeerDigest struct{ Node, Digest string }

// Reach is how a node is connected to the outside world, as far as it says.
type Reach struct {
	Node     string
	Services []ServiceReach // of every group with service addresses
	Answers  int            // weight of the ping nodes that answer
	Of       int            // weight of all ping nodes; 0: they are not compared
	Trusted  int            // weight of those that answer without doubt
}

// ServiceReach is the state of the interfaces of one group on one node.
type ServiceReach struct {
	Group, Interface string
	Level            string // good, bad: no carrier, shaky: it has not held for long enough to count
}

// GroupView is one group in a View.
type GroupView struct {
	Key, Home string
	State     GroupState
	Owner     string // node that runs it as far as we know; empty: none or unknown
	Since     time.Time
	Reason    string      // why it is where it is
	Failure   string      // resource word and output of the last failure here; empty: none
	Forgotten time.Time   // when that failure counts no longer; zero: nothing is counted
	Elsewhere []Elsewhere // every other node
}

// Elsewhere says why a group cannot run on a node where it does not run now.
type Elsewhere struct{ Node, Why string }
