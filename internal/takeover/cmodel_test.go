package takeover

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// cDaemon is the resource manager of C Heartbeat 3.0.6 as the resources spec describes it (sections 4.1 to 4.10),
// with its fixed waits, and as far as the peer can notice. It plays the other node in tests.
type cDaemon struct {
	n           *node
	now         time.Time
	state       string // init, starting, received, stable, shutdown
	hold, other Set
	otherStable bool
	standby     string // "", me, other, done
	set         Set
	until       time.Time // deadline of the handshake
	takeLocalAt time.Time
	giveUpAt    time.Time // after a heal
	backAt      time.Time // failback retry
	failback    bool
	needs       bool
	restart     bool
	stopping    bool
	jobs        []job
	waiting     map[string]bool
	out         []Effect
	ipfail      *cIpfail // nil: it does not run
}

// job is a helper: operations, then what it does at its end.
type job struct {
	start bool
	keys  []string
	done  func()
}

func (d *cDaemon) keys(set Set) []string {
	var l []string
	for _, g := range d.n.cfg.Groups {
		h := Foreign
		if g.Home == d.n.name {
			h = Local
		}
		if h&set != 0 {
			l = append(l, g.Key)
		}
	}
	return l
}

func (d *cDaemon) say(pairs ...string) { d.out = append(d.out, SendMessage{wire.New(pairs...)}) }

func (d *cDaemon) resource(stable bool, info ...string) {
	s := "0"
	if stable {
		s = "1"
	}
	p := []string{"t", "resource", "rsc_hold", d.hold.String(), "rtype", "full", "isstable", s}
	if len(info) > 0 {
		p = append(p, "info", info[0])
	}
	d.say(p...)
}

func (d *cDaemon) run(start bool, keys []string, done func()) {
	d.jobs = append(d.jobs, job{start, keys, done})
	if len(d.jobs) == 1 {
		d.next()
	}
}

func (d *cDaemon) next() {
	for len(d.jobs) > 0 {
		j := d.jobs[0]
		d.waiting = map[string]bool{}
		for _, k := range j.keys {
			d.waiting[k] = true
			if j.start {
				d.out = append(d.out, StartGroup{Key: k, Reason: "C", Cause: ""})
			} else {
				d.out = append(d.out, StopGroup{Key: k, Reason: "C", Cause: ""})
			}
		}
		if len(d.waiting) > 0 {
			return
		}
		d.jobs = d.jobs[1:]
		j.done()
	}
}

func (d *cDaemon) ended(key string) {
	if len(d.jobs) == 0 || !d.waiting[key] {
		return
	}
	delete(d.waiting, key)
	if len(d.waiting) == 0 {
		j := d.jobs[0]
		d.jobs = d.jobs[1:]
		j.done()
		d.next()
	}
}

func (d *cDaemon) acquireOwn(forced bool) {
	if !forced && (d.other&Foreign != 0 || d.hold&Local != 0) {
		return
	}
	d.hold |= Local
	d.run(true, d.keys(Local), func() { d.resource(true, "req_our_resources()") })
}

// homedAt lists the groups that mach_down takes over from a node: with two nodes, the foreign half.
func (d *cDaemon) homedAt(node string) []string {
	var l []string
	for _, g := range d.n.cfg.Groups {
		if g.Home == node {
			l = append(l, g.Key)
		}
	}
	return l
}

func (d *cDaemon) takeOver(keys []string) {
	d.needs = true
	if d.hold == All && len(d.n.cfg.Nodes) == 2 {
		return
	}
	d.hold, d.other, d.otherStable = d.hold|Foreign, None, true
	d.acquireOwn(true)
	d.run(true, keys, func() { d.say("t", "resource", "rsc_hold", "foreign", "info", "mach_down") })
	d.state = "stable"
}

func (d *cDaemon) Step(now time.Time, ev Event) []Effect {
	d.now, d.out = now, nil
	d.ipfail.step(d, ev)
	switch ev := ev.(type) {
	case CommunicationUp:
		d.state = "starting"
		d.say("t", "starting")
		for _, dead := range ev.Dead {
			d.takeOver(d.homedAt(dead))
		}
	case NodeDied:
		d.standby, d.until = "", time.Time{}
		if d.state == "stable" {
			d.say("t", "stonith", "node", ev.Node, "result", "n_stnth")
			d.takeOver(d.homedAt(ev.Node))
		} else if d.state != "init" && d.state != "shutdown" {
			d.takeOver(d.homedAt(ev.Node))
		}
	case NodeReturned:
		d.giveUpAt = now.Add(2 * time.Second)
	case GroupStarted:
		d.ended(ev.Key)
	case GroupStopped:
		d.ended(ev.Key)
	case StandbyAsked:
		set, _ := parseWord(ev.Set)
		if d.state == "init" {
			break
		}
		d.say("t", "ask_resources", "rsc_hold", set.String(), "info", "me")
		d.me(set, true)
	case TakeoverAsked:
		d.say("t", "hb_takeover", "rsc_hold", ev.Set)
	case ShutdownAsked:
		d.stopping = true
	case MessageArrived:
		d.message(ev.Message)
	}
	d.tick()
	out := d.out
	d.out = nil
	return out
}

