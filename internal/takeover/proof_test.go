package takeover

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// policed is a pair under a policy.
func policed(t *testing.T, policy Policy, delay time.Duration) *world {
	w := pair(t, FailbackOff)
	for _, n := range w.nodes {
		n.cfg.TakeOver, n.cfg.TakeoverDelay = policy, delay
	}
	return w
}

func TestNothingOfASilentNodeIsStartedBeforeItIsProvenDown(t *testing.T) {
	for _, policy := range []Policy{Fenced, Manual, Arbiter} {
		t.Run(policy.String(), func(t *testing.T) {
			w := policed(t, policy, 0)
			w.up()
			n1 := w.node("n1")
			w.node("n2").crash()
			w.run(time.Minute)
			w.want("g1", "n1")
			w.want("g2", "")
			if len(n1.proving) != 1 || n1.proving[0].Node != "n2" || n1.proving[0].Policy != policy {
				t.Fatalf("%+v", n1.proving)
			}
			n1.step(DownProven{Node: "n2", By: "pdu", OK: false, Text: "it did not answer"})
			w.run(time.Minute)
			w.want("g2", "")
			n1.wantEvent("takeover.waits n2")
			if v := n1.core.View().Waits; len(v) != 1 || v[0].Failed != "it did not answer" || v[0].Tries != 1 {
				t.Errorf("%+v", v)
			}
			n1.step(DownProven{Node: "n2", By: "pdu", OK: true})
			w.run(time.Second)
			w.want("g2", "n1")
			n1.wantEvent("node.down n2")
			if n1.hasEvent("takeover.unprotected") || len(n1.core.View().Waits) > 0 || len(n1.cancelled) > 0 {
				t.Errorf("%v %v", n1.events, n1.cancelled)
			}
		})
	}
}

func TestFencingIsToldToTheCluster(t *testing.T) {
	w := policed(t, Fenced, 0)
	w.up()
	n1 := w.node("n1")
	w.node("n2").crash()
	w.run(5 * time.Second)
	n1.step(DownProven{Node: "n2", OK: false, BadHost: true})
	n1.step(DownProven{Node: "n2", OK: false})
	n1.step(DownProven{Node: "n2", OK: true})
	for _, result := range []string{"badhost", "bad", "OK"} {
		if !slices.Contains(n1.sent, "t=stonith node=n2 result="+result) {
			t.Errorf("no result=%s in %v", result, n1.sent)
		}
	}
}

func TestANodeNeverHeardIsFencedAtAColdStart(t *testing.T) {
	w := policed(t, Fenced, 0)
	n1 := w.node("n1")
	n1.boot()
	w.run(10 * time.Second)
	w.want("g1", "") // n2 may have taken it over while this node was down
	w.want("g2", "")
	if len(n1.proving) != 1 {
		t.Fatalf("%+v", n1.proving)
	}
	n1.step(DownProven{Node: "n2", By: "pdu", OK: true})
	w.run(time.Second)
	w.want("g1", "n1")
	w.want("g2", "n1")
}

func TestTheReturnOfTheNodeCallsTheProofOff(t *testing.T) {
	w := policed(t, Fenced, 0)
	w.up()
	n1 := w.node("n1")
	w.partition(true)
	w.run(5 * time.Second)
	w.partition(false)
	w.run(5 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
	if !slices.Equal(n1.cancelled, []string{"n2"}) {
		t.Errorf("%v", n1.cancelled)
	}
	n1.wantEvent("takeover.cancelled n2")
	n1.step(DownProven{Node: "n2", By: "pdu", OK: true}) // too late
	w.run(5 * time.Second)
	w.want("g2", "n2")
}

func TestALeaverAndANodeThatHeldNothingNeedNoProof(t *testing.T) {
	w := policed(t, Fenced, 0)
	w.up()
	n1 := w.node("n1")
	w.node("n2").step(ShutdownAsked{})
	w.run(10 * time.Second)
	w.want("g2", "n1")
	w.node("n2").boot()
	w.run(10 * time.Second)
	w.want("g2", "n1") // auto_failback off
	w.node("n2").crash()
	w.run(10 * time.Second)
	if len(n1.proving) != 0 {
		t.Errorf("%+v", n1.proving)
	}
	n1.wantEvent("node.left n2: Dead node n2 gave up resources.")
}

func TestAHumanReleasesTheTakeOverUnderEveryPolicy(t *testing.T) {
	for _, policy := range []Policy{Unsafe, Fenced, Manual, Arbiter} {
		t.Run(policy.String(), func(t *testing.T) {
			w := policed(t, policy, time.Hour)
			w.up()
			n1 := w.node("n1")
			n1.step(DownConfirmed{ID: 1, Node: "n2", By: "root"}) // it is alive
			w.node("n2").crash()
			w.run(5 * time.Second)
			w.want("g2", "")
			n1.wantEvent("takeover.waits n2")
			n1.step(DownConfirmed{ID: 2, Node: "n2", By: "root"})
			n1.step(DownConfirmed{ID: 3, Node: "n2", By: "root"})
			n1.step(DownConfirmed{ID: 4, Node: "n9", By: "root"})
			w.run(time.Second)
			w.want("g2", "n1")
			n1.wantEvent("node.confirmed n2: root")
			got := strings.Join(n1.answers, "\n")
			for _, want := range []string{"1 true refused: n2 is alive", "2 false the resources of n2 are being taken over", "3 false nothing waits", "4 true refused: n9 is no other node"} {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in\n%s", want, got)
				}
			}
		})
	}
}

