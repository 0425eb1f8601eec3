package arbiter

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
)

// Core is the state machine. It is not safe for concurrent use.
type Core struct {
	cfg  Config
	now  time.Time
	born time.Time
	refs []*reference

	acked     time.Time // when the newest acknowledged heartbeat was sent
	alive     bool      // the other node is heard
	obeys     bool      // it would stop as well; believed of one that was never heard
	left      bool      // it left in order
	deadAt    time.Time // since when it is believed dead
	deafAt    time.Time // since when it says that it does not hear this node, and is not entitled
	confirmed bool
	away      bool

	holds, first bool
	orphans      bool // groups that the deaf node has stopped, or is to stop
	halted       bool // the last Halted
	wanted       bool // a proof is wanted
	leaving      bool

	entitled bool
	stopBy   time.Time // when this node must have stopped; zero: it has, or need not
	heir     bool      // stopBy is that of a former life, and what this one holds is not known yet
	began    bool      // Gain was said once
	proved   bool      // Prove was said for the present wish
	refused  string    // the last Refuse
	reason   string    // why this node is entitled, or is not
	out      []Effect
}

// New makes the core of a node that starts. It is not entitled, unless a former life was and is not over.
func New(cfg Config, now time.Time) *Core {
	c := &Core{cfg: cfg, now: now, born: now, obeys: true, alive: true, away: cfg.Away, reason: "the other node has not been heard yet"}
	for _, name := range cfg.References {
		c.refs = append(c.refs, &reference{name: name, next: now})
	}
	switch {
	case cfg.Entitled.After(now):
		c.entitled, c.began, c.reason = true, true, "a former life of this node was"
	case !cfg.Entitled.IsZero():
		c.stopBy, c.heir = cfg.Entitled.Add(cfg.StopBudget), true
	}
	return c
}

// Step takes one event at one instant and returns what must happen next, in order.
func (c *Core) Step(now time.Time, ev Event) []Effect {
	c.now, c.out = now, nil
	switch ev := ev.(type) {
	case Acknowledged:
		if ev.Sent.After(c.acked) && !ev.Sent.After(now) {
			c.acked = ev.Sent
		}
		c.met()
		c.cfg.Entitled = time.Time{} // this life has its own word of the other node
	case PeerAlive:
		if end := now.Add(c.cfg.Deadtime); ev.Heard && c.cfg.Entitled.After(end) {
			c.cfg.Entitled = end
		}
		c.alive, c.obeys, c.left, c.confirmed, c.deadAt = true, ev.Obeys, false, false, time.Time{}
		if !ev.Obeys {
			c.met()
		}
	case PeerDied:
		c.alive, c.left, c.deadAt = false, ev.Left, now
	case PeerConfirmed:
		c.confirmed = true
		c.met()
	case Situation:
		c.holds, c.first, c.orphans, c.heir = ev.Holds, ev.First, ev.Orphans, false
		switch {
		case !ev.Deaf:
			c.deafAt = time.Time{}
		case c.deafAt.IsZero():
			c.deafAt = now
		}
	case ProofWanted:
		c.wanted, c.proved, c.refused = true, false, ""
	case ProofDropped:
		c.wanted = false
	case Answered:
		c.answered(ev)
	case Leaving:
		c.leaving = true
	case Tick:
	}
	c.judge()
	c.hasten()
	c.consult()
	c.prove()
	c.halt()
	out := c.out
	c.out = nil
	return out
}

// met ends the promise of a node that left in order.
func (c *Core) met() {
	if c.away {
		c.away = false
		c.do(MetAgain{})
	}
}

func (c *Core) do(e Effect) { c.out = append(c.out, e) }

func (c *Core) note(k *event.Kind, format string, args ...any) {
	c.do(Record{event.Event{Kind: k, Subject: c.cfg.Self, Text: fmt.Sprintf(format, args...)}})
}

// NextDeadline is when Step must be called with a Tick even if nothing arrives; zero means never.
func (c *Core) NextDeadline() time.Time {
	var next time.Time
	at := func(t time.Time) {
		if t.After(c.now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if c.entitled {
		at(c.ackEnd())
		at(c.leaseEnd())
		at(c.cfg.Entitled)
	}
	at(c.stopBy)
	at(c.askAt())
	if c.former() {
		at(c.born.Add(c.cfg.Deadtime))
	}
	if !c.goneAt().IsZero() {
		at(c.soleAt())
	}
	for _, r := range c.refs {
		at(r.next)
	}
	return next
}

// View returns a copy of what the core believes.
func (c *Core) View() View {
	v := View{Kind: c.cfg.Kind.String(), Entitled: c.entitled, Reason: c.reason, First: c.first, Lease: c.leased(),
		StopBudget: c.cfg.StopBudget, Waits: c.away}
	if end, bounded := c.end(); c.entitled && bounded {
		v.Until = end
	}
	for _, r := range c.refs {
		v.References = append(v.References, ReferenceView{Name: r.name, Known: r.known, Answers: r.answers, At: r.at, Delay: r.delay,
			Trouble: r.trouble, Held: r.until.After(c.now), HeldBy: r.holder, Failures: r.failures})
	}
	return v
}
