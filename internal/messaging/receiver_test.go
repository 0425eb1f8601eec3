package messaging

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

var epoch = time.Date(2020, 5, 1, 12, 0, 0, 0, time.UTC)

const delay = 250 * time.Millisecond

func begun(generation uint64) (*Receiver, *Jitter) {
	j := NewJitter(7)
	r := &Receiver{}
	r.Begin(generation, j)
	return r, j
}

func TestVerdicts(t *testing.T) {
	type step struct {
		seq     uint64
		verdict Verdict
		holes   int
	}
	for name, steps := range map[string][]step{
		"in order":                  {{5, Keep, 0}, {6, Keep, 0}, {7, Keep, 0}},
		"copy of the newest":        {{5, Keep, 0}, {5, Duplicate, 0}, {6, Keep, 0}, {6, Duplicate, 0}},
		"older copy":                {{5, Keep, 0}, {6, Keep, 0}, {5, Late, 0}},
		"before the first":          {{5, Keep, 0}, {4, Late, 0}},
		"hole, filled, copy":        {{5, Keep, 0}, {8, Keep, 2}, {6, Keep, 1}, {6, Late, 1}, {7, Keep, 0}, {7, Late, 0}},
		"swapped neighbours":        {{5, Keep, 0}, {7, Keep, 1}, {6, Keep, 0}},
		"largest hole":              {{1, Keep, 0}, {252, Keep, 250}},
		"too large a hole":          {{1, Keep, 0}, {253, Keep, 0}, {252, Late, 0}},
		"table overflows":           {{1, Keep, 0}, {252, Keep, 250}, {503, Keep, 500}, {505, Keep, 500}, {2, Late, 500}},
		"far behind is a recording": {{1, Keep, 0}, {2000, Keep, 0}, {3, Replayed, 0}, {2000 - 1024, Late, 0}},
	} {
		r, j := begun(1)
		for i, s := range steps {
			if o := r.Judge(epoch, s.seq, delay, j); o.Verdict != s.verdict || r.Holes() != s.holes {
				t.Errorf("%s: step %d, seq %d: verdict %d holes %d, want %d %d", name, i, s.seq, o.Verdict, r.Holes(), s.verdict, s.holes)
			}
		}
	}
}

func TestNothingOldWakesASuspendedReceiver(t *testing.T) {
	r, j := begun(1)
	r.Judge(epoch, 50, delay, j)
	r.Judge(epoch, 52, delay, j)
	r.Suspend()
	for _, seq := range []uint64{1, 50, 51, 52} {
		if o := r.Judge(epoch, seq, delay, j); o.Verdict != Replayed {
			t.Errorf("seq %d: verdict %d", seq, o.Verdict)
		}
	}
	if o := r.Judge(epoch, 900, delay, j); o.Verdict != Keep || o.Lost != 0 || r.Holes() != 0 {
		t.Errorf("a newer message: %+v, %d holes", o, r.Holes())
	}
}

func TestLives(t *testing.T) {
	r := &Receiver{}
	if r.Life(3) != FirstLife {
		t.Error("nothing is known, but it is not the first life")
	}
	r.Begin(3, NewJitter(1))
	if r.Life(2) != OlderLife || r.Life(3) != SameLife || r.Life(4) != NewerLife {
		t.Error("generations are not compared")
	}
}

func TestEveryTenthMessageIsAcknowledgedWhenNothingIsMissing(t *testing.T) {
	r, j := begun(1)
	var acks []uint64
	take := func(seq uint64) {
		if a := r.Judge(epoch, seq, delay, j).Ack; a != 0 {
			acks = append(acks, a)
		}
	}
	for seq := uint64(1); seq <= 100; seq++ {
		take(seq)
	}
	if len(acks) != 10 || acks[1]-acks[0] != 10 {
		t.Fatalf("acks %v", acks)
	}
	acks = nil
	for seq := uint64(102); seq <= 125; seq++ {
		take(seq)
	}
	if len(acks) != 0 {
		t.Errorf("acks %v over a hole", acks)
	}
	take(101)
	if !slices.Equal(acks, []uint64{125}) {
		t.Errorf("acks %v after the hole was filled, want 125", acks)
	}
	acks = nil
	next := 130 + r.trigger
	for seq := uint64(126); seq <= next+2; seq++ {
		if seq != next {
			take(seq)
		}
	}
	acks = nil
	take(next)
	if !slices.Equal(acks, []uint64{next + 2}) {
		t.Errorf("acks %v after a tenth message came late, want %d", acks, next+2)
	}
}

