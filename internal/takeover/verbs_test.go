package takeover

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// ask types a verb on a node and returns the answer to it after some time.
func (n *node) ask(ev VerbAsked, after time.Duration) string {
	n.w.t.Helper()
	ev.ID = uint64(len(n.answers) + 1000)
	n.step(ev)
	n.w.run(after)
	for _, a := range n.answers {
		if text, ok := strings.CutPrefix(a, fmt.Sprint(ev.ID, " ")); ok {
			return text
		}
	}
	n.w.t.Fatalf("%s: no answer to %+v\n%s", n.name, ev, n.w.story())
	return ""
}

func (n *node) mustAsk(ev VerbAsked, want string) {
	n.w.t.Helper()
	if got := n.ask(ev, 2*time.Second); !strings.HasPrefix(got, "false ") || !strings.Contains(got, want) {
		n.w.t.Fatalf("%s: %+v: %q, want %q\n%s", n.name, ev, got, want, n.w.story())
	}
}

func (n *node) refuses(ev VerbAsked, why string) {
	n.w.t.Helper()
	if got := n.ask(ev, 2*time.Second); !strings.HasPrefix(got, "true refused: ") || !strings.Contains(got, why) {
		n.w.t.Fatalf("%s: %+v: %q, want a refusal with %q\n%s", n.name, ev, got, why, n.w.story())
	}
}

func three(t *testing.T, f Failback) *world {
	w := newWorld(t, 1, f, []string{"n1", "n2", "n3"}, Group{"g1", "n1"}, Group{"g2", "n1"}, Group{"g3", "n3"})
	w.up()
	return w
}

func TestMoveTakesOneGroupAndLeavesTheOthers(t *testing.T) {
	w := newWorld(t, 1, FailbackOn, []string{"n1", "n2"}, Group{"g1", "n1"}, Group{"g2", "n1"})
	w.up()
	w.node("n2").mustAsk(VerbAsked{Verb: VerbMove, Group: "g2", Node: "n2"}, "n1: ")
	w.want("g1", "n1")
	w.want("g2", "n2")
	w.run(time.Minute) // auto_failback is for nodes that return
	w.want("g2", "n2")
	w.node("n1").mustAsk(VerbAsked{Verb: VerbMove, Group: "g2"}, "")
	w.want("g2", "n1")
	if calls := fmt.Sprint(w.node("n1").calls); calls != "[stop g2 start g2]" {
		t.Error(calls)
	}
	w.node("n1").mustAsk(VerbAsked{Verb: VerbMove, Group: "g2", Node: "n1"}, "already")
	w.node("n1").refuses(VerbAsked{Verb: VerbMove, Group: "g9"}, "there is no group")
	w.node("n1").refuses(VerbAsked{Verb: VerbMove, Group: "g1", Node: "n9"}, "there is no node")
}

func TestMoveBetweenTwoOtherNodesIsRelayed(t *testing.T) {
	w := three(t, FailbackOff)
	w.node("n2").mustAsk(VerbAsked{Verb: VerbMove, Group: "g1", Node: "n3"}, "n1: ")
	w.want("g1", "n3")
	w.want("g2", "n1")
	for _, n := range w.nodes {
		if len(n.core.View().Orders) > 0 {
			t.Errorf("a plain move left %v behind", n.core.View().Orders)
		}
	}
}

func TestMoveToANodeThatCannotIsRefusedWithTheReason(t *testing.T) {
	w := three(t, FailbackOff)
	w.node("n3").crash()
	w.run(3 * time.Second)
	w.node("n1").refuses(VerbAsked{Verb: VerbMove, Group: "g1", Node: "n3"}, "it is dead")
	w.node("n2").mustAsk(VerbAsked{Verb: VerbDrain}, "drained")
	w.node("n1").refuses(VerbAsked{Verb: VerbMove, Group: "g1", Node: "n2"}, "it is drained")
	w.node("n1").refuses(VerbAsked{Verb: VerbMove, Group: "g1"}, "no other node can run g1")
	w.want("g1", "n1")
}

func TestMovesThatCrossAreBothCarriedOut(t *testing.T) {
	w := newWorld(t, 1, FailbackOff, []string{"n1", "n2", "n3"}, Group{"g1", "n1"}, Group{"g2", "n2"}, Group{"g3", "n3"})
	w.up()
	w.node("n1").step(VerbAsked{ID: 1, Verb: VerbMove, Group: "g1", Node: "n2"})
	w.node("n2").step(VerbAsked{ID: 1, Verb: VerbMove, Group: "g2", Node: "n3"})
	w.node("n3").step(VerbAsked{ID: 1, Verb: VerbMove, Group: "g3", Node: "n1"})
	w.run(5 * time.Second)
	w.want("g1", "n2")
	w.want("g2", "n3")
	w.want("g3", "n1")
	for _, n := range w.nodes {
		if len(n.answers) != 1 || strings.Contains(n.answers[0], " true ") {
			t.Errorf("%s: %q", n.name, n.answers)
		}
	}
}

