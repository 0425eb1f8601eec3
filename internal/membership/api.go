package membership

import (
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// Status is the state of a node as the status message carries it (messaging spec, section 12.1).
type Status string

const (
	Init   Status = "init"
	Up     Status = "up"
	Active Status = "active"
	Dead   Status = "dead"
	Ping   Status = "ping" // a ping node that answers
)

// Config is what a node knows before it starts. All durations are positive.
type Config struct {
	Self       string            // own node name, lower case
	UUID       [16]byte          // own identity (hb_uuid)
	Generation uint32            // strictly larger than at any earlier start
	Nodes      []string          // configured normal nodes in ha.cf order, Self included
	PingNodes  []string          // names of ping nodes; each is also the name of its link
	PingKinds  map[string]string // what the echo of a ping node says it is: ping, ping6, ping_group; missing: ping
	Links      []string          // names of the cluster links, in configuration order, without repetition
	Ring       []string          // those of Links that are serial lines: with two or more, what comes on one is passed on to the others

	// Listen is how long this node says nothing at its start, because its uuid may be a copy of another machine's:
	// a C node that hears its own uuid under another name renames itself. 0: it speaks at once.
	Listen time.Duration

	Terms []Term // what all nodes must have alike in ha.cf; told to the peers and compared

	Join    Join     // which nodes may come that ha.cf does not list
	Cached  []Member // what the host cache knows; nodes that are not configured count only when Join lets them
	Deleted []Member // nodes that were deleted and must not come back by themselves
	// Homes are the nodes that may be added while this node manages resources of haresources: those that
	// are the home of a group. Nil: no resources are managed, and any node may be added.
	Homes []string

	Keepalive, Warntime, Deadtime, Initdead, Deadping time.Duration
	MaxRexmitDelay                                    time.Duration // default 250 ms
	Hopfudge                                          int

	Keys        wire.Keyring
	Dialect     wire.Dialect
	Compression wire.Compression // of what we send; everything is inflated

	// Decode verifies and reads a packet in the place of Keys; nil: Keys do. For simulations, in which all receivers of a
	// broadcast share its message, which no core changes.
	Decode func(packet []byte) (*wire.Message, error)

	Seed    uint64 // for the jitter of requests; a core has no randomness of its own
	Caps    string // capabilities that we announce in status (field "caps"); C ignores it
	Version string

	Encryption Encryption
	SealSalt   [16]byte // random and new in every life; see package seal

	Known []KnownPeer // what an earlier life of ours learned; may be empty

	Acknowledge bool // every status names the newest one heard of every live node, and HeardBy is given; see heard.go
}

// Event is what can happen to the core. Events are named in the past tense.
type Event interface{ isEvent() }

type (
	// PacketArrived is one datagram, taken from the link as early as possible.
	PacketArrived struct {
		Link   string // link name; for ping media the ping node's name
		Source string // printable source address, for the log only
		Data   []byte // valid only during Step
	}
	// Tick says that time passed.
	Tick struct{}
	// SendRequested asks to send a cluster message to all nodes (or to "dest"). The core adds control fields.
	// The message belongs to the core from now on. It is not looped back.
	SendRequested struct{ Message *wire.Message }
	// ApplicationPosted asks to send a message of a local program. The messages of a lane keep their order; lanes take
	// turns. The message belongs to the core until ApplicationSent tells its fate; then it is delivered
	// here as well (Deliver with Own), when it is for us. A shell bounds what it posts before it was sent.
	ApplicationPosted struct {
		Lane    uint64
		Message *wire.Message
		Whole   string // Message in netstring encoding, when it is larger than messaging.PartsAbove; otherwise empty
		Size    int    // bytes, given back by ApplicationSent
		Ticket  uint64 // given back by ApplicationSent
	}
	// AnnouncementChanged replaces the extra fields that every status message carries for peers of our
	// kind, and sends one status at once. C peers ignore them.
	AnnouncementChanged struct{ Fields []wire.Field }
	// EnvironmentChanged refreshes what only a shell can know.
	EnvironmentChanged struct {
		Load       string        // a line of /proc/loadavg
		WallOffset time.Duration // wall clock minus the clock of Step; 0 outside simulations
	}
	// KeysChanged replaces the keyring (SIGHUP).
	KeysChanged struct{ Keys wire.Keyring }
	// LinkFailed says that a link cannot send at the moment (interface gone, write error).
	LinkFailed struct {
		Link string
		Err  string
	}
	// StopRequested ends the core's own sending: after it only retransmissions are answered, and acknowledgements counted.
	StopRequested struct{}
)

func (PacketArrived) isEvent()       {}
func (Tick) isEvent()                {}
func (SendRequested) isEvent()       {}
func (ApplicationPosted) isEvent()   {}
func (AnnouncementChanged) isEvent() {}
func (EnvironmentChanged) isEvent()  {}
func (KeysChanged) isEvent()         {}
func (LinkFailed) isEvent()          {}
func (StopRequested) isEvent()       {}

// Effect is what must happen next, in order. Effects are named in the imperative.
type Effect interface{ isEffect() }

type (
	// Transmit puts one signed datagram on every cluster link. The bytes must not be modified.
	Transmit struct {
		Packet []byte
		Cut    bool // all live peers put segments together: the packet may travel so

		room, sealed []byte // where the packet lies when it is not kept elsewhere
	}
	// Relay puts one signed datagram that came on a serial line on all other serial lines.
	Relay struct {
		From   string
		Packet []byte
	}
	// PingNode sends the payload as an echo request to a ping node.
	PingNode struct {
		Node   string
		Packet []byte
	}
	// Deliver hands a cluster message for this node to resource management and clients.
	// Messages of one sender are delivered once and in order, from the first one that is heard of
	// its life or after its death on. Status, reqnodes, repnodes and NS_* are not delivered.
	Deliver struct {
		From    string
		Message *wire.Message
		Own     bool // our own application message, which has just gone out
	}
	// ApplicationSent says that a posted message has gone out, or with Err why it never will.
	ApplicationSent struct {
		Lane   uint64
		Ticket uint64
		Bytes  int
		Err    error
	}
	// NodeChanged tells a change of a node's status.
	NodeChanged struct {
		Node     string
		From, To Status
		Why      Why
		Silent   time.Duration // how long nothing was heard, when To is Dead
		Reason   string        // a clause with the deciding numbers
		Message  *wire.Message // the status that said so; nil when To is Dead
	}
	// LinkChanged tells a change of a link to one node.
	LinkChanged struct {
		Node, Link string
		Up         bool
		Silent     time.Duration
	}
	// PingLate says that a ping node which answers has been silent for half of its dead time, or that it answered
	// again after that. Half is more than a keepalive: while one node still waits for the dead time to pass, every
	// other node that cannot reach the ping node either is past its half.
	PingLate struct {
		Node string
		Late bool
	}
	// PeerAnnounced hands up the announcement fields of a peer (see AnnouncementChanged) when they
	// changed, and always right after NodeChanged{Why: Healed}. Heard: does the peer, by its own
	// word, hear us (false while it believes us dead)? A C peer does not say; then Heard is true.
	PeerAnnounced struct {
		Node   string
		Fields []wire.Field // only the ones whose names start with "x-"; empty from a C peer
		Caps   string       // empty: a C peer
		Heard  bool
	}
	// CommUp says that communication is up (messaging spec, section 12.3): resource work may begin.
	CommUp struct {
		Dead []string // configured nodes that were declared dead instead of heard
	}
	// SelfPaused says that this node did not run for at least its own deadtime: its peers may have
	// declared it dead meanwhile. It comes before every other effect of that Step.
	SelfPaused struct{ Gap time.Duration }
	// Record puts an event on the timeline.
	Record struct{ Event event.Event }
)

func (*Transmit) isEffect()       {}
func (Relay) isEffect()           {}
func (PingNode) isEffect()        {}
func (Deliver) isEffect()         {}
func (ApplicationSent) isEffect() {}
func (NodeChanged) isEffect()     {}
func (LinkChanged) isEffect()     {}
func (PingLate) isEffect()        {}
func (PeerAnnounced) isEffect()   {}
func (CommUp) isEffect()          {}
func (SelfPaused) isEffect()      {}
func (Record) isEffect()          {}

// Why is the cause of a node's change of status.
type Why uint8

const (
	Heard     Why = iota // it said so itself
	Silence              // its deadtime passed
	LeftQuiet            // its deadtime passed after it had announced its leave (shutdone)
	Restarted            // it came with a higher generation while we believed it alive
	Healed               // same generation, believed dead: a partition or a pause is over
	Rejoined             // higher generation after it was dead: a fresh life
)

// A View is a copy of what the core believes, for status displays.
type View struct {
	Self        string
	LocalStatus Status
	CommUp      bool
	Nodes       []NodeView
	Sealed      bool     // what we send is encrypted
	CannotOpen  []string // live nodes because of which it is not, although it is wanted
	Conflicts   []Conflict
	Deleted     []string // nodes that must not come back by themselves
	Delays      Gaps     // how late this node did what was due
	Counters    Counters
}

// NodeView is one node in a View.
type NodeView struct {
	Name       string
	Ping       bool
	Status     Status
	Heard      time.Time     // last authentic packet; zero: never in this life
	Deadtime   time.Duration // after which it is declared dead
	Generation uint32
	Caps       string // empty: a C peer, or nothing heard
	UUID       [16]byte
	Weight     int            // of its vote; 100 unless hb_setweight changed it
	Site       string         // where it stands; empty unless hb_setsite said it
	Unproven   bool           // packets in its name arrive that prove nothing
	Doubt      Doubt          // why, where Unproven
	Drift      []Drift        // what it has otherwise in ha.cf
	Joined     bool           // ha.cf does not list it
	Keys       []wire.KeyMark // that it accepts, by its own word
	Signs      int            // slot of its newest status; -1: none was heard
	Silence    Gaps           // between two signs of life while it lived, own pauses left out
	Links      []LinkView
}

// LinkView is one link of a node in a View.
type LinkView struct {
	Name  string
	Up    bool
	Since time.Time // of the last change; zero: never changed

	Silence Gaps // between two signs of life on this link while it worked
}

// Counters count since the start.
type Counters struct {
	Sent, Received, Duplicates     uint64
	Retransmitted, Requested, Lost uint64
	Dropped                        map[string]uint64 // by reason: wire drop reasons, "unknown-node", "replayed", "bad-field"
	LateHeartbeats, SelfPauses     uint64
	Relayed                        uint64 // messages of others passed on round a ring of serial lines
	QueuedUnacked                  int    // sent messages that some live node has not acknowledged
}
