package membership

import (
	"testing"
	"time"

	"heartbeat/internal/wire"
)

// BenchmarkHeartbeatOut is one Step that sends a status.
func BenchmarkHeartbeatOut(b *testing.B) {
	c := New(testConfig("n1", "n1", "n2"), epoch)
	now := epoch
	c.Step(now, EnvironmentChanged{Load: "0.00 0.01 0.05 1/100 1234"})
	b.ReportAllocs()
	for b.Loop() {
		now = c.NextDeadline()
		c.Step(now, Tick{})
	}
}

// BenchmarkHeartbeatIn is one Step that takes a status of a live peer; the packets
// are made beforehand.
func BenchmarkHeartbeatIn(b *testing.B) {
	const made = 4096
	peer := New(testConfig("n2", "n1", "n2"), epoch)
	packets := make([][]byte, 0, made)
	now := epoch
	for len(packets) < made {
		for _, e := range peer.Step(now, Tick{}) {
			if t, ok := e.(*Transmit); ok {
				packets = append(packets, append([]byte(nil), t.Packet...))
			}
		}
		now = peer.NextDeadline()
	}
	var c *Core
	i := made
	b.ReportAllocs()
	for b.Loop() {
		if i == made { // a new life, so that nothing is a duplicate
			c, now, i = New(testConfig("n1", "n1", "n2"), epoch), epoch, 0
		}
		c.Step(now, PacketArrived{Link: "eth0", Source: "10.0.0.2", Data: packets[i]})
		i++
	}
}

// A rest is two nodes to which nothing happens. It allocates nothing itself when it has run for a while.
type rest struct {
	now   time.Time
	cores [2]*Core
	road  []parcel // slots are used again
	sent  int      // of them, those under way

	arrived PacketArrived
}

type parcel struct {
	to   int
	data []byte
}

// step gives an event to a node and puts what it says on the road.
func (r *rest) step(i int, ev Event) {
	for _, e := range r.cores[i].Step(r.now, ev) {
		t, ok := e.(*Transmit)
		if !ok {
			continue
		}
		if r.sent == len(r.road) {
			r.road = append(r.road, parcel{})
		}
		p := &r.road[r.sent]
		p.to, p.data = 1-i, append(p.data[:0], t.Packet...)
		r.sent++
	}
}

// turn lets time pass until something is due, and delivers all that is said, on two links.
func (r *rest) turn() {
	i := 0
	if r.cores[1].NextDeadline().Before(r.cores[0].NextDeadline()) {
		i = 1
	}
	if at := r.cores[i].NextDeadline(); at.After(r.now) {
		r.now = at
	}
	r.step(i, Tick{})
	for k := 0; k < r.sent; k++ {
		to, data := r.road[k].to, r.road[k].data
		for _, link := range [...]string{"eth0", "eth1"} {
			r.arrived = PacketArrived{Link: link, Source: "10.0.0.1", Data: data}
			r.step(to, &r.arrived)
		}
	}
	r.sent = 0
}

func TestNodesAtRestAllocateNothing(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"plain":     func(*Config) {},
		"sealed":    func(cfg *Config) { cfg.Encryption, cfg.Caps = EncryptionRequired, CapParts },
		"terms":     func(cfg *Config) { cfg.Terms = []Term{{"keepalive", "1s"}} },
		"sha256":    func(cfg *Config) { cfg.Keys.Keys[0].Method = wire.SHA256 },
		"can parts": func(cfg *Config) { cfg.Caps = CapParts },
	} {
		t.Run(name, func(t *testing.T) {
			r := &rest{now: epoch}
			for i, self := range []string{"n1", "n2"} {
				cfg := testConfig(self, "n1", "n2")
				change(&cfg)
				r.cores[i] = New(cfg, epoch)
			}
			for i := range r.cores {
				r.step(i, EnvironmentChanged{Load: "0.00 0.01 0.05 1/100 1234"})
				r.step(i, AnnouncementChanged{Fields: []wire.Field{{Name: "x-holds", Value: "web"}}})
			}
			a, b := r.cores[0], r.cores[1]
			for a.sender.Seq() < 0x1010 { // every slot of the history has its memory, and numbers their length
				r.turn()
			}
			if a.find("n2").status != Active || b.find("n1").status != Active || !a.commUp || !b.commUp {
				t.Fatalf("the nodes are not at rest: n2 is %s, n1 is %s", a.find("n2").status, b.find("n1").status)
			}
			before := a.sender.Seq()
			n := testing.AllocsPerRun(2000, r.turn)
			if sent := a.sender.Seq() - before; n != 0 || sent < 100 {
				t.Errorf("%d heartbeats, %.2f allocations a turn", sent, n)
			}
		})
	}
}
