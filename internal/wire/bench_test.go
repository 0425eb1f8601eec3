package wire

import (
	"fmt"
	"testing"
)

func ringWith(key Key) *Keyring { return &Keyring{Sign: key.Slot, Keys: []Key{key}} }

func BenchmarkAppendPacket(b *testing.B) {
	for _, key := range methods {
		for _, d := range []Dialect{Hybrid, Netstring, Classic} {
			b.Run(fmt.Sprintf("%s/%s", key.Method, []string{"hybrid", "netstring", "classic"}[d]), func(b *testing.B) {
				k := ringWith(key)
				var packet []byte
				b.ReportAllocs()
				for b.Loop() {
					packet, _ = k.AppendPacket(packet[:0], heartbeat, d)
				}
			})
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, d := range []Dialect{Hybrid, Netstring, Classic} {
		b.Run([]string{"hybrid", "netstring", "classic"}[d], func(b *testing.B) {
			packet, err := sha1Ring.Encode(heartbeat, d)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := sha1Ring.Decode(packet); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestSteadyHeartbeatsAllocateNothing(t *testing.T) {
	uuid := heartbeat.Clone()
	uuid.Set("srcuuid", Binary, "0123456789abcdef")
	for _, key := range methods {
		for _, d := range []Dialect{Hybrid, Netstring, Classic} {
			k := ringWith(key)
			packet, err := k.AppendPacket(nil, uuid, d)
			if err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(100, func() { packet, _ = k.AppendPacket(packet[:0], uuid, d) }); n != 0 {
				t.Errorf("%s, dialect %d: %v allocations a packet", key.Method, d, n)
			}
		}
	}
}
