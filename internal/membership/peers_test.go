package membership

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

func TestThreeNodesFindEachOther(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3")
	for _, p := range l.peers {
		p.boot()
		l.run(30 * time.Millisecond)
	}
	l.run(20 * time.Millisecond)
	for _, p := range l.peers {
		if v := p.core.View(); !v.CommUp {
			t.Errorf("%s is not active: %q", p.cfg.Self, p.changes())
		}
	}
	n1, n2, n3 := l.peers[0], l.peers[1], l.peers[2]
	n1.step(SendRequested{Message: wire.New("t", "test", "dest", "n3", "text", "for n3")})
	n1.say("for all")
	l.run(10 * time.Millisecond)
	if got := n2.delivered(); !slices.Equal(got, []string{"for all"}) {
		t.Errorf("n2 got %q", got)
	}
	if got := n3.delivered(); !slices.Equal(got, []string{"for n3", "for all"}) {
		t.Errorf("n3 got %q", got)
	}
	if n := n2.core.find("n1").rx.Holes(); n != 0 {
		t.Errorf("a message for another node left %d holes", n)
	}
}

func TestTheNextPeerIsAskedWhenOneDoesNotAnswer(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3")
	n1, n2, n3 := l.peer("n1"), newForger("n2", 5), newForger("n3", 6)
	n1.boot()
	n1.step(from("2", n2.packet(t, l.now, statusOf(Active))))
	n1.step(from("3", n3.packet(t, l.now, statusOf(Active))))
	l.run(1100 * time.Millisecond)
	var asked []string
	for _, s := range n1.effects {
		if tr, ok := s.e.(*Transmit); ok {
			if m, _, err := n1.cfg.Keys.Decode(tr.Packet); err == nil && m.Kind() == "reqnodes" {
				asked = append(asked, m.Get("dest"))
			}
		}
	}
	if !slices.Equal(asked, []string{"n2", "n3"}) {
		t.Errorf("asked %q", asked)
	}
}

func TestAPeerWithoutProtocolIsNotWaitedFor(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, old := l.peer("n1"), newForger("n2", 5)
	n1.boot()
	n1.step(from("2", old.packet(t, l.now, wire.New("t", "status", "st", "active"))))
	if !n1.core.View().CommUp {
		t.Error("Heartbeat 1.x is asked for a node list that it cannot send")
	}
	for i := range 400 {
		n1.say(fmt.Sprint(i))
	}
	if n := n1.core.View().Counters.QueuedUnacked; n != 0 {
		t.Errorf("%d messages wait for a peer that never acknowledges", n)
	}
}

func TestARefusedMessageHoldsNothingUp(t *testing.T) {
	l, n1, n2 := alone(t)
	n2.seq += 9 // what lies between never arrives
	n1.step(from("2", n2.packet(t, l.now, wire.New("t", "test", "text", "after the hole"))))
	if n1.delivered() != nil {
		t.Fatalf("delivered over a hole: %q", n1.delivered())
	}
	for seq := 3; seq <= 11; seq++ {
		nak := wire.New("t", "NS_nak_rexmit", "firstseq", fmt.Sprintf("%x", seq), "dest", "n1", "info", "seqno too low")
		n1.step(from("2", n2.packet(t, l.now, nak)))
	}
	if got := n1.delivered(); len(got) != 1 {
		t.Errorf("delivered %q", got)
	}
	if e := n1.records(event.MessageLost); len(e) != 1 || !strings.HasPrefix(e[0].Text, "Irretrievably lost packet: node n2 seq 3") {
		t.Errorf("records %+v", e)
	}
}

func TestAHoleThatNobodyFillsIsGivenUp(t *testing.T) {
	l, n1, n2 := alone(t)
	n2.seq++
	n1.step(from("2", n2.packet(t, l.now, wire.New("t", "test", "text", "late"))))
	for range 50 {
		l.run(100 * time.Millisecond)
		n1.step(from("2", n2.packet(t, l.now, statusOf(Active))))
	}
	if got := n1.delivered(); len(got) != 1 {
		t.Errorf("delivered %q", got)
	}
	if c := n1.core.View().Counters; c.Requested != 16 && c.Requested != 15 || c.Lost != 1 {
		t.Errorf("asked %d times, lost %d", c.Requested, c.Lost)
	}
}

