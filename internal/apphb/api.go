package apphb

import "time"

// Error numbers in replies (errno of Linux).
const (
	OK     = 0
	EPERM  = 1
	ESRCH  = 3
	EEXIST = 17
	EINVAL = 22
)

// ID numbers connections.
type ID uint64

// Peer is who is at the other end, as the kernel says.
type Peer struct{ PID, UID, GID int }

// Input is what can happen. Inputs are named in the past tense.
type Input interface{ isInput() }

type (
	// Connected says that a program is at the socket.
	Connected struct {
		ID   ID
		Peer Peer
	}
	// Received says that it said something.
	Received struct {
		ID      ID
		Message Message
		Alive   bool // for a registration: the process that it names lives
	}
	// Ended says that its connection is gone.
	Ended struct{ ID ID }
	// Tick says that time passed.
	Tick struct{}
)

func (Connected) isInput() {}
func (Received) isInput()  {}
func (Ended) isInput()     {}
func (Tick) isInput()      {}

// An Event is what is told about a program, with C's number.
type Event int

const (
	HUP     Event = 1 // it ended without unregistering
	NoHB    Event = 2 // it did not beat in its interval
	HBAgain Event = 3 // it beats again
	HBWarn  Event = 4 // it beat after its warning time
	HBUnreg Event = 5 // it unregistered
)

// Program is one registered program.
type Program struct {
	Name, Instance, Dir string
	PID, UID, GID       int
}

// Effect is what must happen next, in order. Effects are named in the imperative.
type Effect interface{ isEffect() }

type (
	// Reply answers a message.
	Reply struct {
		ID    ID
		Errno int
	}
	// Drop ends a connection. Its Ended changes nothing any more.
	Drop struct{ ID ID }
	// Say writes a line to the log.
	Say struct {
		Severity Severity
		Text     string
	}
	// Notify tells the recovery manager.
	Notify struct {
		Event   Event
		Program Program
	}
	// Reboot restarts the machine: a critical program failed.
	Reboot struct{ Reason string }
)

func (Reply) isEffect()  {}
func (Drop) isEffect()   {}
func (Say) isEffect()    {}
func (Notify) isEffect() {}
func (Reboot) isEffect() {}

// Severity of a line.
type Severity int

const (
	Debug Severity = iota
	Info
	Warning
	Emergency
)

const (
	// DefaultInterval holds until a program says another one.
	DefaultInterval = 10 * time.Minute
	// maxMS is the longest interval, in milliseconds: C counts them in 32 bits.
	maxMS = 1<<32 - 1
)
