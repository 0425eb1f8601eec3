package ccm

import (
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// MaxNodes is how many nodes the bitmaps of the protocol can name.
const MaxNodes = 100

// Config is what the core knows before it starts.
type Config struct {
	Self  string
	Nodes []Node // normal nodes, Self among them, in any order; at most MaxNodes

	Keepalive time.Duration // all time limits are multiples of it (section 19.2)
	Quorum    QuorumConfig
	Seed      uint64 // for cookies; a core has no randomness of its own

	// LikeC leaves out every improvement and keeps every weakness of C's ccm except that it ends the process. It is for
	// simulations of mixed clusters.
	LikeC bool
}

// Node is one configured node as quorum sees it.
type Node struct {
	Name   string
	Weight int    // of its vote, for the plug-in weight; 0 counts as DefaultWeight
	Site   string // for displays
}

// DefaultWeight is the weight of a node of which hb_setweight never spoke.
const DefaultWeight = 100

// Event is what can happen to the core.
type Event interface{ isEvent() }

type (
	// CommunicationUp says that every node was heard or declared dead; the core starts with it. Dead names the latter.
	CommunicationUp struct{ Dead []string }
	// NodeAlive: a node that was dead, or not yet heard, is heard.
	NodeAlive struct{ Node string }
	// NodeDied: nothing was heard from a node for its deadtime.
	NodeDied struct{ Node string }
	// NodeRestarted: a node came with a new life before its death was noticed.
	NodeRestarted struct{ Node string }
	// PeerKnown tells which kind a node is. Ours says that it runs this core, as its capabilities tell.
	PeerKnown struct {
		Node string
		Ours bool
	}
	// MessageArrived is a message of another node: those for the client ccm, and hbapi-clstat.
	MessageArrived struct {
		From    string
		Message *wire.Message
	}
	// NodeAdded and NodeRemoved change the list of nodes (autojoin, addnode, delnode).
	NodeAdded   struct{ Node Node }
	NodeRemoved struct{ Node string }
	// VoteChanged is a new weight or site of a node.
	VoteChanged struct{ Node Node }
	// PingChanged: a ping node or group answers, or stopped to.
	PingChanged struct {
		Name string
		Up   bool
	}
	// SelfPaused: this node did not run for so long that the others may have gone on without it.
	SelfPaused struct{ Gap time.Duration }
	// ShutdownAsked: tell the others that we leave. Nothing is sent after it.
	ShutdownAsked struct{}
	// Tick: time passed.
	Tick struct{}
)

func (CommunicationUp) isEvent() {}
func (NodeAlive) isEvent()       {}
func (NodeDied) isEvent()        {}
func (NodeRestarted) isEvent()   {}
func (PeerKnown) isEvent()       {}
func (MessageArrived) isEvent()  {}
func (NodeAdded) isEvent()       {}
func (NodeRemoved) isEvent()     {}
func (VoteChanged) isEvent()     {}
func (PingChanged) isEvent()     {}
func (SelfPaused) isEvent()      {}
func (ShutdownAsked) isEvent()   {}
func (Tick) isEvent()            {}

// Effect is what must happen next, in order.
type Effect interface{ isEffect() }

type (
	// Send sends a cluster message to all nodes, or to its "dest".
	Send struct{ Message *wire.Message }
	// Formed: a membership is agreed on, or the verdict on its quorum changed.
	Formed struct{ Membership Membership }
	// InFlux: the membership in force no longer holds, the next one is being agreed on. There is no quorum meanwhile.
	InFlux struct{ Reason string }
	// Evicted: this node is no member of anything until the next Formed.
	Evicted struct{ Reason string }
	// Record puts an event on the timeline.
	Record struct{ Event event.Event }
)

func (Send) isEffect()    {}
func (Formed) isEffect()  {}
func (InFlux) isEffect()  {}
func (Evicted) isEffect() {}
func (Record) isEffect()  {}

// A Membership is what all its members agree on, but for Why, which each one words for itself.
type Membership struct {
	Instance uint32 // grows with every change
	Members  []Member
	Leader   string
	Cookie   string
	Quorum   bool
	Why      string // the reason of the verdict on quorum
}

// Member is one member, in the order of its index.
type Member struct {
	Index  int    // place in the sorted list of all nodes
	Name   string // of the node
	BornOn uint32 // instance in which it became a member
}

// A View is a copy of what the core believes, for displays and for clients that connect.
type View struct {
	State     State
	Since     time.Time // of the state
	InFlux    bool      // no membership holds at the moment
	Last      Membership
	Formed    time.Time // of Last; zero: there was none
	Nodes     []NodeView
	Waiting   string // what keeps a membership from being agreed on, in a clause; empty when one holds
	Ignored   uint64 // messages that were of no use: other memberships, earlier times
	Malformed uint64 // messages that could not be read
}

// NodeView is one node in a View, in the order of the index.
type NodeView struct {
	Name   string
	Alive  bool
	Ours   bool
	Weight int
	Site   string
	// Differs is the number of nodes in its list, when that is not ours; 0: it agrees, or never said.
	Differs int
}
