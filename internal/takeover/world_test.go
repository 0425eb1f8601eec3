package takeover

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// A world is a cluster of cores with a small membership, a network and executors, in virtual time.
// Messages between two live nodes arrive once and in order; status messages (announcements) may be lost,
// late and out of order.
type world struct {
	t         testing.TB
	rng       *rand.Rand
	now       time.Time
	start     time.Time
	seq       int
	queue     agenda
	nodes     []*node
	cut       map[[2]string]bool                     // from, to
	lossy     float64                                // part of status messages that is lost
	swallow   func(from *node, m *wire.Message) bool // nil: no other message is lost for good
	late      time.Duration                          // status messages are late by up to this
	took      time.Duration                          // an operation of a group
	watched   bool                                   // carriers and a ping node change as well
	keepalive time.Duration
	deadtime  time.Duration
	initdead  time.Duration
	log       []string
	broken    string // first violated invariant
	prover    func(*node, ProveDown)
	strict    bool // two owners are wrong at any instant
	twice     map[string]time.Time
}

type entry struct {
	at  time.Time
	seq int
	do  func()
}
type agenda []entry

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].seq < a[j].seq
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(entry)) }
func (a *agenda) Pop() any     { o := *a; e := o[len(o)-1]; *a = o[:len(o)-1]; return e }

// A node is one core with its surroundings.
type node struct {
	w         *world
	name      string
	cfg       Config
	core      *Core
	isC       bool // a C daemon instead of a core
	c         *cDaemon
	up        bool
	life      int
	commUp    bool
	born      time.Time
	paused    bool
	waiting   []func()
	gap       time.Time
	fields    []wire.Field
	sees      map[string]*sight
	op        map[string]int // serial of the operation under way
	in        map[string]GroupState
	failing   map[string]bool // starts fail
	sticking  map[string]bool // stops fail
	hanging   map[string]bool // starts never end
	calls     []string
	sent      []string
	answers   []string
	events    []string
	announce  []string // AnnounceAddresses
	gone      bool
	proving   []ProveDown
	cancelled []string
	wakeAt    time.Time
	lastSend  map[string]time.Time
}

// sight is what a node's membership knows about a peer.
type sight struct {
	life   int
	alive  bool
	heard  time.Time
	active bool
	left   bool
	fields string
	out    []*wire.Message // not delivered yet, to that peer
}

var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, seed uint64, failback Failback, names []string, groups ...Group) *world {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 7)), now: epoch, start: epoch, cut: map[[2]string]bool{}, took: 10 * time.Millisecond,
		keepalive: 200 * time.Millisecond, deadtime: time.Second, initdead: 3 * time.Second, twice: map[string]time.Time{}}
	for _, n := range names {
		w.nodes = append(w.nodes, &node{w: w, name: n, failing: map[string]bool{}, sticking: map[string]bool{}, hanging: map[string]bool{},
			cfg: Config{Self: n, Nodes: names, Groups: groups, Digest: "d", Failback: failback, Keepalive: w.keepalive, Deadtime: w.deadtime, StartRetries: 1}})
	}
	return w
}

func pair(t testing.TB, failback Failback) *world {
	return newWorld(t, 1, failback, []string{"n1", "n2"}, Group{"g1", "n1"}, Group{"g2", "n2"})
}

func (w *world) after(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.queue, entry{w.now.Add(d), w.seq, do})
}

// run lets virtual time pass.
func (w *world) run(d time.Duration) {
	end, still := w.now.Add(d), 0
	for len(w.queue) > 0 && !w.queue[0].at.After(end) && w.broken == "" {
		e := heap.Pop(&w.queue).(entry)
		if still++; e.at.After(w.now) {
			still = 0
		}
		w.now = e.at
		if still > 10000 {
			w.t.Fatalf("time stands still\n%s", w.story())
		}
		e.do()
		w.check()
	}
	w.now = end
	if w.broken != "" {
		w.t.Fatalf("%s\n%s", w.broken, w.story())
	}
}

