package disk

import (
	"bytes"
	"time"

	"heartbeat/internal/arbiter"
)

// A watch is what one node has seen of the blocks of the other one, by its own clock.
type watch struct {
	looked bool
	best   Record
	top    Record    // the newest that was ever seen
	have   bool      // it has written
	at     time.Time // when best was first read, the end of the reading
	free   time.Time // since when it certainly holds nothing; zero: it may
	back   bool      // its records went backwards: nothing it says is believed before the longest lease has passed
	odd    [places]oddity
}

// An oddity is a block that is no record of this node: torn, perhaps while it was being written.
type oddity struct {
	block []byte // nil: it is none
	at    time.Time
}

// see takes in the blocks of the other node as they were read by now.
func (w *watch) see(now time.Time, area []byte, id [16]byte, node int) {
	var best Record
	have := false
	for i := range places {
		b := area[offset(node, i):][:record]
		r, ok := decodeRecord(b, id, node)
		switch o := &w.odd[i]; {
		case ok || untouched(b):
			*o = oddity{}
			if ok && (!have || r.newer(best)) {
				best, have = r, true
			}
		case !bytes.Equal(o.block, b):
			*o = oddity{bytes.Clone(b), now}
		}
	}
	w.judge(now, best, have)
}

func (w *watch) judge(now time.Time, best Record, have bool) {
	was, had := w.best, w.have
	if w.looked && have == had && best == was {
		return
	}
	w.back = w.top.newer(best) // also when it has none any more
	if !w.back {
		w.top = best
	}
	w.looked, w.best, w.have, w.at = true, best, have, now
	switch {
	case w.back || !have || best.State != Free:
		w.free = time.Time{}
	case had && was.State == Free && best.Life == was.Life && best.Busy <= was.Seq && !w.free.IsZero():
		// it has been free all the time
	default:
		w.free = now
	}
}

// lease is for how long the present word of the other node counts; at the most what an arbiter may grant.
func (w *watch) lease() time.Duration {
	if w.back || !w.have {
		return padded(arbiter.MaxLease)
	}
	return padded(min(w.best.Lease, arbiter.MaxLease))
}

// padded covers clocks that run apart by a thousandth each.
func padded(lease time.Duration) time.Duration { return lease + lease/500 }

// freedAt is since when the other node holds nothing, or from when on as things stand.
func (w *watch) freedAt() time.Time {
	at := w.free
	if at.IsZero() {
		at = w.at.Add(w.lease())
	}
	for _, o := range w.odd {
		if end := o.at.Add(padded(arbiter.MaxLease)); o.block != nil && end.After(at) {
			at = end
		}
	}
	return at
}

// blocks says that the other node may have the lease, or wants it, and for how long that stays so if nothing comes of it.
func (w *watch) blocks(now time.Time) (left time.Duration, yes bool) {
	left = w.freedAt().Sub(now)
	return left, left > 0
}

// bids says that what blocks is no more than a bid.
func (w *watch) bids() bool {
	for _, o := range w.odd {
		if o.block != nil {
			return false
		}
	}
	return w.have && !w.back && w.best.State == Bid
}
