package alert

import (
	"fmt"
	"strings"
	"time"
)

// Schema is the version of the JSON form of a Message. Fields may be added under the same number.
const Schema = 1

// States of a message.
const (
	Alarm  = "alarm"  // something is wrong; an all-clear will follow
	Update = "update" // the same incident goes on: it was repeated, or something followed from it
	Clear  = "clear"  // the incident is over
	Notice = "notice" // something happened; there is no all-clear for it
	Lost   = "lost"   // messages could not be delivered; the text names them
	Test   = "test"   // asked for by an administrator
)

// A Message is what a channel is given, whole: none needs another one to be understood.
type Message struct {
	Schema   int       `json:"schema"`
	ID       string    `json:"id"`       // of this message; the same when a delivery is tried again
	Incident string    `json:"incident"` // the same on all nodes and in all messages about one thing
	State    string    `json:"state"`
	Level    string    `json:"level"` // info, warning, error
	Cluster  string    `json:"cluster"`
	Node     string    `json:"node"`  // who tells
	Event    string    `json:"event"` // the kind of the first event; docs/messages.md
	Subject  string    `json:"subject,omitempty"`
	At       time.Time `json:"at"`    // of this message
	Since    time.Time `json:"since"` // when the incident began
	Count    int       `json:"count"` // how often it happened since it began
	Title    string    `json:"title"`
	Text     string    `json:"text"` // one line for each thing that happened
	Meaning  string    `json:"meaning,omitempty"`
	Action   string    `json:"action,omitempty"` // what people can do
	Dropped  int       `json:"lost,omitempty"`   // messages that were lost, in state lost
}

// Headline fits the subject of a mail.
func (m Message) Headline() string {
	word := map[string]string{Alarm: "ALARM", Update: "UPDATE", Clear: "ALL CLEAR", Notice: "NOTICE", Lost: "LOST", Test: "TEST"}[m.State]
	s := fmt.Sprintf("[%s] %s: ", m.Cluster, word)
	if m.Subject != "" {
		s += m.Subject + ": "
	}
	s += m.Title
	if m.Count > 1 {
		s += fmt.Sprintf(" (%d times)", m.Count)
	}
	return oneLine(s)
}

// Body is the message for people.
func (m Message) Body() string {
	var b strings.Builder
	b.WriteString(m.Text)
	b.WriteString("\n")
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-9s %s\n", name+":", value)
		}
	}
	b.WriteString("\n")
	line("meaning", m.Meaning)
	line("to do", m.Action)
	line("since", m.Since.Format(time.RFC3339))
	if m.State == Clear {
		line("lasted", Short(m.At.Sub(m.Since)))
	}
	line("incident", m.Incident)
	line("event", m.Event)
	line("told by", m.Node)
	return b.String()
}

// Short rounds a duration for people.
func Short(d time.Duration) string {
	switch {
	case d >= time.Minute:
		d = d.Round(time.Second)
	case d >= time.Second:
		d = d.Round(100 * time.Millisecond)
	default:
		d = d.Round(time.Millisecond)
	}
	return d.String()
}

// oneLine keeps what others wrote into a name from becoming a header or a second line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
