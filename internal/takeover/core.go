package takeover

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// Times that have to agree with what a C peer does (resources spec, section 4.14).
const (
	requestDelay   = 10 * time.Second // own acquisition when a peer is silent about its holdings
	askAgainAfter  = time.Second      // repeat `starting` to a peer that was not ready for the first
	standbyAnswer  = 10 * time.Second // wait for `other`
	standbyStep    = time.Hour        // wait for each later step
	giveUpAfter    = 8 * time.Second  // a C peer releases two seconds after a heal, as long as its scripts take, or never
	legacyAgain    = 5 * time.Second  // repeat an unanswered ip-request
	firstRetry     = 5 * time.Second  // after a failed start that nobody else can run; doubles
	lastRetry      = 300 * time.Second
	stopAgainAfter = 5 * time.Second // while leaving with a group that does not stop
)

// maxRounds bounds settle. Every round needs a decision of the round before, and a
// group changes its state at most a few times in one step.
const maxRounds = 64

// Core is the v1 resource manager of one node. It is not safe for concurrent use.
type Core struct {
	cfg    Config
	now    time.Time
	groups []*group // file order
	peers  []*peer  // ha.cf order, without Self
	phase  phase
	commUp bool

	life, rev uint64
	bump      bool   // the revision must grow although the content may look the same
	content   string // of the last revision
	announced string // fields of the last Announce

	said        saying    // last resource message
	reportOwn   bool      // tell the end of our own acquisition with its info
	machDown    bool      // tell the end of a take-over
	early       bool      // tell a C peer at once what we take, it waits for it
	afterGone   Set       // what we had to take over from a node that left
	move        move      // hand-over under way
	reach       reach     // connectivity
	asking      asking    // our hb_takeover that the peer has not taken up yet
	unplaced    bool      // homeless groups were reported
	acquired    bool      // the first acquisition was reported
	overrun     bool      // settle did not come to rest: a bug, which the tests look for
	asks        uint64    // ProveDowns so far
	gone        bool      // shutdone was sent
	leftCluster bool      // LeaveCluster was given
	stayUntil   time.Time // after shutdone: so long we stay for a C peer that takes over; see stay

	orders   []Order // of administrators, sorted; see order.go
	drainAt  time.Time
	queue    []transfer // hand-overs of single groups that wait for their turn
	steps    map[uint64]step
	lastStep uint64
	errands  []*errand // of other nodes, the last ones
	waiters  []waiter

	ipfail ipfail // the talk with a C peer about ping nodes

	emptyGiven, emptyTaken bool // hand-overs moved an empty half: ours away, the peer's here

	unentitled bool // to run anything; see entitled.go
	goesOn     bool // see first
	out        []Effect
}

// saying is what a resource message said.
type saying struct {
	hold   Set
	stable bool
}

// New makes the core of a node that starts. Groups that run already (RestartedHolding) count as held from the first word.
func New(cfg Config, now time.Time) *Core {
	if cfg.Keepalive <= 0 {
		cfg.Keepalive = time.Second
	}
	if cfg.Deadtime <= 0 {
		cfg.Deadtime = 10 * cfg.Keepalive
	}
	if cfg.FailureMemory <= 0 {
		cfg.FailureMemory = defaultMemory
	}
	c := &Core{cfg: cfg, now: now, life: stamp(now), bump: true, orders: slices.Clone(cfg.Orders), lastStep: stamp(now)}
	for _, n := range cfg.Nodes {
		if n != cfg.Self {
			c.peers = append(c.peers, &peer{name: n, alive: true})
		}
	}
	for _, g := range cfg.Groups {
		ng := &group{key: g.Key, home: g.Home, id: shortID(g.Key), state: Stopped, since: now, freedRev: 1}
		ng.homeless = g.Home != cfg.Self && !slices.Contains(cfg.Nodes, g.Home)
		ng.reason = "not decided yet"
		if slices.Contains(cfg.RestartedHolding, g.Key) {
			ng.state, ng.want, ng.adopted, ng.claim = Running, true, true, stamp(now)
			ng.reason, ng.cause = "ran already when this node started", "self.starting "+cfg.Self
		}
		c.groups = append(c.groups, ng)
	}
	c.unable()
	c.reach = newReach(cfg.Connectivity, c.groups)
	c.unentitled = cfg.TakeOver == Arbiter
	return c
}

