package membership

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// keepIdentities lets every peer of the lab have the identity it needs, as the shell does after some milliseconds.
func (l *lab) keepIdentities() {
	l.inspect = func(p *peer, e Effect) {
		need, ok := e.(IdentityNeeded)
		if !ok {
			return
		}
		life := p.life
		l.after(5*time.Millisecond, func() {
			if p.life != life {
				return
			}
			if need.UUID {
				p.cfg.UUID[0] ^= 0x5a
				p.cfg.UUID[14], p.cfg.UUID[15] = byte(life), p.cfg.Self[len(p.cfg.Self)-1] // random in the world
			}
			p.cfg.Generation = max(p.cfg.Generation, uint32(need.Above)) + 1
			p.do(func() { p.step(IdentityChanged{UUID: p.cfg.UUID, Generation: p.cfg.Generation}) })
		})
	}
}

func TestALostGenerationIsFoundAgainWithTheHelpOfThePeer(t *testing.T) {
	l := newLab(t, "n1", "n2")
	l.keepIdentities()
	n1, n2 := l.peer("n1"), l.peer("n2")
	n1.cfg.Generation, n2.cfg.Generation = 5000, 5000
	n1.boot()
	n2.boot()
	l.run(time.Second)
	n1.kill()
	l.run(3 * time.Second)
	n1.cfg.Generation = 17 // the file is lost, and the clock is a day back
	n1.boot()
	l.run(2 * time.Second)
	if v := n1.core.View(); !v.CommUp || n2.core.find("n1").status != Active || n1.core.find("n2").status != Active {
		t.Fatalf("n1 up %v, n1 sees n2 %s, n2 sees n1 %s", v.CommUp, n1.core.find("n2").status, n2.core.find("n1").status)
	}
	if n1.cfg.Generation != 5002 {
		t.Errorf("n1 goes on with generation %d", n1.cfg.Generation)
	}
	if len(n1.records(event.GenerationRaised)) != 1 || len(n1.records(event.GenerationOld)) != 1 {
		t.Errorf("%v %v", n1.records(event.GenerationRaised), n1.records(event.GenerationOld))
	}
	n1.say("after")
	n2.say("to n1")
	l.run(100 * time.Millisecond)
	if a, b := n2.delivered(), n1.delivered(); len(a) != 1 || len(b) != 1 {
		t.Errorf("delivered %q and %q", a, b)
	}
}

func TestTwoActiveNodesMeetWithAnOldGeneration(t *testing.T) {
	l := newLab(t, "n1", "n2")
	l.keepIdentities()
	n1, n2 := l.peer("n1"), l.peer("n2")
	n1.cfg.Generation, n2.cfg.Generation = 5000, 5000
	n1.boot()
	n2.boot()
	l.run(time.Second)
	whole := l.road
	l.road = func(string, *peer, *peer) []time.Duration { return nil }
	n1.kill()
	n1.cfg.Generation = 17
	n1.boot()
	l.run(5 * time.Second)
	if !n1.core.View().CommUp {
		t.Fatal("n1 is not active alone")
	}
	for range 40 {
		n1.say("while cut off")
	}
	l.road = whole
	l.run(3 * time.Second)
	if a, b := n2.core.find("n1").status, n1.core.find("n2").status; a != Active || b != Active {
		t.Errorf("n2 sees n1 %s, n1 sees n2 %s", a, b)
	}
	n2.forget()
	n1.say("together")
	l.run(100 * time.Millisecond)
	if got := n2.delivered(); len(got) != 1 || got[0] != "together" {
		t.Errorf("n2 got %q", got)
	}
	if q := n1.core.View().Counters.QueuedUnacked; q > 40 {
		t.Errorf("%d messages of the former life are still waited for", q)
	}
}

func TestTowardsACNodeTheGenerationIsTakenAboveItsClock(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), newForger("n2", 50)
	n1.boot()
	for range 10 {
		n1.step(from("2", n2.packet(t, l.now, statusOf(Active))))
		l.run(700 * time.Millisecond) // it speaks and never answers
	}
	need, _, ok := first[IdentityNeeded](n1)
	if !ok || need.UUID || need.Above < uint64(epoch.Unix()) || need.Above > uint64(l.now.Unix()) {
		t.Fatalf("%+v %v", need, ok)
	}
	n1.forget()
	n1.step(IdentityChanged{UUID: n1.cfg.UUID, Generation: uint32(need.Above) + 1})
	var kinds []string
	for _, s := range n1.effects {
		if tr, ok := s.e.(*Transmit); ok {
			m, _, err := n1.cfg.Keys.Decode(tr.Packet)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, m.Kind()+m.Get("seq"))
			if g, _ := m.Hex("hg"); g != need.Above+1 {
				t.Errorf("%s has generation %d", m.Kind(), g)
			}
		}
	}
	if got := strings.Join(kinds, " "); !strings.HasPrefix(got, "status1 status2") {
		t.Errorf("the new life says %q", got)
	}
}

