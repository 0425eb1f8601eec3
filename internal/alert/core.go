package alert

import (
	"slices"
	"time"

	"heartbeat/internal/event"
)

// An Event is what the shell tells the core.
type Event interface{ isEvent() }

type (
	// Happened is a record of the timeline.
	Happened struct{ Record event.Record }
	// Missed are records that never reached the core, because they came faster than it took them.
	Missed struct{ Count uint64 }
	// Peers are the nodes that could tell an incident now: alive, of our kind, this one included.
	Peers struct{ Nodes []string }
	// Running are the groups that some node runs, and that are not in trouble here.
	Running struct{ Groups []string }
	// Delivered is how a delivery ended.
	Delivered struct {
		Channel, ID string
		Result      Result
	}
	// TestAsked wants a test message on one channel, by name or kind, or on all.
	TestAsked struct {
		Token   uint64
		Channel string // empty: all
	}
	// Configured puts a new configuration into force.
	Configured struct{ Config Config }
	// Tick says that a deadline was reached.
	Tick struct{}
)

func (Happened) isEvent()   {}
func (Missed) isEvent()     {}
func (Peers) isEvent()      {}
func (Running) isEvent()    {}
func (Delivered) isEvent()  {}
func (TestAsked) isEvent()  {}
func (Configured) isEvent() {}
func (Tick) isEvent()       {}

// An Effect is what the shell must do.
type Effect interface{ isEffect() }

type (
	// Deliver hands a message to a channel; a Delivered must follow. A channel has one at a time.
	Deliver struct {
		Channel Channel
		Message Message
	}
	// Record goes to the timeline.
	Record struct{ Event event.Event }
	// TestBegun names the channels whose tests will be told.
	TestBegun struct {
		Token    uint64
		Channels []string
	}
	// Tested is how the test of one channel ended.
	Tested struct {
		Token   uint64
		Channel string
		Result  Result
	}
)

func (Deliver) isEffect()   {}
func (Record) isEffect()    {}
func (TestBegun) isEffect() {}
func (Tested) isEffect()    {}

// A Result is how a delivery ended.
type Result struct {
	OK        bool          `json:"ok"`
	Permanent bool          `json:"permanent,omitempty"` // trying again soon is of little use
	Text      string        `json:"text"`                // in a sentence, with the mend when it failed
	Took      time.Duration `json:"took_ns"`
	Code      int           `json:"code"`             // of the program, or of HTTP or SMTP; 0: none
	Output    string        `json:"output,omitempty"` // the end of what the program printed
}

// A Core makes messages out of events. Its methods are not safe for concurrent use.
type Core struct {
	cfg       Config
	channels  []*channel
	incidents map[string]*Incident
	causes    map[string]cause // by Ref of an event: the incident that it belongs to
	orphans   []orphan
	ended     map[*event.Kind][]*event.Kind
	live      []string
	number    uint64 // of the last message
	order     uint64 // of the last incident
	born      int64  // tells the messages of one life from those of the next
	brief     uint64 // alarms that were over before they were told
	effects   []Effect
}

// cause remembers that an event belongs to an incident.
type cause struct {
	incident string
	at       time.Time
}

// causeFor is how long the consequences of an event belong to its incident.
const causeFor = 10 * time.Minute

// New returns a core without incidents. A state of an earlier life may be nil.
func New(cfg Config, saved *State, now time.Time) *Core {
	c := &Core{cfg: cfg.withDefaults(), incidents: map[string]*Incident{}, causes: map[string]cause{}, ended: endedBy(),
		live: []string{cfg.Self}, born: now.UnixMilli()}
	for _, ch := range cfg.Channels {
		c.channels = append(c.channels, &channel{Channel: ch})
	}
	c.restore(saved)
	return c
}

// Step takes one event and returns what must happen.
func (c *Core) Step(now time.Time, ev Event) []Effect {
	switch ev := ev.(type) {
	case Happened:
		if ev.Record.Kind != nil {
			c.happened(now, ev.Record)
		}
	case Missed:
		for _, ch := range c.channels {
			ch.missMany(int(ev.Count), "events came faster than they could be judged; heartbeat events has them")
		}
	case Peers:
		c.peers(now, ev.Nodes)
	case Running:
		c.runs(now, ev.Groups)
	case Delivered:
		c.delivered(now, ev)
	case TestAsked:
		c.test(now, ev)
	case Configured:
		c.configure(ev.Config)
	case Tick:
	}
	c.due(now)
	c.pump(now)
	out := c.effects
	c.effects = nil
	return out
}

