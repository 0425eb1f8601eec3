package takeover

import (
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/connectivity"
)

// connected is a pair whose nodes watch the interface of both groups and one ping node.
func connected(t testing.TB, failback Failback) *world {
	w := pair(t, failback)
	for _, n := range w.nodes {
		n.cfg.Connectivity = connectivity.Config{Carrier: true, Pings: []connectivity.Target{{Name: "router", Weight: 1}}}
	}
	w.up()
	for _, n := range w.nodes {
		n.cable(true)
		n.router(connectivity.Answers)
	}
	w.run(100 * time.Millisecond)
	return w
}

// cable puts the cable of the service interface in or pulls it.
func (n *node) cable(in bool) {
	n.w.logf("%s cable %v", n.name, in)
	n.step(LinksChanged{Links: []connectivity.Link{{Name: "eth0", Carrier: in}}, Groups: map[string][]string{"g1": {"eth0"}, "g2": {"eth0"}}})
}

func (n *node) router(a connectivity.Answer) { n.step(PingChanged{Node: "router", Answer: a}) }

func TestPulledCableMovesTheGroupAtOnce(t *testing.T) {
	w := connected(t, FailbackOff)
	n1 := w.node("n1")
	n1.cable(false)
	w.run(19 * time.Millisecond)
	w.want("g1", "n1")
	// 20 ms to settle, stop 10 ms, start 10 ms, and four messages of 1 ms.
	w.run(27 * time.Millisecond)
	w.want("g1", "n2")
	w.want("g2", "n2")
	n1.wantEvent("connectivity.move g1: n1 hands g1 to n2: eth0 of n1 has no carrier, eth0 of n2 has one.")
	n1.wantEvent("carrier.lost eth0")
	if v := w.node("n2").core.View(); v.Groups[0].Reason != "n1 handed it over: eth0 of n1 has no carrier, eth0 of n2 has one" {
		t.Errorf("reason on n2: %q", v.Groups[0].Reason)
	}
	if v := n1.core.View(); len(v.Reach) != 2 || v.Reach[0].Services[0].Level != "bad" || v.Reach[1].Services[0].Level != "good" {
		t.Errorf("n1 shows %+v", v.Reach)
	}
	// The cable comes back: off, nothing moves any more.
	n1.cable(true)
	w.run(time.Minute)
	w.want("g1", "n2")
}

func TestGroupGoesHomeWhenTheCableHasHeld(t *testing.T) {
	w := connected(t, FailbackOn)
	n1 := w.node("n1")
	n1.cable(false)
	w.run(time.Second)
	w.want("g1", "n2")
	n1.cable(true)
	w.run(4900 * time.Millisecond)
	w.want("g1", "n2")
	w.run(200 * time.Millisecond)
	w.want("g1", "n1")
	w.want("g2", "n2")
}

func TestFlappingLinkDoesNotMakeServicesFlap(t *testing.T) {
	for _, failback := range []Failback{FailbackOn, FailbackOff} {
		w := connected(t, failback)
		n1 := w.node("n1")
		for range 200 {
			n1.cable(false)
			w.run(time.Second)
			n1.cable(true)
			w.run(3 * time.Second)
		}
		w.want("g1", "n2")
		if n := slices.Index(n1.calls, "start g1"); n >= 0 || len(n1.calls) != 1 {
			t.Errorf("failback %v: n1 did %v in 800 s of flapping", failback, n1.calls)
		}
		// Both flap, never together: every move needs a node that held, so they become ever rarer.
		n2, before := w.node("n2"), len(n1.calls)+len(w.node("n2").calls)
		for range 600 {
			n1.cable(false)
			w.run(time.Second)
			n1.cable(true)
			w.run(6 * time.Second)
			n2.cable(false)
			w.run(time.Second)
			n2.cable(true)
			w.run(6 * time.Second)
		}
		if n := len(n1.calls) + len(n2.calls) - before; n > 4*8 {
			t.Errorf("failback %v: %d starts and stops in 8400 s in which both flap", failback, n)
		}
	}
}

