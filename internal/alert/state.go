package alert

import (
	"slices"
	"time"

	"heartbeat/internal/event"
)

// A State is what outlasts a restart: so an alarm of one life gets its all-clear in the next.
type State struct {
	Schema    int                 `json:"schema"`
	Incidents []Incident          `json:"incidents,omitempty"`
	Queues    map[string][]Waited `json:"queues,omitempty"` // by channel
}

// Waited is a message that waited, or the number of lost ones.
type Waited struct {
	Message Message  `json:"message"`
	Missed  int      `json:"missed,omitempty"`
	Names   []string `json:"names,omitempty"`
}

// State returns what must outlast a restart.
func (c *Core) State() State {
	s := State{Schema: Schema, Queues: map[string][]Waited{}}
	for _, i := range c.sorted() {
		s.Incidents = append(s.Incidents, *i)
	}
	for _, ch := range c.channels {
		for _, m := range ch.queue {
			s.Queues[ch.Name] = append(s.Queues[ch.Name], Waited{Message: m})
		}
		if ch.missed > 0 {
			s.Queues[ch.Name] = append(s.Queues[ch.Name], Waited{Missed: ch.missed, Names: ch.names})
		}
	}
	return s
}

// restore takes the state of an earlier life, as far as it still means something.
func (c *Core) restore(s *State) {
	if s == nil || s.Schema != Schema {
		return
	}
	kinds := map[string]*event.Kind{}
	for _, k := range event.Kinds() {
		kinds[k.Name] = k
	}
	for _, i := range s.Incidents {
		if i.kind = kinds[i.Event]; i.kind == nil || i.ID == "" {
			continue
		}
		c.incidents[i.ID] = &i
		c.order = max(c.order, i.Order)
	}
	for _, ch := range c.channels {
		for _, w := range s.Queues[ch.Name] {
			if w.Missed > 0 {
				ch.missed += w.Missed
				ch.names = append(ch.names, w.Names...)
				continue
			}
			ch.queue = append(ch.queue, w.Message)
		}
		ch.queue = ch.queue[max(0, len(ch.queue)-maxQueue):]
	}
}

// A View is what `heartbeat alerts` shows.
type View struct {
	Channels  []ChannelView  `json:"channels"`
	Incidents []IncidentView `json:"incidents"` // that are not over
	Brief     uint64         `json:"brief"`     // alarms that were over before they were told
}

// ChannelView is one channel.
type ChannelView struct {
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	State     string     `json:"state"` // ok, failing, untried
	Waiting   int        `json:"waiting"`
	Busy      bool       `json:"busy"` // a delivery is under way
	Delivered uint64     `json:"delivered"`
	Failed    uint64     `json:"failed"`   // attempts
	Lost      uint64     `json:"lost"`     // messages
	Failures  int        `json:"failures"` // in a row
	LastOK    *time.Time `json:"last_ok,omitempty"`
	LastTry   *time.Time `json:"last_try,omitempty"`
	NextTry   *time.Time `json:"next_try,omitempty"`
	Last      *Result    `json:"last,omitempty"`
	File      string     `json:"file"`
	Line      int        `json:"line"`
}

// IncidentView is one incident.
type IncidentView struct {
	ID      string    `json:"incident"`
	Phase   string    `json:"phase"` // gathering, open, settling
	Since   time.Time `json:"since"`
	Count   int       `json:"count"`
	Teller  string    `json:"teller,omitempty"`
	Told    []string  `json:"told"`
	Event   string    `json:"event"`
	Subject string    `json:"subject,omitempty"`
}

// View is a picture of the core.
func (c *Core) View() View {
	v := View{Channels: []ChannelView{}, Incidents: []IncidentView{}, Brief: c.brief}
	when := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	for _, ch := range c.channels {
		x := ChannelView{Name: ch.Name, Kind: ch.Kind, State: "ok", Waiting: len(ch.queue), Busy: ch.busy, Delivered: ch.delivered, Failed: ch.failed,
			Lost: ch.lost, Failures: ch.failures, LastOK: when(ch.lastOK), LastTry: when(ch.lastTry), File: ch.File, Line: ch.Line}
		switch {
		case ch.lastTry.IsZero():
			x.State = "untried"
		case !ch.last.OK:
			x.State = "failing"
		}
		if x.State != "untried" {
			x.Last = &ch.last
		}
		if len(ch.queue) > 0 {
			x.NextTry = when(ch.retryAt)
		}
		if x.Last != nil {
			last := ch.last
			x.Last = &last
		}
		v.Channels = append(v.Channels, x)
	}
	for _, i := range c.sorted() {
		if i.Phase == closed || i.Phase == noticed {
			continue
		}
		v.Incidents = append(v.Incidents, IncidentView{i.ID, string(i.Phase), i.Since, i.Count, i.Teller, slices.Clone(i.Told), i.Event, i.Subject})
	}
	return v
}