func TestHolesAreAskedForWithJitterThenRegularly(t *testing.T) {
	r, j := begun(1)
	r.Judge(epoch, 1, delay, j)
	r.Judge(epoch, 5, delay, j)
	first := r.Deadline(delay)
	if d := first.Sub(epoch); d < 50*time.Millisecond || d >= delay {
		t.Fatalf("first request after %v", d)
	}
	if got := r.Requests(epoch.Add(49*time.Millisecond), delay); got != nil {
		t.Errorf("asked too early: %v", got)
	}
	if got := r.Requests(first, delay); !slices.Equal(got, []Range{{2, 4}}) {
		t.Errorf("asked for %v", got)
	}
	if at := r.Deadline(delay); at != first.Add(delay) {
		t.Errorf("asks again after %v", at.Sub(first))
	}
	r.Refused(3)
	if got := r.Requests(first.Add(delay), delay); !slices.Equal(got, []Range{{2, 2}, {4, 4}}) {
		t.Errorf("asked for %v", got)
	}
	if gone := r.GiveUp(epoch.Add(Patience*delay), delay); !slices.Equal(gone, []uint64{2, 4}) || r.Holes() != 0 {
		t.Errorf("gave up %v", gone)
	}
	if !r.Deadline(delay).IsZero() {
		t.Error("nothing is missing, but a deadline remains")
	}
}

func TestLongRunsAreAskedForInPieces(t *testing.T) {
	r, j := begun(1)
	r.Judge(epoch, 1, delay, j)
	r.Judge(epoch, 122, delay, j)
	if got := r.Requests(epoch.Add(delay), delay); !slices.Equal(got, []Range{{2, 51}, {52, 101}, {102, 121}}) {
		t.Errorf("asked for %v", got)
	}
}

// TestOrderIsThatOfTheSender shuffles, drops and copies numbers of many seeds:
// what is released ascends strictly, and is complete when every hole is filled.
func TestOrderIsThatOfTheSender(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 3))
		r, j := begun(1)
		r.Judge(epoch, 1, delay, j)
		var arriving []uint64
		for seq := uint64(2); seq < 200; seq++ {
			arriving = append(arriving, seq)
			if rng.IntN(4) == 0 {
				arriving = append(arriving, seq)
			}
		}
		for i := range arriving { // nobody overtakes by more than 20 places
			k := i + rng.IntN(min(20, len(arriving)-i))
			arriving[i], arriving[k] = arriving[k], arriving[i]
		}
		var got []string
		for _, seq := range arriving {
			if r.Judge(epoch, seq, delay, j).Verdict == Keep {
				r.Queue(seq, wire.New("n", strconv.FormatUint(seq, 10)))
			}
			for m := r.Next(); m != nil; m = r.Next() {
				got = append(got, m.Get("n"))
			}
		}
		if len(got) != 198 {
			t.Fatalf("seed %d: %d of 198 messages", seed, len(got))
		}
		for i, s := range got {
			if s != strconv.Itoa(i+2) {
				t.Fatalf("seed %d: message %d is %s", seed, i, s)
			}
		}
	}
}

func TestTheQueueIsBounded(t *testing.T) {
	r, j := begun(1)
	r.Judge(epoch, 1, delay, j)
	var lost uint64
	for seq := uint64(3); seq < 3000; seq++ {
		r.Judge(epoch, seq, delay, j)
		lost += r.Queue(seq, wire.New("n", "x"))
		if r.Waiting() > maxQueue+1 {
			t.Fatalf("%d messages wait", r.Waiting())
		}
		for m := r.Next(); m != nil; m = r.Next() {
		}
	}
	if lost != 1 || r.Waiting() != 0 {
		t.Errorf("%d given up, %d waiting", lost, r.Waiting())
	}
}
