package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
)

// maxIncidents bounds the table; what is over goes first.
const maxIncidents = 1024

// maxStory bounds the lines of one message.
const maxStory = 40

// phase is where an incident stands.
type phase string

const (
	gathering phase = "gathering" // not told yet: what follows from it is collected
	open      phase = "open"      // an alarm that was told
	settling  phase = "settling"  // its all-clear was heard and waits whether it lasts
	noticed   phase = "noticed"   // a notice that was told; repeats are counted
	closed    phase = "closed"    // over; remembered, because what comes back soon is not new
)

// An Incident is one thing that went wrong.
type Incident struct {
	ID      string    `json:"incident"`
	Event   string    `json:"event"`
	Subject string    `json:"subject,omitempty"`
	Since   time.Time `json:"since"`
	Phase   phase     `json:"phase"`
	Order   uint64    `json:"order"` // in which they began
	Count   int       `json:"count"` // since it began
	// Told are the channels that were given its alarm, and Teller is the node that had to do it.
	Told   []string `json:"told,omitempty"`
	Teller string   `json:"teller,omitempty"`

	Untold int           `json:"untold,omitempty"` // repeats since the last message
	Story  []string      `json:"story,omitempty"`  // what the next message says
	Newest string        `json:"newest,omitempty"` // of the untold repeats
	Over   bool          `json:"over,omitempty"`   // gathering: the all-clear was heard already
	Back   bool          `json:"back,omitempty"`   // it was over and came back soon
	Until  time.Time     `json:"until"`            // end of the phase, or of what is gathered for an update; zero: none
	Fold   time.Duration `json:"fold"`
	Settle time.Duration `json:"settle"`

	kind *event.Kind
}

// alarm says that an all-clear will come.
func (c *Core) alarm(k *event.Kind) bool { return len(c.ended[k]) > 0 }

func (i *Incident) tell(at time.Time, node, text string) {
	if len(i.Story) == maxStory {
		i.Story = append(i.Story, "… and more; heartbeat events has all of it")
	}
	if len(i.Story) > maxStory {
		return
	}
	i.Story = append(i.Story, storyLine(at, node, text))
}

func storyLine(at time.Time, node, text string) string {
	return fmt.Sprintf("%s %s: %s", at.Format("15:04:05.000"), node, strings.TrimSpace(text))
}

// find returns the incident of a thing, as long as it is remembered.
func (c *Core) find(k *event.Kind, subject string) *Incident {
	return c.incidents[c.identity(k, subject)]
}

// begin makes room and a new incident.
func (c *Core) begin(now time.Time, r event.Record) *Incident {
	if len(c.incidents) >= maxIncidents {
		c.forgetOne()
	}
	i := &Incident{ID: c.identity(r.Kind, r.Subject), Event: r.Kind.Name, Subject: r.Subject, Since: r.At, Phase: gathering, Count: 1,
		Until: now.Add(c.cfg.Gather), Fold: c.cfg.Fold, Settle: c.cfg.Settle, kind: r.Kind}
	c.incidents[i.ID] = i
	c.place(i)
	return i
}

// place puts an incident behind all that began before.
func (c *Core) place(i *Incident) {
	c.order++
	i.Order = c.order
}

// forgetOne makes room for a newer incident: the oldest that is over, or else the oldest.
func (c *Core) forgetOne() {
	rank := func(i *Incident) int {
		switch i.Phase {
		case closed:
			return 0
		case noticed:
			return 1
		}
		return 2
	}
	victim := slices.MinFunc(c.sorted(), func(a, b *Incident) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Order, b.Order))
	})
	if rank(victim) == 2 {
		c.lost(victim)
	}
	delete(c.incidents, victim.ID)
}

// lost tells the channels that an incident will get no all-clear.
func (c *Core) lost(i *Incident) {
	for _, ch := range c.channels {
		if i.Phase == gathering && ch.Filter.wants(i.kind) || slices.Contains(i.Told, ch.Name) {
			ch.miss("forgotten, too many incidents at once: " + i.ID)
		}
	}
}

// sorted is the table in the order in which the incidents began.
func (c *Core) sorted() []*Incident {
	out := make([]*Incident, 0, len(c.incidents))
	for _, i := range c.incidents {
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b *Incident) int { return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID)) })
	return out
}
