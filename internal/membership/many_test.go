package membership

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// crowdOf is a lab of n nodes that announce what real nodes announce.
func crowdOf(t *testing.T, n int) *lab {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("n%d", i+1))
	}
	l := newLab(t, names...)
	for _, p := range l.peers {
		p.cfg.Caps = "announce," + CapParts + "," + CapBundle + "," + CapAcks
		p.cfg.Seed = uint64(len(p.cfg.Self))<<16 + uint64(p.cfg.Self[len(p.cfg.Self)-1])<<8 + uint64(p.cfg.Self[1])
	}
	return l
}

// sentBy counts the datagrams of a peer since its effects were forgotten.
func sentBy(p *peer) (n int) {
	for _, s := range p.effects {
		if _, ok := s.e.(*Transmit); ok {
			n++
		}
	}
	return n
}

func TestWhatANodeSendsDoesNotDependOnTheNumberOfNodes(t *testing.T) {
	for _, n := range []int{2, 8, 24} {
		l := crowdOf(t, n)
		for _, p := range l.peers {
			p.boot()
		}
		l.run(5 * time.Second)
		for _, p := range l.peers {
			p.forget()
		}
		const beats = 60
		l.run(beats * 200 * time.Millisecond)
		for _, p := range l.peers {
			if got := sentBy(p); got > beats*12/10 {
				t.Errorf("%d nodes: %s sent %d datagrams in %d keepalives", n, p.cfg.Self, got, beats)
			}
			if c := p.core.View().Counters; c.QueuedUnacked > 25 {
				t.Errorf("%d nodes: %d messages of %s are not acknowledged", n, c.QueuedUnacked, p.cfg.Self)
			}
		}
	}
}

func TestAcknowledgementsOfMessagesDoNotWaitForAHeartbeat(t *testing.T) {
	l := crowdOf(t, 2)
	n1, n2 := l.peers[0], l.peers[1]
	n1.boot()
	n2.boot()
	l.run(5 * time.Second)
	for i := range 20 {
		n1.say(fmt.Sprint(i))
	}
	l.run(10 * time.Millisecond)
	if got := n1.core.View().Counters.QueuedUnacked; got > 10 {
		t.Errorf("%d messages are not acknowledged after 10 ms", got)
	}
}

func TestAnAcknowledgementOfAFormerLifeCountsForNothing(t *testing.T) {
	l := crowdOf(t, 2)
	n1 := l.peers[0]
	n1.boot()
	peer := newForger("n2", 5)
	status := func(acks string) []byte {
		m := statusOf(Active)
		m.Set("protocol", wire.String, "1")
		m.Set("caps", wire.String, CapAcks)
		m.Set(fieldAcks, wire.String, acks)
		return peer.packet(t, l.now, m)
	}
	n1.step(from("2", status("")))
	l.run(3 * time.Second)
	have := n1.core.find("n2").debt.Acked()
	n1.step(from("2", status(fmt.Sprintf(" n1:%x:2", n1.cfg.Generation-1))))
	n1.step(from("2", status(" n1:zz:2 n1:1:1 n3:1:1 :: n1")))
	if got := n1.core.find("n2").debt.Acked(); got != have {
		t.Errorf("acknowledged up to %d", got)
	}
	n1.step(from("2", status(fmt.Sprintf(" n7:1:1 n1:%x:4", n1.cfg.Generation))))
	if got := n1.core.find("n2").debt.Acked(); got != 4 {
		t.Errorf("acknowledged up to %d, want 4", got)
	}
	n1.step(from("2", status(fmt.Sprintf(" n1:%x:ffff", n1.cfg.Generation))))
	if e := n1.records(event.PacketDropped); len(e) != 1 || !strings.Contains(e[0].Text, "corrupted ackseq") {
		t.Errorf("an acknowledgement of what was never sent: %+v", e)
	}
}

func TestACrowdThatStartsTogetherDoesNotShout(t *testing.T) {
	const n = 40
	l := crowdOf(t, n)
	for _, p := range l.peers {
		p.boot()
	}
	l.run(time.Second)
	total := 0
	for _, p := range l.peers {
		total += sentBy(p)
		if !p.core.View().CommUp {
			t.Errorf("%s is not active after a second", p.cfg.Self)
		}
	}
	if total > 20*n {
		t.Errorf("%d nodes sent %d datagrams in their first second, %d each", n, total, total/n)
	}
}