func (w *world) story() string {
	l := w.log
	if len(l) > 400 {
		l = l[len(l)-400:]
	}
	return strings.Join(l, "\n")
}

func (w *world) logf(format string, args ...any) {
	w.log = append(w.log, fmt.Sprintf("%7.3f ", w.now.Sub(w.start).Seconds())+fmt.Sprintf(format, args...))
}

func (w *world) node(name string) *node {
	for _, n := range w.nodes {
		if n.name == name {
			return n
		}
	}
	return nil
}

func (w *world) linked(a, b string) bool { return !w.cut[[2]string{a, b}] }

func (w *world) partition(on bool) {
	for _, a := range w.nodes {
		for _, b := range w.nodes {
			w.cut[[2]string{a.name, b.name}] = on
		}
	}
	w.logf("partition %v", on)
}

func (n *node) boot(holding ...string) {
	n.up, n.commUp, n.gone, n.paused = true, false, false, false
	n.life++
	n.born = n.w.now
	n.sees, n.op, n.in = map[string]*sight{}, map[string]int{}, map[string]GroupState{}
	n.waiting, n.fields, n.wakeAt = nil, nil, time.Time{}
	for _, m := range n.w.nodes {
		if m != n {
			n.sees[m.name] = &sight{alive: true}
		}
	}
	cfg := n.cfg
	cfg.RestartedHolding = holding
	for _, k := range holding {
		n.in[k] = Running
	}
	n.core = New(cfg, n.w.now)
	if n.isC {
		n.c = &cDaemon{n: n, now: n.w.now, state: "init", failback: cfg.Failback == FailbackOn}
	}
	n.w.logf("%s boots", n.name)
	if cfg.TakeOver == Arbiter {
		n.step(EntitlementGained{Reason: "there is no arbiter in this world"})
	}
	n.step(Tick{})
	n.beat(n.life)
}

func (n *node) crash() {
	n.w.logf("%s crashes", n.name)
	n.up = false
	n.in = map[string]GroupState{}
}

func (n *node) pause(d time.Duration) {
	n.w.logf("%s pauses for %v", n.name, d)
	n.paused, n.gap = true, n.w.now
	life := n.life
	n.w.after(d, func() {
		if n.life != life || !n.up {
			return
		}
		n.w.logf("%s resumes", n.name)
		n.paused = false
		for _, s := range n.sees {
			s.heard = s.heard.Add(d)
		}
		if d >= n.w.deadtime {
			n.step(SelfPaused{Gap: d, Silenced: n.core.Exposed()})
		}
		w := n.waiting
		n.waiting = nil
		for _, f := range w {
			f()
		}
	})
}

// later runs f now, or when the node runs again.
func (n *node) later(f func()) {
	if !n.up {
		return
	}
	if n.paused {
		n.waiting = append(n.waiting, f)
		return
	}
	f()
}

// beat is one heartbeat: status to all, deadlines, retransmission.
func (n *node) beat(life int) {
	if n.life != life || !n.up || n.gone {
		return
	}
	n.later(func() {
		n.status()
		n.judge()
		for _, m := range n.w.nodes {
			n.flush(m)
		}
	})
	n.w.after(n.w.keepalive, func() { n.beat(life) })
}

func (n *node) status() {
	for _, m := range n.w.nodes {
		if m == n || !n.w.linked(n.name, m.name) {
			continue
		}
		s := n.sees[m.name]
		fields, active, life, heard := n.fields, n.commUp, n.life, s.alive && s.life > 0
		d := time.Millisecond
		if n.w.late > 0 {
			d += time.Duration(n.w.rng.Int64N(int64(n.w.late)))
		}
		if n.w.rng.Float64() < n.w.lossy {
			continue
		}
		n.w.after(d, func() { m.later(func() { m.hear(n, life, fields, active, heard) }) })
	}
}

