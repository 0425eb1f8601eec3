package membership

import "testing"

// checkAgenda compares what a core remembers about all nodes together with what the nodes say one by one. Every step of every
// test with a lab of up to 8 nodes ends with it, of larger ones some.
func checkAgenda(t *testing.T, c *Core) {
	t.Helper()
	var most uint64
	for n := range c.peers {
		most = max(most, n.debt.Missing(c.sender.Seq()))
	}
	if got := c.unacked(); got != most {
		t.Fatalf("%s believes that %d messages are not acknowledged, it is %d", c.cfg.Self, got, most)
	}
	if c.stopped {
		return
	}
	for n := range c.others {
		at := c.dueOf(n)
		if at.IsZero() {
			continue
		}
		if n.slot.index == 0 || c.agenda.heap[n.slot.index-1] != n || n.slot.at.After(at) {
			t.Fatalf("%s: something is due at %s at %v, the agenda has place %d, %v", c.cfg.Self, n.name, at, n.slot.index, n.slot.at)
		}
		if c.wake.After(at) {
			t.Fatalf("%s: something is due at %s at %v, it wants to wake up at %v", c.cfg.Self, n.name, at, c.wake)
		}
	}
	for i := range c.agenda.heap {
		if i > 0 && c.agenda.heap[i].slot.at.Before(c.agenda.heap[(i-1)/2].slot.at) {
			t.Fatalf("%s: the agenda is not in order at %d", c.cfg.Self, i)
		}
	}
}
