package node

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/takeover"
	"heartbeat/internal/wire"
)

func TestStatusShowsTheCluster(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	s.files("n2")
	n1, n2 := s.start("n1"), s.start("n2")
	n1.await(0, event.GroupAcquired, "web::1")
	n2.await(0, event.GroupAcquired, "mail::2")
	n1.await(0, event.NodeActive, "n2")
	st := n1.Status()
	if st.Node != "n1" || st.State != stateRunning || st.Local != "active" || !st.CommUp || !st.Protected || st.Waiting != "" || st.Version != "test" {
		t.Errorf("%+v", st)
	}
	if len(st.Nodes) != 2 || !st.Nodes[0].Self || st.Nodes[1].Kind != "go" || st.Nodes[1].Status != "active" ||
		st.Nodes[1].HeardAgo < 0 || len(st.Nodes[1].Links) != 1 || !st.Nodes[1].Links[0].Up {
		t.Errorf("nodes: %+v", st.Nodes)
	}
	if st.Parameters["keepalive"] != "50ms" || st.Counters["received"] == 0 || st.Counters["link_lo_sent"] == 0 {
		t.Errorf("parameters %v, counters %v", st.Parameters, st.Counters)
	}
	if _, err := json.Marshal(st); err != nil {
		t.Error(err)
	}

	n2.Abandon()
	n2.ends()
	n1.await(0, event.NodeDead, "n2")
	st = n1.Status()
	if st.Protected || !slices.ContainsFunc(st.Attention, func(s string) bool { return strings.Contains(s, "node n2 is dead") }) {
		t.Errorf("protected %v, attention %q", st.Protected, st.Attention)
	}
}

func TestStatusSaysWhatStartUpWaitsFor(t *testing.T) {
	s := newStand(t)
	s.more = strings.Replace(s.more, "initdead 800ms", "initdead 600", 1)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.NodeStarting, "")
	st := n1.Status()
	if st.CommUp || !strings.HasPrefix(st.Waiting, "waiting for n2 for at most ") || !strings.HasSuffix(st.Waiting, "(initdead)") {
		t.Errorf("waiting %q", st.Waiting)
	}
}

func TestStoppedNodeStillAnswers(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.NodeStarting, "")
	n1.Abandon()
	n1.ends()
	if st := n1.Status(); st.Node != "n1" {
		t.Errorf("%+v", st)
	}
	if _, err := n1.Standby(t.Context(), "all"); err == nil {
		t.Error("a stopped node went standby")
	}
	n1.Reload(true)
	n1.Shutdown()
}

func TestLegacyClusterRefusesStandbyWithItsReason(t *testing.T) {
	s := newStand(t)
	s.more = strings.Replace(s.more, "auto_failback off", "auto_failback legacy", 1)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.CommUp, "")
	answer, err := n1.Standby(t.Context(), "all")
	if err != nil || !answer.Refused || answer.Text == "" {
		t.Errorf("%+v %v", answer, err)
	}
}

func TestTroublesEndWhenTheirConditionEnds(t *testing.T) {
	var tr troubles
	tr.set("b", "second")
	tr.set("a", "first")
	tr.set("b", "")
	tr.set("c", "")
	if got := tr.list(); !slices.Equal(got, []string{"first"}) {
		t.Errorf("%q", got)
	}
}

func TestFullOutboxDropsMessagesAndKeepsDeaths(t *testing.T) {
	o := newOutbox(2)
	m := wire.New("t", "x")
	o.put(takeover.NodeActive{Node: "n2"})
	o.put(takeover.MessageArrived{From: "n2", Message: m})
	o.put(takeover.MessageArrived{From: "n2", Message: m}) // no room
	o.put(takeover.NodeDied{Node: "n2"})                   // waits
	o.put(takeover.NodeActive{Node: "n2"})                 // behind it
	if o.dropped.Load() != 1 {
		t.Errorf("%d dropped", o.dropped.Load())
	}
	<-o.ch
	o.put(takeover.MessageArrived{From: "n2", Message: m}) // must not overtake the death
	o.flush()
	<-o.ch
	o.flush()
	if ev := <-o.ch; ev != (takeover.NodeDied{Node: "n2"}) {
		t.Errorf("got %#v", ev)
	}
	if ev := <-o.ch; ev != (takeover.NodeActive{Node: "n2"}) {
		t.Errorf("got %#v", ev)
	}
	if o.dropped.Load() != 2 || len(o.waiting) != 0 {
		t.Errorf("%d dropped, %d waiting", o.dropped.Load(), len(o.waiting))
	}
}

func TestReasonIsTheRootOfTheChain(t *testing.T) {
	c := causes{}
	c.learn(event.Event{Kind: event.GroupAcquire, Subject: "g", Cause: "node.dead n1"})
	c.learn(event.Event{Kind: event.GroupRelease, Subject: "g", Cause: "shutdown.begun n1"})
	c.learn(event.Event{Kind: event.GroupAcquire, Subject: "loop", Cause: "group.acquire loop"})
	for cause, want := range map[string]string{
		"group.acquire g": "peer-dead", "group.release g": "shutdown", "group.acquire loop": "cold-start", "": "cold-start",
		"comm.up": "cold-start", "node.left n2": "peer-dead", "standby.begun n1": "standby", "failback.begun n1": "failback", "node.returned n2": "conflict",
	} {
		if got := c.word(cause); got != want {
			t.Errorf("%q: %s, want %s", cause, got, want)
		}
	}
}

func TestClockFollowsTheBootClock(t *testing.T) {
	c := newClock()
	a := c.now()
	b := c.now()
	if b.Before(a) || c.now().Sub(c.start) > time.Minute || c.wallOffset().Abs() > time.Second {
		t.Errorf("%v %v, offset %v", a, b, c.wallOffset())
	}
	c.boot -= time.Hour // as if the machine had been suspended for an hour
	if got := c.now().Sub(a); got < time.Hour {
		t.Errorf("an hour of suspension looks like %v", got)
	}
}

func TestWatchdogSeesBothLoops(t *testing.T) {
	s := newStand(t)
	s.files("n1")
	n1 := s.start("n1")
	n1.await(0, event.GroupAcquired, "web::1")
	if !n1.alive(patience) {
		t.Error("a healthy node is not alive")
	}
	hang := make(chan struct{})
	n1.res.requests <- func(*resources) { <-hang }
	if n1.alive(20 * time.Millisecond) {
		t.Error("a hanging resource loop is alive")
	}
	close(hang)
}
