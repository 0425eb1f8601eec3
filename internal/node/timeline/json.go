package timeline

import (
	"bytes"
	"encoding/json"
	"time"

	"heartbeat/internal/event"
)

// An Entry is the JSON form of a record: one line of the journal, and what `heartbeat events --json` prints.
type Entry struct {
	ID      uint64            `json:"id"`
	At      time.Time         `json:"at"`
	Node    string            `json:"node"`
	Event   string            `json:"event"`
	Level   string            `json:"level"`
	Subject string            `json:"subject,omitempty"`
	Text    string            `json:"text"`
	Cause   string            `json:"cause,omitempty"`
	Attrs   map[string]string `json:"attrs,omitempty"`
}

// Ref is how later events name this one in their Cause.
func (e Entry) Ref() string {
	if e.Subject == "" {
		return e.Event
	}
	return e.Event + " " + e.Subject
}

// EntryOf returns the JSON form of a record.
func EntryOf(r event.Record) Entry {
	e := Entry{ID: r.ID, At: r.At, Node: r.Node, Subject: r.Subject, Text: r.Text, Cause: r.Cause}
	if r.Kind != nil {
		e.Event, e.Level = r.Kind.Name, r.Kind.Level.String()
	}
	for _, a := range r.Attrs {
		if e.Attrs == nil {
			e.Attrs = make(map[string]string, len(r.Attrs))
		}
		e.Attrs[a.Key] = a.Value
	}
	return e
}

// encode returns a line of the journal.
func encode(r event.Record) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // ends the line
	enc.SetEscapeHTML(false)   // people read this file too
	err := enc.Encode(EntryOf(r))
	return b.Bytes(), err
}
