package membership

import (
	"slices"
	"testing"
	"time"
)

func TestTwoNodesAreActiveWithinMilliseconds(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), l.peer("n2")
	n1.boot()
	l.run(70 * time.Millisecond) // anywhere between two heartbeats of n1
	n2.boot()
	l.run(10 * time.Millisecond)
	for _, p := range l.peers {
		c, at, ok := first[CommUp](p)
		if !ok || len(c.Dead) != 0 {
			t.Fatalf("%s: CommUp %v %+v\n%v", p.cfg.Self, ok, c, p.changes())
		}
		if d := at.Sub(epoch.Add(70 * time.Millisecond)); d > 10*time.Millisecond {
			t.Errorf("%s: communication up %v after the second start", p.cfg.Self, d)
		}
	}
	l.run(5 * time.Millisecond)
	if got := n1.changes(); !slices.Equal(got, []string{"n2 init>init heard", "n2 init>up heard", "n2 up>active heard"}) {
		t.Errorf("n1 saw %q", got)
	}
}

func TestALoneNodeWaitsForInitdead(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1 := l.peer("n1")
	n1.boot()
	l.run(10 * time.Second)
	c, at, ok := first[CommUp](n1)
	if !ok || !slices.Equal(c.Dead, []string{"n2"}) || at != epoch.Add(3*time.Second) {
		t.Fatalf("CommUp %v %+v after %v", ok, c, at.Sub(epoch))
	}
}
