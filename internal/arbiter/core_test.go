package arbiter

import (
	"testing"
	"time"
)

// A desk answers one core as a reference would: it grants while it is open.
type desk struct {
	t     *testing.T
	core  *Core
	now   time.Time
	open  bool
	lease time.Duration
	asked int
	queue []Answered // on their way
	gains int
	loses int
	prove int
	halts []bool
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, now: time.Unix(1000, 0), open: true, lease: 30 * time.Second}
	d.core = New(Config{
		Self: "n1", Peer: "n2", Kind: Witness, References: []string{"w"}, Keepalive: 200 * time.Millisecond, Deadtime: time.Second,
		Lease: d.lease, StopBudget: time.Second, Margin: 100 * time.Millisecond,
	}, d.now)
	return d
}

func (d *desk) step(e Event) {
	for _, effect := range d.core.Step(d.now, e) {
		switch effect := effect.(type) {
		case Gain:
			d.gains++
		case Lose:
			d.loses++
		case Prove:
			d.prove++
		case Halted:
			d.halts = append(d.halts, effect.Is)
		case Consult:
			a := Answered{Reference: effect.Reference, Serial: effect.Serial, Outcome: Failed, Text: "closed"}
			if d.open {
				a.Outcome = Noted
				if effect.Op == Ask {
					a.Outcome, a.Lease, a.Free = Granted, d.lease, time.Hour
				}
			}
			d.asked++
			d.queue = append(d.queue, a)
		}
	}
}

// run lets time pass until ok, or fails the test.
func (d *desk) run(limit time.Duration, what string, ok func() bool) {
	d.t.Helper()
	for end := d.now.Add(limit); !ok(); d.now = d.now.Add(20 * time.Millisecond) {
		if d.now.After(end) {
			d.t.Fatalf("%v passed without %s: %+v", limit, what, d.core.View())
		}
		d.step(Tick{})
		answers := d.queue
		d.queue = nil
		for _, a := range answers {
			d.step(a)
		}
	}
}

// alone makes a node that has proved the death of the other one and runs everything.
func alone(t *testing.T) *desk {
	d := newDesk(t)
	d.step(PeerAlive{Obeys: true})
	d.step(Acknowledged{Sent: d.now})
	d.step(Situation{Holds: true, First: true})
	silent := d.now.Add(time.Second)
	d.run(2*time.Second, "a deadtime of silence", func() bool { return !d.now.Before(silent) })
	d.step(PeerDied{})
	d.step(ProofWanted{})
	d.run(5*time.Second, "a proof", func() bool { return d.prove == 1 })
	d.step(ProofDropped{})
	return d
}

func TestASurvivorComesBackWhenItsArbiterDoes(t *testing.T) {
	d := alone(t)
	d.open = false
	d.run(time.Minute, "the end of the lease", func() bool { return d.loses == 1 })
	d.step(Situation{})
	gains := d.gains
	d.open = true
	d.run(10*time.Second, "the lease again", func() bool { return d.gains == gains+1 })
}

func TestASurvivorKeepsItsLeaseWhileTheArbiterAnswers(t *testing.T) {
	d := alone(t)
	d.run(10*time.Minute, "ten minutes", func() bool { return d.now.Sub(time.Unix(1000, 0)) > 9*time.Minute })
	if d.loses != 0 {
		t.Errorf("it had to stop %d times", d.loses)
	}
	if d.asked > 10*60 {
		t.Errorf("it asked %d times in ten minutes", d.asked)
	}
}

// A ping node is believed for a deadtime only, so the lease is as short.
func TestAShortLeaseIsRenewedInTime(t *testing.T) {
	d := alone(t)
	d.lease = 800 * time.Millisecond
	d.run(2*time.Minute, "two minutes", func() bool { return d.now.Sub(time.Unix(1000, 0)) > 110*time.Second })
	if d.loses != 0 {
		t.Errorf("it had to stop %d times", d.loses)
	}
}