// NextDeadline is when a Tick is due; zero: never.
func (c *Core) NextDeadline() time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, i := range c.incidents {
		sooner(i.Until)
	}
	for _, ch := range c.channels {
		if !ch.busy && (len(ch.queue) > 0 || ch.missed > 0) {
			sooner(ch.retryAt)
		}
	}
	return next
}

// happened sorts an event in: the end of an alarm, a consequence, a repeat, or something new.
func (c *Core) happened(now time.Time, r event.Record) {
	c.forgetCauses(now)
	ended := c.end(now, r)
	if of := c.deadEnd(r); of != nil {
		c.consequence(now, of, r)
		return
	}
	if i := c.find(r.Kind, r.Subject); i != nil && (c.wanted(r.Kind) || c.alarm(r.Kind)) {
		c.again(now, i, r)
		c.remember(now, r, i.ID)
		return
	}
	if of := c.belongsTo(r); of != nil {
		c.consequence(now, of, r)
		return
	}
	c.await(now, r)
	if !c.wanted(r.Kind) || ended && r.Kind.Level < event.Warn {
		return
	}
	i := c.begin(now, r)
	i.tell(r.At, r.Node, r.Text)
	c.remember(now, r, i.ID)
	c.absorbLinks(i)
	c.adopt(now, i)
}

func (c *Core) wanted(k *event.Kind) bool {
	return slices.ContainsFunc(c.channels, func(ch *channel) bool { return ch.Filter.wants(k) })
}

// deadEnd finds the incident of a dead node that a silent link belongs to, unless the link was silent before.
func (c *Core) deadEnd(r event.Record) *Incident {
	node, ok := linkOf(r.Subject)
	if r.Kind != event.LinkDead || !ok {
		return nil
	}
	if i := c.find(r.Kind, r.Subject); i != nil && i.Phase != closed {
		return nil
	}
	if i := c.find(event.NodeDead, node); i != nil && (i.Phase == gathering || i.Phase == open) {
		return i
	}
	return nil
}

// belongsTo finds the incident that an event follows from. An alarm with an all-clear of its own stands for itself.
func (c *Core) belongsTo(r event.Record) *Incident {
	if c.alarm(r.Kind) && c.wanted(r.Kind) {
		return nil
	}
	known, ok := c.causes[r.Cause]
	if !ok {
		return nil
	}
	i := c.incidents[known.incident]
	if i == nil || i.Phase == closed {
		return nil
	}
	return i
}

// consequence adds to an incident what followed from it.
func (c *Core) consequence(now time.Time, i *Incident, r event.Record) {
	c.remember(now, r, i.ID)
	if i.Phase != gathering && !follows(r.Kind) && !c.wanted(r.Kind) {
		return // a detail, and the message has been sent
	}
	i.tell(r.At, r.Node, r.Text)
	if (i.Phase == open || i.Phase == noticed) && r.Kind != event.LinkDead {
		i.Until = sooner(i.Until, now.Add(c.cfg.Gather))
	}
}

// absorbLinks makes the links of a dead node, silent with it, part of its incident.
func (c *Core) absorbLinks(of *Incident) {
	if of.kind != event.NodeDead {
		return
	}
	for _, i := range c.sorted() {
		if node, ok := linkOf(i.Subject); i.kind == event.LinkDead && ok && node == of.Subject && i.Phase == gathering {
			of.Story = append(slices.Clone(i.Story), of.Story...)
			delete(c.incidents, i.ID)
		}
	}
}

// remember lets later events find their incident.
func (c *Core) remember(now time.Time, r event.Record, incident string) {
	c.causes[r.Ref()] = cause{incident, now}
}

func (c *Core) forgetCauses(now time.Time) {
	for ref, known := range c.causes {
		if now.Sub(known.at) > causeFor {
			delete(c.causes, ref)
		}
	}
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
