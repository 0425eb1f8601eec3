package timeline

import (
	"bytes"
	"encoding/json"
	"time"

	"heartbeat/internal/event"
)

// entry is the JSON form of a record: one line of the journal, and what `heartbeat events --json` prints.
type entry struct {
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

// Encode returns the JSON form of a record, without a line end.
func Encode(r event.Record) ([]byte, error) {
	e := entry{ID: r.ID, At: r.At, Node: r.Node, Subject: r.Subject, Text: r.Text, Cause: r.Cause}
	if r.Kind != nil {
		e.Event, e.Level = r.Kind.Name, r.Kind.Level.String()
	}
	for _, a := range r.Attrs {
		if e.Attrs == nil {
			e.Attrs = make(map[string]string, len(r.Attrs))
		}
		e.Attrs[a.Key] = a.Value
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // people read this file too
	if err := enc.Encode(e); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
