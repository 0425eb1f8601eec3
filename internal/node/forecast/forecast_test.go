package forecast

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/takeover"
)

func present(failback takeover.Failback) Present {
	return Present{
		Now:  time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		Took: map[string]time.Duration{"web": 300 * time.Millisecond, "db": time.Second},
		Config: takeover.Config{
			Self: "n1", Nodes: []string{"n1", "n2"}, Failback: failback, Keepalive: time.Second, Deadtime: 10 * time.Second, StartRetries: 1,
			Groups: []takeover.Group{{Key: "web", Home: "n1"}, {Key: "db", Home: "n2"}},
		},
		Nodes: []Node{
			{Name: "n1", Alive: true, Holds: []string{"web"}, Links: []string{"eth0", "eth1"}, Services: []Service{{"web", "eth0", true}, {"db", "eth0", true}}},
			{Name: "n2", Alive: true, Holds: []string{"db"}, Links: []string{"eth0", "eth1"}, Services: []Service{{"web", "eth0", true}, {"db", "eth0", true}}},
		},
	}
}

func play(t *testing.T, p Present, steps ...Step) Plan {
	t.Helper()
	plan, err := Play(p, steps)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func wantAfter(t *testing.T, p Plan, web, db string) {
	t.Helper()
	if p.After["web"] != web || p.After["db"] != db {
		t.Errorf("after: %v, want web on %s and db on %s\n%+v", p.After, web, db, p.Lines)
	}
}

func TestADeadNodeIsTakenOverAfterItsDeadtime(t *testing.T) {
	p := play(t, present(takeover.FailbackOff), Step{Verb: "down", Node: "n1"})
	wantAfter(t, p, "n2", "n2")
	if d := time.Duration(p.Down["web"]); d < 10*time.Second || d > 11*time.Second || p.Down["db"] != 0 {
		t.Errorf("outages %v", p.Down)
	}
}

func TestTheNodeThatAsksMayBeTheOneThatDies(t *testing.T) {
	p := present(takeover.FailbackOff)
	p.Config.Self = "n2"
	wantAfter(t, play(t, p, Step{Verb: "down", Node: "n2"}), "n1", "n1")
}

func TestAStopHandsOver(t *testing.T) {
	p := play(t, present(takeover.FailbackOff), Step{Verb: "stop", Node: "n2"})
	wantAfter(t, p, "n1", "n1")
	if d := time.Duration(p.Down["db"]); d < 2*time.Second || d > 2100*time.Millisecond {
		t.Errorf("outages %v", p.Down)
	}
}

func TestADrainIsPlayedByTheRealCores(t *testing.T) {
	p := play(t, present(takeover.FailbackOff), Step{Verb: "drain", Ask: takeover.VerbAsked{Verb: takeover.VerbDrain, Node: "n1"}})
	wantAfter(t, p, "n2", "n2")
	last := p.Lines[len(p.Lines)-1]
	if last.What != "done" || !strings.Contains(last.Reason, "n1 is drained") {
		t.Errorf("%+v", p.Lines)
	}
}

func TestARefusalIsPartOfThePlan(t *testing.T) {
	now := present(takeover.FailbackOff)
	now.Nodes[1].Alive = false
	p := play(t, now, Step{Verb: "drain", Ask: takeover.VerbAsked{Verb: takeover.VerbDrain, Node: "n1"}})
	if !strings.Contains(p.Refused, "no other node could take") || p.After["web"] != "n1" {
		t.Errorf("%+v", p)
	}
}

func TestWhatFailedBeforeFailsInThePlanToo(t *testing.T) {
	now := present(takeover.FailbackOff)
	now.Nodes[1].Failed = map[string]string{"web": "port in use"}
	p := play(t, now, Step{Verb: "down", Node: "n1"})
	if p.After["web"] != "" || p.Down["web"] != -1 {
		t.Errorf("%+v", p)
	}
}

func TestTheOnlyLinkSplitsTheCluster(t *testing.T) {
	now := present(takeover.FailbackOff)
	for i := range now.Nodes {
		now.Nodes[i].Links = []string{"eth1"}
	}
	p := play(t, now, Step{Verb: "link", Node: "n1", Link: "eth1"})
	if !reflect.DeepEqual(p.Doubled, []string{"web", "db"}) {
		t.Errorf("%+v", p)
	}
}

func TestALostServiceLinkMovesTheGroup(t *testing.T) {
	now := present(takeover.FailbackOff)
	now.Config.Connectivity = connectivity.Config{Carrier: true, Dampen: 2 * time.Second}
	p := play(t, now, Step{Verb: "link", Node: "n1", Link: "eth0"})
	wantAfter(t, p, "n2", "n2")
}

func TestAPlanIsTheSameEveryTime(t *testing.T) {
	a := play(t, present(takeover.FailbackOn), Step{Verb: "down", Node: "n1"})
	b := play(t, present(takeover.FailbackOn), Step{Verb: "down", Node: "n1"})
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestWhatCannotBeForeseenIsSaid(t *testing.T) {
	now := present(takeover.FailbackOff)
	for _, s := range []Step{{Verb: "down", Node: "n9"}, {Verb: "link", Node: "n1", Link: "wlan0"}} {
		if _, err := Play(now, []Step{s}); err == nil {
			t.Errorf("%+v was played", s)
		}
	}
	now.Nodes[1].Classic = true
	if _, err := Play(now, []Step{{Verb: "down", Node: "n1"}}); err == nil || !strings.Contains(err.Error(), "C Heartbeat") {
		t.Error(err)
	}
}
