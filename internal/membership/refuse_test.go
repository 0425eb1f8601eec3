package membership

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// A forger signs what it likes with the cluster's key.
type forger struct {
	id  messaging.Identity
	seq uint64
}

func (f *forger) packet(t testing.TB, at time.Time, m *wire.Message) []byte {
	t.Helper()
	seq := uint64(0)
	if !messaging.Unsequenced(m.Kind()) {
		f.seq++
		seq = f.seq
	}
	messaging.Control(m, f.id, seq, messaging.Stamp{Time: at, TTL: 3})
	keys := testKeys()
	data, err := keys.Encode(m, wire.Hybrid)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func newForger(name string, generation uint32) *forger {
	return &forger{id: messaging.Identity{Name: name, UUID: testConfig(name, name).UUID, Generation: generation}}
}

func statusOf(st Status) *wire.Message {
	return wire.New("t", "status", "st", string(st), "dt", "3e8", "protocol", "1")
}

func from(source string, data []byte) PacketArrived {
	return PacketArrived{Link: "eth0", Source: source, Data: data}
}

// alone starts n1 with a peer n2 that is played by a forger and active.
func alone(t *testing.T) (*lab, *peer, *forger) {
	t.Helper()
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), newForger("n2", 50)
	n1.boot()
	n1.step(from("10.0.0.2", n2.packet(t, l.now, statusOf(Active))))
	n1.step(from("10.0.0.2", n2.packet(t, l.now, wire.New("dest", "n1", "t", "repnodes", "nodelist", "n1 n2 ", "delnodelist", " "))))
	if !n1.core.View().CommUp {
		t.Fatal("n1 is not active")
	}
	n1.forget()
	return l, n1, n2
}

func (p *peer) dropped(reason string) uint64 { return p.core.View().Counters.Dropped[reason] }

func TestAFloodOfBadPacketsIsOneLineAMinute(t *testing.T) {
	l, n1, n2 := alone(t)
	bad := n2.packet(t, l.now, statusOf(Active))
	bad[len(bad)-3] ^= 1
	for range 1000 {
		n1.step(from("10.0.0.66", bad))
	}
	if e := n1.records(event.PacketDropped); len(e) != 1 || e[0].Subject != "10.0.0.66" {
		t.Fatalf("records after the flood: %+v", e)
	}
	if n := n1.dropped("bad-digest"); n != 1000 {
		t.Errorf("%d counted", n)
	}
	l.run(61 * time.Second)
	if e := n1.records(event.PacketDropped); len(e) != 2 || !strings.Contains(e[1].Text, "999 more") {
		t.Errorf("records after a minute: %+v", e)
	}
	l.run(3 * time.Minute)
	if e := n1.records(event.PacketDropped); len(e) != 2 {
		t.Errorf("silence is reported too: %+v", e[2:])
	}
}

func TestManySourcesCannotFillTheMemory(t *testing.T) {
	_, n1, _ := alone(t)
	for i := range 10_000 {
		n1.step(from(fmt.Sprintf("10.%d.%d.1\n", i/256, i%256), []byte("###\nnonsense")))
	}
	if n := len(n1.core.refusals.list); n > maxRefusals+1 {
		t.Errorf("%d sources are remembered", n)
	}
	e := n1.records(event.PacketDropped)
	if len(e) > maxRefusals+1 || strings.Contains(e[0].Text, "\n") {
		t.Errorf("%d records, first %q", len(e), e[0].Text)
	}
}

func TestUnknownNodesChangeNothing(t *testing.T) {
	l, n1, _ := alone(t)
	stranger := newForger("r3", 9)
	for range 5 {
		n1.step(from("10.0.0.3", stranger.packet(t, l.now, statusOf(Active))))
	}
	e := n1.records(event.NodeUnknown)
	if len(e) != 1 || !strings.Contains(e[0].Text, "bad node [r3] in message") || n1.dropped("unknown-node") != 5 {
		t.Errorf("records %+v, counted %d", e, n1.dropped("unknown-node"))
	}
	if n1.changes() != nil {
		t.Errorf("changes %q", n1.changes())
	}
}

