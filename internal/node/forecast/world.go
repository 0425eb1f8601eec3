package forecast

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/takeover"
	"heartbeat/internal/wire"
)

// world is the cluster in virtual time.
type world struct {
	present Present
	now     time.Time
	zero    time.Time // the instant of the first step
	queue   []entry
	serial  int
	nodes   []*member
	cut     map[[2]string]bool
	lines   []Line
	silent  bool // the past is played: nothing is written down
	asked   map[uint64]string
}

type entry struct {
	at     time.Time
	serial int
	do     func()
}

// A member is one node that lives.
type member struct {
	w      *world
	name   string
	core   *takeover.Core
	up     bool
	fields []wire.Field
	state  map[string]string // what its groups really are: starting, running, stopping; empty: stopped
	turn   map[string]int
	dead   map[string]bool // nodes that it believes dead
	wake   time.Time
}

const (
	latency = time.Millisecond
	// prologue is how long the past is played: until every core has learnt what the others run, and what works counts as steady.
	prologue = 10 * time.Minute
)

func (w *world) after(d time.Duration, do func()) {
	w.serial++
	w.queue = append(w.queue, entry{w.now.Add(max(d, 0)), w.serial, do})
}

// run plays until nothing happens any more, or for the given time. It reports whether the cluster came to rest.
func (w *world) run(limit time.Duration) bool {
	end := w.now.Add(limit)
	for steps := 0; len(w.queue) > 0; steps++ {
		next := slices.MinFunc(w.queue, func(a, b entry) int {
			return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.serial, b.serial))
		})
		if next.at.After(end) || steps > maxSteps {
			break
		}
		w.queue = slices.DeleteFunc(w.queue, func(e entry) bool { return e.serial == next.serial })
		w.now = next.at
		next.do()
	}
	rest := len(w.queue) == 0
	w.now = end
	return rest
}

// maxSteps bounds a run; a real plan has some hundred.
const maxSteps = 200_000

func (w *world) member(name string) *member {
	for _, m := range w.nodes {
		if m.name == name {
			return m
		}
	}
	return nil
}

func (w *world) sees(a, b string) bool { return !w.cut[[2]string{a, b}] }

// boot brings a node into the state that it has now.
func (w *world) boot(n Node) *member {
	m := &member{w: w, name: n.Name, up: true, state: map[string]string{}, turn: map[string]int{}, dead: map[string]bool{}}
	cfg := w.present.Config
	cfg.Self = n.Name
	cfg.RestartedHolding = nil
	for _, g := range cfg.Groups {
		if slices.Contains(n.Holds, g.Key) {
			cfg.RestartedHolding = append(cfg.RestartedHolding, g.Key)
			m.state[g.Key] = "running"
		}
	}
	m.core = takeover.New(cfg, w.now)
	w.nodes = append(w.nodes, m)
	return m
}

func (m *member) step(ev takeover.Event) {
	if !m.up {
		return
	}
	for _, e := range m.core.Step(m.w.now, ev) {
		m.perform(e)
	}
	m.arm()
}

func (m *member) arm() {
	at := m.core.NextDeadline()
	if at.IsZero() || at.Equal(m.wake) {
		return
	}
	m.wake = at
	m.w.after(at.Sub(m.w.now), func() {
		if m.wake.Equal(at) {
			m.wake = time.Time{}
			m.step(takeover.Tick{})
		}
	})
}

func (m *member) perform(e takeover.Effect) {
	w := m.w
	switch e := e.(type) {
	case takeover.SendMessage:
		m.toOthers(func(o *member) { o.step(takeover.MessageArrived{From: m.name, Message: e.Message.Clone()}) })
	case takeover.Announce:
		m.fields = e.Fields
		m.toOthers(func(o *member) { o.step(announced(m)) })
	case takeover.StartGroup:
		m.start(e)
	case takeover.StopGroup:
		m.stop(e)
	case takeover.ProveDown:
		w.say(m.name, "proof", "", fmt.Sprintf("%s must be proven to be down (take_over %s); this plan assumes that it succeeds", e.Node, e.Policy))
		w.after(latency, func() { m.step(takeover.DownProven{Node: e.Node, By: "this plan", OK: true}) })
	case takeover.Answer:
		w.answer(m, e)
	case takeover.Record:
		w.record(m, e.Event)
	case takeover.LeaveCluster:
		m.leave()
	}
}

func announced(m *member) takeover.PeerAnnounced {
	return takeover.PeerAnnounced{Node: m.name, Fields: m.fields, Caps: "plan", Heard: true}
}

