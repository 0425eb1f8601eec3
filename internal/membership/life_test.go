package membership

import (
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
)

// pair starts two nodes and lets them settle.
func pair(t *testing.T) (*lab, *peer, *peer) {
	t.Helper()
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), l.peer("n2")
	n1.boot()
	n2.boot()
	l.run(2 * time.Second)
	for _, p := range l.peers {
		if v := p.core.View(); !v.CommUp || v.LocalStatus != Active {
			t.Fatalf("%s did not become active: %+v", p.cfg.Self, v)
		}
		p.forget()
	}
	return l, n1, n2
}

func cut(string, *peer, *peer) []time.Duration { return nil }

func TestDeathIsDeclaredExactlyAtDeadtime(t *testing.T) {
	l, n1, n2 := pair(t)
	n2.kill()
	l.run(300 * time.Millisecond)
	last := n1.core.View().Nodes[1].Heard
	l.run(3 * time.Second)
	d, at, ok := first[NodeChanged](n1)
	if !ok || d.To != Dead || d.Why != Silence || d.From != Active {
		t.Fatalf("got %+v", d)
	}
	if at.Sub(last) != time.Second || d.Silent != time.Second {
		t.Errorf("dead %v after the last packet, Silent %v; want exactly deadtime", at.Sub(last), d.Silent)
	}
	e := n1.records(event.NodeDead)
	if len(e) != 1 || !strings.HasPrefix(e[0].Text, "node n2: is dead") {
		t.Errorf("records %+v", e)
	}
}

func TestOneDeadLinkIsNotADeadNode(t *testing.T) {
	l, n1, _ := pair(t)
	road := l.road
	l.road = func(link string, from, to *peer) []time.Duration {
		if link == "eth1" {
			return nil
		}
		return road(link, from, to)
	}
	l.run(3 * time.Second)
	down, _, ok := first[LinkChanged](n1)
	if !ok || down.Link != "eth1" || down.Up || down.Silent != time.Second {
		t.Errorf("link change %+v", down)
	}
	l.road = road
	l.run(time.Second)
	if got := n1.changes(); got != nil {
		t.Errorf("node changes %q", got)
	}
	if e := append(n1.records(event.LinkDead), n1.records(event.LinkUp)...); len(e) != 2 ||
		!strings.HasPrefix(e[0].Text, "Link n2:eth1 dead.") || e[1].Text != "Link n2:eth1 up." {
		t.Errorf("records %+v", e)
	}
}

func TestPartitionHealsOnBothSides(t *testing.T) {
	l, n1, n2 := pair(t)
	road := l.road
	l.road = cut
	l.run(4 * time.Second)
	l.road = road
	n2.step(AnnouncementChanged{}) // some packet is the first
	l.run(5 * time.Millisecond)
	for p, other := range map[*peer]string{n1: "n2", n2: "n1"} {
		want := []string{other + " active>dead silence", other + " dead>active healed"}
		if got := p.changes(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", p.cfg.Self, got, want)
		}
		if len(p.records(event.NodeReturned)) != 1 {
			t.Errorf("%s: no record of the return", p.cfg.Self)
		}
		announcedRightAfterHealed(t, p)
	}
}

func announcedRightAfterHealed(t *testing.T, p *peer) {
	t.Helper()
	for i, s := range p.effects {
		if n, ok := s.e.(NodeChanged); ok && n.Why == Healed {
			for _, later := range p.effects[i+1:] {
				if a, ok := later.e.(PeerAnnounced); ok && later.at == s.at && a.Caps == "go,seal" {
					return
				}
			}
		}
	}
	t.Errorf("%s: no PeerAnnounced in the step of Healed", p.cfg.Self)
}