func TestTheReceiverDiesInTheMiddleOfAMove(t *testing.T) {
	w := three(t, FailbackOff)
	w.took = 300 * time.Millisecond
	w.node("n2").step(VerbAsked{ID: 5, Verb: VerbMove, Group: "g1", Node: "n3"})
	w.run(400 * time.Millisecond)
	w.node("n3").crash()
	w.run(5 * time.Second)
	w.want("g1", "n1")
	if a := w.node("n2").answers; len(a) != 1 || !strings.HasPrefix(a[0], "5 true refused") {
		t.Errorf("%q", a)
	}
}

func TestTheOwnerDiesInTheMiddleOfAMove(t *testing.T) {
	w := three(t, FailbackOff)
	w.took = 300 * time.Millisecond
	w.node("n2").step(VerbAsked{ID: 5, Verb: VerbMove, Group: "g1", Node: "n3"})
	w.run(100 * time.Millisecond)
	w.node("n1").crash()
	w.run(5 * time.Second)
	w.want("g1", "n2")
	if a := w.node("n2").answers; len(a) != 1 || !strings.Contains(a[0], "n1: it died") {
		t.Errorf("%q", a)
	}
}

func TestAPinHoldsUntilItsTimeIsOver(t *testing.T) {
	w := three(t, FailbackOn)
	w.node("n1").mustAsk(VerbAsked{Verb: VerbMove, Group: "g1", Node: "n3", Stay: true, For: time.Minute, By: "anna", Why: "kernel; update | now"}, "pinned to n3 by anna")
	w.want("g1", "n3")
	w.node("n1").crash()
	w.run(3 * time.Second)
	w.want("g2", "n2")
	w.node("n1").boot()
	w.run(5 * time.Second)
	w.want("g2", "n1") // goes home
	w.want("g1", "n3") // is pinned
	if o := w.node("n2").core.View().Orders; len(o) != 1 || o[0].Why != "kernel, update / now" || o[0].Node != "n3" || o[0].By != "anna" {
		t.Errorf("%+v", o)
	}
	w.run(time.Minute)
	w.want("g1", "n1") // what waited for the end of the pin
	if o := w.node("n2").core.View().Orders; len(o) != 0 {
		t.Errorf("%+v", o)
	}
}

func TestDrainMovesEverythingAndSurvivesARestart(t *testing.T) {
	w := three(t, FailbackOn)
	w.node("n3").mustAsk(VerbAsked{Verb: VerbDrain, Node: "n1", By: "anna"}, "n1 is drained")
	w.want("g1", "n2")
	w.want("g2", "n2")
	w.node("n2").crash()
	w.run(3 * time.Second)
	w.want("g1", "n3")
	w.node("n1").crash()
	w.run(3 * time.Second)
	w.node("n1").boot()
	w.run(5 * time.Second)
	w.want("g1", "n3")
	w.node("n3").crash()
	w.run(5 * time.Second)
	w.want("g1", "") // it takes nothing
	if v := w.node("n1").core.View(); !strings.Contains(v.Groups[0].Reason, "it is drained by anna") {
		t.Errorf("%+v", v.Groups)
	}
	w.node("n1").mustAsk(VerbAsked{Verb: VerbResume}, "ended: drain of n1")
	w.want("g1", "n1")
	w.want("g3", "n1")
}

