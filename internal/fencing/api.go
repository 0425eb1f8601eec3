package fencing

import (
	"time"

	"heartbeat/internal/event"
)

// Op is what a device is asked to do.
type Op string

const (
	Reset  Op = "reset"  // off, and on again
	Off    Op = "off"    // and stay off
	Status Op = "status" // is the device there? nothing is switched
	List   Op = "list"   // which nodes can it switch? nothing is switched
)

// Result is how an operation ended, in the words of C.
type Result string

const (
	Good    Result = "OK"
	Bad     Result = "bad"
	BadHost Result = "badhost" // the device cannot switch this node
)

// A Device is one line of ha.cf.
type Device struct {
	Name  string // type, and where it stands: "external/ipmi (ha.cf:12)"
	Human bool   // a person does the work (meatware): it takes as long as it takes
}

// Config is what the core knows before it starts.
type Config struct {
	Self    string
	Devices []Device
	Action  Op            // Reset or Off; empty: Reset
	Limit   time.Duration // of one operation; default 60 s
	// Yield is how long the node that loses the tie waits before it fences the other one, so that two nodes that lost
	// sight of each other do not shoot each other. Negative: two seconds more than twice the slowest status check.
	Yield time.Duration
	Brake int    // how often the same node is fenced within an hour without the word of a human; 0: no limit
	Past  []Shot // what former lives did
}

// Event is what can happen.
type Event interface{ isEvent() }

type (
	// Wanted: Node must be known to be down. Yield says that the other side goes first; Turn is how many other nodes do.
	Wanted struct {
		Node, Cause string
		Yield       bool
		Turn        int
		Ask         uint64 // returns in Report
	}
	// Cancelled: the node returned, or somebody else knows it.
	Cancelled struct{ Node string }
	// Ordered is an administrator's wish: Op is Off, Reset, Release, or Status with or without Node. It ends in an Answer.
	Ordered struct {
		ID   uint64
		Op   Op
		Node string
	}
	// Ended ends a Run.
	Ended struct {
		Serial uint64
		Result Result
		Output string
		Took   time.Duration
	}
	// Tick: time passed.
	Tick struct{}
)

func (Wanted) isEvent()    {}
func (Cancelled) isEvent() {}
func (Ordered) isEvent()   {}
func (Ended) isEvent()     {}
func (Tick) isEvent()      {}

// Effect is what must happen next, in order.
type Effect interface{ isEffect() }

type (
	// Run starts an operation of a device; ends in Ended. Limit 0: none.
	Run struct {
		Serial uint64
		Device int
		Op     Op
		Node   string // empty with Status
		Limit  time.Duration
	}
	// Kill ends a Run that nobody waits for any more. No Ended is expected.
	Kill struct{ Serial uint64 }
	// Report is an attempt that ended: OK is proof. Ask is 0 when it was ordered by an administrator.
	Report struct {
		Ask      uint64
		Node, By string
		OK       bool
		BadHost  bool
		Text     string
	}
	// Answer ends an Ordered.
	Answer struct {
		ID     uint64
		Failed bool
		Text   string
	}
	// Record puts an event on the timeline.
	Record struct{ Event event.Event }
)

func (Run) isEffect()    {}
func (Kill) isEffect()   {}
func (Report) isEffect() {}
func (Answer) isEffect() {}
func (Record) isEffect() {}

// A DeviceView is what is known about a device.
type DeviceView struct {
	Name    string
	Checked time.Time     // last status check that ended; zero: none did
	OK      bool          // its result
	Since   time.Time     // OK has been what it is since then
	Output  string        // of a check that failed
	Took    time.Duration // of the last check
}

// A NodeView is a node that is being fenced.
type NodeView struct {
	Node   string
	Device string    // at work now; empty: it waits
	Next   time.Time // of the next attempt, when it waits
	Tries  int
	Held   bool // by the brake, until Next or the word of a human
}

// A View is a copy of what the core knows.
type View struct {
	Devices []DeviceView
	Nodes   []NodeView
	Yield   time.Duration // in force
}