func TestALossIsAskedForByFewOfMany(t *testing.T) {
	const n = 24
	l := crowdOf(t, n)
	for _, p := range l.peers {
		p.boot()
	}
	l.run(5 * time.Second)
	road := l.road
	l.road = func(_ string, from, _ *peer) []time.Duration {
		if from == l.peers[0] {
			return nil
		}
		return []time.Duration{time.Millisecond}
	}
	l.peers[0].say("lost by everybody")
	l.road = road
	for _, p := range l.peers {
		p.forget()
	}
	l.peers[0].say("what follows")
	l.run(time.Second)
	asked, answered := 0, 0
	for _, p := range l.peers {
		c := p.core.View().Counters
		asked += int(c.Requested)
		answered += int(c.Retransmitted)
		if got := p.delivered(); p != l.peers[0] && len(got) != 2 {
			t.Errorf("%s got %q", p.cfg.Self, got)
		}
	}
	if asked == 0 || asked > 6 || answered == 0 || answered > 2 {
		t.Errorf("%d requests and %d answers for one loss that %d nodes have", asked, answered, n-1)
	}
}

func TestTheSecondCopyOfAHeartbeatIsJudgedAsIfItHadBeenRead(t *testing.T) {
	l, n1, n2 := alone(t)
	packet := n2.packet(t, l.now, statusOf(Active))
	at := func(link string) PacketArrived {
		return PacketArrived{Link: link, Source: "10.0.0.2", Data: bytes.Clone(packet)}
	}
	n1.step(at("eth0"))
	before := n1.core.View().Counters
	n1.step(at("eth1"))
	after := n1.core.View()
	if after.Counters.Duplicates != before.Duplicates+1 || after.Counters.Received != before.Received+1 {
		t.Errorf("counters %+v, before %+v", after.Counters, before)
	}
	for _, link := range after.Nodes[1].Links {
		if !link.Up {
			t.Errorf("link %s is not up after a copy came on it", link.Name)
		}
	}
	damaged := at("eth1")
	damaged.Data[20] ^= 1
	n1.step(damaged)
	if got := n1.dropped("bad-digest"); got != 1 {
		t.Errorf("a damaged copy was taken for a good one (%d dropped)", got)
	}
	n1.step(KeysChanged{Keys: wire.Keyring{Sign: 3, Keys: []wire.Key{{Slot: 3, Method: wire.SHA1, Secret: "other"}}}})
	n1.step(at("eth1"))
	if got := n1.dropped("unknown-key-slot"); got != 1 {
		t.Errorf("a copy was accepted whose key is gone (%v)", n1.core.View().Counters.Dropped)
	}
	l.run(2 * time.Second) // n2 is dead
	n1.step(KeysChanged{Keys: testKeys()})
	n1.step(at("eth0"))
	if n1.core.find("n2").status != Dead {
		t.Error("a recording wakes the dead")
	}
}

// BenchmarkCrowd is the Step that takes a heartbeat of one of many live peers, and the Tick after it.
func BenchmarkCrowd(b *testing.B) {
	for _, n := range []int{2, 16, 256} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var names []string
			for i := range n {
				names = append(names, fmt.Sprintf("n%d", i+1))
			}
			cfg := testConfig("n1", names...)
			c, now := New(cfg, epoch), epoch
			peers := make([]*forger, n)
			for i := range peers {
				peers[i] = newForger(names[i], 5)
				copy(peers[i].id.UUID[:], fmt.Sprintf("%016d", i))
			}
			hears := strings.Join(names, " ")
			const rounds = 40
			var packets [][]byte
			for range rounds {
				for _, p := range peers[1:] {
					m := statusOf(Active)
					m.Set("x-hears", wire.String, hears)
					packets = append(packets, p.packet(b, epoch, m))
				}
			}
			i := len(packets)
			b.ReportAllocs()
			for b.Loop() {
				if i == len(packets) {
					b.StopTimer()
					c, now, i = New(cfg, epoch), epoch, 0
					b.StartTimer()
				}
				now = now.Add(200 * time.Millisecond / time.Duration(n))
				c.Step(now, PacketArrived{Link: "eth0", Source: "10.0.0.2", Data: packets[i]})
				c.Step(now, Tick{})
				i++
			}
		})
	}
}

func TestALostHeartbeatIsNotAskedForWhenANewerOneIsThere(t *testing.T) {
	l := crowdOf(t, 2)
	n1, n2 := l.peers[0], l.peers[1]
	n1.boot()
	n2.boot()
	l.run(5 * time.Second)
	road := l.road
	cut := func(string, *peer, *peer) []time.Duration { return nil }
	l.road = cut
	l.run(500 * time.Millisecond)
	l.road = road
	l.run(time.Second)
	if c := n1.core.View().Counters; c.Requested != 0 || n1.core.find("n2").rx.Holes() != 0 {
		t.Errorf("%d heartbeats were asked for, %d are missing", c.Requested, n1.core.find("n2").rx.Holes())
	}
	l.road = cut
	n2.say("lost")
	l.run(500 * time.Millisecond)
	l.road = road
	l.run(time.Second)
	if got := n1.delivered(); len(got) != 1 || got[0] != "lost" {
		t.Errorf("a message that was lost among heartbeats: %q", got)
	}
	if c := n1.core.View().Counters; c.Requested == 0 || c.Requested > 5 {
		t.Errorf("%d messages were asked for", c.Requested)
	}
}
