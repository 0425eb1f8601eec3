package messaging

import "time"

// A Debt is what one live peer has not acknowledged yet.
type Debt struct {
	counts bool
	acked  uint64    // by its own word
	from   uint64    // it owes nothing below: we had sent so much when it appeared
	behind time.Time // since when it lags more than FlowLimit; zero: it does not
	slow   bool      // it lags for so long that nobody waits for it any more
}

// Acked is the highest number that the peer acknowledged itself.
func (d *Debt) Acked() uint64 { return d.acked }

// Slow says that the peer is no longer waited for.
func (d *Debt) Slow() bool { return d.slow }

// Enter makes the peer count from now on; it cannot owe what was sent before.
func (d *Debt) Enter(sent uint64) { *d = Debt{counts: true, from: sent} }

// Leave makes the peer not count: it is dead, or does not speak this protocol.
func (d *Debt) Leave() { *d = Debt{} }

// Acknowledge takes note of an acknowledgement; ok is false when it is for more
// than was ever sent.
func (d *Debt) Acknowledge(seq, sent uint64) (ok bool) {
	if seq > sent {
		return false
	}
	d.acked = max(d.acked, seq)
	if !d.lags(sent) {
		d.slow, d.behind = false, time.Time{}
	}
	return true
}

// has is up to where the peer has everything.
func (d *Debt) has() uint64 { return max(d.acked, d.from) }

func (d *Debt) lags(sent uint64) bool { return sent-d.has() > FlowLimit }

// Watch gives a peer that lags for longer than patience up, until it acknowledges
// again: in C one mute member stops every sender for ever (section 22). It
// reports true at the moment of giving up.
func (d *Debt) Watch(now time.Time, sent uint64, patience time.Duration) bool {
	switch {
	case !d.counts || d.slow:
		return false
	case !d.lags(sent):
		d.behind = time.Time{}
		return false
	case d.behind.IsZero():
		d.behind = now
		return false
	}
	d.slow = now.Sub(d.behind) >= patience
	return d.slow
}

// Deadline is when Watch may give the peer up; zero: it does not lag.
func (d *Debt) Deadline(patience time.Duration) time.Time {
	if d.behind.IsZero() || d.slow {
		return time.Time{}
	}
	return d.behind.Add(patience)
}

// Missing is how many of the messages sent the peer has not acknowledged; 0 when
// it does not count.
func (d *Debt) Missing(sent uint64) uint64 {
	if !d.counts || d.slow {
		return 0
	}
	return sent - d.has()
}

// Has is up to where the peer has everything; counts is false when it does not matter.
func (d *Debt) Has() (seq uint64, counts bool) { return d.has(), d.counts && !d.slow }
