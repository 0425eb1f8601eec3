package takeover

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/wire"
)

// cIpfail is the program ipfail of a C node as the resources spec describes it (section 5).
type cIpfail struct {
	count    int // ping nodes that answer, as its daemon believes
	due      time.Time
	set      string
	giveups  int
	failback bool
}

func (f *cIpfail) deadline() time.Time {
	if f == nil || f.due.IsZero() {
		return time.Time{}
	}
	return f.due
}

func (f *cIpfail) say(d *cDaemon, kind string, more ...string) {
	d.say(append([]string{"t", kind, "dest", "n1", "from_id", "ipfail", "to_id", "ipfail"}, more...)...)
}

func (f *cIpfail) tell(d *cDaemon) { f.say(d, "num_ping_nodes", "num_ping", strconv.Itoa(f.count)) }

func (f *cIpfail) giveUp(d *cDaemon, set string) {
	f.set, f.due = set, d.now.Add(2*d.n.cfg.Keepalive)
}

func (f *cIpfail) step(d *cDaemon, ev Event) {
	if f == nil {
		return
	}
	switch ev := ev.(type) {
	case PingChanged:
		switch {
		case ev.Answer == connectivity.Silent && f.count > 0:
			f.count--
			f.tell(d)
		case ev.Answer == connectivity.Answers:
			f.count++
			f.tell(d)
		}
	case MessageArrived:
		if ev.Message.Get("to_id") == "ipfail" {
			f.hear(d, ev.Message)
		}
	}
	if !f.due.IsZero() && !d.now.Before(f.due) {
		f.due = time.Time{}
		if d.state != "stable" || d.standby != "" || !d.otherStable || len(d.jobs) > 0 {
			f.due = d.now.Add(10 * time.Second) // need_standby: it sleeps
			return
		}
		f.giveups++
		set, _ := parseWord(f.set)
		d.say("t", "ask_resources", "rsc_hold", f.set, "info", "me", "from_id", "ipfail", "to_id", "ipfail")
		d.me(set, true)
	}
}

func (f *cIpfail) hear(d *cDaemon, m *wire.Message) {
	switch m.Kind() {
	case "num_ping_nodes":
		n, err := strconv.Atoi(m.Get("num_ping"))
		switch {
		case err != nil:
			d.n.w.t.Fatalf("C would not read %v", m)
		case f.count > n:
			f.say(d, "you_are_dead")
		case f.count < n:
			f.giveUp(d, "all")
		default:
			f.say(d, "abort_giveup")
			if !f.due.IsZero() {
				f.due = time.Time{}
			} else if f.failback && d.quiet() {
				f.giveUp(d, "foreign")
			}
		}
	case "you_are_dead":
		f.giveUp(d, "all")
	case "abort_giveup":
		f.due = time.Time{}
	}
}

