package node

import (
	"errors"
	"path/filepath"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/node/halog"
)

// A Guardian is a second process that starts the node again when it dies or falls silent, or else takes its addresses away.
type Guardian interface {
	// Begin tells the timers before anything else.
	Begin(keepalive, deadtime time.Duration)
	// Beat says that the pulse turns; called by the pulse, and it must not block.
	Beat(now time.Time)
	// Up says what the node is, when it speaks and manages its resources.
	Up(Charge) error
	// Leaving says that the node was told to leave: it is not to be started again.
	Leaving()
	// Left says that it has left: the peers were told, and the process is about to end.
	Left()
	// Renewing says that the process is about to end and is to be started again at once; the peers wait for patience longer than
	// for a death. An error says that nobody would start it.
	Renewing(patience time.Duration) error
}

// A Charge is what a Guardian needs to know.
type Charge struct {
	Node      string
	Addresses string // file that notes which addresses are held
	Priority  int    // real-time priority; negative: ordinary scheduling
	Log       halog.Config
}

// unguarded is the Guardian of a node that has none.
type unguarded struct{}

func (unguarded) Begin(time.Duration, time.Duration) {}
func (unguarded) Beat(time.Time)                     {}
func (unguarded) Up(Charge) error                    { return nil }
func (unguarded) Leaving()                           {}
func (unguarded) Left()                              {}
func (unguarded) Renewing(time.Duration) error       { return errUnguarded }

var errUnguarded = errors.New("this node has no guard")

// guarded tells the guardian what the node is; after a reload once more, because the log may be elsewhere.
func (n *Node) guarded() {
	err := n.opts.Guardian.Up(Charge{
		Node: n.self, Addresses: n.addressFile(), Priority: n.pulse.realtime, Log: n.guardLog(n.Config()),
	})
	if err != nil {
		n.GuardLost(err)
	}
}

func (n *Node) addressFile() string { return filepath.Join(n.opts.Run, "addresses") }

// GuardLost tells that the guard process ended: a nil error says that another one watches now.
func (n *Node) GuardLost(err error) {
	if err == nil {
		n.trouble.set("guard", "")
		n.record(event.GuardLost, "The guard of this node ended; another one is there.")
		return
	}
	text := "this node has no guard that would start it again: " + err.Error()
	n.trouble.set("guard", text+"; "+event.GuardMissing.Action)
	n.record(event.GuardMissing, text)
}