func TestAFailedLinkIsDownAtOnce(t *testing.T) {
	l, n1, _ := pair(t)
	n1.step(LinkFailed{Link: "eth1", Err: "network is down"})
	d, _, ok := first[LinkChanged](n1)
	if !ok || d.Up || d.Link != "eth1" || d.Node != "n2" {
		t.Errorf("%v %+v", ok, d)
	}
	l.run(time.Second)
	if e := n1.records(event.LinkUp); len(e) != 1 {
		t.Errorf("it did not come back with the next packet: %+v", e)
	}
}

func TestStepsOfTheWallClockHurtNobody(t *testing.T) {
	l, n1, n2 := pair(t)
	for _, offset := range []time.Duration{time.Hour, -24 * time.Hour, 0} {
		n2.step(EnvironmentChanged{Load: "0 0 0 1/1 1", WallOffset: offset})
		for i := range 30 {
			n2.say(fmt.Sprint(offset, i))
			n1.say(fmt.Sprint(offset, i))
			l.run(100 * time.Millisecond)
		}
	}
	if n1.changes() != nil || n2.changes() != nil || len(n1.delivered()) != 90 {
		t.Errorf("changes %q %q, %d delivered", n1.changes(), n2.changes(), len(n1.delivered()))
	}
	if n := n1.dropped(replayed); n != 0 {
		t.Errorf("%d packets were taken for replays", n)
	}
}

func TestKeysChangeOneNodeAfterTheOther(t *testing.T) {
	l, n1, n2 := pair(t)
	both := wire.Keyring{Sign: 2, Keys: append(testKeys().Keys, wire.Key{Slot: 4, Method: wire.SHA256, Secret: "new"})}
	switched := both
	switched.Sign = 4
	for _, keys := range []wire.Keyring{both, switched} {
		for _, p := range l.peers {
			p.step(KeysChanged{Keys: keys})
			l.run(2 * time.Second)
		}
	}
	if n1.changes() != nil || n2.changes() != nil {
		t.Errorf("changes %q %q", n1.changes(), n2.changes())
	}
}

func TestAStoppedNodeOnlyResends(t *testing.T) {
	l, n1, n2 := alone(t)
	n1.say("last words")
	seq := n1.core.sender.Seq()
	n1.step(StopRequested{})
	n1.forget()
	if !n1.core.NextDeadline().IsZero() {
		t.Error("it still wants to be woken")
	}
	l.run(10 * time.Second)
	n1.step(from("2", n2.packet(t, l.now, statusOf(Active))))
	if len(n1.effects) != 0 {
		t.Errorf("effects %+v", n1.effects)
	}
	ask := wire.New("t", "NS_rexmit", "dest", "n1", "firstseq", fmt.Sprint(seq), "lastseq", fmt.Sprint(seq))
	n1.step(from("2", n2.packet(t, l.now, ask)))
	if len(n1.effects) != 1 {
		t.Errorf("effects of a request: %+v", n1.effects)
	}
}

func TestAnnouncementsReachThePeerWhenTheyChange(t *testing.T) {
	l, n1, n2 := pair(t)
	l.run(2 * time.Second)
	if _, _, ok := first[PeerAnnounced](n1); ok {
		t.Error("an unchanged announcement is handed up")
	}
	n2.step(AnnouncementChanged{Fields: []wire.Field{{Name: "x-own", Value: "1:running:7"}, {Name: "st", Value: "dead"}}})
	l.run(2 * time.Millisecond)
	a, at, ok := first[PeerAnnounced](n1)
	want := []wire.Field{{Name: "x-hears", Value: "n1"}, {Name: "x-own", Value: "1:running:7"}}
	if !ok || !slices.EqualFunc(a.Fields, want, func(a, b wire.Field) bool { return a.Name == b.Name && a.Value == b.Value }) || !a.Heard {
		t.Errorf("%v %+v", at, a)
	}
}

// Nobody waits for the tenth message, or a heartbeat of the peer, to know that it may go.
func TestALeavingNodeKnowsAtOnceThatItsLastWordsWereHeard(t *testing.T) {
	l, n1, n2 := goPair(t)
	l.run(2 * time.Second)
	n1.say("last words")
	if n1.core.View().Counters.QueuedUnacked == 0 {
		t.Fatal("the last words are acknowledged before they can be heard")
	}
	n1.step(StopRequested{})
	l.run(5 * time.Millisecond)
	if left := n1.core.View().Counters.QueuedUnacked; left != 0 {
		t.Errorf("%d messages are not acknowledged", left)
	}
	if !slices.Contains(n2.delivered(), "last words") {
		t.Errorf("the peer heard %q", n2.delivered())
	}
}
