package forecast

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/takeover"
)

// Present is the state of the cluster from which a plan begins.
type Present struct {
	Config takeover.Config          // Self is the node that asks
	Nodes  []Node                   // every configured node
	Took   map[string]time.Duration // of a start or stop, by group; 0: unknown
	Fresh  bool                     // the configuration is not the one in force: what follows from it is part of the plan
	Now    time.Time
}

// Node is one configured node as it is now.
type Node struct {
	Name     string
	Alive    bool
	Classic  bool              // it runs C Heartbeat
	Holds    []string          // keys of groups that it runs
	Failed   map[string]string // groups that failed there, and how
	Services []Service
	Links    []string // heartbeat links on which it is heard
}

// Service is an interface that carries addresses of a group.
type Service struct {
	Group, Interface string
	Carrier          bool
}

// Step is one thing to be played.
type Step struct {
	Verb string // down, stop, link, drain, resume, hold, retry, move
	Node string // which goes down or is drained; whose link; target of a move
	Link string
	Ask  takeover.VerbAsked // of the verbs
}

// Line is one thing that happens.
type Line struct {
	At     time.Duration `json:"at_ns"` // after the first step
	Node   string        `json:"node"`
	What   string        `json:"what"` // if, dead, start, running, stop, stopped, failed, refused, done, left, proof, note
	Group  string        `json:"group,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

// Plan is what would happen.
type Plan struct {
	Lines   []Line            `json:"lines"`
	Before  map[string]string `json:"before"` // node by group; empty: it runs nowhere
	After   map[string]string `json:"after"`
	Doubled []string          `json:"doubled,omitempty"` // groups that two nodes run at the end
	Down    map[string]int64  `json:"down_ns"`           // for how long a group runs nowhere; -1: for good
	Notes   []string          `json:"notes,omitempty"`
	Refused string            `json:"refused,omitempty"` // the first refusal of a verb
	Took    time.Duration     `json:"took_ns"`           // until nothing more happens
}

func (p Present) node(name string) Node {
	for _, n := range p.Nodes {
		if n.Name == name {
			return n
		}
	}
	return Node{}
}

func (p Present) took(key string) time.Duration { return p.Took[key] }

func (p Present) failsOn(node, key string) string { return p.node(node).Failed[key] }

// Play plays steps, all at once, from the present state. An error says why no plan can be made.
func Play(p Present, steps []Step) (Plan, error) {
	if err := possible(p, steps); err != nil {
		return Plan{}, err
	}
	w := &world{present: p, now: p.Now, cut: map[[2]string]bool{}, zero: p.Now, silent: !p.Fresh, asked: map[uint64]string{}}
	plan := Plan{Before: w.begin()}
	w.silent = false
	if !p.Fresh {
		w.zero = w.now
	}
	for i, s := range steps {
		w.begins(uint64(i+1), s)
	}
	w.run(time.Hour)
	plan.After, plan.Doubled = w.owners(), w.doubled()
	plan.Lines = w.lines
	plan.Down = w.outages(plan)
	plan.Refused = w.refusal()
	for _, l := range w.lines {
		plan.Took = max(plan.Took, l.At)
	}
	return plan, nil
}

// possible refuses what cannot be foreseen.
func possible(p Present, steps []Step) error {
	for _, n := range p.Nodes {
		if n.Alive && n.Classic {
			return fmt.Errorf("%s runs C Heartbeat, whose decisions this node cannot play: a plan needs nodes of one kind", n.Name)
		}
	}
	for _, s := range steps {
		named := s.Node == "" || slices.ContainsFunc(p.Nodes, func(n Node) bool { return n.Name == s.Node })
		switch {
		case !named:
			return fmt.Errorf("there is no node %q; ha.cf has %s", s.Node, strings.Join(p.Config.Nodes, ", "))
		case slices.Contains([]string{"down", "stop", "link"}, s.Verb) && !p.node(s.Node).Alive:
			return fmt.Errorf("%s does not run now", s.Node)
		case s.Verb == "link" && !hasLink(p.node(s.Node), s.Link):
			return fmt.Errorf("%s has no link or service interface %q in use", s.Node, s.Link)
		}
	}
	return nil
}

func hasLink(n Node, link string) bool {
	return slices.Contains(n.Links, link) || slices.ContainsFunc(n.Services, func(s Service) bool { return s.Interface == link })
}

// begin plays the past and returns who ran what: every node that lives starts with what it runs now, and they tell each other.
func (w *world) begin() (before map[string]string) {
	var dead []string
	for _, n := range w.present.Nodes {
		if n.Alive {
			w.boot(n)
		} else {
			dead = append(dead, n.Name)
		}
	}
	for _, m := range w.nodes {
		m.links("")
		for _, t := range w.present.Config.Connectivity.Pings {
			m.step(takeover.PingChanged{Node: t.Name})
		}
		for _, o := range w.nodes {
			if o != m {
				m.step(takeover.NodeActive{Node: o.name})
			}
		}
		for _, d := range dead {
			m.dead[d] = true
		}
		m.step(takeover.CommunicationUp{Dead: dead})
	}
	before = w.owners()
	w.run(prologue)
	return before
}

// begins plays a step.
func (w *world) begins(id uint64, s Step) {
	at := w.member(s.Node)
	switch s.Verb {
	case "down":
		w.say(s.Node, "if", "", "it dies without a word")
		w.crash(at)
	case "stop":
		w.say(s.Node, "if", "", "heartbeat is stopped there")
		at.step(takeover.ShutdownAsked{})
	case "link":
		w.breakLink(at, s.Link)
	default:
		m := w.member(w.present.Config.Self)
		s.Ask.ID = id
		w.asked[id] = string(s.Ask.Verb)
		w.say(m.name, "if", s.Ask.Group, words(s.Ask))
		m.step(s.Ask)
	}
}

// words are the verb as it would be typed.
func words(v takeover.VerbAsked) string {
	out := "heartbeat " + string(v.Verb)
	if v.Group != "" {
		out += " " + v.Group
	} else if v.Set != "" {
		out += " " + v.Set
	}
	switch {
	case v.Node == "":
	case v.Verb == takeover.VerbMove:
		out += " to " + v.Node
	default:
		out += " " + v.Node
	}
	return out
}

// breakLink takes one link of a node away: as service interface, and as heartbeat link.
func (w *world) breakLink(m *member, link string) {
	n := w.present.node(m.name)
	w.say(m.name, "if", "", link+" loses its carrier")
	if slices.ContainsFunc(n.Services, func(s Service) bool { return s.Interface == link }) {
		if !w.present.Config.Connectivity.Carrier {
			w.say(m.name, "note", "", "service addresses live on "+link+", and connectivity is off: nothing moves for that")
		}
		m.links(link)
	}
	if !slices.Contains(n.Links, link) {
		return
	}
	if len(n.Links) > 1 {
		w.say(m.name, "note", "", "the other heartbeat links go on: "+strings.Join(slices.DeleteFunc(slices.Clone(n.Links), func(l string) bool { return l == link }), ", "))
		return
	}
	w.say(m.name, "note", "", link+" is the only heartbeat link, so the nodes lose sight of each other")
	for _, o := range w.nodes {
		if o != m {
			w.part(m, o)
		}
	}
}

// say writes a line, once when several nodes notice the same.
func (w *world) say(node, what, group, reason string) {
	if w.silent {
		return
	}
	w.lines = append(w.lines, Line{w.now.Sub(w.zero), node, what, group, reason})
}

// record keeps the events that explain what happens or does not.
func (w *world) record(m *member, e event.Event) {
	switch e.Kind {
	case event.StandbyRefused, event.ConnectivityMove, event.ConnectivityStay, event.GroupConflict, event.TakeoverWithheld, event.FailbackBegun:
		w.say(m.name, "note", "", e.Text)
	}
}

func (w *world) answer(m *member, a takeover.Answer) {
	if w.asked[a.ID] == "" {
		return
	}
	what := "done"
	if a.Refused {
		what = "refused"
	}
	w.say(m.name, what, "", strings.TrimPrefix(a.Text, "refused: "))
}

func (w *world) refusal() string {
	for _, l := range w.lines {
		if l.What == "refused" {
			return l.Reason
		}
	}
	return ""
}

func (w *world) owners() map[string]string {
	out := map[string]string{}
	for _, g := range w.present.Config.Groups {
		out[g.Key] = ""
		for _, m := range w.nodes {
			if m.up && m.state[g.Key] != "" {
				out[g.Key] = m.name
			}
		}
	}
	return out
}

func (w *world) doubled() (keys []string) {
	for _, g := range w.present.Config.Groups {
		n := 0
		for _, m := range w.nodes {
			if m.up && m.state[g.Key] != "" {
				n++
			}
		}
		if n > 1 {
			keys = append(keys, g.Key)
		}
	}
	return keys
}

// outages is how long each group runs nowhere, from the lines.
func (w *world) outages(p Plan) map[string]int64 {
	out := map[string]int64{}
	for _, g := range w.present.Config.Groups {
		key, owner, since := g.Key, p.Before[g.Key], time.Duration(0)
		var down time.Duration
		up := owner != ""
		lost := func(at time.Duration) {
			if up {
				up, since = false, at
			}
		}
		for _, l := range w.lines {
			switch {
			case l.What == "if" && l.Reason == "it dies without a word" && l.Node == owner:
				lost(l.At)
			case l.Group != key:
			case l.What == "stop" && l.Node == owner:
				lost(l.At)
			case l.What == "running":
				if !up && p.Before[key] != "" {
					down += l.At - since
				}
				up, owner = true, l.Node
			}
		}
		switch {
		case up && down > 0:
			out[key] = int64(down)
		case !up && p.Before[key] != "":
			out[key] = -1
		}
	}
	return out
}
