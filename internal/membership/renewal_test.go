package membership

import (
	"testing"
	"time"

	"heartbeat/internal/event"
)

// deaths says whether n2 took n1 for dead since it forgot.
func deaths(p *peer) bool { return len(p.records(event.NodeDead)) > 0 }

func TestPeersWaitForANodeThatRenewsItself(t *testing.T) {
	l, n1, n2 := goPair(t)
	n1.step(RenewalBegun{Within: 10 * time.Second})
	l.run(time.Millisecond)
	n1.kill()
	l.run(n1.cfg.Deadtime + 9*time.Second)
	if deaths(n2) {
		t.Fatal("n1 was taken for dead while it renewed itself")
	}
	n1.boot()
	l.run(time.Second)
	if deaths(n2) || len(n2.records(event.NodeRestarted)) != 1 {
		t.Errorf("the new life of n1 was not understood: %v", n2.changes())
	}
	// The patience was for that time only.
	n1.kill()
	l.run(n1.cfg.Deadtime + 10*time.Millisecond)
	if !deaths(n2) {
		t.Error("a later death of n1 was not seen in time")
	}
}

func TestANodeThatDoesNotComeBackFromItsRenewalIsDead(t *testing.T) {
	l, n1, n2 := goPair(t)
	n1.step(RenewalBegun{Within: 10 * time.Second})
	l.run(time.Millisecond)
	n1.kill()
	l.run(n1.cfg.Deadtime + 10*time.Second + 10*time.Millisecond)
	if !deaths(n2) {
		t.Error("n1 never came back and is not dead")
	}
}

func TestARenewalThatIsTakenBackAsksForNoPatience(t *testing.T) {
	l, n1, n2 := goPair(t)
	n1.step(RenewalBegun{Within: time.Hour}) // more than any peer grants
	n1.step(RenewalBegun{})
	l.run(time.Millisecond)
	n1.kill()
	l.run(n1.cfg.Deadtime + 10*time.Millisecond)
	if !deaths(n2) {
		t.Error("the death of n1 was not seen in time")
	}
}