func TestAConfirmationEndsAFencingUnderWay(t *testing.T) {
	w := policed(t, Fenced, 0)
	w.up()
	n1 := w.node("n1")
	w.node("n2").crash()
	w.run(5 * time.Second)
	n1.step(DownConfirmed{Node: "n2", By: "root"})
	if !slices.Equal(n1.cancelled, []string{"n2"}) {
		t.Errorf("%v", n1.cancelled)
	}
	w.run(time.Second)
	w.want("g2", "n1")
}

func TestTakeoverDelayLiesBetweenTheAlarmAndTheTakeOver(t *testing.T) {
	w := policed(t, Unsafe, 30*time.Second)
	w.up()
	n1 := w.node("n1")
	w.node("n2").crash()
	w.run(20 * time.Second)
	n1.wantEvent("takeover.waits n2")
	w.want("g1", "n1")
	w.want("g2", "")
	if v := n1.core.View().Waits; len(v) != 1 || v[0].Until.IsZero() {
		t.Errorf("%+v", v)
	}
	w.run(15 * time.Second)
	w.want("g2", "n1")
	n1.wantEvent("takeover.unprotected n2")
}

func TestTakeoverDelayEndsWithTheReturnOfTheNodeOrWithACommand(t *testing.T) {
	w := policed(t, Unsafe, 30*time.Second)
	w.up()
	n1 := w.node("n1")
	w.partition(true)
	w.run(20 * time.Second)
	w.partition(false)
	w.run(time.Minute)
	w.want("g2", "n2")
	w.node("n2").crash()
	w.run(5 * time.Second)
	n1.step(TakeoverAsked{ID: 7, Set: "all"})
	w.run(time.Second)
	w.want("g2", "n1")
}

func TestFencingBeginsAfterTheDelay(t *testing.T) {
	w := policed(t, Fenced, 10*time.Second)
	w.up()
	n1 := w.node("n1")
	w.node("n2").crash()
	w.run(5 * time.Second)
	if len(n1.proving) != 0 {
		t.Fatal("fenced before the delay was over")
	}
	n1.step(TakeoverAsked{ID: 7, Set: "all"})
	if len(n1.proving) != 1 {
		t.Fatal("hb_takeover did not end the delay")
	}
	w.run(time.Minute)
	w.want("g2", "")
}

func TestUnderManualHbTakeoverIsTheConfirmation(t *testing.T) {
	w := policed(t, Manual, 0)
	w.up()
	n1 := w.node("n1")
	w.node("n2").crash()
	w.run(5 * time.Second)
	n1.wantEvent("takeover.waits n2")
	n1.step(TakeoverAsked{ID: 7, Set: "all"})
	w.run(time.Second)
	w.want("g2", "n1")
	n1.wantEvent("node.confirmed n2")
}

func TestOneSideOfAPartitionFencesFirst(t *testing.T) {
	for _, holder := range []string{"", "n1", "n2"} {
		w := policed(t, Fenced, 0)
		w.up()
		if holder != "" {
			w.node(holder).step(TakeoverAsked{ID: 1, Set: "all"})
			w.run(5 * time.Second)
		}
		w.partition(true)
		w.run(5 * time.Second)
		first := ""
		for _, n := range w.nodes {
			if holder != "" && n.name != holder && len(n.proving) == 1 && n.proving[0].Yield || holder == n.name && len(n.proving) == 0 {
				continue // who holds everything has nothing to take
			}
			if len(n.proving) != 1 {
				t.Fatalf("%s %q: %+v", n.name, holder, n.proving)
			}
			if !n.proving[0].Yield {
				first += n.name
			}
		}
		if holder == "" && first != "n1" {
			t.Errorf("%q goes first", first)
		}
	}
}

