package ccm

import (
	"strconv"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// Core is the consensus membership of one node in one life. It is not safe for concurrent use.
type Core struct {
	cfg   Config
	seed  uint64
	now   time.Time
	nodes []*node // sorted by name; a node's place is its index on the wire
	self  *node
	pings map[string]bool // ping nodes and groups that answer

	started, stopped bool
	state            State
	since            time.Time // of the state; its time limit counts from here
	cookie           string
	major, minor     uint32
	highest          uint32 // largest major ever held
	joined           uint32 // major at which we became a member; 0: never
	leader           *node

	round       time.Time // when the present round of JOIN began
	rounds      int       // rounds without a result
	tries       int       // questions without an answer
	dropped     int       // answers of small memberships that we did not take
	askAt       time.Time // in None: when to ask
	asked       time.Time // when we asked last
	repeat      time.Time // in VersionRequest: when to ask again for newcomers; zero: not
	converged   bool      // a membership held since the last restart of all
	change      change
	missedMinor uint32    // of JOINs that could not be used, because the lists of nodes differed
	avoid       time.Time // until then, answers from nodes that we left are not taken

	viewAt     time.Time // when to tell our view
	mendAt     time.Time // when to help nodes of the C kind outside; zero: there are none
	mendEvery  time.Duration
	formed     time.Time
	last       Membership
	lists      bool // a membership was published and not taken back
	flux       bool
	quorumTold answer // the last word about quorum on the timeline

	own       []packet
	ignored   uint64
	malformed uint64
	out       []Effect
}

// New makes the core of a node that starts. It is silent until CommunicationUp.
func New(cfg Config, now time.Time) *Core {
	if cfg.Keepalive <= 0 {
		cfg.Keepalive = time.Second
	}
	c := &Core{cfg: cfg, seed: cfg.Seed, now: now, pings: map[string]bool{}}
	var list []*node
	for _, n := range cfg.Nodes {
		if len(list) < MaxNodes {
			list = append(list, newNode(n))
		}
	}
	c.setNodes(list)
	if c.self = c.find(cfg.Self); c.self == nil {
		c.self = newNode(Node{Name: cfg.Self})
		c.setNodes(append(c.nodes, c.self))
	}
	c.self.ours = true
	return c
}

func newNode(n Node) *node {
	if n.Weight == 0 {
		n.Weight = DefaultWeight
	}
	return &node{Node: n, alive: true}
}

// maxLoop bounds how many of our own messages one step takes; more would be a bug.
const maxLoop = 32

// Step takes one event at one instant and returns what must happen next, in order.
func (c *Core) Step(now time.Time, ev Event) []Effect {
	c.now, c.out = now, nil
	c.take(ev)
	if c.started && !c.stopped {
		c.clock()
		for i := 0; len(c.own) > 0 && i < maxLoop; i++ {
			p := c.own[0]
			c.own = c.own[1:]
			c.handle(p)
			c.clock()
		}
	}
	c.own = c.own[:0]
	out := c.out
	c.out = nil
	return out
}

func (c *Core) take(ev Event) {
	switch ev := ev.(type) {
	case CommunicationUp:
		c.start(ev)
	case NodeAlive:
		c.nodeAlive(ev.Node)
	case NodeDied:
		c.nodeDied(ev.Node)
	case NodeRestarted:
		c.nodeRestarted(ev.Node)
	case PeerKnown:
		if n := c.find(ev.Node); n != nil && n != c.self {
			n.ours = ev.Ours
		}
	case MessageArrived:
		c.arrived(ev)
	case NodeAdded:
		c.nodeAdded(ev.Node)
	case NodeRemoved:
		c.nodeRemoved(ev.Node)
	case VoteChanged:
		c.voteChanged(ev.Node)
	case PingChanged:
		c.pings[ev.Name] = ev.Up
		c.judgeAgain()
	case SelfPaused:
		c.selfPaused(ev)
	case ShutdownAsked:
		if c.started && !c.stopped {
			c.clientStatus("leave", "signoff")
		}
		c.stopped = true
	}
}

// start begins as C's ccm does when it has signed on: alone at once, or with a question (section 19.4).
func (c *Core) start(ev CommunicationUp) {
	if c.started || c.stopped {
		return
	}
	c.started = true
	for _, name := range ev.Dead {
		if n := c.find(name); n != nil && n != c.self {
			n.alive = false
		}
	}
	c.clientStatus("join", "signon")
	if c.live() == 1 {
		c.formAlone()
		return
	}
	c.enter(None)
	c.askAt = c.now
}

func (c *Core) arrived(ev MessageArrived) {
	from := c.find(ev.From)
	if !c.started || c.stopped || from == nil || from == c.self || ev.Message == nil {
		return
	}
	switch kind := ev.Message.Kind(); kind {
	case kindClient:
		c.clientChanged(from, ev.Message)
		return
	case kindProto, kindResp, kindAlive, kindNewNode, kindMemList, kindNotice, kindNodeLeave, kindJoin, kindReq, kindRes, kindFinal,
		kindAbort, kindStateInfo, kindRestart, kindView:
	default:
		return
	}
	if !c.sameNodes(from, ev.Message) {
		return
	}
	p, ok := c.read(from, ev.Message)
	if !ok {
		c.malformed++
		return
	}
	c.handle(p)
}

// sameNodes checks that both lists of nodes have the same length. C's ccm exits when they have not, and is started again; we
// say so once and wait until an administrator has made them equal.
func (c *Core) sameNodes(from *node, m *wire.Message) bool {
	text, has := m.Lookup(fieldNumNodes)
	if !has {
		return true
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		c.malformed++
		return false
	case n == len(c.nodes):
		from.differs = 0
		return true
	}
	if from.differs != n {
		from.differs = n
		c.note(event.MembersDiffer, from.Name, "Node count from node "+from.Name+" does not agree: local count="+strconv.Itoa(len(c.nodes))+
			", count in message="+strconv.Itoa(n)+"; its messages about membership are not used until the lists of nodes are the same")
	}
	if m.Kind() == kindJoin && m.Get(fieldCookie) == c.cookie {
		var minor uint32
		if decimal(m, fieldMinor, &minor) {
			c.missedMinor = max(c.missedMinor, minor)
		}
	}
	c.ignored++
	return false
}

// enter changes the state; its time limit begins anew.
func (c *Core) enter(s State) {
	c.state, c.since, c.repeat = s, c.now, time.Time{}
	switch s {
	case Joining:
		c.influx("a new round of agreement has begun")
	case Joined:
		c.converged, c.rounds, c.tries = true, 0, 0
		c.planView()
	case None, VersionRequest, SentMemlistReq, MemlistRes, WaitForMemList, WaitForChange, NewNodeWait:
	}
}

func (c *Core) setMajor(n uint32) {
	c.major, c.minor, c.missedMinor = min(n, maxMajor), 0, 0
	c.highest = max(c.highest, c.major)
}

func (c *Core) do(e Effect) { c.out = append(c.out, e) }

func (c *Core) note(k *event.Kind, subject, text string, attrs ...event.Attr) {
	c.do(Record{event.Event{Kind: k, Subject: subject, Text: text, Attrs: attrs}})
}