func (d *cDaemon) quiet() bool {
	return len(d.jobs) == 0 && d.standby == "" && d.otherStable && d.state == "stable"
}

func (d *cDaemon) tick() {
	due := func(t time.Time) bool { return !t.IsZero() && !d.now.Before(t) }
	if due(d.until) {
		d.standby, d.until, d.otherStable = "", time.Time{}, true
	}
	if d.state == "received" && due(d.takeLocalAt) {
		d.state = "stable"
		d.acquireOwn(false)
		d.resource(true)
	}
	if due(d.giveUpAt) {
		d.giveUpAt, d.restart, d.jobs = time.Time{}, true, nil
		d.leave()
	}
	if due(d.backAt) {
		d.backAt = time.Time{}
		d.tryFailback()
	}
	if d.stopping && d.state != "shutdown" && (d.quiet() || d.state == "init") {
		d.leave()
	}
}

func (d *cDaemon) leave() {
	d.hold, d.state = None, "shutdown"
	d.resource(false, "shutdown")
	d.run(false, d.keys(All), func() {
		d.say("t", "shutdone", "st", "dead")
		d.out = append(d.out, LeaveCluster{})
	})
}

func (d *cDaemon) NextDeadline() time.Time {
	var next time.Time
	for _, t := range []time.Time{d.until, d.takeLocalAt, d.giveUpAt, d.backAt, d.ipfail.deadline()} {
		if t.After(d.now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next
}

func (d *cDaemon) tryFailback() {
	if !d.failback || d.state != "stable" || d.hold&Foreign == 0 || !d.needs {
		return
	}
	if d.standby != "" || !d.otherStable || len(d.jobs) > 0 {
		d.backAt = d.now.Add(time.Second)
		return
	}
	d.needs = false
	d.say("t", "ask_resources", "rsc_hold", "foreign", "info", "me")
	d.me(Foreign, true)
}

func (d *cDaemon) me(set Set, own bool) {
	if !d.until.IsZero() || d.state != "stable" || d.standby != "" || !d.otherStable {
		return
	}
	d.set = set
	if own {
		d.otherStable, d.standby, d.until = false, "me", d.now.Add(10*time.Second)
		return
	}
	d.standby, d.until = "other", d.now.Add(time.Hour)
	d.say("t", "ask_resources", "rsc_hold", set.String(), "info", "other")
}

func (d *cDaemon) message(m *wire.Message) {
	switch m.Kind() {
	case "starting":
		if d.state == "init" {
			return
		}
		d.otherStable = false
		d.resource(d.state == "stable")
	case "resource":
		d.resourceArrived(m)
	case "shutdone":
		d.otherStable, d.other = true, None
		if d.state != "init" && d.state != "shutdown" && d.hold != All {
			d.takeOver(d.keys(Foreign))
		}
	case "hb_takeover":
		set, _ := parseWord(m.Get("rsc_hold"))
		set = set.mirror()
		d.say("t", "ask_resources", "rsc_hold", set.String(), "info", "me")
		d.me(set, true)
	case "ask_resources":
		d.ask(m)
	}
}

func (d *cDaemon) resourceArrived(m *wire.Message) {
	if d.state == "init" {
		return
	}
	if d.state == "starting" {
		d.state, d.takeLocalAt = "received", d.now.Add(10*time.Second)
	}
	hold, _ := parseHold(m.Get("rsc_hold"))
	if m.Get("rtype") == "full" {
		d.other = hold
	} else {
		d.other |= hold
	}
	newly := m.Get("isstable") == "1" && !d.otherStable
	switch m.Get("isstable") {
	case "1":
		d.otherStable = true
	case "0":
		d.otherStable = false
	}
	if newly {
		d.resource(d.state == "stable")
	}
	if d.state == "received" && d.otherStable {
		d.state = "stable"
		d.acquireOwn(false)
		d.resource(true)
	}
	if newly {
		d.tryFailback()
	}
}

func (d *cDaemon) ask(m *wire.Message) {
	set, _ := parseHold(m.Get("rsc_hold"))
	if d.state == "shutdown" || d.state == "init" {
		return
	}
	word := set.String()
	switch info := m.Get("info"); {
	case info == "me":
		d.me(set, false)
	case info == "other" && d.standby == "me":
		d.set = set // C acts on what the message says
		d.hold &^= d.set
		d.until = d.now.Add(time.Hour)
		d.resource(false, "standby")
		d.run(false, d.keys(d.set), func() {
			d.say("t", "ask_resources", "rsc_hold", word, "info", "done")
			d.standby = "done"
		})
	case info == "done" && d.standby == "other":
		d.run(true, d.keys(d.set.mirror()), func() {
			d.say("t", "ask_resources", "rsc_hold", word, "info", "done")
			d.hold |= d.set.mirror()
			d.standby, d.until = "", time.Time{}
			d.resource(true)
		})
		d.standby = "done"
	case info == "done" && d.standby == "done" && len(d.jobs) == 0:
		d.standby, d.until, d.otherStable = "", time.Time{}, true
		d.resource(true)
	}
}

// withC is a world whose second node is a C daemon.
func withC(t testing.TB, seed uint64, failback Failback) *world {
	w := newWorld(t, seed, failback, []string{"n1", "n2"}, Group{"g1", "n1"}, Group{"g2", "n2"})
	w.node("n2").isC = true
	return w
}

func TestMixedPairStartsWithoutTheTenSeconds(t *testing.T) {
	for _, first := range []int{0, 1} {
		w := withC(t, 1, FailbackOff)
		w.nodes[first].boot()
		w.run(300 * time.Millisecond)
		w.nodes[1-first].boot()
		w.run(3 * time.Second)
		w.want("g1", "n1")
		w.want("g2", "n2")
		if v := w.node("n1").core.View(); v.Resources != "local" {
			t.Errorf("rscstatus %q\n%s", v.Resources, w.story())
		}
	}
}

func TestMixedPairThroughItsWholeLife(t *testing.T) {
	for _, failback := range []Failback{FailbackOn, FailbackOff} {
		w := withC(t, 1, failback)
		home := func(back string) string {
			if failback == FailbackOn {
				return back
			}
			return map[string]string{"n1": "n2", "n2": "n1"}[back]
		}
		w.up()
		w.run(3 * time.Second)
		w.node("n2").crash()
		w.run(2 * time.Second)
		w.want("g2", "n1")
		w.node("n2").boot()
		w.run(15 * time.Second)
		w.want("g1", "n1")
		w.want("g2", home("n2"))
		w.node("n1").crash()
		w.run(2 * time.Second)
		w.want("g1", "n2")
		w.node("n1").boot()
		w.run(15 * time.Second)
		w.want("g1", home("n1"))
		w.node("n2").step(ShutdownAsked{})
		w.run(5 * time.Second)
		w.want("g1", "n1")
		w.want("g2", "n1")
		w.node("n2").boot()
		w.run(15 * time.Second)
		w.node("n1").step(ShutdownAsked{})
		w.run(3 * time.Second)
		w.want("g1", "n2")
		w.want("g2", "n2")
	}
}

func TestMixedPairHealsAndTheGoNodeKeepsServing(t *testing.T) {
	w := withC(t, 1, FailbackOff)
	w.up()
	w.run(3 * time.Second)
	w.partition(true)
	w.run(3 * time.Second)
	w.node("n1").calls = nil
	w.partition(false)
	w.run(30 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n1")
	if len(w.node("n1").calls) > 0 {
		t.Errorf("calls %v", w.node("n1").calls)
	}
	if n := len(w.node("n1").announce); n < 4 {
		t.Errorf("announced %d times", n)
	}
}

// TestMixedPairRandomLife: commands, crashes, graceful stops and partitions in any order. Every group ends with one owner,
// and the Go node never starts what the C node has.
func TestMixedPairRandomLife(t *testing.T) {
	for seed := range uint64(150) {
		mixedRun(t, seed)
	}
}

func mixedRun(t *testing.T, seed uint64) {
	w := withC(t, seed, []Failback{FailbackOff, FailbackOn}[seed%2])
	w.up()
	for range 12 {
		w.run(time.Duration(w.rng.Int64N(int64(6 * time.Second))))
		n := w.nodes[w.rng.IntN(2)]
		word := []string{"all", "local", "foreign"}[w.rng.IntN(3)]
		switch k := w.rng.IntN(10); {
		case !n.up:
			n.boot()
		case k < 4:
			w.logf("%s standby %s", n.name, word)
			n.step(StandbyAsked{ID: uint64(w.seq), Set: word})
		case k < 7:
			w.logf("%s takeover %s", n.name, word)
			n.step(TakeoverAsked{ID: uint64(w.seq), Set: word})
		case k < 8:
			n.crash()
		case k < 9:
			n.step(ShutdownAsked{})
		case seed%3 == 0:
			w.partition(true)
			w.run(time.Duration(w.rng.Int64N(int64(4 * time.Second))))
			w.partition(false)
		}
	}
	w.run(30 * time.Second)
	for _, n := range w.nodes {
		if !n.up {
			n.boot()
			w.run(40 * time.Second)
		}
	}
	w.run(20 * time.Second)
	for _, g := range w.nodes[0].cfg.Groups {
		if o := w.owners(g.Key); o == "" || strings.Contains(o, " ") {
			t.Fatalf("seed %d: %s is held by [%s]\n%s", seed, g.Key, o, w.story())
		}
	}
}
