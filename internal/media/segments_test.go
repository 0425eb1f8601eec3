package media

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"heartbeat/internal/conf"
	"heartbeat/internal/wire"
)

func TestLargeDatagramsArriveWholeInSegments(t *testing.T) {
	for _, kind := range []string{"ucast", "bcast", "mcast", "ucast6"} {
		for _, byHand := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, by hand %v", kind, byHand), func(t *testing.T) {
				s := newSet(t, Config{Media: []conf.Medium{line1(kind, freePort(t))}})
				s.lines[0].medium.(*udp).byHand = byHand
				var want [][]byte
				for i, size := range []int{100, wire.SegmentSize + 1, 8000, 16500, 60000} {
					packet := bytes.Repeat([]byte{byte('a' + i)}, size)
					want = append(want, packet)
					s.SendCut(packet)
				}
				s.Send([]byte("heartbeat"))
				for _, w := range append(want, []byte("heartbeat")) {
					if p := next(t, s); !bytes.Equal(p.Data, w) || p.Link != "lo" || !p.Source.IsValid() {
						t.Fatalf("want %d bytes, got %d of %s from %s", len(w), len(p.Data), p.Link, p.Source)
					}
				}
				if p, more := s.Next(); more {
					t.Errorf("and %d bytes more", len(p.Data))
				}
				if s.lines[0].medium.(*udp).byHand != byHand {
					t.Error("the kernel did not take the segments together")
				}
			})
		}
	}
}

// TestSegmentsInAnyOrderAndNumberMakeTheirDatagram mixes the segments of many datagrams, doubles some and loses some.
func TestSegmentsInAnyOrderAndNumberMakeTheirDatagram(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var p pieces
		sources := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}
		type sent struct {
			source  netip.Addr
			segment []byte
		}
		var all []sent
		expect := map[string]bool{} // the content, which tells where it is from
		for i := range openPiles / 2 {
			for n, source := range sources {
				packet := bytes.Repeat([]byte(fmt.Sprintf("%d from %d;", i, n)), 100+r.IntN(3000))
				cut := wire.AppendSegments(nil, uint32(i), packet)
				lost := -1
				if r.IntN(4) == 0 {
					lost = r.IntN((len(packet)-1)/wire.SegmentPayload + 1)
				} else {
					expect[string(packet)] = true
				}
				for k := 0; len(cut) > 0; k++ {
					size := min(len(cut), wire.SegmentSize)
					if k != lost {
						all = append(all, sent{source, cut[:size]})
					}
					cut = cut[size:]
				}
			}
		}
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for i, s := range all {
			if i > 0 && r.IntN(5) == 0 && p.holds(all[i-1].source, all[i-1].segment) {
				p.add(all[i-1].source, all[i-1].segment) // once more
			}
			if whole := p.add(s.source, s.segment); whole != nil {
				if !expect[string(whole)] {
					t.Fatalf("seed %d: %d bytes that nobody sent, or twice", seed, len(whole))
				}
				delete(expect, string(whole))
			}
		}
		if len(expect) > 0 {
			t.Fatalf("seed %d: %d datagrams are missing", seed, len(expect))
		}
	}
}

// holds says whether a pile waits for the rest of this segment's datagram.
func (p *pieces) holds(source netip.Addr, data []byte) bool {
	s, _ := wire.ReadSegment(data)
	for i := range p.piles {
		q := &p.piles[i]
		if q.total == s.Total && q.id == s.ID && q.source == source {
			return true
		}
	}
	return false
}

func TestForgedSegmentsTakeBoundedMemoryAndPassAway(t *testing.T) {
	var p pieces
	forged := bytes.Repeat([]byte("x"), 60000)
	for i := range uint32(10000) {
		if p.add(netip.MustParseAddr("10.0.0.66"), wire.AppendSegments(nil, i, forged)[:wire.SegmentSize]) != nil {
			t.Fatal("a datagram out of one segment of many")
		}
	}
	held := 0
	for i := range p.piles {
		held += cap(p.piles[i].data)
	}
	if held > openPiles<<16 {
		t.Errorf("%d bytes are held", held)
	}
	packet := bytes.Repeat([]byte("true"), 1000)
	var got []byte
	for rest := wire.AppendSegments(nil, 1, packet); len(rest) > 0; {
		n := min(len(rest), wire.SegmentSize)
		got, rest = p.add(netip.MustParseAddr("10.0.0.1"), rest[:n]), rest[n:]
	}
	if !bytes.Equal(got, packet) {
		t.Errorf("%d bytes after the flood", len(got))
	}
}

func FuzzPieces(f *testing.F) {
	f.Add(wire.AppendSegments(nil, 7, make([]byte, 3000)), 1400)
	f.Add([]byte("~~~\n"), 3)
	f.Fuzz(func(t *testing.T, data []byte, stride int) {
		l := &line{}
		r := row{Packet: Packet{Data: data}, from: l, stride: max(stride, 0)}
		for total := 0; ; {
			p, ok := r.next()
			if !ok {
				return
			}
			if total += len(p.Data); total > len(data) {
				t.Fatalf("%d bytes out of %d", total, len(data))
			}
		}
	})
}
