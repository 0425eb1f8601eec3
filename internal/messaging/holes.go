package messaging

import (
	"cmp"
	"slices"
	"time"
)

// A hole is a message that must exist, because a later one arrived.
type hole struct {
	seq   uint64
	since time.Time
	ask   time.Time // when to ask (again)
	asked bool      // by us, or by another node
}

// A Range is a run of sequence numbers, both ends included.
type Range struct{ First, Last uint64 }

// firstDelay spreads the first requests of several receivers (section 9): 50 ms
// up to the delay, so that swapped neighbours never cause a request.
func firstDelay(maxDelay time.Duration, j *Jitter) time.Duration {
	if maxDelay < 100*time.Millisecond {
		return j.Between(0, maxDelay)
	}
	return j.Between(50*time.Millisecond, maxDelay)
}

// fill closes a hole; false when there is none.
func (r *Receiver) fill(seq uint64) bool {
	i, found := slices.BinarySearchFunc(r.holes, seq, func(h hole, s uint64) int { return cmp.Compare(h.seq, s) })
	if found {
		r.holes = slices.Delete(r.holes, i, i+1)
	}
	return found
}

// Expect takes note that the sender has sent up to a number. What is missing is asked for at once: the sender has
// waited long enough for neighbours that overtook each other.
func (r *Receiver) Expect(now time.Time, seq uint64) {
	if !r.tracking || seq <= r.last || seq-r.last > maxGap || len(r.holes)+int(seq-r.last) > maxHoles {
		return
	}
	for s := r.last + 1; s <= seq; s++ {
		r.holes = append(r.holes, hole{seq: s, since: now, ask: now})
	}
	r.last = seq
}

// Contiguous is up to where nothing is missing; 0 when nothing was heard.
func (r *Receiver) Contiguous() uint64 {
	if len(r.holes) > 0 {
		return r.holes[0].seq - 1
	}
	return r.last
}

// Refused takes note that the sender cannot resend a message; false when it was
// not missing.
func (r *Receiver) Refused(seq uint64) bool { return r.fill(seq) }

// Supersede forgets what is missing between two numbers, both excluded, because it was nothing but older statuses. What is to be
// acknowledged now that nothing is missing is returned; 0: nothing.
func (r *Receiver) Supersede(after, below uint64) (ack uint64) {
	if len(r.holes) == 0 {
		return 0
	}
	r.holes = slices.DeleteFunc(r.holes, func(h hole) bool { return after < h.seq && h.seq < below })
	if r.owed && len(r.holes) == 0 {
		r.owed = false
		return r.last
	}
	return 0
}

// Holes is how many messages are missing.
func (r *Receiver) Holes() int { return len(r.holes) }

// Requests returns the runs of messages to ask for now, at most 50 numbers each
// because C answers no more. They are due again after maxDelay.
func (r *Receiver) Requests(now time.Time, maxDelay time.Duration) []Range {
	var out []Range
	for i := range r.holes {
		h := &r.holes[i]
		if now.Before(h.ask) {
			continue
		}
		h.ask, h.asked = now.Add(maxDelay), true
		if n := len(out); n > 0 && out[n-1].Last+1 == h.seq && h.seq-out[n-1].First < maxResends {
			out[n-1].Last = h.seq
			continue
		}
		out = append(out, Range{h.seq, h.seq})
	}
	return out
}

// Spare takes note that another node has asked for these messages. The answer goes to everybody, so our own first
// request waits as long as a second one would; without that, N receivers of one loss would ask N times.
func (r *Receiver) Spare(now time.Time, want Range, maxDelay time.Duration) {
	for i := range r.holes {
		if h := &r.holes[i]; !h.asked && want.First <= h.seq && h.seq <= want.Last {
			h.ask, h.asked = now.Add(maxDelay), true
		}
	}
}

// GiveUp forgets holes that were asked for long enough, and tells which.
func (r *Receiver) GiveUp(now time.Time, maxDelay time.Duration) []uint64 {
	var out []uint64
	for len(r.holes) > 0 && now.Sub(r.holes[0].since) >= Patience*maxDelay {
		out = append(out, r.holes[0].seq)
		r.holes = slices.Delete(r.holes, 0, 1)
	}
	return out
}

// Deadline is when Requests or GiveUp has something to do; zero: never.
func (r *Receiver) Deadline(maxDelay time.Duration) time.Time {
	var at time.Time
	for i := range r.holes {
		if at.IsZero() || r.holes[i].ask.Before(at) {
			at = r.holes[i].ask
		}
	}
	if len(r.holes) > 0 {
		if end := r.holes[0].since.Add(Patience * maxDelay); end.Before(at) {
			at = end
		}
	}
	return at
}