// A node that is started again during a cut must not tell the arbiter that it has no lease: the one that its former life got counts on.
func TestANewLifeSaysNothingOfALeaseThatMayStillBeThere(t *testing.T) {
	now := time.Unix(1000, 0)
	cfg := newDesk(t).core.cfg
	cfg.Entitled = now.Add(20 * time.Second)
	c := New(cfg, now)
	var asked []Consult
	step := func(ev Event) {
		for _, e := range c.Step(now, ev) {
			if q, ok := e.(Consult); ok {
				asked = append(asked, q)
			}
		}
	}
	step(PeerDied{})
	if len(asked) > 0 {
		t.Fatalf("%+v", asked)
	}
	step(Situation{Holds: true})
	if len(asked) != 1 || asked[0].Op != Ask || !asked[0].Former || asked[0].Claim {
		t.Fatalf("%+v", asked)
	}

	c, asked = New(cfg, now), nil
	step(PeerAlive{Obeys: true})
	step(Situation{})
	if len(asked) > 0 || c.NextDeadline() != now.Add(cfg.Deadtime) {
		t.Fatalf("%+v %v", asked, c.NextDeadline())
	}
	step(Acknowledged{Sent: now})
	if len(asked) != 1 || asked[0].Op != Report {
		t.Errorf("%+v", asked)
	}
}

// What a former life had to stop is overdue when its time is over, not when the time of the new life would be.
func TestTheStopBudgetOfAFormerLifeCounts(t *testing.T) {
	now := time.Unix(1000, 0)
	cfg := newDesk(t).core.cfg
	cfg.Entitled = now.Add(-cfg.StopBudget / 2)
	for _, holds := range []bool{true, false} {
		c := New(cfg, now)
		overdue := time.Time{}
		step := func(at time.Time, ev Event) {
			for _, e := range c.Step(at, ev) {
				if _, ok := e.(Overdue); ok {
					overdue = at
				}
			}
		}
		step(now, PeerDied{})
		step(now, Situation{Holds: holds})
		end := cfg.Entitled.Add(cfg.StopBudget)
		if holds && c.NextDeadline().After(end) {
			t.Errorf("the next look is at %v, and the end at %v", c.NextDeadline(), end)
		}
		step(end, Tick{})
		if holds != overdue.Equal(end) {
			t.Errorf("holds %v: overdue at %v, not %v", holds, overdue, end)
		}
	}
}

// The other node is heard, does not hear this one, and has stopped. This node asks, although it holds nothing, and learns when it may go on.
func TestAHearingNodeGoesOnForADeafOneWithTheLeaseOnly(t *testing.T) {
	d := newDesk(t)
	d.step(PeerAlive{Heard: true, Obeys: true})
	d.step(Acknowledged{Sent: d.now})
	d.step(Situation{})
	d.run(3*time.Second, "the end of the acknowledgements", func() bool { return d.loses == 1 })
	d.open = false
	d.step(Situation{Deaf: true, Orphans: true})
	deaf := d.now
	d.run(10*time.Second, "ten seconds", func() bool { return d.now.Sub(deaf) > 9*time.Second })
	if len(d.halts) != 0 || d.gains != 1 {
		t.Errorf("without the lease: %v, entitled %d times", d.halts, d.gains)
	}
	d.open, deaf = true, d.now
	d.run(10*time.Second, "word that the deaf node is halted", func() bool { return len(d.halts) == 1 && d.halts[0] })
	if d.gains != 2 || d.prove != 0 {
		t.Errorf("entitled %d times, %d proofs", d.gains, d.prove)
	}
	d.step(Situation{Holds: true}) // it hears again, and this node runs what the other one had
	d.step(Acknowledged{Sent: d.now})
	if len(d.halts) != 2 || d.halts[1] {
		t.Errorf("after the mend: %v", d.halts)
	}
	if d.run(time.Second, "nothing", func() bool { return true }); d.loses != 1 {
		t.Errorf("it had to stop %d times", d.loses)
	}
}
