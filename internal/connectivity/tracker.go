package connectivity

import (
	"maps"
	"slices"
	"time"
)

// Config says what is watched and compared.
type Config struct {
	Carrier bool          // the interfaces of service addresses
	Pings   []Target      // empty: ping nodes are not compared
	Dampen  time.Duration // 0: DefaultDampen
}

// On says that anything is compared.
func (c Config) On() bool { return c.Carrier || len(c.Pings) > 0 }

// A Target is a ping node, and what it counts when it answers.
type Target struct {
	Name   string
	Weight int
}

// A Link is an interface as the kernel shows it.
type Link struct {
	Name    string
	Carrier bool // up, and the cable is in
}

// An Answer is how a ping node answers.
type Answer uint8

const (
	Answers Answer = iota
	Late           // silent for half of its dead time
	Silent         // dead
)

// A Change is something that a tracker was told and did not know.
type Change struct {
	Link    string
	Carrier bool
	Before  time.Duration // how long it was in the state before
	Losses  int           // within the last hour
	Counts  time.Duration // a return: how long it must hold until it counts
}

// A Tracker keeps what this node sees. The zero value is not usable: see NewTracker.
type Tracker struct {
	cfg    Config
	links  map[string]*probe
	pings  map[string]*probe
	groups map[string][]string // interfaces by group
}

// NewTracker returns a tracker that knows nothing yet.
func NewTracker(cfg Config) *Tracker {
	if cfg.Dampen <= 0 {
		cfg.Dampen = DefaultDampen
	}
	t := &Tracker{cfg: cfg, links: map[string]*probe{}, pings: map[string]*probe{}, groups: map[string][]string{}}
	for _, p := range cfg.Pings {
		t.pings[p.Name] = &probe{}
	}
	return t
}

// Links takes in the whole picture: every interface that carries service addresses, and
// which group has its addresses where. It returns what is new, in the order given.
func (t *Tracker) Links(now time.Time, links []Link, groups map[string][]string) []Change {
	if !t.cfg.Carrier {
		return nil
	}
	t.groups = groups
	var out []Change
	for _, l := range links {
		p := t.links[l.Name]
		if p == nil {
			p = &probe{}
			t.links[l.Name] = p
		}
		before := p.since
		if p.set(now, l.Carrier, settle, t.cfg.Dampen) {
			out = append(out, Change{l.Name, l.Carrier, now.Sub(before), p.losses, max(p.trusted.Sub(now), 0)})
		}
	}
	maps.DeleteFunc(t.links, func(name string, _ *probe) bool {
		return !slices.ContainsFunc(links, func(l Link) bool { return l.Name == name })
	})
	return out
}

// Ping takes in how a ping node answers. Its death comes after half of its dead time as
// Late, so it needs no time to settle.
func (t *Tracker) Ping(now time.Time, name string, a Answer) {
	p := t.pings[name]
	if p == nil {
		return
	}
	if a == Late && !p.known {
		return
	}
	p.set(now, a != Silent, 0, t.cfg.Dampen)
	p.overdue = a == Late
}

// Report is how this node is connected now. order are the groups to tell of.
func (t *Tracker) Report(now time.Time, order []string) Report {
	var r Report
	for _, g := range order {
		if s := t.service(now, g); s.Level != Unknown {
			r.Groups = append(r.Groups, s)
		}
	}
	for _, p := range t.cfg.Pings {
		r.Ping.Total += p.Weight
		switch t.pings[p.Name].level(now) {
		case Good:
			r.Ping.Low += p.Weight
			r.Ping.High += p.Weight
		case Shaky, Unknown:
			r.Ping.High += p.Weight
		case Bad:
		}
	}
	return r
}

// Deaf are the ping nodes that do not answer.
func (t *Tracker) Deaf(now time.Time) []string {
	var out []string
	for _, p := range t.cfg.Pings {
		if t.pings[p.Name].level(now) == Bad {
			out = append(out, p.Name)
		}
	}
	return out
}

// service is the worst of a group's interfaces.
func (t *Tracker) service(now time.Time, group string) Service {
	s := Service{Group: group}
	for _, name := range t.groups[group] {
		p := t.links[name]
		if p == nil {
			return Service{Group: group}
		}
		if l := p.level(now); s.Level == Unknown || l < s.Level {
			s.Interface, s.Level = name, l
		}
	}
	return s
}

// NextDeadline is when a report changes though nothing happens; zero: never.
func (t *Tracker) NextDeadline(now time.Time) time.Time {
	var next time.Time
	for _, set := range []map[string]*probe{t.links, t.pings} {
		for _, p := range set {
			if at := p.deadline(now); !at.IsZero() && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}
