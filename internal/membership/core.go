package membership

import (
	"slices"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/seal"
	"heartbeat/internal/wire"
)

// A Core is the membership of one node in one life. Its methods belong to one
// goroutine. The effects that Step returns are the caller's; the packets in them
// must not be modified and stay as they are until 500 further messages were sent.
type Core struct {
	cfg    Config
	sender messaging.Sender
	jitter *messaging.Jitter
	nodes  []*node // configuration order, ping nodes last; the order of every walk
	self   *node
	names  map[string]*node
	agenda agenda
	pings  int      // how many of the nodes are ping nodes
	gone   []Member // deleted nodes, which must not come back by themselves

	conflicts []Conflict
	terms     terms

	former []messaging.UUID // uuids of ours that turned out to be another machine's
	wished time.Time        // when another identity was asked for
	vain   int              // requests for the node list that a C node did not answer
	silent bool             // nothing was said yet; see Listen

	haunting []string // deleted nodes of our kind that spoke since our last status

	now        time.Time
	started    bool
	stopped    bool
	status     Status
	commUp     bool
	nextStatus time.Time
	told       time.Time     // our last status
	renewal    time.Duration // see RenewalBegun
	company    bool          // somebody's heartbeat just arrived
	delays     Gaps          // how late the loop was at what was due
	wake       time.Time     // what NextDeadline answers
	began      time.Time     // first Step

	asked      *node     // whom we asked for the node list
	askAgain   time.Time // when to ask the next one
	askedIndex int
	cloneSeen  time.Time // another machine used our identity

	load       string
	wallOffset time.Duration
	extra      []wire.Field // announcement

	outbox    []*wire.Message // waits for acknowledgements
	debts     debts
	lanes     lanes     // what applications send
	passedOn  []relayed // oldest first
	watched   bool      // somebody wants Observed
	refusals  refusals
	guard     guard
	copies    copies
	ackLater  []*node       // to be acknowledged with our next status
	ackText   []byte        // reused
	heardText []byte        // reused
	sentAt    *sentStatuses // nil without Acknowledge
	ackMark   string        // what stands before our number in the list of another node
	seal      sealing
	keys      string // what our status says about them
	packet    []byte // being read; nil between two
	speaker   *node  // who sent it
	proof     bool   // it could only come from a holder of the key, and now

	rememberNow  bool
	rememberedAt time.Time

	count counts
	reuse reuse
	out   []Effect
}

// defaultRexmitDelay is C's max_rexmit_delay (section 2.2).
const defaultRexmitDelay = 250 * time.Millisecond

// New prepares a core; the first Step makes it speak.
func New(cfg Config, now time.Time) *Core {
	if cfg.MaxRexmitDelay <= 0 {
		cfg.MaxRexmitDelay = defaultRexmitDelay
	}
	c := &Core{
		cfg: cfg, now: now, status: Init, wake: now, guard: newGuard(cfg), rememberedAt: now,
		names:  make(map[string]*node, len(cfg.Nodes)+len(cfg.PingNodes)),
		jitter: messaging.NewJitter(cfg.Seed),
		sender: messaging.Sender{
			ID:   messaging.Identity{Name: cfg.Self, UUID: cfg.UUID, Generation: cfg.Generation},
			Keys: cfg.Keys, Dialect: cfg.Dialect, Compression: cfg.Compression,
		},
	}
	for _, name := range cfg.Nodes {
		c.enter(newNode(name, cfg.Links, cfg.Deadtime))
	}
	if c.self = c.find(cfg.Self); c.self == nil {
		c.self = newNode(cfg.Self, cfg.Links, cfg.Deadtime)
		c.enter(c.self)
	}
	c.self.uuid = cfg.UUID
	for _, name := range cfg.PingNodes {
		n := newNode(name, []string{name}, cfg.Deadping)
		n.ping = true
		c.pings++
		c.enter(n)
	}
	c.seal.nonce = seal.NewNonce(cfg.SealSalt)
	c.rekeySeal()
	c.terms = newTerms(cfg.Terms)
	c.copies, c.ackMark = newCopies(cfg), " "+cfg.Self+":"
	if cfg.Acknowledge {
		c.sentAt = new(sentStatuses)
	}
	c.askedIndex = max(slices.Index(cfg.Nodes, cfg.Self), 0) // not everybody asks the same node for the list
	c.rememberCached()
	c.recall(cfg.Known)
	return c
}

