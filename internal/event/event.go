// Package event is the vocabulary of the timeline: what happened on a node, to
// whom, and because of what. Every floor of the house records events; the log,
// `heartbeat events`, `heartbeat status` and the JSON API all show the same ones.
//
// A Kind is declared once, with its meaning and what an administrator can do
// about it; docs/messages.md is generated from these declarations.
// An Event is one occurrence. It is a value: cores return it inside an effect,
// shells stamp it (Record) and write it down.
package event

import "time"

// Level says who needs to know.
type Level uint8

const (
	Debug Level = iota // for developers: one per packet is allowed
	Info               // a state changed
	Warn               // will need a human some day
	Error              // needs a human now
)

func (l Level) String() string {
	switch l {
	case Debug:
		return "debug"
	case Info:
		return "info"
	case Warn:
		return "warning"
	case Error:
		return "error"
	}
	return "unknown"
}

// A Kind is one word of the vocabulary.
type Kind struct {
	Name    string // stable, lower case, dotted: "node.dead"
	Level   Level  // default level of its events
	Title   string // a headline, at most six words
	Meaning string // one or two sentences: what it says about the cluster
	Action  string // what an administrator does about it; "none" when nothing
}

// An Event is one occurrence of a Kind.
type Event struct {
	Kind    *Kind
	Subject string // the node, link (n2/eth0), group key or resource it is about
	Text    string // a complete sentence with the deciding numbers; understandable alone
	Cause   string // "kind subject" of the event that led here ("node.dead n1"); empty at a root
	Attrs   []Attr // machine-readable details, in a stable order
}

// An Attr is one machine-readable detail of an event.
type Attr struct{ Key, Value string }

// A Record is an event with its place in a node's timeline.
type Record struct {
	ID   uint64    // 1, 2, 3, … since the node started
	At   time.Time // wall clock of that node
	Node string    // who recorded it
	Event
}

// Ref is how later events name this one in their Cause.
func (e Event) Ref() string {
	if e.Kind == nil {
		return ""
	}
	if e.Subject == "" {
		return e.Kind.Name
	}
	return e.Kind.Name + " " + e.Subject
}