func TestNothingMovesWhenNobodyIsBetter(t *testing.T) {
	tests := map[string]struct {
		spoil func(w *world, n1, n2 *node)
		stays string // part of the record
	}{
		"the other cable is out as well": {func(_ *world, n1, n2 *node) { n2.cable(false) }, "eth0 of n2 has none either"},
		"the switch died": {func(w *world, n1, n2 *node) {
			w.after(15*time.Millisecond, func() { n2.cable(false) })
		}, "eth0 of n2 has none either"},
		"the other cable is back since a moment": {func(w *world, n1, n2 *node) {
			n2.cable(false)
			w.run(time.Second)
			n2.cable(true)
			w.run(time.Second)
		}, "has not held for long enough"},
		"the other node does not know": {func(_ *world, n1, n2 *node) { n2.step(LinksChanged{}) }, "does not say how it is connected"},
		"the other node is dead": {func(w *world, n1, n2 *node) {
			n2.crash()
			w.run(2 * time.Second)
		}, "this node is alone"},
		"the other node leaves": {func(_ *world, n1, n2 *node) { n2.step(ShutdownAsked{}) }, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := connected(t, FailbackOff)
			n1, n2 := w.node("n1"), w.node("n2")
			tt.spoil(w, n1, n2)
			n1.calls = nil
			n1.cable(false)
			w.run(1500 * time.Millisecond)
			if w.owners("g1") != "n1" || slices.Contains(n1.calls, "stop g1") {
				t.Errorf("g1 is on %q, n1 did %v\n%s", w.owners("g1"), n1.calls, w.story())
			}
			if tt.stays != "" {
				n1.wantEvent("connectivity.stay g1: g1 stays on n1 although eth0 has no carrier: ")
				n1.wantEvent(tt.stays)
			}
		})
	}
}

func TestNothingMovesToANodeThatDoesNotHear(t *testing.T) {
	w := connected(t, FailbackOff)
	w.cut[[2]string{"n1", "n2"}] = true
	w.run(1100 * time.Millisecond) // n2 believes n1 dead, and says so
	n1 := w.node("n1")
	n1.cable(false)
	w.run(500 * time.Millisecond)
	if slices.ContainsFunc(n1.sent, func(s string) bool { return strings.Contains(s, "info=me") }) {
		t.Errorf("n1 asked a node that does not hear it\n%s", w.story())
	}
}

func TestNothingIsReleasedBeforeTheOtherNodeAgrees(t *testing.T) {
	w := connected(t, FailbackOff)
	n1, n2 := w.node("n1"), w.node("n2")
	n1.cable(false)
	w.run(20*time.Millisecond - time.Microsecond)
	n2.cable(false) // n1's question is on its way when n2 loses its own
	w.run(3 * time.Second)
	w.want("g1", "n1")
	if len(n1.calls) != 0 {
		t.Errorf("n1 did %v", n1.calls)
	}
	// And when n2 has it again for long enough, the group moves.
	n2.cable(true)
	w.run(6 * time.Second)
	w.want("g1", "n2")
}

func TestDeadPingNodeMovesOnlyWhereTheOtherHearsIt(t *testing.T) {
	w := connected(t, FailbackOff)
	n1, n2 := w.node("n1"), w.node("n2")
	n1.router(connectivity.Late)
	w.run(100 * time.Millisecond)
	w.want("g1", "n1")
	n1.router(connectivity.Silent)
	w.run(30 * time.Millisecond)
	w.want("g1", "n2")
	n1.wantEvent("n1 reaches 0 of 1 ping nodes, n2 1")
	n1.router(connectivity.Answers)
	w.run(time.Minute)
	w.want("g1", "n2")

	// The ping node itself dies (S17): one node notices before the other, which is late by then.
	n1.calls, n2.calls = nil, nil
	n1.router(connectivity.Late)
	n2.router(connectivity.Late)
	w.run(50 * time.Millisecond)
	n2.router(connectivity.Silent)
	w.run(150 * time.Millisecond)
	n1.router(connectivity.Silent)
	w.run(10 * time.Second)
	n1.router(connectivity.Answers)
	w.run(150 * time.Millisecond)
	n2.router(connectivity.Answers)
	w.run(10 * time.Second)
	if len(n1.calls)+len(n2.calls) > 0 {
		t.Errorf("n1 did %v, n2 did %v\n%s", n1.calls, n2.calls, w.story())
	}
}

