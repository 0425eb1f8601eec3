package takeover

import (
	"testing"
	"time"
)

func TestWithoutEntitlementEverythingStopsAndNothingStarts(t *testing.T) {
	w := policed(t, Arbiter, 0)
	w.up()
	n1 := w.node("n1")
	n1.step(EntitlementLost{Reason: "nobody answers"})
	w.node("n2").step(EntitlementLost{Reason: "nobody answers"})
	w.run(time.Minute)
	w.want("g1", "")
	w.want("g2", "")
	n1.wantEvent("group.release g1")
	if s := n1.core.Standing(); s.Holds || !s.Alive || s.Peer != "n2" {
		t.Errorf("%+v", s)
	}
	n1.step(EntitlementGained{Reason: "n2 answers"})
	w.run(time.Minute)
	w.want("g1", "n1")
	if !n1.core.Standing().First || w.node("n2").core.Standing().First {
		t.Error("who holds a group is to go first")
	}
}

func TestTheLowerNameGoesFirstWhenNothingElseDecides(t *testing.T) {
	w := policed(t, Arbiter, 0)
	w.up()
	if !w.node("n1").core.Standing().First || w.node("n2").core.Standing().First {
		t.Error("both hold a group, so n1 is to go first")
	}
	w.node("n1").crash()
	w.run(time.Minute)
	if w.node("n2").core.Standing().First {
		t.Error("the other side cannot know what this one came to believe after the cut")
	}
}
