package apphb

import (
	"fmt"
	"slices"
	"time"
)

// client is one connection.
type client struct {
	peer     Peer
	program  *Program // nil: not registered
	interval time.Duration
	deadline time.Time // of the next beat; zero: none is expected
	warn     time.Duration
	last     time.Time // beat, for the warning
	missing  bool      // it did not beat and was told of
	critical bool      // its failure restarts the machine
}

// A Core knows all programs. Its methods belong to one goroutine.
type Core struct {
	critical []int // users whose programs may be critical
	clients  map[ID]*client
	now      time.Time
	out      []Effect
}

// New makes a core. Programs of the users given (by uid) may ask that their failure restarts the machine.
func New(critical []int) *Core {
	return &Core{critical: critical, clients: map[ID]*client{}}
}

// Registered is how many programs are watched.
func (c *Core) Registered() (n int) {
	for _, cl := range c.clients {
		if cl.program != nil {
			n++
		}
	}
	return n
}

// Step takes one input at one instant and returns what must happen next.
func (c *Core) Step(now time.Time, in Input) []Effect {
	c.now, c.out = now, nil
	switch in := in.(type) {
	case Connected:
		c.clients[in.ID] = &client{peer: in.Peer}
	case Received:
		if cl := c.clients[in.ID]; cl != nil {
			c.received(in, cl)
		}
	case Ended:
		if cl := c.clients[in.ID]; cl != nil {
			delete(c.clients, in.ID)
			if cl.program != nil {
				c.tell(cl, HUP)
			}
		}
	case Tick:
		c.due()
	}
	return c.out
}

// NextDeadline is when Step wants a Tick even if nothing happens; zero: never.
func (c *Core) NextDeadline() (at time.Time) {
	for _, cl := range c.clients {
		if !cl.deadline.IsZero() && (at.IsZero() || cl.deadline.Before(at)) {
			at = cl.deadline
		}
	}
	return at
}

func (c *Core) emit(e Effect) { c.out = append(c.out, e) }

// due tells of everybody whose time is over, in the order of their connections.
func (c *Core) due() {
	var late []ID
	for id, cl := range c.clients {
		if !cl.deadline.IsZero() && !c.now.Before(cl.deadline) {
			late = append(late, id)
		}
	}
	slices.Sort(late)
	for _, id := range late {
		cl := c.clients[id]
		cl.missing, cl.deadline = true, time.Time{}
		c.tell(cl, NoHB)
	}
}

func (c *Core) received(in Received, cl *client) {
	m := in.Message
	errno := EINVAL
	switch {
	case m.Kind == Reg:
		errno = c.register(in, cl)
	case m.Kind == Beat:
		if cl.program != nil {
			c.beat(cl)
		}
		return // nobody waits for an answer
	case !slices.Contains([]string{Unreg, SetInterval, SetWarn, SetReboot}, m.Kind):
	case cl.program == nil:
		errno = ESRCH
	case m.Kind == Unreg:
		delete(c.clients, in.ID)
		c.tell(cl, HBUnreg)
		c.emit(Reply{in.ID, OK})
		c.emit(Drop{in.ID})
		return
	case m.Short:
	case m.Kind == SetReboot:
		errno = c.setCritical(cl, m.Value != 0)
	case m.Value > maxMS:
	case m.Kind == SetInterval:
		cl.interval = time.Duration(m.Value) * time.Millisecond
		c.beat(cl) // it counts as one
		errno = OK
	case m.Kind == SetWarn:
		cl.warn, cl.last = time.Duration(m.Value)*time.Millisecond, c.now
		errno = OK
	}
	c.emit(Reply{in.ID, errno})
}

// register believes a program what the kernel confirms: its process, and its user or group.
func (c *Core) register(in Received, cl *client) int {
	m := in.Message
	switch {
	case cl.program != nil:
		return EEXIST
	case m.Short, m.Name == "", m.PID < 2, m.PID != cl.peer.PID, !in.Alive, m.UID != cl.peer.UID && m.GID != cl.peer.GID:
		return EINVAL
	}
	cl.program = &Program{Name: m.Name, Instance: m.Instance, Dir: m.Dir, PID: m.PID, UID: cl.peer.UID, GID: cl.peer.GID}
	cl.interval, cl.last = DefaultInterval, c.now
	cl.deadline = c.now.Add(cl.interval)
	c.emit(Say{Debug, fmt.Sprintf("apphb_client_register: client: [%s]/[%s] pid %d (uid,gid) = (%d,%d)", m.Name, m.Instance, m.PID, cl.peer.UID, cl.peer.GID)})
	return OK
}

func (c *Core) setCritical(cl *client, on bool) int {
	if on && !slices.Contains(c.critical, cl.peer.UID) {
		return EPERM
	}
	cl.critical, cl.last = on, c.now
	return OK
}

func (c *Core) beat(cl *client) {
	if cl.missing {
		cl.missing = false
		c.tell(cl, HBAgain)
	}
	cl.deadline = time.Time{}
	if cl.interval > 0 {
		cl.deadline = c.now.Add(cl.interval)
	}
	if cl.warn <= 0 {
		return
	}
	late := c.now.Sub(cl.last)
	cl.last = c.now
	if late > cl.warn {
		p := cl.program
		c.emit(Say{Info, fmt.Sprintf("apphb client '%s' / '%s' (pid %d) late heartbeat: %d ms", p.Name, p.Instance, p.PID, late.Milliseconds())})
		c.emit(Notify{HBWarn, *p})
	}
}

// tell tells what became of a program.
func (c *Core) tell(cl *client, e Event) {
	p := cl.program
	text, severity, bad := "unregistered", Debug, false
	switch e {
	case HUP:
		text, severity, bad = "hangup", Warning, true
	case NoHB:
		text, severity, bad = "failed to heartbeat", Warning, true
	case HBAgain:
		text, severity = "resumed heartbeats", Info
	case HBUnreg, HBWarn:
	}
	word := ""
	if bad && cl.critical {
		word, severity = "Critical ", Emergency
	}
	c.emit(Say{severity, fmt.Sprintf("%sapphb client '%s' / '%s' (pid %d) %s", word, p.Name, p.Instance, p.PID, text)})
	if bad && cl.critical {
		c.emit(Reboot{p.Name})
	}
	c.emit(Notify{e, *p})
}