func (m *node) hear(n *node, life int, fields []wire.Field, active, heardUs bool) {
	s := m.sees[n.name]
	if m.gone || life < s.life {
		return
	}
	returned := false
	switch {
	case s.life == 0 || !s.alive && life > s.life:
		fresh := s.life == 0 && s.alive
		s.out = nil
		s.life, s.alive, s.active, s.left, s.fields = life, true, false, false, ""
		if !fresh {
			m.step(NodeActive{n.name})
		}
	case s.alive && life > s.life:
		s.out = nil
		s.life, s.active, s.left, s.fields = life, false, false, ""
		m.step(NodeRestarted{n.name})
	case !s.alive:
		s.alive, returned = true, true
		m.w.logf("%s: %s returned", m.name, n.name)
		m.step(NodeReturned{n.name})
	}
	s.heard = m.w.now
	if active && !s.active {
		s.active = true
		m.step(NodeActive{n.name})
	}
	key := fmt.Sprint(fields, heardUs)
	if key != s.fields || returned {
		s.fields = key
		caps := "go"
		if n.isC {
			caps = ""
		}
		m.step(PeerAnnounced{Node: n.name, Fields: fields, Caps: caps, Heard: heardUs})
	}
	if !m.commUp {
		m.comm()
	}
}

// judge declares silent peers dead and decides whether communication is up.
func (n *node) judge() {
	for _, m := range n.w.nodes {
		if m == n {
			continue
		}
		s := n.sees[m.name]
		if s.life > 0 && s.alive && n.w.now.Sub(s.heard) > n.w.deadtime {
			s.alive, s.out, s.active = false, nil, false
			n.w.logf("%s: %s is dead (left %v)", n.name, m.name, s.left)
			n.step(NodeDied{Node: m.name, Left: s.left, Reason: "silent"})
		}
	}
	if !n.commUp {
		n.comm()
	}
}

func (n *node) comm() {
	var dead []string
	for _, m := range n.w.nodes {
		if m == n {
			continue
		}
		s := n.sees[m.name]
		switch {
		case s.life == 0 && n.w.now.Sub(n.born) < n.w.initdead:
			return
		case s.life == 0 || !s.alive:
			s.alive = false
			dead = append(dead, m.name)
		}
	}
	n.commUp = true
	n.step(CommunicationUp{Dead: dead})
	n.status()
}

func (n *node) flush(m *node) {
	if m == n || !n.up {
		return
	}
	s := n.sees[m.name]
	if !n.w.linked(n.name, m.name) || !m.up || len(s.out) == 0 {
		return
	}
	out, life, to := s.out, n.life, m.life
	s.out = nil
	d := time.Millisecond
	if last := n.lastSend[m.name]; n.w.now.Add(d).Before(last) {
		d = last.Sub(n.w.now)
	}
	if n.w.late > 0 {
		d += time.Duration(n.w.rng.Int64N(int64(20 * time.Millisecond)))
	}
	if n.lastSend == nil {
		n.lastSend = map[string]time.Time{}
	}
	n.lastSend[m.name] = n.w.now.Add(d)
	n.w.after(d, func() {
		m.later(func() {
			ms := m.sees[n.name]
			if m.life != to || ms.life != life || !ms.alive || m.gone {
				return
			}
			ms.heard = m.w.now
			for _, x := range out {
				if n.w.swallow != nil && n.w.swallow(n, x) {
					continue
				}
				if x.Kind() == "shutdone" {
					ms.left = true
				}
				m.step(MessageArrived{n.name, x.Clone()})
			}
		})
	})
}

// step feeds the core and carries out its effects.
func (n *node) step(ev Event) {
	if n.gone || !n.up {
		return
	}
	if n.paused {
		n.waiting = append(n.waiting, func() { n.step(ev) })
		return
	}
	if _, ok := ev.(Tick); !ok {
		n.w.logf("%s <- %s", n.name, brief(ev))
	}
	effects := n.core.Step
	if n.isC {
		effects = n.c.Step
	}
	for _, e := range effects(n.w.now, ev) {
		n.perform(e)
	}
	n.arm()
}