func TestAReplayedAnnouncementOfGenerationsChangesNothing(t *testing.T) {
	_, n1, n2 := alone(t)
	l := n1.lab
	m := statusOf(Active)
	m.Fields = append(m.Fields, wire.Field{Name: "x-knows", Type: wire.String, Value: "n1=" + wire.FormatHex(uint64(n1.cfg.Generation)) + " n3=ffff junk n1=zz n1=ffffffff"})
	n1.step(from("2", n2.packet(t, l.now, m)))
	if need, _, ok := first[IdentityNeeded](n1); ok {
		t.Errorf("%+v: the own generation, one beyond all room, and another node's are no reason", need)
	}
}

func TestAClonedNodeTakesANewUUIDBeforeItJoins(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3")
	l.keepIdentities()
	n1, n2, n3 := l.peer("n1"), l.peer("n2"), l.peer("n3")
	n1.boot()
	n2.boot()
	l.run(4 * time.Second)
	n3.cfg.UUID, n3.cfg.Listen = n1.cfg.UUID, 300*time.Millisecond
	heard := 0
	road := l.road
	l.road = func(link string, from, to *peer) []time.Duration {
		if from == n3 && from.core.cfg.UUID == n1.cfg.UUID {
			heard++
		}
		return road(link, from, to)
	}
	n3.boot()
	l.run(3 * time.Second)
	if heard > 0 {
		t.Errorf("n3 said %d packets with the uuid of n1", heard)
	}
	if n3.cfg.UUID == n1.cfg.UUID || len(n3.records(event.IdentityRenewed)) != 1 {
		t.Errorf("n3 kept its uuid: %v", n3.records(event.IdentityRenewed))
	}
	for _, p := range []*peer{n1, n2} {
		if p.core.find("n3").status != Active || p.core.find("n3").uuid != n3.core.self.uuid {
			t.Errorf("%s: n3 is %s with uuid %x", p.cfg.Self, p.core.find("n3").status, p.core.find("n3").uuid)
		}
		if e := p.records(event.NodeDuplicate); len(e) != 0 {
			t.Errorf("%s saw a duplicate: %+v", p.cfg.Self, e)
		}
	}
	if e := n3.records(event.NodeDuplicate); len(e) != 1 || e[0].Subject != "n1" && e[0].Subject != "n2" || !strings.Contains(e[0].Text, "-addr") {
		t.Errorf("%+v", e)
	}
}

func TestTwoClonesThatStartTogetherBothJoin(t *testing.T) {
	for gap := range 6 {
		l := newLab(t, "n1", "n2")
		l.keepIdentities()
		n1, n2 := l.peer("n1"), l.peer("n2")
		n2.cfg.UUID = n1.cfg.UUID
		n1.boot()
		l.run(time.Duration(gap) * 3 * time.Millisecond)
		n2.boot()
		l.run(10 * time.Second)
		if a, b := n1.core.find("n2").status, n2.core.find("n1").status; a != Active || b != Active {
			t.Errorf("gap %d: %s %s", gap, a, b)
		}
	}
}

func TestTheOwnEchoWithTheFormerUUIDIsNoClone(t *testing.T) {
	l, n1, _ := alone(t)
	former := newForger("n1", n1.cfg.Generation)
	id := n1.cfg.UUID
	id[0] ^= 1
	n1.step(IdentityChanged{UUID: id, Generation: n1.cfg.Generation + 1})
	n1.step(from("self", former.packet(t, l.now, statusOf(Active))))
	if e := n1.records(event.NodeDuplicate); len(e) != 0 {
		t.Errorf("%+v", e)
	}
	n1.step(IdentityChanged{UUID: id, Generation: n1.cfg.Generation}) // too late, too low
	if g := n1.core.cfg.Generation; g != n1.cfg.Generation+1 {
		t.Errorf("the generation went back to %d", g)
	}
}

func TestACNodeThatAcknowledgesNothingIsNamedWithTheRemedy(t *testing.T) {
	l, n1, n2 := alone(t)
	for range 400 {
		n1.step(from("2", n2.packet(t, l.now, statusOf(Active))))
		n1.say("x")
		l.run(200 * time.Millisecond)
	}
	if e := n1.records(event.GenerationOld); len(e) == 0 || !strings.Contains(e[0].Text, "restart heartbeat on n2") {
		t.Errorf("%+v", e)
	}
	if _, _, ok := first[IdentityNeeded](n1); ok {
		t.Error("an active node wants another generation because of a silent C node")
	}
}