func TestReplaysNeitherWakeNorKeepANode(t *testing.T) {
	l, n1, n2 := alone(t)
	old := newForger("n2", 49)
	recorded := [][]byte{
		old.packet(t, l.now, statusOf(Active)),
		n2.packet(t, l.now, statusOf(Active)),
		n2.packet(t, l.now, wire.New("t", "NS_ackmsg", "dest", "n1", "ackseq", "1")),
		n2.packet(t, l.now, wire.New("t", "resource", "rsc_hold", "all")),
	}
	for _, data := range recorded[1:] {
		n1.step(from("10.0.0.2", data))
	}
	n1.forget()
	for range 60 { // an attacker plays the recording for 6 s
		l.run(100 * time.Millisecond)
		for _, data := range recorded {
			n1.step(from("10.0.0.66", data))
		}
	}
	d, at, ok := first[NodeChanged](n1)
	if !ok || d.To != Dead || at.Sub(epoch) > 3*time.Second+100*time.Millisecond {
		t.Errorf("n2 is kept alive by replays: %v %+v", at.Sub(epoch), d)
	}
	if len(n1.changes()) != 1 {
		t.Errorf("replays woke n2: %q", n1.changes())
	}
	if _, _, again := first[Deliver](n1); again {
		t.Error("a replayed message was delivered")
	}
	if n1.dropped("replayed") < 60 {
		t.Errorf("%d replays counted", n1.dropped("replayed"))
	}
}

func TestOldControlMessagesAreRefused(t *testing.T) {
	l, n1, n2 := alone(t)
	data := n2.packet(t, l.now.Add(-time.Hour), wire.New("t", "NS_rexmit", "dest", "n1", "firstseq", "1", "lastseq", "3"))
	n1.step(from("10.0.0.66", data))
	if _, _, sent := first[*Transmit](n1); sent || n1.dropped("replayed") != 1 {
		t.Errorf("answered %v, counted %d", sent, n1.dropped("replayed"))
	}
}

func TestASecondMachineWithAPeersNameIsIgnored(t *testing.T) {
	l, n1, _ := alone(t)
	twin := newForger("n2", 5000)
	twin.id.UUID[0] ^= 0xff
	n1.step(from("10.0.0.9", twin.packet(t, l.now, statusOf(Init))))
	n1.step(from("10.0.0.9", twin.packet(t, l.now, statusOf(Init))))
	if n1.changes() != nil || len(n1.records(event.NodeDuplicate)) != 1 {
		t.Errorf("changes %q, records %+v", n1.changes(), n1.records(event.NodeDuplicate))
	}
	l.run(3 * time.Second) // n2 is dead now: it may have been reinstalled
	n1.forget()
	n1.step(from("10.0.0.9", twin.packet(t, l.now, statusOf(Init))))
	if len(n1.records(event.IdentityNew)) != 1 || len(n1.changes()) != 1 || !strings.Contains(n1.changes()[0], "rejoined") {
		t.Errorf("reinstalled: changes %q", n1.changes())
	}
}

func TestAMachineWithOurNameKeepsUsFromBeginning(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1 := l.peer("n1")
	n1.boot()
	clone := newForger("n1", 9)
	clone.id.UUID[3] ^= 1
	for range 50 {
		l.run(100 * time.Millisecond)
		n1.step(from("10.0.0.1", clone.packet(t, l.now, statusOf(Active))))
	}
	if n1.core.View().CommUp || len(n1.records(event.NodeDuplicate)) != 1 {
		t.Errorf("communication up %v, records %d", n1.core.View().CommUp, len(n1.records(event.NodeDuplicate)))
	}
	l.run(time.Second)
	if !n1.core.View().CommUp {
		t.Error("it does not begin although the other machine is silent")
	}
}

func TestOwnEchoMarksOwnLinkOnly(t *testing.T) {
	l, n1, _ := alone(t)
	n1.step(AnnouncementChanged{})
	echo, _, _ := first[*Transmit](n1)
	n1.forget()
	n1.step(from("10.0.0.1", echo.Packet))
	if len(n1.effects) != 0 {
		t.Errorf("effects of an echo: %+v", n1.effects)
	}
	if v := n1.core.View().Nodes[0]; !v.Links[0].Up || v.Links[1].Up {
		t.Errorf("own links %+v", v.Links)
	}
	l.run(0)
}

func TestAClonedUUIDUnderAnotherNameIsHeardButReported(t *testing.T) {
	l := newLab(t, "n1", "n2")
	n1, n2 := l.peer("n1"), newForger("n2", 50)
	n2.id.UUID = n1.cfg.UUID
	n1.boot()
	n1.step(from("10.0.0.2", n2.packet(t, l.now, statusOf(Active))))
	if len(n1.records(event.NodeDuplicate)) != 1 || len(n1.changes()) != 1 {
		t.Errorf("records %+v changes %q", n1.records(event.NodeDuplicate), n1.changes())
	}
}

func TestDeadtimeOfAPeerIsClamped(t *testing.T) {
	l, n1, n2 := alone(t)
	for dt, want := range map[string]time.Duration{"1": 500 * time.Millisecond, "7d0": 2 * time.Second, "ffffffffff": 36 * time.Second} {
		m := statusOf(Active)
		m.Set("dt", wire.String, dt)
		n1.step(from("10.0.0.2", n2.packet(t, l.now, m)))
		if got := n1.core.View().Nodes[1].Deadtime; got != want {
			t.Errorf("dt %s: %v, want %v", dt, got, want)
		}
	}
}