// toOthers delivers something to every node that hears m.
func (m *member) toOthers(what func(*member)) {
	for _, o := range m.w.nodes {
		if o == m || !o.up || !m.w.sees(m.name, o.name) {
			continue
		}
		m.w.after(latency, func() {
			if o.up && !o.dead[m.name] {
				what(o)
			}
		})
	}
}

func (m *member) start(e takeover.StartGroup) {
	if m.state[e.Key] == "running" { // a verification
		m.finish(e.Key, 0, func() { m.step(takeover.GroupStarted{Key: e.Key}) })
		return
	}
	m.state[e.Key] = "starting"
	m.w.say(m.name, "start", e.Key, e.Reason)
	took := m.w.present.took(e.Key)
	if why := m.w.present.failsOn(m.name, e.Key); why != "" {
		m.finish(e.Key, took, func() {
			m.state[e.Key] = ""
			m.w.say(m.name, "failed", e.Key, "it failed there before ("+why+"), so the plan assumes that it does again")
			m.step(takeover.GroupStarted{Key: e.Key, Failed: e.Key, Output: why})
		})
		return
	}
	m.finish(e.Key, took, func() {
		m.state[e.Key] = "running"
		m.w.say(m.name, "running", e.Key, "")
		m.step(takeover.GroupStarted{Key: e.Key})
	})
}

func (m *member) stop(e takeover.StopGroup) {
	if m.state[e.Key] == "" {
		m.finish(e.Key, 0, func() { m.step(takeover.GroupStopped{Key: e.Key}) })
		return
	}
	m.state[e.Key] = "stopping"
	m.w.say(m.name, "stop", e.Key, e.Reason)
	m.finish(e.Key, m.w.present.took(e.Key), func() {
		m.state[e.Key] = ""
		m.w.say(m.name, "stopped", e.Key, "")
		m.step(takeover.GroupStopped{Key: e.Key})
	})
}

func (m *member) finish(key string, d time.Duration, end func()) {
	m.turn[key]++
	turn := m.turn[key]
	m.w.after(d, func() {
		if m.up && m.turn[key] == turn {
			end()
		}
	})
}

// leave ends a graceful stop; the others notice that it is gone.
func (m *member) leave() {
	m.w.say(m.name, "left", "", "")
	m.up = false
	m.w.others(m, func(o *member) { o.step(takeover.NodeDied{Node: m.name, Left: true, Reason: "it left"}) })
}

// others tells every node that hears m, after the latency.
func (w *world) others(m *member, what func(*member)) {
	for _, o := range w.nodes {
		if o != m && o.up && w.sees(m.name, o.name) {
			w.after(latency, func() {
				if o.up && !o.dead[m.name] {
					o.dead[m.name] = true
					what(o)
				}
			})
		}
	}
}

// crash lets a node fall silent; the others believe it after its deadtime.
func (w *world) crash(m *member) {
	m.up = false
	for key := range m.state {
		m.state[key] = ""
	}
	w.after(w.present.Config.Deadtime, func() {
		w.others(m, func(o *member) {
			w.say(o.name, "dead", "", fmt.Sprintf("%s was silent for its deadtime (%v)", m.name, w.present.Config.Deadtime))
			o.step(takeover.NodeDied{Node: m.name, Reason: "silent"})
		})
	})
}

// part cuts every path between two nodes; each believes the other dead after the deadtime.
func (w *world) part(a, b *member) {
	w.cut[[2]string{a.name, b.name}], w.cut[[2]string{b.name, a.name}] = true, true
	for _, pair := range [][2]*member{{a, b}, {b, a}} {
		o, gone := pair[0], pair[1]
		w.after(w.present.Config.Deadtime, func() {
			if o.up && !o.dead[gone.name] {
				o.dead[gone.name] = true
				w.say(o.name, "dead", "", fmt.Sprintf("%s was silent for its deadtime (%v)", gone.name, w.present.Config.Deadtime))
				o.step(takeover.NodeDied{Node: gone.name, Reason: "silent"})
			}
		})
	}
}

// links tells a node how its service interfaces are; broken is one without carrier.
func (m *member) links(broken string) {
	ev := takeover.LinksChanged{Groups: map[string][]string{}}
	for _, s := range m.w.present.node(m.name).Services {
		ev.Groups[s.Group] = append(ev.Groups[s.Group], s.Interface)
		l := connectivity.Link{Name: s.Interface, Carrier: s.Interface != broken && s.Carrier}
		if !slices.Contains(ev.Links, l) {
			ev.Links = append(ev.Links, l)
		}
	}
	if len(ev.Links) > 0 {
		m.step(ev)
	}
}
