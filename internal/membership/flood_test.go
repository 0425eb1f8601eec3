package membership

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/wire"
)

// forged is a packet whose digest is wrong.
func forged(t *testing.T, l *lab) []byte {
	bad := newForger("n2", 50).packet(t, l.now, statusOf(Active))
	bad[len(bad)-3] ^= 1
	return bad
}

func TestAFloodIsDroppedUnreadAfterItsAllowance(t *testing.T) {
	l, n1, _ := alone(t)
	bad := forged(t, l)
	const sent = 20_000
	for range sent {
		n1.step(from("10.0.0.66", bad))
	}
	read, unread := n1.dropped("bad-digest"), n1.dropped(flooding)
	if limit := uint64(burst/(len(bad)+perPacket) + 1); read > limit || read+unread != sent {
		t.Errorf("%d packets were read, at most %d may; %d were not", read, limit, unread)
	}
	if e := n1.records(event.PacketDropped); len(e) != 2 || e[0].Subject != "10.0.0.66" || !strings.Contains(e[1].Text, "flooding") {
		t.Errorf("records: %+v", e)
	}
}

func TestAFloodInTheNameOfAPeersAddressDoesNotSilenceThePeer(t *testing.T) {
	l, n1, n2 := alone(t)
	bad := forged(t, l)
	for range 50 { // 5 s: five deadtimes
		l.run(100 * time.Millisecond)
		for range 2000 {
			n1.step(from("10.0.0.2", bad))
		}
		n1.step(from("10.0.0.2", n2.packet(t, l.now, statusOf(Active))))
	}
	if n1.changes() != nil || n1.dropped(flooding) != 0 {
		t.Errorf("changes %q, unread %d", n1.changes(), n1.dropped(flooding))
	}
}

func TestAPeerThatStartsUnderAFloodInItsNameIsHeard(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), newForger("n2", 50)
	n1.boot()
	bad := forged(t, l)
	for range 5000 {
		n1.step(from("10.0.0.2", bad))
	}
	tries, r := 0, rand.New(rand.NewPCG(1, 2))
	for !n1.core.find("n2").ever {
		if tries++; tries > 4000 {
			t.Fatalf("not heard after %d packets", tries)
		}
		l.run(time.Millisecond) // the flood is 10 packets a millisecond
		at := r.IntN(10)
		for i := range 10 {
			if i == at {
				n1.step(from("10.0.0.2", n2.packet(t, l.now, statusOf(Up))))
			}
			n1.step(from("10.0.0.2", bad))
		}
	}
	if n1.dropped(flooding) == 0 {
		t.Error("the flood was too small to mean anything")
	}
}

func TestAFloodDoesNotHideAnotherSource(t *testing.T) {
	l, n1, _ := alone(t)
	bad := forged(t, l)
	for range 20_000 {
		n1.step(from("10.0.0.66", []byte("###\nnoise")))
	}
	n1.step(from("10.0.0.9", bad))
	found := false
	for _, e := range n1.records(event.PacketDropped) {
		found = found || e.Subject == "10.0.0.9"
	}
	if !found || n1.dropped("bad-digest") != 1 {
		t.Error("the packet from the other source is not told")
	}
}

func TestThousandsOfForgedSourcesNeitherHideAPeerNorFillTheMemory(t *testing.T) {
	l, n1, n2 := alone(t)
	claimed := forged(t, l)
	for i := range 10_000 {
		n1.step(from(fmt.Sprintf("10.%d.%d.1", i/256, i%256), []byte("###\nnoise that is some bytes long")))
	}
	n1.step(from("10.0.0.9", claimed)) // a peer with another authkeys
	told := false
	for _, e := range n1.records(event.PacketDropped) {
		told = told || e.Subject == "10.0.0.9"
	}
	if !told {
		t.Error("the packet that claims to be from n2 is hidden among strangers")
	}
	if g := &n1.core.guard; len(g.strangers) > maxStrangers || len(g.proven) > minProven || len(n1.core.refusals.list) > 2*maxRefusals+1 {
		t.Errorf("%d strangers, %d proven, %d refusals are remembered", len(g.strangers), len(g.proven), len(n1.core.refusals.list))
	}
	n1.step(from("10.200.0.1", n2.packet(t, l.now, statusOf(Active))))
	if !n1.core.guard.trusts(n1.core.now, "10.200.0.1") {
		t.Error("a new address of a peer is not heard")
	}
	for i := range 3 * minProven {
		n1.step(from(fmt.Sprintf("10.201.%d.1", i), n2.packet(t, l.now, statusOf(Active))))
	}
	if n := len(n1.core.guard.proven); n > minProven {
		t.Errorf("%d proven sources are remembered", n)
	}
}

func TestRecordingsProveNothing(t *testing.T) {
	l, n1, n2 := alone(t)
	old := n2.packet(t, l.now, statusOf(Active))
	n1.step(from("10.0.0.2", old))
	for range 3000 {
		n2.seq++
	}
	n1.step(from("10.0.0.2", n2.packet(t, l.now, statusOf(Active))))
	for range 20_000 {
		n1.step(from("10.0.0.66", old))
	}
	if n1.core.guard.trusts(n1.core.now, "10.0.0.66") || n1.dropped(flooding) == 0 {
		t.Errorf("trusted %v, unread %d", n1.core.guard.trusts(n1.core.now, "10.0.0.66"), n1.dropped(flooding))
	}
}

func TestAFloodAgesAway(t *testing.T) {
	l, n1, _ := alone(t)
	bad := forged(t, l)
	for range 5000 {
		n1.step(from("10.0.0.66", bad))
	}
	l.run(10 * time.Second)
	before := n1.dropped("bad-digest")
	n1.step(from("10.0.0.66", bad))
	if n1.dropped("bad-digest") != before+1 {
		t.Error("ten quiet seconds later its packets are still not read")
	}
}

// BenchmarkFlood is one packet of a flood: from a stranger within and beyond its allowance, from one of thousands of forged
// addresses, and in the name of a peer's address.
func BenchmarkFlood(b *testing.B) {
	keys := testKeys()
	for _, size := range []int{400, 60_000} {
		m := statusOf(Active)
		m.Set("filler", wire.String, strings.Repeat("x", size))
		bad, err := keys.Encode(m, wire.Hybrid)
		if err != nil {
			b.Fatal(err)
		}
		bad[len(bad)-3] ^= 1
		many := make([]string, 5000)
		for i := range many {
			many[i] = fmt.Sprintf("10.%d.%d.1", i/256, i%256)
		}
		for name, source := range map[string]func(int) string{
			"read":   func(int) string { return "10.0.0.2" },
			"unread": func(int) string { return "10.0.0.66" },
			"forged": func(i int) string { return many[i%len(many)] },
		} {
			b.Run(fmt.Sprintf("%s-%d", name, size), func(b *testing.B) {
				c := New(testConfig("n1", "n1", "n2"), epoch)
				c.Step(epoch, Tick{})
				c.guard.prove(epoch, "10.0.0.2", nil)
				b.ReportAllocs()
				b.SetBytes(int64(len(bad)))
				i := 0
				for b.Loop() {
					c.Step(epoch, PacketArrived{Link: "eth0", Source: source(i), Data: bad})
					i++
				}
			})
		}
	}
}