func (n *node) arm() {
	at := n.core.NextDeadline()
	if n.isC {
		at = n.c.NextDeadline()
	}
	if at.IsZero() || at.Equal(n.wakeAt) {
		return
	}
	n.wakeAt = at
	life := n.life
	n.w.after(max(0, at.Sub(n.w.now)), func() {
		if n.life == life && n.up && n.wakeAt.Equal(at) {
			n.wakeAt = time.Time{}
			n.step(Tick{})
		}
	})
}

func (n *node) perform(e Effect) {
	switch e := e.(type) {
	case SendMessage:
		n.w.logf("%s => %s", n.name, words(e.Message))
		n.sent = append(n.sent, words(e.Message))
		for _, m := range n.w.nodes {
			if m == n {
				continue
			}
			if s := n.sees[m.name]; s.alive {
				s.out = append(s.out, e.Message)
				n.flush(m)
			}
		}
	case Announce:
		n.w.logf("%s announces %s %s rev %s seen %s", n.name, e.Fields[0].Value, e.Fields[1].Value, e.Fields[2].Value, e.Fields[3].Value)
		n.fields = e.Fields
		n.status()
	case StartGroup:
		n.calls = append(n.calls, "start "+e.Key)
		n.w.logf("%s START %s: %s", n.name, e.Key, e.Reason)
		n.begin(e.Key)
	case StopGroup:
		n.calls = append(n.calls, "stop "+e.Key)
		n.w.logf("%s STOP %s: %s", n.name, e.Key, e.Reason)
		n.end(e.Key)
	case AnnounceAddresses:
		n.announce = append(n.announce, e.Key)
		n.w.logf("%s ARP %s", n.name, e.Key)
	case Answer:
		n.answers = append(n.answers, fmt.Sprintf("%d %v %s", e.ID, e.Refused, e.Text))
		n.w.logf("%s ANSWER %d refused=%v %s", n.name, e.ID, e.Refused, e.Text)
	case StoreOrders:
		n.cfg.Orders = e.Orders
	case Record:
		n.events = append(n.events, e.Event.Kind.Name+" "+e.Event.Subject+": "+e.Event.Text)
		n.w.logf("%s   %s %s", n.name, e.Event.Kind.Name, e.Event.Text)
	case ProveDown:
		n.w.logf("%s WANTS PROOF of %s: %+v", n.name, e.Node, e)
		n.proving = append(n.proving, e)
		if n.w.prover != nil {
			n.w.prover(n, e)
		}
	case CancelProof:
		n.w.logf("%s calls off the proof of %s", n.name, e.Node)
		n.cancelled = append(n.cancelled, e.Node)
	case LeaveCluster:
		n.w.logf("%s leaves", n.name)
		life := n.life
		n.gone = true
		n.w.after(n.w.keepalive, func() {
			if n.life == life {
				n.up = false
				if n.isC && n.c.restart {
					n.w.after(n.w.deadtime+time.Second, func() {
						if n.life == life {
							n.boot()
						}
					})
				}
			}
		})
	}
}

func (n *node) begin(key string) {
	for _, m := range n.w.nodes {
		if m == n || !m.up || m.in[key] == "" || !n.w.linked(m.name, n.name) {
			continue
		}
		if !n.isC && n.sees[m.name].alive && m.sees[n.name].alive && n.w.broken == "" {
			n.w.broken = fmt.Sprintf("%s starts %s although it sees %s, which has it %s", n.name, key, m.name, m.in[key])
		}
	}
	n.op[key]++
	if n.in[key] == Running {
		n.finish(key, GroupStarted{Key: key}, Running)
		return
	}
	n.in[key] = Starting
	switch {
	case n.hanging[key]:
	case n.failing[key]:
		n.finish(key, GroupStarted{Key: key, Failed: "R", Output: "no"}, "")
	default:
		n.finish(key, GroupStarted{Key: key}, Running)
	}
}