func TestQuickRestartIsNoDeath(t *testing.T) {
	l, n1, n2 := pair(t)
	n2.kill()
	l.run(300 * time.Millisecond)
	n2.boot()
	l.run(100 * time.Millisecond)
	want := []string{"n2 active>init restarted", "n2 init>up heard", "n2 up>active heard"}
	if got := n1.changes(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if e := n1.records(event.NodeRestarted); len(e) != 1 || !strings.HasPrefix(e[0].Text, "Heartbeat restart on node n2") {
		t.Errorf("records %+v", e)
	}
}

func TestANewLifeAfterDeathIsARejoin(t *testing.T) {
	l, n1, n2 := pair(t)
	n2.kill()
	l.run(5 * time.Second)
	n2.boot()
	l.run(100 * time.Millisecond)
	want := []string{"n2 active>dead silence", "n2 dead>init rejoined", "n2 init>up heard", "n2 up>active heard"}
	if got := n1.changes(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFirstContactWithAnActiveNodeAfterInitdeadIsAHeal(t *testing.T) {
	l := newLab(t, "n1", "n2")
	road := l.road
	l.road = cut
	n1, n2 := l.peer("n1"), l.peer("n2")
	n1.boot()
	n2.boot()
	l.run(5 * time.Second)
	l.road = road
	n1.forget()
	l.run(time.Second)
	if got := n1.changes(); !slices.Equal(got, []string{"n2 dead>active healed"}) {
		t.Errorf("got %q", got)
	}
}

func TestAnAnnouncedLeaveIsQuiet(t *testing.T) {
	l, n1, n2 := pair(t)
	n2.step(SendRequested{Message: newShutdone()})
	l.run(50 * time.Millisecond)
	n2.step(StopRequested{})
	l.run(3 * time.Second)
	if got := n1.changes(); !slices.Equal(got, []string{"n2 active>dead left"}) {
		t.Errorf("got %q", got)
	}
	if len(n1.records(event.NodeLeft)) != 1 || len(n1.records(event.NodeDead)) != 0 {
		t.Error("the leave is not recorded as one")
	}
	n2.boot()
	l.run(100 * time.Millisecond)
	n2.kill()
	n1.forget()
	l.run(3 * time.Second)
	if d, _, _ := first[NodeChanged](n1); d.Why != Silence {
		t.Errorf("the next life is taken for left too: %+v", d)
	}
}

func TestADeafNodeIsToldByItsPeersAnnouncement(t *testing.T) {
	l, n1, n2 := pair(t)
	l.road = func(_ string, _, to *peer) []time.Duration {
		if to == n1 {
			return nil // n1 is deaf
		}
		return []time.Duration{time.Millisecond}
	}
	l.run(1300 * time.Millisecond)
	if got := n1.changes(); !slices.Equal(got, []string{"n2 active>dead silence"}) {
		t.Errorf("n1: %q", got)
	}
	if got := n2.changes(); got != nil {
		t.Errorf("n2: %q", got)
	}
	a, _, ok := first[PeerAnnounced](n2)
	if !ok || a.Heard {
		t.Errorf("n2 is not told that n1 does not hear it: %v %+v", ok, a)
	}
}

func TestOwnPauseIsNotHeldAgainstPeers(t *testing.T) {
	l, n1, n2 := pair(t)
	n1.frozen = true
	l.run(10 * time.Second)
	n2.kill() // what n1 finds in its buffers is all there is
	n1.waiting = nil
	n1.thaw()
	resumed := l.now
	if e, _, ok := first[SelfPaused](n1); !ok || e.Gap < 9*time.Second {
		t.Errorf("pause %v %+v", ok, e)
	}
	if len(n1.records(event.SelfPaused)) != 1 {
		t.Error("the pause is not recorded")
	}
	l.run(3 * time.Second)
	d, at, ok := first[NodeChanged](n1)
	if !ok || at.Sub(resumed) < 700*time.Millisecond || at.Sub(resumed) > time.Second {
		t.Errorf("dead %v after the pause: %+v", at.Sub(resumed), d)
	}
}

func TestSilenceOfADeadtimeIsNoticedHoweverItIsSplit(t *testing.T) {
	l, n1, _ := pair(t)
	spoke := n1.core.self.heard
	for _, c := range []struct {
		silent time.Duration
		dead   bool
	}{{0, false}, {999 * time.Millisecond, false}, {time.Second, true}, {time.Hour, true}} {
		if silent, dead := n1.core.Overslept(spoke.Add(c.silent)); silent != c.silent || dead != c.dead {
			t.Errorf("%v after its last status: %v, %v", c.silent, silent, dead)
		}
	}
	// The next status was due within the pause, so the node overslept by less than the deadtime, but was silent for longer.
	n1.frozen = true
	l.run(time.Second + 50*time.Millisecond)
	n1.thaw()
	if e, _, ok := first[SelfPaused](n1); !ok || e.Gap < time.Second || e.Gap > 1300*time.Millisecond {
		t.Errorf("pause %v %+v", ok, e)
	}
	if _, dead := n1.core.Overslept(l.now); dead {
		t.Error("it has spoken again")
	}
}

func TestALateHeartbeatIsReported(t *testing.T) {
	l, n1, n2 := pair(t)
	n2.frozen = true
	l.run(700 * time.Millisecond)
	n2.thaw()
	l.run(100 * time.Millisecond)
	e := n1.records(event.HeartbeatLate)
	if len(e) != 1 || !strings.HasPrefix(e[0].Text, "Late heartbeat: Node n2: interval ") {
		t.Errorf("records %+v", e)
	}
	if got := n1.changes(); got != nil {
		t.Errorf("changes %q", got)
	}
}