// stamp is the number of a claim or a life.
func stamp(now time.Time) uint64 { return uint64(max(now.UnixMilli(), 1)) }

// shortID names a group in announcements. A digest keeps them short and free of separators.
func shortID(key string) string {
	h := fnv.New64a()
	h.Write([]byte(key))
	s := strconv.FormatUint(h.Sum64()|1<<63, 16)
	return s[:12]
}

// Step takes one event at one instant and returns what must happen next, in order.
func (c *Core) Step(now time.Time, ev Event) []Effect {
	c.now, c.out = now, nil
	c.look()
	switch ev := ev.(type) {
	case CommunicationUp:
		c.communicationUp(ev)
	case NodeActive:
		c.nodeActive(ev.Node)
	case NodeDied:
		c.nodeDied(ev)
	case PeerUnproven:
		c.peerUnproven(ev)
	case DownProven:
		c.downProven(ev)
	case DownConfirmed:
		c.downConfirmed(ev)
	case EntitlementLost:
		c.entitlementLost(ev)
	case EntitlementGained:
		c.entitlementGained()
	case PeerHalted:
		c.peerHalted(ev)
	case NodeAdded:
		c.nodeAdded(ev.Node)
	case NodeRemoved:
		c.nodeRemoved(ev.Node)
	case NodeReturned:
		c.nodeReturned(ev.Node)
	case NodeRestarted:
		c.nodeRestarted(ev.Node)
	case PeerAnnounced:
		c.peerAnnounced(ev)
	case MessageArrived:
		c.messageArrived(ev.From, ev.Message)
	case GroupStarted:
		c.groupStarted(ev)
	case GroupStopped:
		c.groupStopped(ev)
	case MemberFailed:
		c.memberFailed(ev)
	case StandbyAsked:
		c.standbyAsked(ev)
	case TakeoverAsked:
		c.takeoverAsked(ev)
	case VerbAsked:
		c.verbAsked(ev)
	case ShutdownAsked:
		c.shutdownAsked()
	case SelfPaused:
		c.selfPaused(ev)
	case LinksChanged:
		c.linksChanged(ev)
	case PingChanged:
		c.reach.tracker.Ping(c.now, ev.Node, ev.Answer)
	}
	c.settle()
	out := c.out
	c.out = nil
	return out
}

// settle does everything that is due in the present state.
func (c *Core) settle() {
	c.look()
	c.expire()
	for range maxRounds {
		busy := c.begin()
		busy = c.prove() || busy
		busy = c.disputes() || busy
		busy = c.place() || busy
		busy = c.launch() || busy
		busy = c.moveOn() || busy
		busy = c.runQueue() || busy
		busy = c.giveUp() || busy
		busy = c.giveBetter() || busy
		busy = c.giveToC() || busy
		busy = c.goHome() || busy
		busy = c.offerFailed() || busy
		busy = c.leaveOn() || busy
		c.overrun = busy
		if !busy {
			break
		}
	}
	c.watchMove()
	c.answerWaits()
	c.tellStay()
	c.tellC()
	c.publish()
	c.announce()
}

func (c *Core) do(e Effect) {
	if a, ok := e.(Answer); ok && c.stepEnded(a) {
		return
	}
	c.out = append(c.out, e)
}

// note records an event and returns its reference, to be the cause of what follows.
func (c *Core) note(k *event.Kind, subject, cause, text string, attrs ...event.Attr) string {
	e := event.Event{Kind: k, Subject: subject, Text: text, Cause: cause, Attrs: attrs}
	c.do(Record{e})
	return e.Ref()
}

// send sends a message; peers of our kind find our announcement in it and so
// never act on a message with an outdated picture of us.
func (c *Core) send(m *wire.Message) {
	if slices.ContainsFunc(c.peers, (*peer).ours) {
		m.Fields = append(m.Fields, c.fields()...)
	}
	c.do(SendMessage{m})
}
