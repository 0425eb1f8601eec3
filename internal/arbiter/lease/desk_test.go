package lease

import (
	"testing"
	"time"

	"heartbeat/internal/arbiter"
)

// caller is a node that always has the right ticket.
type caller struct {
	d      *Desk
	self   string
	other  string
	ticket uint64
}

func (c *caller) say(now time.Time, op arbiter.Op, claim bool) Reply {
	r := Request{Op: op, Claim: claim, Lease: 30 * time.Second, Node: c.self, Peer: c.other}
	for {
		r.Ticket = c.ticket
		reply := c.d.Handle(now, "c", r, 1<<40)
		c.ticket = reply.Ticket
		if reply.Result != Retry {
			return reply
		}
	}
}

func pairOf(d *Desk) (a, b *caller) {
	return &caller{d: d, self: "n1", other: "n2"}, &caller{d: d, self: "n2", other: "n1"}
}

func TestOneLeaseAtATime(t *testing.T) {
	now := time.Unix(1000, 0)
	d := NewDesk(now.Add(-time.Hour))
	a, b := pairOf(d)
	if r := a.say(now, arbiter.Ask, false); r.Result != Granted || r.Lease != 30*time.Second || r.Free < 50*time.Minute {
		t.Fatalf("%+v", r)
	}
	now = now.Add(29 * time.Second)
	if r := b.say(now, arbiter.Ask, false); r.Result != Denied || r.Holder != "n1" || r.Left != time.Second {
		t.Fatalf("%+v", r)
	}
	now = now.Add(3 * time.Second)
	if r := b.say(now, arbiter.Ask, false); r.Result != Granted || r.Free != 2*time.Second {
		t.Fatalf("after the end of the lease: %+v", r)
	}
	if r := a.say(now, arbiter.Release, false); r.Result != Noted {
		t.Fatalf("%+v", r)
	}
	if r := a.say(now, arbiter.Ask, false); r.Result != Denied {
		t.Fatalf("who does not hold it gave it back: %+v", r)
	}
	b.say(now, arbiter.Release, false)
	if r := a.say(now.Add(time.Second), arbiter.Ask, false); r.Result != Granted || r.Free != time.Second {
		t.Fatalf("%+v", r)
	}
}

func TestAFreshDeskGrantsOnlyWhatItCannotHaveForgotten(t *testing.T) {
	now := time.Unix(1000, 0)
	a, _ := pairOf(NewDesk(now))
	if r := a.say(now, arbiter.Ask, false); r.Result != Denied || r.Holder != "" || r.Left != arbiter.MaxLease {
		t.Fatalf("a former desk may have granted to n2: %+v", r)
	}
	if r := a.say(now, arbiter.Ask, true); r.Result != Granted || r.Free != 0 {
		t.Fatalf("who holds it goes on: %+v", r)
	}
	a, b := pairOf(NewDesk(now))
	b.say(now, arbiter.Report, false)
	if r := a.say(now.Add(time.Second), arbiter.Ask, false); r.Result != Granted || r.Free != time.Second {
		t.Fatalf("n2 said that it holds none: %+v", r)
	}
	a, _ = pairOf(NewDesk(now))
	a.say(now, arbiter.Report, false)
	if r := a.say(now.Add(arbiter.MaxLease-1), arbiter.Ask, false); r.Result != Denied {
		t.Fatalf("%+v", r)
	}
	if r := a.say(now.Add(arbiter.MaxLease), arbiter.Ask, false); r.Result != Granted || r.Free != 0 {
		t.Fatalf("after the longest lease: %+v", r)
	}
}

func TestARecordedRequestChangesNothing(t *testing.T) {
	now := time.Unix(1000, 0)
	d := NewDesk(now.Add(-time.Hour))
	a, b := pairOf(d)
	a.say(now, arbiter.Report, false)
	recorded := Request{Ticket: a.ticket, Op: arbiter.Ask, Lease: time.Minute, Node: "n1", Peer: "n2"}
	d.Handle(now, "c", recorded, 5)
	a.ticket++
	a.say(now, arbiter.Release, false)
	if r := d.Handle(now, "c", recorded, 5); r.Result != Retry {
		t.Fatalf("%+v", r)
	}
	if r := b.say(now, arbiter.Ask, false); r.Result != Granted {
		t.Fatalf("a recorded request took the lease: %+v", r)
	}
}