func (n *node) end(key string) {
	n.op[key]++
	if n.in[key] == "" {
		n.finish(key, GroupStopped{Key: key}, "")
		return
	}
	n.in[key] = Stopping
	if n.sticking[key] {
		n.finish(key, GroupStopped{Key: key, Failed: "R", Output: "stuck"}, Blocked)
		return
	}
	n.finish(key, GroupStopped{Key: key}, "")
}

func (n *node) finish(key string, ev Event, to GroupState) {
	op, life := n.op[key], n.life
	d := n.w.took
	if n.w.late > 0 {
		d += time.Duration(n.w.rng.Int64N(int64(50 * time.Millisecond)))
	}
	n.w.after(d, func() {
		if n.op[key] != op || n.life != life || !n.up {
			return
		}
		if to == "" {
			delete(n.in, key)
		} else {
			n.in[key] = to
		}
		n.step(ev)
	})
}

// check measures how long two nodes that see each other have one group.
func (w *world) check() {
	if w.strict {
		w.checkStrict()
	}
	for _, g := range w.nodes[0].cfg.Groups {
		var who []*node
		for _, n := range w.nodes {
			if n.up && !n.paused && n.in[g.Key] != "" && n.in[g.Key] != Blocked {
				who = append(who, n)
			}
		}
		mutual := false
		for _, a := range who {
			for _, b := range who {
				if a != b && a.sees[b.name].alive && b.sees[a.name].alive && w.linked(a.name, b.name) && w.linked(b.name, a.name) {
					mutual = true
				}
			}
		}
		if !mutual {
			delete(w.twice, g.Key)
			continue
		}
		since, ok := w.twice[g.Key]
		if !ok {
			w.twice[g.Key] = w.now
			since = w.now
		}
		if d := w.now.Sub(since); d > w.bound() && w.broken == "" {
			w.broken = fmt.Sprintf("%s runs twice for %v on nodes that see each other", g.Key, d)
		}
	}
}

// checkStrict sees two owners even for an instant.
func (w *world) checkStrict() {
	for _, g := range w.nodes[0].cfg.Groups {
		if owners := w.owners(g.Key); strings.Contains(owners, " ") && w.broken == "" {
			w.broken = fmt.Sprintf("%s is in use on %s", g.Key, owners)
		}
	}
}

// bound is how long a healed pair may hold a group twice: until an announcement got through, plus the stop.
func (w *world) bound() time.Duration {
	for _, n := range w.nodes {
		if n.isC {
			return giveUpAfter + time.Second
		}
	}
	return 6*w.keepalive + w.late + 200*time.Millisecond
}

// owners lists who has a group in use.
func (w *world) owners(key string) string {
	var l []string
	for _, n := range w.nodes {
		if n.up && n.in[key] != "" {
			l = append(l, n.name)
		}
	}
	return strings.Join(l, " ")
}

func (w *world) want(key, owners string) {
	w.t.Helper()
	if got := w.owners(key); got != owners {
		w.t.Fatalf("at %v %s is held by [%s], want [%s]\n%s", w.now.Sub(w.start), key, got, owners, w.story())
	}
}

func (n *node) hasEvent(part string) bool {
	return slices.ContainsFunc(n.events, func(s string) bool { return strings.Contains(s, part) })
}

func (n *node) wantEvent(part string) {
	n.w.t.Helper()
	if !n.hasEvent(part) {
		n.w.t.Errorf("%s recorded nothing with %q\n%s", n.name, part, n.w.story())
	}
}

// words is a message without announcement fields.
func words(m *wire.Message) string {
	var b strings.Builder
	for _, f := range m.Fields {
		if strings.HasPrefix(f.Name, "x-") && f.Name != fieldWhy {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(f.Name + "=" + f.Value)
	}
	return b.String()
}

func brief(ev Event) string {
	switch ev := ev.(type) {
	case MessageArrived:
		return "message " + words(ev.Message)
	case PeerAnnounced:
		own := []string{}
		for _, f := range ev.Fields {
			own = append(own, f.Value)
		}
		return fmt.Sprintf("announced %v heard=%v", own, ev.Heard)
	}
	return fmt.Sprintf("%T%+v", ev, ev)
}
