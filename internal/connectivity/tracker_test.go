package connectivity

import (
	"math/rand/v2"
	"testing"
	"time"
)

var begin = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// A pulled is a tracker with one cable and one ping node.
type pulled struct {
	*Tracker
	now time.Time
}

func newPulled() *pulled {
	p := &pulled{NewTracker(Config{Carrier: true, Pings: []Target{{"router", 2}}}), begin}
	p.cable(true)
	return p
}

func (p *pulled) cable(in bool) []Change {
	return p.Links(p.now, []Link{{"eth0", in}}, map[string][]string{"g": {"eth0"}})
}

func (p *pulled) level() Level { return p.Report(p.now, []string{"g"}).Service("g").Level }

func (p *pulled) pass(d time.Duration) { p.now = p.now.Add(d) }

func TestACarrierCountsAsLostAfterAMoment(t *testing.T) {
	p := newPulled()
	if l := p.level(); l != Good {
		t.Fatalf("at the start %v", l)
	}
	p.cable(false)
	if l := p.level(); l != Shaky {
		t.Errorf("at once %v: a switch that dies would move groups", l)
	}
	if at := p.NextDeadline(p.now); !at.Equal(p.now.Add(settle)) {
		t.Errorf("it wakes after %v", at.Sub(p.now))
	}
	p.pass(settle)
	if l := p.level(); l != Bad {
		t.Errorf("after %v %v", settle, l)
	}
}

func TestWhatReturnsCountsLaterAfterEveryLoss(t *testing.T) {
	p := newPulled()
	for i, want := range []time.Duration{5, 10, 20, 40, 80, 160, 300, 300} {
		p.cable(false)
		p.pass(time.Second)
		ch := p.cable(true)
		if len(ch) != 1 || ch[0].Counts != want*time.Second || ch[0].Losses != i+1 || ch[0].Before != time.Second {
			t.Fatalf("loss %d: %+v, want %v s", i+1, ch, want)
		}
		p.pass(want*time.Second - time.Millisecond)
		if l := p.level(); l != Shaky {
			t.Fatalf("loss %d: %v before its time", i+1, l)
		}
		p.pass(time.Millisecond)
		if l := p.level(); l != Good {
			t.Fatalf("loss %d: %v after its time", i+1, l)
		}
	}
	p.pass(memory + time.Second)
	p.cable(false)
	if ch := p.cable(true); ch[0].Counts != DefaultDampen || ch[0].Losses != 1 {
		t.Errorf("after an hour without loss: %+v", ch)
	}
}

func TestWhatWasDownAtTheStartIsDown(t *testing.T) {
	p := &pulled{NewTracker(Config{Carrier: true}), begin}
	if l := p.level(); l != Unknown {
		t.Errorf("before anything was told: %v", l)
	}
	if ch := p.cable(false); len(ch) != 0 || p.level() != Bad {
		t.Errorf("%v %v", ch, p.level())
	}
	if ch := p.cable(true); len(ch) != 1 || p.level() != Shaky {
		t.Errorf("%v %v", ch, p.level())
	}
	if ch := p.cable(true); len(ch) != 0 {
		t.Errorf("nothing new, and it told %v", ch)
	}
}

func TestAGroupIsAsWellConnectedAsItsWorstInterface(t *testing.T) {
	tr := NewTracker(Config{Carrier: true})
	groups := map[string][]string{"g": {"eth0", "eth1"}, "h": {"eth1"}, "i": {"eth9"}}
	tr.Links(begin, []Link{{"eth0", false}, {"eth1", true}}, groups)
	r := tr.Report(begin, []string{"g", "h", "i"})
	if s := r.Service("g"); s.Level != Bad || s.Interface != "eth0" {
		t.Errorf("g %+v", s)
	}
	if s := r.Service("h"); s.Level != Good {
		t.Errorf("h %+v", s)
	}
	if s := r.Service("i"); s.Level != Unknown {
		t.Errorf("i %+v, and nobody told of eth9", s)
	}
}

func TestPingNodesAreCountedWithTheirDoubts(t *testing.T) {
	p := newPulled()
	score := func() Score { return p.Report(p.now, nil).Ping }
	for _, step := range []struct {
		what   string
		answer Answer
		wait   time.Duration
		want   Score
	}{
		{"answers for the first time", Answers, 0, Score{2, 2, 2}},
		{"is late", Late, 0, Score{0, 2, 2}},
		{"answers again", Answers, 0, Score{2, 2, 2}},
		{"is late", Late, 0, Score{0, 2, 2}},
		{"is dead", Silent, 0, Score{0, 0, 2}},
		{"came back", Answers, 0, Score{0, 2, 2}},
		{"came back and held", Answers, DefaultDampen, Score{2, 2, 2}},
	} {
		p.Ping(p.now, "router", step.answer)
		p.pass(step.wait)
		if got := score(); got != step.want {
			t.Errorf("it %s: %v, want %v", step.what, got, step.want)
		}
	}
	fresh := NewTracker(Config{Pings: []Target{{"router", 1}}})
	if got := fresh.Report(begin, nil).Ping; got != (Score{0, 1, 1}) {
		t.Errorf("never heard of, not dead either: %v", got)
	}
	fresh.Ping(begin, "stranger", Silent)
	if got := fresh.Report(begin, nil).Ping; got != (Score{0, 1, 1}) {
		t.Errorf("a stranger counts: %v", got)
	}
}

// A level changes only when something is told or at a deadline: whoever sleeps until then misses nothing.
func TestNothingChangesBetweenDeadlines(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		p := newPulled()
		for range 40 {
			switch r.IntN(3) {
			case 0:
				p.cable(r.IntN(2) == 0)
			case 1:
				p.Ping(p.now, "router", Answer(r.IntN(3)))
			}
			until := p.now.Add(time.Duration(r.Int64N(int64(20 * time.Second))))
			before := p.Report(p.now, []string{"g"})
			at := p.NextDeadline(p.now)
			if !at.IsZero() && !at.After(p.now) {
				t.Fatalf("seed %d: a deadline that is over", seed)
			}
			if at.IsZero() || until.Before(at) {
				p.now = until
				if after := p.Report(p.now, []string{"g"}); after.Ping != before.Ping || after.Service("g") != before.Service("g") {
					t.Fatalf("seed %d: %+v became %+v without a deadline", seed, before, after)
				}
				continue
			}
			p.now = at
		}
	}
}
