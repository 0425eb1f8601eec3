package membership

import (
	"testing"
	"time"
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
			if t, ok := e.(Transmit); ok {
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

// TestAHeartbeatCostsLittle keeps a budget: the parts that must be new are the
// effects and the strings of the message.
func TestAHeartbeatCostsLittle(t *testing.T) {
	c := New(testConfig("n1", "n1", "n2"), epoch)
	for range 2000 { // every slot of the history has its memory
		c.Step(c.NextDeadline(), Tick{})
	}
	out := testing.AllocsPerRun(500, func() { c.Step(c.NextDeadline(), Tick{}) })
	idle := testing.AllocsPerRun(500, func() { c.Step(c.now.Add(time.Microsecond), Tick{}) })
	if out > 16 || idle != 0 {
		t.Errorf("a heartbeat costs %.0f allocations (budget 16), an idle step %.0f (budget 0)", out, idle)
	}
}