func TestAResumedNodeGetsItsGroupsBackWithAutoFailback(t *testing.T) {
	w := three(t, FailbackOn)
	w.node("n1").mustAsk(VerbAsked{Verb: VerbDrain}, "now g1 on n2, g2 on n2")
	w.node("n2").mustAsk(VerbAsked{Verb: VerbResume, Group: "n1"}, "ended: drain of n1")
	w.run(5 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n1")
}

func TestTheLastNodeIsNotDrained(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n2").mustAsk(VerbAsked{Verb: VerbDrain}, "n2 is drained")
	w.want("g2", "n1")
	w.node("n1").refuses(VerbAsked{Verb: VerbDrain}, "no other node could take")
	w.want("g1", "n1")
	w.node("n1").mustAsk(VerbAsked{Verb: VerbDrain, Force: true}, "n1 is drained")
	w.want("g1", "")
	w.want("g2", "")
	w.node("n1").mustAsk(VerbAsked{Verb: VerbResume, Group: EveryName}, "drain of n1, drain of n2")
	w.want("g1", "n1")
	w.want("g2", "n2")
}

func TestADrainGivesNothingToANodeWhereItFailed(t *testing.T) {
	w := pair(t, FailbackOff)
	w.node("n2").failing["g1"] = true
	w.up()
	w.node("n1").refuses(VerbAsked{Verb: VerbMove, Group: "g1", Node: "n2"}, "could not start")
	w.run(time.Second)
	w.want("g1", "n1")
	w.node("n1").mustAsk(VerbAsked{Verb: VerbDrain}, "g1 stays in service there")
	w.want("g1", "n1")
	w.node("n2").failing["g1"] = false
	w.node("n1").mustAsk(VerbAsked{Verb: VerbRetry, Group: "g1"}, "the failure of g1 on n2 is forgotten")
	w.run(time.Second)
	w.want("g1", "n2")
}

func TestHoldTouchesNothing(t *testing.T) {
	w := three(t, FailbackOn)
	w.node("n2").mustAsk(VerbAsked{Verb: VerbHold, Group: "g1", By: "anna", Why: "new disk"}, "in force on n2, n1, n3")
	w.node("n3").refuses(VerbAsked{Verb: VerbMove, Group: "g1", Node: "n3"}, "g1 is held by anna: new disk")
	w.node("n1").mustAsk(VerbAsked{Verb: VerbDrain}, "now g2 on n2")
	w.want("g1", "n1")
	w.node("n1").crash()
	w.run(5 * time.Second)
	w.want("g1", "") // no fail-over
	w.node("n1").boot()
	w.run(5 * time.Second)
	w.want("g1", "")
	w.node("n3").mustAsk(VerbAsked{Verb: VerbResume, Group: "g1"}, "ended: hold of g1")
	w.want("g1", "n2")
}

func TestHoldOfTheClusterAndItsEnd(t *testing.T) {
	w := three(t, FailbackOn)
	w.node("n2").mustAsk(VerbAsked{Verb: VerbHold, Group: EveryName, For: 30 * time.Second}, "in force")
	w.node("n3").crash()
	w.run(5 * time.Second)
	w.want("g3", "")
	w.node("n1").refuses(VerbAsked{Verb: VerbMove, Group: "g1"}, "is held")
	w.run(30 * time.Second)
	w.want("g3", "n1")
	if calls := strings.Join(w.node("n1").calls, ","); calls != "start g1,start g2,start g3" {
		t.Error(calls) // what runs is verified at the end of a hold
	}
}

func TestAHeldGroupStaysThroughAPause(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	w.node("n1").mustAsk(VerbAsked{Verb: VerbHold, Group: "g1"}, "in force")
	w.node("n1").pause(3 * time.Second)
	w.run(8 * time.Second)
	w.want("g1", "n1")
	if calls := strings.Join(w.node("n1").calls, ","); calls != "start g1" {
		t.Error(calls)
	}
}

func TestAnOldOrderDoesNotComeBack(t *testing.T) {
	w := three(t, FailbackOff)
	w.node("n1").mustAsk(VerbAsked{Verb: VerbDrain, Node: "n3"}, "drained")
	w.node("n3").crash()
	w.run(3 * time.Second)
	w.node("n1").mustAsk(VerbAsked{Verb: VerbResume, Group: "n3"}, "ended")
	w.node("n3").boot() // its disk still knows the drain
	w.run(5 * time.Second)
	if w.node("n3").core.Drained() || w.node("n1").core.drained("n3") {
		t.Error("the drain came back")
	}
}

func TestFailuresAreForgotten(t *testing.T) {
	w := pair(t, FailbackOff)
	w.node("n1").failing["g1"] = true
	w.up()
	w.run(time.Second)
	w.want("g1", "n2")
	v := w.node("n2").core.View().Groups[0]
	if len(v.Elsewhere) != 1 || !strings.Contains(v.Elsewhere[0].Why, "forgotten in 59m") && !strings.Contains(v.Elsewhere[0].Why, "forgotten in 1h0m") {
		t.Errorf("%+v", v.Elsewhere)
	}
	w.node("n1").failing["g1"] = false
	w.run(time.Hour)
	w.node("n1").wantEvent("counts no longer")
	if why := w.node("n2").core.View().Groups[0].Elsewhere[0].Why; why != "" {
		t.Error(why)
	}
	w.want("g1", "n2") // that is no reason to move
}

func TestStartFailureBlockWaitsForAHuman(t *testing.T) {
	w := pair(t, FailbackOff)
	for _, n := range w.nodes {
		n.cfg.BlockFailed = true
	}
	w.node("n1").failing["g1"] = true
	w.up()
	w.run(10 * time.Minute)
	w.want("g1", "")
	if starts := strings.Count(fmt.Sprint(w.node("n1").calls), "start g1"); starts != 0 { // after the two at the beginning
		t.Errorf("%d starts", starts)
	}
	w.node("n1").failing["g1"] = false
	w.node("n2").mustAsk(VerbAsked{Verb: VerbRetry, Group: "g1"}, "forgotten")
	w.want("g1", "n1")
}

func TestGroupsGoHomeAsTheirOwnSettingsSay(t *testing.T) {
	w := newWorld(t, 1, FailbackOn, []string{"n1", "n2"}, Group{"g1", "n1"}, Group{"g2", "n1"}, Group{"g3", "n1"})
	for _, n := range w.nodes {
		n.cfg.GroupFailback = map[string]GroupFailback{"g2": {On: false}, "g3": {On: true, Delay: 30 * time.Second}}
	}
	w.up()
	w.node("n1").crash()
	w.run(3 * time.Second)
	w.node("n1").boot()
	w.run(5 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
	w.want("g3", "n2")
	w.run(30 * time.Second)
	w.want("g2", "n2")
	w.want("g3", "n1")
}

func TestOneGroupGoesHomeAlthoughTheOthersStay(t *testing.T) {
	w := newWorld(t, 1, FailbackOff, []string{"n1", "n2"}, Group{"g1", "n1"}, Group{"g2", "n1"})
	for _, n := range w.nodes {
		n.cfg.GroupFailback = map[string]GroupFailback{"g2": {On: true}}
	}
	w.up()
	w.node("n1").crash()
	w.run(3 * time.Second)
	w.node("n1").boot()
	w.run(5 * time.Second)
	w.want("g1", "n2")
	w.want("g2", "n1")
}

func TestACPeerGetsWholeHalvesOnly(t *testing.T) {
	w := newWorld(t, 1, FailbackOff, []string{"n1", "n2"}, Group{"g1", "n1"}, Group{"g2", "n1"}, Group{"g3", "n2"})
	w.node("n2").isC = true
	w.up()
	w.run(15 * time.Second)
	w.want("g3", "n2")
	w.node("n1").refuses(VerbAsked{Verb: VerbMove, Group: "g1", Node: "n2"}, "takes only the whole of what is at home on one node: with g1 also g2")
	w.node("n1").refuses(VerbAsked{Verb: VerbHold, Group: "g1"}, "n2 runs C Heartbeat")
	w.node("n1").refuses(VerbAsked{Verb: VerbDrain, Node: "n2"}, "C Heartbeat")
	if got := w.node("n1").ask(VerbAsked{Verb: VerbMove, Group: "g3", Node: "n1"}, 5*time.Second); !strings.HasPrefix(got, "false") {
		t.Fatalf("%s\n%s", got, w.story())
	}
	w.want("g3", "n1")
	if got := w.node("n1").ask(VerbAsked{Verb: VerbMove, Group: "g3"}, 5*time.Second); !strings.HasPrefix(got, "false") {
		t.Fatalf("%s\n%s", got, w.story())
	}
	w.want("g3", "n2")
	if got := w.node("n1").ask(VerbAsked{Verb: VerbDrain}, 10*time.Second); !strings.HasPrefix(got, "false") || !strings.Contains(got, "does not know of the drain") {
		t.Fatalf("%s\n%s", got, w.story())
	}
	w.want("g1", "n2")
	w.want("g2", "n2")
}

func FuzzOrders(f *testing.F) {
	f.Add("drain|n2|5|1|2|!|anna|why;hold|*|7|1|0||a|b")
	f.Add("pin|x|5|1|2|n2|a|b;hold|*|9|anna")
	f.Fuzz(func(t *testing.T, s string) {
		cfg := Config{Self: "n1", Nodes: []string{"n1", "n2"}, Groups: []Group{{"g1", "n1"}}}
		a := New(cfg, epoch)
		a.absorbOrders(a.peers[0], s)
		first := a.encodeOrders()
		b := New(cfg, epoch)
		b.absorbOrders(b.peers[0], first)
		if got := b.encodeOrders(); got != first {
			t.Errorf("%q was told as %q and became %q", s, first, got)
		}
	})
}
