package alert

import (
	"path"
	"slices"
	"time"

	"heartbeat/internal/event"
)

// Kinds of channels.
const (
	Mail    = "mail"
	Webhook = "webhook"
	Exec    = "exec"
)

// Config is what the alert lines of the configuration say.
type Config struct {
	Self    string // this node
	Cluster string // its name; part of the identity of incidents
	// Gather is how long an incident is watched before it is told, so that one message holds what follows from it, and a short
	// disturbance makes none. 5 s.
	Gather time.Duration
	// Settle is how long an all-clear waits for the trouble to come back; it doubles with every return, up to Fold. 10 s.
	Settle time.Duration
	// Fold is the first interval in which repeats are counted instead of told; it doubles up to eight times itself. 10 min.
	Fold     time.Duration
	Channels []Channel
}

// A Channel is one way to people.
type Channel struct {
	Name    string // unique: "mail root@localhost"
	Kind    string // Mail, Webhook, Exec
	Target  string // address, URL, program
	Filter  Filter
	Timeout time.Duration // of one delivery

	Via, From, Login, TLS string // of mail: see the parser
	Secret, CA            string // of webhook: files

	File string // where the line stands
	Line int
}

// A Filter says which events a channel wants.
type Filter struct {
	Level  event.Level
	Only   []string // patterns; empty: all
	Except []string
	Also   []string // whatever their level
}

// wants judges the first event of an incident.
func (f Filter) wants(k *event.Kind) bool {
	switch {
	case matches(f.Except, k.Name):
		return false
	case matches(f.Also, k.Name):
		return true
	case k.Level < f.Level:
		return false
	}
	return len(f.Only) == 0 || matches(f.Only, k.Name)
}

// matches knows names and patterns such as node.*; they were checked when they were read.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, name); return ok })
}

// same says that a channel delivers the same way: its queue survives a reload.
func (c Channel) same(d Channel) bool {
	return c.Name == d.Name && c.Kind == d.Kind && c.Target == d.Target
}

func (c Config) withDefaults() Config {
	if c.Fold <= 0 {
		c.Fold = 10 * time.Minute
	}
	return c
}
