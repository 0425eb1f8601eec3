package membership

import (
	"slices"
	"testing"
	"time"
)

// answer sends the newest echo back and returns it.
func answer(p *peer) []byte {
	for _, s := range slices.Backward(p.effects) {
		if e, ok := s.e.(PingNode); ok {
			p.step(PacketArrived{Link: e.Node, Source: e.Node, Data: e.Packet})
			return e.Packet
		}
	}
	p.lab.t.Fatal("no ping was sent")
	return nil
}

func TestAPingNodeLivesAsLongAsItAnswers(t *testing.T) {
	l := newLab(t, "n1")
	n1 := l.peer("n1")
	n1.cfg.PingNodes = []string{"10.91.0.254"}
	n1.boot()
	old := answer(n1)
	if !n1.core.View().CommUp {
		t.Error("communication is not up although the ping node answers")
	}
	l.run(600 * time.Millisecond)
	answer(n1)
	l.run(time.Second)
	want := []string{"10.91.0.254 init>ping heard", "10.91.0.254 ping>dead silence"}
	if got := n1.changes(); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	l.run(5 * time.Second)
	n1.step(PacketArrived{Link: "10.91.0.254", Source: "10.91.0.66", Data: old})
	n1.step(from("10.91.0.66", old)) // not even its own link
	if got := n1.changes(); len(got) != 2 {
		t.Errorf("an old echo woke it: %q", got)
	}
	answer(n1)
	if got := n1.changes(); len(got) != 3 || got[2] != "10.91.0.254 dead>ping heard" {
		t.Errorf("got %q", got)
	}
}

// What another node must know before it trusts that we still reach a ping node.
func TestAPingNodeIsLateAtHalfOfItsDeadTime(t *testing.T) {
	l := newLab(t, "n1")
	n1 := l.peer("n1")
	n1.cfg.PingNodes = []string{"10.91.0.254"}
	n1.cfg.Deadping = 2 * time.Second
	n1.boot()
	answer(n1)
	at := l.now
	l.run(time.Second - time.Millisecond)
	late := func() (out []bool) {
		for _, s := range n1.effects {
			if e, ok := s.e.(PingLate); ok {
				out = append(out, e.Late)
			}
		}
		return out
	}
	if got := late(); len(got) != 0 {
		t.Fatalf("late %v after %v", got, l.now.Sub(at))
	}
	l.run(2 * time.Millisecond)
	if got := late(); !slices.Equal(got, []bool{true}) {
		t.Fatalf("late %v after %v, want [true]", got, l.now.Sub(at))
	}
	answer(n1)
	if got := late(); !slices.Equal(got, []bool{true, false}) {
		t.Fatalf("late %v after its answer", got)
	}
	l.run(3 * time.Second)
	if got, changes := late(), n1.changes(); !slices.Equal(got, []bool{true, false, true}) || changes[len(changes)-1] != "10.91.0.254 ping>dead silence" {
		t.Errorf("late %v, then %q", got, changes)
	}
}
