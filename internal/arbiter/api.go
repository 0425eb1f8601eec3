package arbiter

import (
	"time"

	"heartbeat/internal/event"
)

// Kind is what is asked.
type Kind uint8

const (
	Witness Kind = iota // a program on a third machine; excludes
	Disk                // an area on a shared disk; excludes
	Ping                // a host that answers: it tells a cut-off node from a connected one, and excludes nobody
)

func (k Kind) String() string { return [...]string{"witness", "disk", "ping"}[k] }

// Config is what the core knows before it starts.
type Config struct {
	Self, Peer string
	Kind       Kind
	References []string // names, for texts; more than half of them must grant

	Keepalive, Deadtime time.Duration
	Lease               time.Duration // asked for; see LeaseFor
	StopBudget          time.Duration // within which a node that must stop has stopped
	Margin              time.Duration // for clocks that run apart and for late wake-ups; see MarginFor

	// Away says that this node left in order while the other one ran: it must meet that one, or a human must speak, before it asks.
	Away bool
	// Entitled is until when a former life of this node on this boot of the machine was entitled, also when that is over: what it ran
	// must have stopped StopBudget later. Zero: unknown.
	Entitled time.Time
}

// MaxLease is the longest lease that an arbiter grants, and so how long one without memory grants nothing on its own.
const MaxLease = 2 * time.Minute

// LeaseFor is the lease that suits a deadtime: long enough for an arbiter to be restarted meanwhile.
func LeaseFor(deadtime time.Duration) time.Duration {
	return min(max(30*time.Second, 4*deadtime), MaxLease)
}

// MarginFor covers clocks that differ by a thousandth and a loop that wakes late.
func MarginFor(keepalive, deadtime time.Duration) time.Duration {
	return max(keepalive/2, 50*time.Millisecond) + (deadtime+LeaseFor(deadtime))/1000
}

// Op is what is asked of a reference.
type Op uint8

const (
	Report  Op = iota // this node holds no lease; is somebody there?
	Ask               // give or renew the lease
	Release           // this node gives it back
)

func (o Op) String() string { return [...]string{"report", "ask", "release"}[o] }

// Event is what can happen to the core.
type Event interface{ isEvent() }

type (
	// Acknowledged: the other node has heard a heartbeat that this node sent at Sent.
	Acknowledged struct{ Sent time.Time }
	// PeerAlive: the other node is not believed dead. Heard says that it was heard in this life of ours; Obeys, that it stops without
	// entitlement, too, which a C node does not.
	PeerAlive struct{ Heard, Obeys bool }
	// PeerDied: it is believed dead. Left says that it had released everything and said so.
	PeerDied struct{ Left bool }
	// PeerConfirmed: a human says that it is down, or a device switched it off.
	PeerConfirmed struct{}
	// Situation is what resource management says: does this node hold groups, and would it be the one to go on after a cut? Deaf: the other
	// node is heard, and says that it does not hear this one and is not entitled. Orphans: so there are groups that nobody runs.
	Situation struct{ Holds, First, Deaf, Orphans bool }
	// ProofWanted and ProofDropped: the death of the other node is to be proven, or not any more.
	ProofWanted  struct{}
	ProofDropped struct{}
	// Answered ends a Consult. A Serial that is not the newest of its reference is ignored for everything but a grant.
	Answered struct {
		Reference int
		Serial    uint64
		Outcome   Outcome
		Lease     time.Duration // granted: from when it was asked
		Free      time.Duration // granted: for how long no other node has held it
		Left      time.Duration // denied: how long the other node's lease lasts at the most
		Text      string        // failed: why; denied: who holds it; empty: nobody may have it yet
	}
	// Leaving: this node hands everything over and ends.
	Leaving struct{}
	// Tick: time passed.
	Tick struct{}
)

func (Acknowledged) isEvent()  {}
func (PeerAlive) isEvent()     {}
func (PeerDied) isEvent()      {}
func (PeerConfirmed) isEvent() {}
func (Situation) isEvent()     {}
func (ProofWanted) isEvent()   {}
func (ProofDropped) isEvent()  {}
func (Answered) isEvent()      {}
func (Leaving) isEvent()       {}
func (Tick) isEvent()          {}

// Outcome is how a reference answered.
type Outcome uint8

const (
	Failed  Outcome = iota // it did not, or with an error
	Noted                  // to a report or a release
	Granted                // this node has the lease
	Denied                 // it has not
)

// Effect is what must happen next, in order.
type Effect interface{ isEffect() }

type (
	// Consult asks a reference. The shell answers with Answered, at the latest after Timeout.
	Consult struct {
		Reference int
		Serial    uint64
		Op        Op
		Lease     time.Duration
		Claim     bool // this node believes that it holds the lease; an arbiter that forgot may believe it
		Former    bool // a former life of this node may hold it and counts on it: nothing of that may be given back
		Timeout   time.Duration
	}
	// Lose: this node is not entitled any more and must stop what it runs within the stop budget.
	Lose struct{ Reason string }
	// Gain: it is entitled again, or for the first time.
	Gain struct{ Reason string }
	// Overdue: the stop budget is over, and this node still holds something.
	Overdue struct{}
	// Prove: the other node has surely stopped.
	Prove struct{ By, Text string }
	// Halted: the other node is heard and deaf, and cannot run anything while this is so. Said when it changes.
	Halted struct{ Is bool }
	// Refuse: why the proof is not there yet; said when it changes.
	Refuse struct{ By, Text string }
	// MetAgain: what Config.Away stands for is over.
	MetAgain struct{}
	// Record puts an event on the timeline.
	Record struct{ Event event.Event }
)

func (Consult) isEffect()  {}
func (Lose) isEffect()     {}
func (Gain) isEffect()     {}
func (Overdue) isEffect()  {}
func (Prove) isEffect()    {}
func (Halted) isEffect()   {}
func (Refuse) isEffect()   {}
func (MetAgain) isEffect() {}
func (Record) isEffect()   {}

// A View is a copy of what the core believes, for status displays.
type View struct {
	Kind       string
	Entitled   bool
	Until      time.Time // zero: without end as things stand
	Reason     string    // why, or why not
	First      bool      // this node would go on after a cut
	Lease      bool      // this node holds the lease
	StopBudget time.Duration
	Waits      bool // for a human, see Config.Away
	References []ReferenceView
}

// ReferenceView is one reference.
type ReferenceView struct {
	Name     string
	Known    bool // an answer or a failure came
	Answers  bool
	At       time.Time // of the last answer
	Delay    time.Duration
	Trouble  string // why it does not answer
	Held     bool   // it has granted the lease to this node
	HeldBy   string // who else has it, by the last denial
	Failures uint64
}
