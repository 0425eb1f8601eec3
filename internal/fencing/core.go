package fencing

import (
	"fmt"
	"slices"
	"time"

	"heartbeat/internal/event"
)

const (
	firstRetry  = 5 * time.Second
	lastRetry   = 300 * time.Second
	checkEvery  = time.Hour
	recheck     = 5 * time.Minute // a device that failed its check
	defaultTime = time.Minute
	turnTime    = 10 * time.Second // for every node that fences first, besides what it may yield
	leastYield  = 2 * time.Second
)

// Core fences for one node. It is not safe for concurrent use.
type Core struct {
	cfg     Config
	now     time.Time
	serial  uint64
	devices []*device
	hunts   []*hunt
	jobs    map[uint64]job // operations under way
	orders  []*order
	past    []Shot // of the last hour
	out     []Effect
}

type device struct {
	Device
	next    time.Time // of its status check; zero: one is under way
	view    DeviceView
	slowest time.Duration
}

// A hunt is a node that must be known to be down.
type hunt struct {
	node, cause string
	ask         uint64
	level       int // device to use next
	at          time.Time
	pause       time.Duration // before the ladder begins anew
	serial      uint64        // operation under way; 0: none
	tries       int
	held        bool // by the brake
}

// An order is a wish of an administrator.
type order struct {
	id       uint64
	op       Op
	node     string
	level    int
	waits    int // status checks and lists that have not ended
	text     []string
	failures int
	switches int // devices that know the node
}

// A job says what an operation under way is for.
type job struct {
	device int
	op     Op
	hunt   *hunt
	order  *order
}

// New makes a core. Its first Step asks every device for its status.
func New(cfg Config, now time.Time) *Core {
	if cfg.Limit <= 0 {
		cfg.Limit = defaultTime
	}
	if cfg.Action == "" {
		cfg.Action = Reset
	}
	c := &Core{cfg: cfg, now: now, jobs: map[uint64]job{}, past: slices.Clone(cfg.Past)}
	for _, d := range cfg.Devices {
		c.devices = append(c.devices, &device{Device: d, next: now, view: DeviceView{Name: d.Name}})
	}
	return c
}

// Step takes one event at one instant and returns what must happen next, in order.
func (c *Core) Step(now time.Time, ev Event) []Effect {
	c.now, c.out = now, nil
	switch ev := ev.(type) {
	case Wanted:
		c.wanted(ev)
	case Cancelled:
		c.cancelled(ev.Node)
	case Ordered:
		c.ordered(ev)
	case Ended:
		c.ended(ev)
	}
	for _, h := range slices.Clone(c.hunts) {
		if h.serial == 0 && !c.now.Before(h.at) {
			c.shoot(h)
		}
	}
	for i, d := range c.devices {
		if !d.next.IsZero() && !c.now.Before(d.next) {
			d.next = time.Time{}
			c.run(i, Status, "", job{})
		}
	}
	out := c.out
	c.out = nil
	return out
}

// NextDeadline is when Step must be called with a Tick even if nothing happens; zero means never.
func (c *Core) NextDeadline() time.Time {
	var next time.Time
	at := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, h := range c.hunts {
		if h.serial == 0 {
			at(h.at)
		}
	}
	for _, d := range c.devices {
		at(d.next)
	}
	return next
}

func (c *Core) do(e Effect) { c.out = append(c.out, e) }

func (c *Core) note(k *event.Kind, subject, cause, format string, args ...any) {
	c.do(Record{event.Event{Kind: k, Subject: subject, Cause: cause, Text: fmt.Sprintf(format, args...)}})
}

// run starts an operation and remembers what it is for.
func (c *Core) run(i int, op Op, node string, j job) uint64 {
	c.serial++
	j.device, j.op = i, op
	c.jobs[c.serial] = j
	limit := c.cfg.Limit
	if c.devices[i].Human && (op == Reset || op == Off) {
		limit = 0
	}
	c.do(Run{Serial: c.serial, Device: i, Op: op, Node: node, Limit: limit})
	return c.serial
}

func (c *Core) ended(ev Ended) {
	j, ok := c.jobs[ev.Serial]
	if !ok {
		return // killed meanwhile
	}
	delete(c.jobs, ev.Serial)
	if j.op == Status {
		c.checked(j.device, ev)
	}
	switch {
	case j.hunt != nil:
		c.shot(j.hunt, ev)
	case j.order != nil:
		c.orderEnded(j, ev)
	}
}

// yield is how long the loser of the tie waits.
func (c *Core) yield() time.Duration {
	if c.cfg.Yield >= 0 {
		return c.cfg.Yield
	}
	slowest := time.Duration(0)
	for _, d := range c.devices {
		slowest = max(slowest, d.slowest)
	}
	return leastYield + 2*min(slowest, c.cfg.Limit)
}

// View returns a copy of what the core knows.
func (c *Core) View() View {
	v := View{Yield: c.yield()}
	for _, d := range c.devices {
		v.Devices = append(v.Devices, d.view)
	}
	for _, h := range c.hunts {
		n := NodeView{Node: h.node, Tries: h.tries, Next: h.at, Held: h.held}
		if h.serial != 0 {
			n.Device, n.Next = c.devices[c.jobs[h.serial].device].Name, time.Time{}
		}
		v.Nodes = append(v.Nodes, n)
	}
	return v
}