func TestPingNodesAreComparedOnlyWhereConfigured(t *testing.T) {
	w := pair(t, FailbackOff)
	for _, n := range w.nodes {
		n.cfg.Connectivity = connectivity.Config{Carrier: true}
	}
	w.up()
	for _, n := range w.nodes {
		n.cable(true)
	}
	w.node("n1").router(connectivity.Silent)
	w.run(3 * time.Second)
	w.want("g1", "n1")
}

func TestStandbyNodeThatLosesItsLinkGivesOnlyItsOwn(t *testing.T) {
	w := connected(t, FailbackOn) // S18: both are active
	w.node("n2").router(connectivity.Silent)
	w.run(100 * time.Millisecond)
	w.want("g1", "n1")
	w.want("g2", "n1")
	if calls := w.node("n1").calls; !slices.Equal(calls, []string{"start g2"}) {
		t.Errorf("n1 did %v", calls)
	}
}

func TestAGroupThatAPersonMovedStaysUntilSomethingChanges(t *testing.T) {
	w := connected(t, FailbackOff)
	n1, n2 := w.node("n1"), w.node("n2")
	n2.cable(false)
	w.run(time.Second)
	w.want("g2", "n1") // it had to go
	n1.step(StandbyAsked{ID: 7, Set: "local"})
	w.run(10 * time.Second)
	w.want("g1", "n2")
	w.want("g2", "n1")
	n1.router(connectivity.Silent)
	w.run(10 * time.Second)
	n1.router(connectivity.Answers)
	w.run(10 * time.Second)
	w.want("g1", "n2") // that was not the reason
	n2.wantEvent("a command placed it here")
	n2.cable(true)
	w.run(10 * time.Second)
	n2.cable(false) // a new fault, a new decision
	w.run(time.Second)
	w.want("g1", "n1")
}

func TestAGroupThatFailedThereIsNotSentThere(t *testing.T) {
	w := connected(t, FailbackOff)
	n1, n2 := w.node("n1"), w.node("n2")
	n2.failing["g1"] = true
	n1.cable(false)
	w.run(30 * time.Second)
	w.want("g1", "n1")
	starts := 0
	for _, call := range n1.calls {
		if call == "start g1" {
			starts++
		}
	}
	if starts != 1 {
		t.Errorf("n1 took it back %d times\n%s", starts, w.story())
	}
	n1.wantEvent("it failed to start on n2")
}

// With auto_failback legacy C has no hand-over, and its ipfail refuses to run.
func TestLegacyFailbackKnowsNoHandOver(t *testing.T) {
	w := connected(t, FailbackLegacy)
	w.node("n1").cable(false)
	w.run(5 * time.Second)
	w.want("g1", "n1")
}

func TestTowardsACPeerNothingMoves(t *testing.T) {
	w := pair(t, FailbackOff)
	n1, n2 := w.node("n1"), w.node("n2")
	n2.isC = true
	n1.cfg.Connectivity = connectivity.Config{Carrier: true}
	for _, n := range w.nodes {
		n.boot()
	}
	w.run(20 * time.Second)
	n1.cable(true)
	n1.cable(false)
	n1.calls = nil
	w.run(20 * time.Second)
	w.want("g1", "n1")
	if len(n1.calls) > 0 {
		t.Errorf("n1 did %v", n1.calls)
	}
}
