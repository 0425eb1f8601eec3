package membership

import (
	"math/rand/v2"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// remembered is the newest list that a core asked to store.
func (p *peer) remembered() (list []KnownPeer) {
	for _, s := range p.effects {
		if r, ok := s.e.(RememberPeers); ok {
			list = r.Peers
		}
	}
	return list
}

func TestRecordingsFromBeforeOurRestartAreRefused(t *testing.T) {
	l, n1, n2 := alone(t)
	former := newForger("n2", 49)
	recorded := [][]byte{former.packet(t, l.now, statusOf(Active)), former.packet(t, l.now, wire.New("t", "resource", "rsc_hold", "all"))}
	for range 20 {
		data := n2.packet(t, l.now, statusOf(Active))
		recorded = append(recorded, data)
		n1.step(from("10.0.0.2", data))
	}
	n1.step(StopRequested{})
	n1.cfg.Known = n1.remembered()
	if len(n1.cfg.Known) != 1 || n1.cfg.Known[0].Generation != 50 || n1.cfg.Known[0].Seq != n2.seq || n1.cfg.Known[0].UUID != n2.id.UUID {
		t.Fatalf("remembered %+v", n1.cfg.Known)
	}
	n1.kill()
	n1.forget()
	n1.boot()
	for _, data := range recorded {
		n1.step(from("10.0.0.66", data))
	}
	if n1.changes() != nil || n1.core.find("n2").ever || n1.dropped("replayed") != uint64(len(recorded)) {
		t.Errorf("changes %q, refused %d of %d", n1.changes(), n1.dropped("replayed"), len(recorded))
	}
	if v := n1.core.View().Nodes[1]; v.Generation != 0 || !v.Heard.IsZero() {
		t.Errorf("n2 is shown as %+v", v)
	}
	n1.step(from("10.0.0.2", n2.packet(t, l.now, statusOf(Active))))
	if c := n1.changes(); len(c) != 1 || !n1.core.find("n2").live() {
		t.Errorf("the true n2, in the same life, is not heard: %q", c)
	}
}

func TestAPeerInItsNextLifeIsHeardAfterOurRestart(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), newForger("n2", 51)
	n1.cfg.Known = []KnownPeer{{Node: "n2", UUID: n2.id.UUID, Generation: 50, Seq: 9000}}
	n1.boot()
	n1.step(from("10.0.0.2", n2.packet(t, l.now, wire.New("t", "resource", "rsc_hold", "all")))) // before its status
	n1.step(from("10.0.0.2", n2.packet(t, l.now, statusOf(Init))))
	c, _, ok := first[NodeChanged](n1)
	if !ok || c.Why != Heard || c.From != Init {
		t.Errorf("%+v", c)
	}
	if list := n1.remembered(); len(list) != 1 || list[0].Generation != 51 {
		t.Errorf("remembered %+v", list)
	}
	if _, _, early := first[Deliver](n1); early {
		t.Error("a message was delivered before the status of its sender")
	}
}

func TestAPeersIdentityStaysPinnedOverOurRestart(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, thief := l.peer("n1"), newForger("n2", 50)
	n1.cfg.Known = []KnownPeer{{Node: "n2", UUID: thief.id.UUID, Generation: 50, Seq: 9}}
	thief.id.UUID[0] ^= 0xff
	n1.boot()
	n1.step(from("10.0.0.66", thief.packet(t, l.now, statusOf(Active))))
	if n1.core.find("n2").ever || n1.dropped("replayed") != 1 {
		t.Error("another uuid without a newer generation is believed")
	}
	thief.id.Generation = 51 // a reinstalled machine
	n1.step(from("10.0.0.2", thief.packet(t, l.now, statusOf(Active))))
	if !n1.core.find("n2").ever || len(n1.records(event.IdentityNew)) != 1 {
		t.Error("a reinstalled machine with a newer generation is refused")
	}
}

func TestWithoutMemoryEverythingIsAsBefore(t *testing.T) {
	for name, known := range map[string][]KnownPeer{
		"none": nil, "of strangers": {{Node: "n9", Generation: 7, Seq: 1}}, "of ourselves": {{Node: "n1", Generation: 1 << 40, Seq: 1}},
		"empty": {{Node: "n2"}}, "nonsense": {{Node: "n2", Generation: 1, Seq: 1 << 63}},
	} {
		l := newLab(t, "n1", "n2")
		n1, n2 := l.peer("n1"), newForger("n2", 5)
		n1.cfg.Known = known
		n1.boot()
		n1.step(from("10.0.0.2", n2.packet(t, l.now, statusOf(Active))))
		if !n1.core.find("n2").live() {
			t.Errorf("memory %s: n2 is not heard", name)
		}
	}
}

func TestPeersAreStoredRarely(t *testing.T) {
	l := newLab(t, "n1", "n2")
	for _, p := range l.peers {
		p.boot()
	}
	l.run(time.Hour)
	n1, n := l.peer("n1"), 0
	for _, s := range n1.effects {
		if _, ok := s.e.(RememberPeers); ok {
			n++
		}
	}
	if n < 2 || n > 10 {
		t.Errorf("%d times in an hour", n)
	}
	n1.forget()
	l.peer("n2").kill()
	l.run(3 * time.Second)
	if list := n1.remembered(); len(list) != 1 || list[0].Seq < 1000 {
		t.Errorf("after its death %+v is stored", list)
	}
}

// Two nodes live, die and restart at random; everything that was ever sent is recorded and played back to n1 after its restarts. No
// recording may make n2 look alive while it is off.
func TestNoRecordingWakesAPeerThatIsOff(t *testing.T) {
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 22))
		l := newLab(t, "n1", "n2")
		n1, n2 := l.peer("n1"), l.peer("n2")
		var tape [][]byte
		l.inspect = func(p *peer, e Effect) {
			switch e := e.(type) {
			case *Transmit:
				if p == n2 {
					tape = append(tape, append([]byte(nil), e.Packet...))
				}
			case RememberPeers:
				p.cfg.Known = e.Peers
			}
		}
		n1.boot()
		for range 5 {
			n2.boot()
			l.run(time.Duration(1+r.IntN(20)) * time.Second)
			n2.kill()
			l.run(time.Duration(2+r.IntN(3)) * time.Second) // dead for n1, too
			if r.IntN(2) == 0 {
				n1.kill()
				n1.boot()
			}
			n1.forget()
			for range 400 {
				n1.step(from("10.0.0.66", tape[r.IntN(len(tape))]))
				if r.IntN(20) == 0 {
					l.run(time.Duration(r.IntN(200)) * time.Millisecond)
				}
			}
			if n1.core.find("n2").live() || len(n1.changes()) > 0 {
				for _, c := range n1.changes() {
					t.Log(c)
				}
				if n1.core.find("n2").live() {
					t.Fatalf("seed %d: a recording woke n2", seed)
				}
			}
		}
	}
}