// pinging is a Go node n1 and a C node n2 with ipfail, each at home with one group; both reach the router.
func pinging(t testing.TB, seed uint64, failback Failback) (*world, *node, *node) {
	w := withC(t, seed, failback)
	n1, n2 := w.node("n1"), w.node("n2")
	n1.cfg.Connectivity = connectivity.Config{Carrier: true, Pings: []connectivity.Target{{Name: "router", Weight: 1}}, Dampen: connectivity.DefaultDampen}
	n1.cfg.Ipfail = true
	w.up()
	n2.c.ipfail = &cIpfail{count: 1, failback: failback == FailbackOn}
	n1.router(connectivity.Answers)
	w.run(15 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
	n2.c.ipfail.giveups = 0 // of its own groups, at every start
	return w, n1, n2
}

func TestGroupsLeaveANodeThatReachesFewerPingNodesForAC(t *testing.T) {
	w, n1, n2 := pinging(t, 1, FailbackOn)
	n1.router(connectivity.Late)
	w.run(500 * time.Millisecond)
	w.want("g1", "n1") // in doubt nothing is said
	n1.router(connectivity.Silent)
	w.run(2 * time.Second)
	w.want("g1", "n2")
	w.want("g2", "n2")
	n1.wantEvent("connectivity.move g1: n1 hands g1 to n2: n1 reaches 0 of 1 ping nodes, n2 more.")
	// C itself sends the group home when the counts are equal again.
	n1.router(connectivity.Answers)
	w.run(15 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
	if n2.c.ipfail.giveups != 1 {
		t.Errorf("C gave up %d times", n2.c.ipfail.giveups)
	}
}

func TestACNodeThatReachesFewerPingNodesGivesItsGroupsUpAndGetsThemBack(t *testing.T) {
	w, n1, n2 := pinging(t, 1, FailbackOn)
	n2.step(PingChanged{Node: "router", Answer: connectivity.Silent})
	w.run(3 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n1")
	n2.step(PingChanged{Node: "router", Answer: connectivity.Answers})
	w.run(4 * time.Second)
	w.want("g2", "n1") // what came back must hold for a while
	w.run(10 * time.Second)
	w.want("g2", "n2")
	w.want("g1", "n1")
	if slices.Contains(n1.calls, "stop g1") {
		t.Errorf("n1 did %v", n1.calls)
	}
}

// TestAPingNodeThatDiesMovesNothing: both nodes notice, up to half a second apart, in either order (S17).
func TestAPingNodeThatDiesMovesNothing(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 17))
		w, n1, n2 := pinging(t, seed, []Failback{FailbackOn, FailbackOff}[seed%2])
		skew := time.Duration(rng.IntN(450)) * time.Millisecond
		first, second := func() { n1.router(connectivity.Silent) }, func() { n2.step(PingChanged{Node: "router", Answer: connectivity.Silent}) }
		if seed%3 == 0 {
			first, second = second, first
		}
		n1.calls = nil
		n1.router(connectivity.Late) // half of the dead time before either is sure
		w.after(time.Second, first)
		w.after(time.Second+skew, second)
		w.run(20 * time.Second)
		for _, n := range []*node{n1, n2} {
			if i := slices.IndexFunc(n.calls, func(c string) bool { return strings.HasPrefix(c, "stop") }); i >= 0 && n == n1 {
				t.Fatalf("seed %d, skew %v: %s did %v\n%s", seed, skew, n.name, n.calls, w.story())
			}
		}
		if n2.c.ipfail.giveups > 0 && n2.c.ipfail.set == "all" {
			t.Fatalf("seed %d, skew %v: C gave everything up\n%s", seed, skew, w.story())
		}
		w.want("g1", "n1")
		w.want("g2", "n2")
	}
}

// TestPingNodesThatComeAndGoKeepOneOwner plays random changes on both sides; afterwards both reach everything again.
func TestPingNodesThatComeAndGoKeepOneOwner(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 18))
		w, n1, n2 := pinging(t, seed, []Failback{FailbackOn, FailbackOff}[seed%2])
		cSees := true
		for range 12 {
			switch rng.IntN(5) {
			case 0:
				n1.router(connectivity.Silent)
			case 1:
				n1.router(connectivity.Answers)
			case 2:
				n1.router(connectivity.Late)
			case 3:
				if answer := connectivity.Answers; cSees {
					answer, cSees = connectivity.Silent, false
					n2.step(PingChanged{Node: "router", Answer: answer})
				} else {
					cSees = true
					n2.step(PingChanged{Node: "router", Answer: answer})
				}
			case 4:
				n1.step(StandbyAsked{ID: uint64(rng.IntN(1000)) + 1, Set: "all"})
			}
			w.run(time.Duration(rng.IntN(6000)) * time.Millisecond)
		}
		n1.router(connectivity.Answers)
		if !cSees {
			n2.step(PingChanged{Node: "router", Answer: connectivity.Answers})
		}
		w.run(2 * time.Minute)
		for _, g := range []string{"g1", "g2"} {
			if o := w.owners(g); o != "n1" && o != "n2" {
				t.Fatalf("seed %d: %s is on %q\n%s", seed, g, o, w.story())
			}
		}
		if w.broken != "" {
			t.Fatalf("seed %d: %s\n%s", seed, w.broken, w.story())
		}
	}
}

func TestStrangeWordsOfIpfailChangeNothing(t *testing.T) {
	w, n1, _ := pinging(t, 1, FailbackOff)
	n1.calls = nil
	for i, pairs := range [][]string{{"num_ping_nodes", "num_ping", "x"}, {"num_ping_nodes", "num_ping", "-1"}, {"num_ping_nodes"}, {"giveup"}, {"you_are_dead"},
		{"hbapi-clstat", "st", "leave"}, {"num_ping_nodes", "num_ping", "99999999999999999999"}} {
		m := wire.New(append([]string{"t", pairs[0], "to_id", "ipfail", "from_id", "ipfail"}, pairs[1:]...)...)
		n1.step(MessageArrived{From: "n2", Message: m})
		w.run(5 * time.Second)
		if w.owners("g1") != "n1" || len(n1.calls) > 0 {
			t.Errorf("word %d: %s", i, fmt.Sprint(n1.calls))
		}
	}
}
