package membership

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// badRoad loses, copies and delays packets; what it does depends on the generator alone.
func badRoad(r *rand.Rand, loss, dup float64) func(string, *peer, *peer) []time.Duration {
	return func(string, *peer, *peer) (out []time.Duration) {
		for range 2 {
			if r.Float64() >= loss {
				out = append(out, time.Duration(r.IntN(20_000))*time.Microsecond)
			}
			if r.Float64() >= dup {
				break
			}
		}
		return out
	}
}

// document is a text of its own for each number, large at times.
func document(r *rand.Rand, number int) string {
	size := r.IntN(200)
	if r.IntN(6) == 0 {
		size = messaging.PartsAbove + r.IntN(10*messaging.PartSize)
	}
	return fmt.Sprintf("%d ", number) + strings.Repeat(string(rune('a'+number%26)), size)
}

// TestLargeAndSmallArriveOnceInOrderWhateverTheNetworkDoes plays stories of many seeds: documents of all sizes through
// two lanes, over networks that lose, copy and reorder; in a third of them the sender loses power in the middle.
func TestLargeAndSmallArriveOnceInOrderWhateverTheNetworkDoes(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 100
	}
	interrupted := 0
	for seed := range seeds {
		if playDocuments(t, seed) {
			interrupted++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if interrupted == 0 {
		t.Error("no story interrupted a message in parts: the test shows less than it should")
	}
}

func playDocuments(t *testing.T, seed uint64) (interrupted bool) {
	r := rand.New(rand.NewPCG(seed, 3))
	l := newLab(t, "n1", "n2")
	for _, p := range l.peers {
		p.cfg.Caps = CapParts + "," + CapBundle + "," + CapSegments
		p.cfg.Keys = wire.Keyring{Sign: 1, Keys: []wire.Key{{Slot: 1, Method: wire.CRC}}}
		if seed%2 == 0 {
			p.cfg.Links = p.cfg.Links[:1]
		}
		p.boot()
	}
	n1, n2 := l.peers[0], l.peers[1]
	l.run(time.Second)
	l.road = badRoad(r, 0.2*r.Float64(), 0.2*r.Float64())
	lanes := [2][]string{}
	first := [2]int{} // of the present life, in lanes
	crash := seed%3 == 0
	for i := range 24 {
		lane, text := r.IntN(2), document(r, i)
		lanes[lane] = append(lanes[lane], text)
		n1.post(uint64(lane), text)
		l.run(time.Duration(r.IntN(8)) * time.Millisecond)
		if held := n2.core.find("n1").whole.Bytes(); held > messaging.MaxOpen*messaging.MaxWhole {
			t.Errorf("%d bytes are held for one sender", held)
		}
		if crash && i == 12 {
			n1.kill()
			l.run(time.Duration(r.IntN(1500)) * time.Millisecond)
			interrupted = n2.core.find("n1").whole.Bytes() > 0
			first = [2]int{len(lanes[0]), len(lanes[1])}
			n1.boot()
			l.run(500 * time.Millisecond)
		}
	}
	for range 60 { // a loss costs up to a few retransmission delays, and there may be many
		if l.run(time.Second); len(n1.core.lanes.list) == 0 && n1.core.unacked() < 10 && n2.core.find("n1").rx.Holes() == 0 {
			break
		}
	}
	l.run(3 * time.Second) // the last few
	if held := n2.core.find("n1").whole.Bytes(); held != 0 {
		t.Errorf("%d bytes are held for nothing", held)
	}
	if lost := n2.records(event.MessageLost); interrupted && len(lost) == 0 && n2.core.count.lost == 0 {
		t.Error("an interrupted message was lost in silence")
	}
	checkLanes(t, n2.delivered(), lanes, first)
	return interrupted
}

// checkLanes wants what arrived of each lane in order, whole, once; and all of the present life.
func checkLanes(t *testing.T, got []string, lanes [2][]string, first [2]int) {
	t.Helper()
	at := [2]int{}
	for _, text := range got {
		lane := 0
		if slices.Contains(lanes[1], text) {
			lane = 1
		}
		i := slices.Index(lanes[lane][at[lane]:], text)
		if i < 0 {
			t.Errorf("lane %d: %.20q (%d bytes) arrived twice, out of order, or was never sent so", lane, text, len(text))
			return
		}
		if missing := at[lane] + i; i > 0 && missing > first[lane] {
			t.Errorf("lane %d: %d messages before %.20q did not arrive", lane, i, text)
			return
		}
		at[lane] += i + 1
	}
	for lane := range lanes {
		if at[lane] != len(lanes[lane]) && first[lane] < len(lanes[lane]) {
			t.Errorf("lane %d: the last %d of %d messages did not arrive", lane, len(lanes[lane])-at[lane], len(lanes[lane]))
		}
	}
}

func TestTheRestThatNeverComesIsGivenUpWithAnEvent(t *testing.T) {
	l, n1, n2 := goPair(t)
	n1.core.lanes.wholes = 4
	cut := messaging.Cutter{ID: 5, Text: strings.Repeat("x", 100_000)}
	n1.step(SendRequested{Message: cut.Next()})
	l.run(time.Second)
	if held := n2.core.find("n1").whole.Bytes(); held != 100_000 {
		t.Fatalf("%d bytes are held", held)
	}
	l.run(partsPatience)
	if held := n2.core.find("n1").whole.Bytes(); held != 0 {
		t.Errorf("%d bytes are held after the time is over", held)
	}
	if lost := n2.records(event.MessageLost); len(lost) != 1 || !strings.Contains(lost[0].Text, "message 5 of 100000 bytes is lost after 16384 bytes: no part of it came for 30s") {
		t.Errorf("events: %v", lost)
	}
}

// TestCNeverSeesABundleAndMissesNothing has a third node of the old kind.
func TestCNeverSeesABundleAndMissesNothing(t *testing.T) {
	l := newLab(t, "n1", "n2", "n3")
	for _, p := range l.peers {
		if p.cfg.Self != "n3" {
			p.cfg.Caps = CapParts + "," + CapBundle + "," + CapSegments
		}
		p.boot()
	}
	l.run(2 * time.Second)
	n1, n2, n3 := l.peers[0], l.peers[1], l.peers[2]
	bundles, cut := 0, 0
	l.inspect = func(p *peer, e Effect) {
		tr, ok := e.(*Transmit)
		if ok && wire.IsBundle(tr.Packet) {
			bundles++
		}
		if ok && tr.Cut {
			cut++
			if strings.Contains(string(tr.Packet), "t=status") {
				t.Error("a heartbeat may be cut")
			}
		}
	}
	for i := range 100 {
		n1.post(1, fmt.Sprint(i))
	}
	to := wire.New("t", "test", "text", strings.Repeat("y", 300_000), "to_id", "app", "dest", "n2")
	whole, _ := wire.AppendNetstring(nil, to)
	n1.step(ApplicationPosted{Lane: 1, Message: to, Whole: string(whole), Size: len(whole)})
	l.run(time.Second)
	if bundles > 0 || cut > 0 {
		t.Errorf("%d bundles and %d packets in segments while a C node is alive", bundles, cut)
	}
	if a, b := len(n2.delivered()), len(n3.delivered()); a != 101 || b != 100 {
		t.Errorf("n2 got %d messages, the C node %d; the large one is for n2 only", a, b)
	}
	n3.kill()
	l.run(3 * time.Second)
	for i := range 100 {
		n1.post(1, fmt.Sprint(i))
	}
	l.run(time.Second)
	if bundles == 0 || cut == 0 || len(n2.delivered()) != 201 {
		t.Errorf("%d bundles without a C node, %d packets in segments; %d messages", bundles, cut, len(n2.delivered()))
	}
}

func TestPartsOfOneTransferLeaveRoomForOthers(t *testing.T) {
	l, n1, n2 := goPair(t)
	n1.post(1, strings.Repeat("x", 4<<20))
	for i := range 20 {
		n1.post(2, fmt.Sprint(i))
	}
	l.run(time.Second)
	got := n2.delivered()
	if len(got) != 21 || len(got[20]) != 4<<20 {
		t.Errorf("%d messages; the small ones of another lane must not wait for the large one", len(got))
	}
}

// FuzzBundle feeds broken bundles to a core: whatever is in them, complete packets before the damage count.
func FuzzBundle(f *testing.F) {
	f.Add([]byte("+++\n"))
	f.Add([]byte("+++\n5:abcde,"))
	f.Add([]byte("+++\n999999:abc,"))
	f.Add(append(wire.AppendBundled(nil, []byte("###\n%%%\n")), '7'))
	f.Fuzz(func(t *testing.T, data []byte) {
		var parts [][]byte
		for p := range wire.Bundled(data) {
			parts = append(parts, p)
		}
		if len(parts) > 0 && parts[len(parts)-1] != nil {
			var again []byte
			for _, p := range parts {
				again = wire.AppendBundled(again, p)
			}
			if !wire.IsBundle(data) || len(again) > len(data) || !bytes.Equal(normal(again), normal(data)) {
				t.Errorf("%q is read as %q", data, parts)
			}
		}
		c := New(testConfig("n1", "n1", "n2"), epoch)
		c.Step(epoch, PacketArrived{Link: "eth0", Source: "x", Data: append([]byte("+++\n"), data...)})
	})
}

// normal writes lengths without leading zeros away: those are the only freedom of the format.
func normal(b []byte) []byte { return bytes.ReplaceAll(b, []byte("0"), nil) }
