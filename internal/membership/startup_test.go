package membership

import (
	"fmt"
	"math/rand/v2"
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

// TestStartUpAndRestartsInABadNetwork loses a third of all packets: every life
// must reach active soon, and what is said in it arrives in order and once.
func TestStartUpAndRestartsInABadNetwork(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 4))
		l := newLab(t, "n1", "n2")
		l.road = func(string, *peer, *peer) []time.Duration {
			if r.Float64() < 0.33 {
				return nil
			}
			return []time.Duration{time.Duration(r.IntN(20_000)) * time.Microsecond}
		}
		n1, n2 := l.peer("n1"), l.peer("n2")
		n1.boot()
		for life := range 3 {
			n1.forget()
			n2.forget()
			n2.boot()
			l.run(3 * time.Second)
			if !n1.core.View().CommUp || !n2.core.View().CommUp || n1.core.find("n2").status != Active {
				t.Fatalf("seed %d, life %d: not active: n1 %q, n2 %q", seed, life, n1.changes(), n2.changes())
			}
			var want []string
			for i := range 50 {
				want = append(want, fmt.Sprint(life, "/", i))
				n2.say(want[i])
				l.run(10 * time.Millisecond)
			}
			l.run(2 * time.Second)
			if got := n1.delivered(); !slices.Equal(got, want) {
				t.Fatalf("seed %d, life %d: delivered %q", seed, life, got)
			}
			n2.kill()
			l.run(time.Duration(r.IntN(2500)) * time.Millisecond)
		}
	}
}
