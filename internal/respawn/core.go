package respawn

import (
	"fmt"
	"time"

	"heartbeat/internal/event"
)

// A Child is one respawn or failfast line.
type Child struct {
	Command  string
	FailFast bool // its failure reboots the machine
}

const (
	// quick is the life of a program below which it counts as ended too fast, and tooOften how many such
	// lives in a row are borne.
	quick    = 30 * time.Second
	tooOften = 10
	// breath is the pause before a program that ended too fast is started again.
	breath = time.Second
	// stopPatience is how long one program may take to end, as C's last phase of a shutdown.
	stopPatience = 30 * time.Second
	// noRestart is the exit code of a program that does not want to be started again.
	noRestart = 100
)

// Event is what can happen. Events are named in the past tense.
type Event interface{ isEvent() }

type (
	// Begun says that communication is up: the programs are to run.
	Begun struct{}
	// Launched says that a program runs.
	Launched struct{ Index, PID int }
	// Failed says that a program could not be started.
	Failed struct {
		Index int
		Err   string
	}
	// Exited says that a program has ended: with a code, or killed by a signal.
	Exited struct{ Index, Code, Signal int }
	// StopAsked says that the node leaves.
	StopAsked struct{}
	// Tick says that time passed.
	Tick struct{}
)

func (Begun) isEvent()     {}
func (Launched) isEvent()  {}
func (Failed) isEvent()    {}
func (Exited) isEvent()    {}
func (StopAsked) isEvent() {}
func (Tick) isEvent()      {}

// Effect is what must happen next, in order. Effects are named in the imperative.
type Effect interface{ isEffect() }

type (
	// Launch starts a program. Launched or Failed answers it.
	Launch struct{ Index int }
	// End asks a program to end (SIGTERM), or with Hard kills it and all that it has started.
	End struct {
		Index int
		Hard  bool
	}
	// Reboot restarts the machine at once.
	Reboot struct{ Reason string }
	// Finish says that no program runs any more and none will.
	Finish struct{}
	// Record puts an event on the timeline.
	Record struct{ Event event.Event }
)

func (Launch) isEffect() {}
func (End) isEffect()    {}
func (Reboot) isEffect() {}
func (Finish) isEffect() {}
func (Record) isEffect() {}

// child is one program and what became of it.
type child struct {
	Child
	running bool // or being started
	pid     int
	since   time.Time
	again   time.Time // when it is to be started again; zero: it is not
	quick   int       // lives in a row that ended too fast
}

// A Core knows all programs of a node. Its methods belong to one goroutine.
type Core struct {
	children []child
	stopping bool
	finished bool
	last     int       // at a stop: the one that is being ended; those after it have ended
	patience time.Time // until it is killed
	now      time.Time
	out      []Effect
}

// New prepares a core; nothing runs before Begun.
func New(children []Child) *Core {
	c := &Core{}
	for _, ch := range children {
		c.children = append(c.children, child{Child: ch})
	}
	return c
}

// Step takes one event at one instant and returns what must happen next.
func (c *Core) Step(now time.Time, ev Event) []Effect {
	c.now, c.out = now, nil
	switch ev := ev.(type) {
	case Begun:
		c.launchAll()
	case Launched:
		ch := &c.children[ev.Index]
		ch.pid = ev.PID
		c.record(event.ChildStarted, ch, fmt.Sprintf("Starting %q as pid %d", ch.Command, ev.PID))
		if c.stopping && ev.Index == c.last {
			c.emit(End{Index: ev.Index}) // it was on its way when the stop began
		}
	case Failed:
		ch := &c.children[ev.Index]
		ch.running = false
		c.record(event.ChildGivenUp, ch, fmt.Sprintf("Cannot exec %q: %s", ch.Command, ev.Err))
		c.goOnStopping()
	case Exited:
		c.exited(ev)
	case StopAsked:
		c.stop()
	case Tick:
		c.due()
	}
	return c.out
}

// NextDeadline is when Step wants a Tick even if nothing happens; zero: never.
func (c *Core) NextDeadline() time.Time {
	if c.stopping {
		return c.patience
	}
	var at time.Time
	for i := range c.children {
		if t := c.children[i].again; !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at
}

func (c *Core) emit(e Effect) { c.out = append(c.out, e) }

func (c *Core) record(kind *event.Kind, ch *child, text string) {
	c.emit(Record{event.Event{Kind: kind, Subject: ch.Command, Text: text}})
}

func (c *Core) launchAll() {
	for i := range c.children {
		if !c.children[i].running {
			c.launch(i)
		}
	}
}

func (c *Core) launch(i int) {
	if c.stopping {
		return
	}
	ch := &c.children[i]
	ch.running, ch.since, ch.again, ch.pid = true, c.now, time.Time{}, 0
	c.emit(Launch{i})
}

// due does what was waiting for its time.
func (c *Core) due() {
	if c.stopping {
		if !c.finished && !c.patience.IsZero() && !c.now.Before(c.patience) {
			c.patience = time.Time{}
			c.record(event.ChildExited, &c.children[c.last], fmt.Sprintf("Client %s did not end in %s and is killed.", c.children[c.last].Command, stopPatience))
			c.emit(End{Index: c.last, Hard: true})
		}
		return
	}
	for i := range c.children {
		if at := c.children[i].again; !at.IsZero() && !c.now.Before(at) {
			c.launch(i)
		}
	}
}
