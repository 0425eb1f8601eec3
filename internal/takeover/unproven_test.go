package takeover

import (
	"testing"
	"time"
)

func TestNothingIsTakenFromAPeerThatIsSeenWithOtherKeys(t *testing.T) {
	w := pair(t, FailbackOn)
	n1 := w.node("n1")
	n1.boot()
	n1.step(PeerUnproven{Node: "n2", Seen: true, Doubt: "and do not verify here", Mend: "make authkeys the same"})
	w.run(10 * time.Second) // it starts alone: n2 was never heard
	w.want("g1", "n1")
	w.want("g2", "")
	n1.wantEvent("takeover.withheld n2")
	n1.wantEvent("still arrive and do not verify here; nothing is taken over from it. To end this make authkeys the same; or, if n2 runs nothing")
	n1.step(PeerUnproven{Node: "n2"})
	w.run(5 * time.Second)
	w.want("g2", "n1")
}

func TestKeysChangedWhileRunningWithholdWhatThePeerHeld(t *testing.T) {
	w := pair(t, FailbackOff)
	w.up()
	n1 := w.node("n1")
	w.node("n2").crash()
	n1.step(PeerUnproven{Node: "n2", Seen: true})
	w.run(20 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "")
	n1.step(TakeoverAsked{ID: 9, Set: "all"})
	w.run(5 * time.Second)
	w.want("g2", "n1")
	if len(n1.answers) != 1 {
		t.Errorf("%+v", n1.answers)
	}
}

func TestAPeerWithOtherKeysThatLivesChangesNothing(t *testing.T) {
	w := pair(t, FailbackOn)
	w.up()
	w.node("n1").step(PeerUnproven{Node: "n2", Seen: true}) // a forger beside the real node
	w.run(10 * time.Second)
	w.want("g1", "n1")
	w.want("g2", "n2")
	w.node("n1").step(PeerUnproven{Node: "n2"})
	w.node("n2").crash()
	w.run(10 * time.Second)
	w.want("g2", "n1")
}