func TestInACrowdTheWordOfTheNodeThatFencedCounts(t *testing.T) {
	w := newWorld(t, 1, FailbackOff, []string{"n1", "n2", "n3"}, Group{"g1", "n1"}, Group{"g2", "n2"}, Group{"g3", "n3"})
	for _, n := range w.nodes {
		n.cfg.TakeOver = Fenced
	}
	w.up()
	w.node("n1").crash()
	w.run(5 * time.Second)
	n2, n3 := w.node("n2"), w.node("n3")
	if n2.proving[0].Turn != 0 || n3.proving[0].Turn != 1 {
		t.Fatalf("%+v %+v", n2.proving, n3.proving)
	}
	n2.step(DownProven{Node: "n1", By: "pdu", OK: true})
	w.run(5 * time.Second)
	w.want("g1", "n2")
	n3.wantEvent("node.down n1: Node n1 is known to be down: n2 has fenced it.")
	if !slices.Equal(n3.cancelled, []string{"n1"}) {
		t.Errorf("%v", n3.cancelled)
	}
}

func TestANodeThatSpeaksOnAfterItWasFencedIsTold(t *testing.T) {
	w := policed(t, Fenced, 0)
	w.up()
	n1 := w.node("n1")
	w.partition(true)
	w.run(5 * time.Second)
	n1.step(DownProven{Node: "n2", By: "liar", OK: true})
	w.run(5 * time.Second)
	w.want("g2", "n1 n2")
	w.partition(false)
	w.run(5 * time.Second)
	n1.wantEvent("fence.contradicted n2")
	w.want("g2", "n2")
}

// TestFencedNodesNeverRunAGroupTwice: whatever happens, with fencing that works, fails, takes time and is asked for by both sides,
// there are no two owners of a group at any instant; and when the faults end every group has one.
func TestFencedNodesNeverRunAGroupTwice(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		fencedRun(t, seed)
	}
}

func fencedRun(t *testing.T, seed uint64) {
	failback := []Failback{FailbackOff, FailbackOn, FailbackLegacy}[seed%3]
	names := []string{"n1", "n2"}
	if seed%5 == 4 {
		names = append(names, "n3")
	}
	w := newWorld(t, seed, failback, names, Group{"g1", "n1"}, Group{"g2", "n2"}, Group{"g3", "n1"})
	w.strict, w.prover = true, w.fencer
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	w.late = []time.Duration{0, 50 * time.Millisecond, 400 * time.Millisecond}[w.rng.IntN(3)]
	for _, n := range w.nodes {
		n.cfg.TakeOver = Fenced
		if w.rng.IntN(4) == 0 {
			n.cfg.TakeoverDelay = 2 * time.Second
		}
	}
	for _, n := range w.nodes {
		if w.rng.IntN(4) > 0 {
			n.boot()
		}
	}
	for range 5 + w.rng.IntN(25) {
		w.run(time.Duration(w.rng.Int64N(int64(1500 * time.Millisecond))))
		w.disturb()
	}
	w.mend()
	w.run(time.Minute)
	for _, n := range w.nodes { // fenced, and somebody has to switch it on again
		if !n.up {
			n.boot()
		}
	}
	w.run(time.Minute)
	for _, g := range w.nodes[0].cfg.Groups {
		if owners := w.owners(g.Key); owners == "" || strings.Contains(owners, " ") {
			t.Fatalf("seed %d: %s ends on [%s]\n%s", seed, g.Key, owners, w.story())
		}
	}
	w.answered(seed)
}

// fencer is a device: it takes time, fails now and then, and switches off or resets the node.
func (w *world) fencer(n *node, e ProveDown) {
	wait := time.Duration(w.rng.Int64N(int64(1500 * time.Millisecond)))
	if e.Yield {
		wait += 3 * time.Second
	}
	wait += time.Duration(e.Turn) * 3 * time.Second
	life, called := n.life, len(n.cancelled)
	off := func() bool { return n.life != life || !n.up || slices.Contains(n.cancelled[called:], e.Node) }
	w.after(wait, func() {
		if off() {
			return
		}
		if w.rng.IntN(3) == 0 {
			n.later(func() {
				n.step(DownProven{Node: e.Node, By: "device", Text: "it failed"})
			})
			w.fencer(n, e)
			return
		}
		victim := w.node(e.Node)
		w.logf("%s fences %s", n.name, e.Node)
		if victim.up {
			victim.crash()
			if w.rng.IntN(2) == 0 {
				w.after(time.Second, func() {
					if !victim.up {
						victim.boot()
					}
				})
			}
		}
		n.later(func() { n.step(DownProven{Node: e.Node, By: fmt.Sprintf("device of %s", n.name), OK: true}) })
	})
}