// Step takes one event at one instant. Time never runs backwards inside a core. The effects are valid until the next Step, which uses
// their memory again.
func (c *Core) Step(now time.Time, ev Event) []Effect {
	if now.After(c.now) {
		c.now = now
	}
	c.out, c.reuse.used = c.out[:0], 0
	if !c.started {
		c.start(ev)
	} else {
		c.noteDelay()
		c.creditPause()
		c.apply(ev)
	}
	c.work()
	if _, ok := ev.(Tick); ok {
		c.judge()
		c.endTurn()
	}
	c.remember()
	c.sealOut()
	c.plan()
	return c.out
}

// apply does what one event asks for.
func (c *Core) apply(ev Event) {
	switch ev := ev.(type) {
	case PacketArrived:
		c.receive(ev)
	case *PacketArrived: // from whoever hands over many, to spare the memory of an interface
		c.receive(*ev)
	case SendRequested:
		if !c.rosterPosted(ev.Message) {
			c.post(ev.Message)
		}
	case ApplicationPosted:
		c.posted(ev)
	case AnnouncementChanged:
		c.extra = ev.Fields
		c.tellAnnouncement()
	case EnvironmentChanged:
		c.environment(ev)
	case KeysChanged:
		c.cfg.Keys = ev.Keys
		c.copies.forget()
		c.sender.Rekey(ev.Keys)
		c.rekeySeal()
		c.sendStatus() // whoever wants to change keys waits for it
	case LinkFailed:
		c.linkFailed(ev)
	case IdentityChanged:
		c.identityChanged(ev)
	case RosterAsked:
		c.rosterAsked(ev)
	case RenewalBegun:
		c.renewalBegun(ev)
	case WatchChanged:
		c.watched = ev.On
	case StopRequested:
		c.askForLast()
		c.stopped, c.rememberNow = true, true
	case Tick:
	}
}

// start speaks for the first time: two status messages at once, as C does
// (section 12.3). Peers that hear either of them answer at once.
func (c *Core) start(ev Event) {
	c.started, c.began = true, c.now
	for _, n := range c.nodes {
		n.heard = c.now
	}
	c.touchAll()
	if env, ok := ev.(EnvironmentChanged); ok {
		c.environment(env)
	}
	c.silent = c.cfg.Listen > 0
	c.nextStatus = c.now.Add(c.cfg.Listen)
	if !c.silent {
		c.speak()
	}
	if _, ok := ev.(EnvironmentChanged); !ok {
		c.apply(ev)
	}
}

// speak says the first words.
func (c *Core) speak() {
	c.silent = false
	c.sendStatus()
	c.setLocal(Up)
	c.sendStatus()
}

// work does everything that is due except verdicts about others.
func (c *Core) work() {
	if c.stopped {
		return
	}
	switch {
	case c.silent && !c.listening():
		c.speak()
	case c.statusDue():
		c.sendStatus()
	}
	c.mend()
	c.flow()
	c.advance()
	c.reportRefusals()
}

// endTurn sends what was collected while the shell handed over all that waited.
func (c *Core) endTurn() {
	if c.stopped {
		return
	}
	c.expireParts()
	c.probe()
	c.acknowledge()
	c.pump()
}

func (c *Core) setLocal(s Status) {
	c.status, c.self.status = s, s
}

// environment adopts what the shell says about its machine. A step of the wall
// clock is told to the peers at once, because they compare time stamps.
func (c *Core) environment(e EnvironmentChanged) {
	stepped := e.WallOffset != c.wallOffset
	c.load, c.wallOffset = e.Load, e.WallOffset
	if stepped && c.sender.Seq() > 0 && !c.stopped {
		c.sendStatus()
	}
}

func (c *Core) emit(e Effect) { c.out = append(c.out, e) }

func (c *Core) record(kind *event.Kind, subject, text string, attrs ...event.Attr) {
	c.emit(Record{event.Event{Kind: kind, Subject: subject, Text: text, Attrs: attrs}})
}

// wall is the wall clock of this node.
func (c *Core) wall() time.Time { return c.now.Add(c.wallOffset) }

// find returns a node by name, or nil.
func (c *Core) find(name string) *node { return c.names[name] }

// enter puts a node at the end of the list.
func (c *Core) enter(n *node) {
	n.slot.order = 1
	if last := len(c.nodes); last > 0 {
		n.slot.order = c.nodes[last-1].slot.order + 1
	}
	c.nodes = append(slices.Clip(c.nodes), n) // walks under way keep theirs
	if c.names[n.name] == nil {
		c.names[n.name] = n
	}
	c.touch(n)
}

// NextDeadline is when Step wants a Tick even if nothing happens; zero after a stop.
func (c *Core) NextDeadline() time.Time { return c.wake }
