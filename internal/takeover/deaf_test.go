package takeover

import (
	"fmt"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// deafened is a pair under the policy arbiter whose n2 hears nothing of n1 any more and has stopped.
func deafened(t *testing.T) (w *world, n1, n2 *node) {
	w = policed(t, Arbiter, 0)
	w.up()
	n1, n2 = w.node("n1"), w.node("n2")
	w.cut[[2]string{"n1", "n2"}] = true
	w.run(10 * time.Second)
	if s := n1.core.Standing(); s.Deaf || s.Orphans {
		t.Errorf("a deaf node that runs its group may be entitled: %+v", s)
	}
	n2.step(EntitlementLost{Reason: "n1 acknowledges nothing"})
	w.run(time.Minute)
	w.want("g1", "n1")
	w.want("g2", "")
	if s := n1.core.Standing(); !s.Deaf || !s.Orphans || !s.Alive {
		t.Errorf("what the arbiter must know: %+v", s)
	}
	return w, n1, n2
}

func TestTheHolderOfTheLeaseRunsWhatADeafNodeHadToStop(t *testing.T) {
	w, n1, n2 := deafened(t)
	n1.step(PeerHalted{Node: "n2", Is: true})
	w.run(time.Minute)
	w.want("g2", "n1")
	n1.wantEvent("node.deaf n2")
	if s := n1.core.Standing(); s.Orphans {
		t.Error("nothing is left to run")
	}
	w.cut[[2]string{"n1", "n2"}] = false
	w.run(time.Second)
	n1.step(PeerHalted{Node: "n2"})
	n2.step(EntitlementGained{Reason: "n1 answers"})
	w.run(time.Minute)
	w.want("g1", "n1")
	w.want("g2", "n1") // auto_failback is off
	n1.wantEvent("node.hears n2")
}

// The cut is mended at the very moment at which n1 may begin: n2 must not begin as well.
func TestADeafNodeThatHearsAgainAsksBeforeItStarts(t *testing.T) {
	for late := time.Duration(0); late <= 600*time.Millisecond; late += 7 * time.Millisecond {
		w, n1, n2 := deafened(t)
		w.strict = true
		w.cut[[2]string{"n1", "n2"}] = false
		w.after(late, func() { n1.step(PeerHalted{Node: "n2", Is: true}) })
		entitle := func() {
			if p := n2.core.peer("n1"); p.alive && n2.core.unentitled {
				n2.step(EntitlementGained{Reason: "n1 answers"})
			}
		}
		for at := time.Duration(0); at < time.Second; at += time.Millisecond {
			w.after(at, entitle)
		}
		w.run(time.Minute)
		w.want("g1", "n1")
		if got := w.owners("g2"); got != "n1" && got != "n2" {
			t.Errorf("g2 belongs to %q when n1 may begin %v after the mend", got, late)
		}
	}
}

func TestNobodyElseTakesFromADeafNode(t *testing.T) {
	w, n1, n2 := deafened(t)
	n2.step(EntitlementGained{Reason: "the arbiter granted it"})
	w.run(time.Second)
	n1.step(PeerHalted{Node: "n2", Is: true}) // whatever the arbiter says, the node's own word counts as well
	w.run(time.Minute)
	if got := w.owners("g2"); got == "n1" {
		t.Error("the group of a node that says it is entitled was taken")
	}
}

// A message that was said while the node still heard, and comes after the status that says otherwise, changes nothing.
func TestALateMessageDoesNotMakeADeafNodeHear(t *testing.T) {
	_, n1, _ := deafened(t)
	p := n1.core.peer("n2")
	n1.step(MessageArrived{From: "n2", Message: wire.New("t", "resource", fieldRev, fmt.Sprintf("%d.%d", p.life, p.rev),
		fieldSeen, fmt.Sprintf("n1=%d.%d", n1.core.life, n1.core.rev), fieldPhase, stable.String(), fieldIdle, "1")})
	if s := n1.core.Standing(); !s.Deaf || !s.Orphans || p.ackRev != n1.core.rev {
		t.Errorf("%+v; acknowledged revision %d of %d", s, p.ackRev, n1.core.rev)
	}
}
