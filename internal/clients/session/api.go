package session

import (
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// An ID is the number of a connection, never used twice in the life of a node.
type ID uint64

// A Peer is who is at the other end of a connection, by the kernel's word.
type Peer struct{ PID, UID, GID int }

// A Rule says who may sign on under a name (apiauth): any of the users, or any of the groups.
type Rule struct {
	Client     string
	UIDs, GIDs []int
}

// A Node is what clients may ask about one node of the cluster.
type Node struct {
	Name   string
	Ping   bool
	Status string // init, up, active, dead, ping
	UUID   [16]byte
	Weight int
	Site   string
	Links  []Link
}

// A Link is one way on which a node is heard.
type Link struct {
	Name string
	Up   bool
}

// Config is what is fixed while the node runs.
type Config struct {
	Self                string // own node name
	Deadtime, Keepalive time.Duration
	Version             string // hbversion
	Pacemaker           string // value of pacemaker (crm), as sign-on answers it
	LogFacility         int    // as syslog numbers it: local0 is 128
	Rules               []Rule // apiauth with the defaults; "anon" is for clients without a name, "default" for unlisted names
	Parameters          map[string]string
	Managed             bool // this node manages haresources groups
	UID                 int  // of this process; it may do what root may
}

// Event is what can happen. Events are named in the past tense.
type Event interface{ isEvent() }

type (
	// Connected says that somebody is there. He must sign on first.
	Connected struct {
		ID   ID
		Peer Peer
	}
	// Received is a message of a client.
	Received struct {
		ID      ID
		Message *wire.Message
	}
	// Closed says that a client has gone: EOF, or in the shell's words. It is the last event of this ID.
	Closed struct {
		ID     ID
		Reason string
	}
	// Written is a message that a script wrote into the FIFO.
	Written struct{ Message *wire.Message }
	// NodesChanged replaces the picture of the cluster.
	NodesChanged struct{ Nodes []Node }
	// Arrived is a message of the cluster for this node, in its sender's order, or news made here (ifstat, a
	// node's death). It must not be modified any more.
	Arrived struct{ Message *wire.Message }
	// Looped is a message that this node has sent.
	Looped struct{ Message *wire.Message }
	// Observed is what only a client with a wider filter sees.
	Observed struct {
		Message   *wire.Message
		Treatment Filter
	}
	// ResourcesTold answers AskResources.
	ResourcesTold struct {
		ID   ID
		Word string // none, local, foreign, all, transition
	}
)

func (Connected) isEvent()     {}
func (Received) isEvent()      {}
func (Closed) isEvent()        {}
func (Written) isEvent()       {}
func (NodesChanged) isEvent()  {}
func (Arrived) isEvent()       {}
func (Looped) isEvent()        {}
func (Observed) isEvent()      {}
func (ResourcesTold) isEvent() {}

// Effect is what must happen next, in order. Effects are named in the imperative.
type Effect interface{ isEffect() }

type (
	// Deliver writes a message to clients.
	Deliver struct {
		To      []ID
		Message *wire.Message
	}
	// Signal sends a signal to a client that asked to be woken so (setsignal).
	Signal struct{ PID, Signal int }
	// Drop ends a connection when what was delivered has been written. The core has forgotten the client.
	Drop struct{ ID ID }
	// LimitQueue sets how many messages may wait for a client.
	LimitQueue struct {
		ID     ID
		Length int
	}
	// Send gives a message to the cluster.
	Send struct{ Message *wire.Message }
	// AskResources wants a ResourcesTold for this client.
	AskResources struct{ ID ID }
	// Standby asks resource management to give a set of groups up, Takeover to take it.
	Standby  struct{ Set string }
	Takeover struct{ Set string }
	// ChangeRoster changes the list of nodes, or what it says about one: verb is addnode, delnode, setweight or setsite.
	ChangeRoster struct {
		Verb, Value string
		Nodes       []string
	}
	// Watch says whether somebody wants Observed events. They cost, so nobody makes them unasked.
	Watch struct{ On bool }
	// Record puts an event on the timeline.
	Record struct{ Event event.Event }
)

func (Deliver) isEffect()      {}
func (Signal) isEffect()       {}
func (Drop) isEffect()         {}
func (LimitQueue) isEffect()   {}
func (Send) isEffect()         {}
func (AskResources) isEffect() {}
func (Standby) isEffect()      {}
func (Takeover) isEffect()     {}
func (ChangeRoster) isEffect() {}
func (Watch) isEffect()        {}
func (Record) isEffect()       {}

// A Client is one signed-on client in a View.
type Client struct {
	ID     ID     `json:"-"`
	Name   string `json:"name"`
	Casual bool   `json:"casual"` // without a registered name; the name is its pid
	PID    int    `json:"pid"`
	UID    int    `json:"uid"`
}
