package messaging

import (
	"slices"
	"time"
)

// Verdict is what a sequence number says about a message.
type Verdict uint8

const (
	Keep      Verdict = iota // new: seen for the first time
	Duplicate                // the newest message once more, usually from another link
	Late                     // an older message once more
	Replayed                 // older than anything that may still be under way
)

// Life compares the generation of a message with the one known.
type Life uint8

const (
	FirstLife Life = iota // no generation is known yet
	SameLife
	NewerLife
	OlderLife
)

// lateWindow is how far behind the newest message a copy is still taken for a
// slow copy and not for a replay.
const lateWindow = 1024

// A Receiver follows the messages of one peer. The zero value has heard nothing.
type Receiver struct {
	generation uint64
	known      bool // generation is known
	tracking   bool // last is the newest message of an unbroken observation
	last       uint64
	holes      []hole  // by ascending seq
	queue      []entry // messages that wait for a hole below them, by ascending seq

	trigger uint64 // acknowledge when seq mod 10 is this
	owed    bool   // an acknowledgement waits until there is no hole
}

// Generation is the peer's generation; 0 when unknown.
func (r *Receiver) Generation() uint64 { return r.generation }

// Last is the newest sequence number of this generation.
func (r *Receiver) Last() uint64 { return r.last }

// Life says how a generation relates to the one known.
func (r *Receiver) Life(generation uint64) Life {
	switch {
	case !r.known:
		return FirstLife
	case generation < r.generation:
		return OlderLife
	case generation > r.generation:
		return NewerLife
	}
	return SameLife
}

// Begin starts to follow a new life of the peer. Queued messages of the former
// life must have been released before.
func (r *Receiver) Begin(generation uint64, j *Jitter) {
	*r = Receiver{generation: generation, known: true, trigger: j.Below(10), holes: r.holes[:0], queue: r.queue[:0]}
}

// Suspend ends the observation because the peer is believed dead. The next newer
// message of any number is accepted; what is not newer stays refused, so that a
// recording of the same life cannot wake the dead.
func (r *Receiver) Suspend() {
	r.tracking, r.owed = false, false
	r.holes = r.holes[:0]
}

// Outcome is Judge's answer.
type Outcome struct {
	Verdict Verdict
	Ack     uint64 // acknowledge up to this number; 0: nothing
	Lost    uint64 // messages given up because the gap was too large or the table full
}

// Judge takes note of a sequence number of the current generation. New holes are
// asked for after a delay drawn from j, bounded by maxDelay (section 9).
func (r *Receiver) Judge(now time.Time, seq uint64, maxDelay time.Duration, j *Jitter) Outcome {
	switch {
	case !r.tracking && seq <= r.last:
		return Outcome{Verdict: Replayed}
	case !r.tracking:
		r.tracking, r.last = true, seq
		return Outcome{Ack: r.acknowledge(seq)}
	case seq == r.last+1:
		r.last = seq
		return Outcome{Ack: r.acknowledge(seq)}
	case seq == r.last:
		return Outcome{Verdict: Duplicate}
	case seq > r.last:
		return Outcome{Lost: r.leap(now, seq, maxDelay, j)}
	}
	return r.judgeOld(seq)
}

// judgeOld judges a number below the newest: it fills a hole or comes too late.
func (r *Receiver) judgeOld(seq uint64) Outcome {
	if r.fill(seq) {
		r.owed = r.owed || seq%10 == r.trigger
		if r.owed && len(r.holes) == 0 {
			r.owed = false
			return Outcome{Ack: r.last}
		}
		return Outcome{}
	}
	if r.last-seq > lateWindow {
		return Outcome{Verdict: Replayed}
	}
	return Outcome{Verdict: Late}
}

// leap opens holes between the newest message and seq, or begins anew when the
// gap is too large to be mended.
func (r *Receiver) leap(now time.Time, seq uint64, maxDelay time.Duration, j *Jitter) (lost uint64) {
	missing := seq - r.last - 1
	if missing > maxGap {
		lost = missing + uint64(len(r.holes))
		r.holes, r.last = r.holes[:0], seq
		return lost
	}
	first := now.Add(firstDelay(maxDelay, j))
	for s := r.last + 1; s < seq; s++ {
		r.holes = append(r.holes, hole{seq: s, since: now, ask: first})
	}
	if over := len(r.holes) - maxHoles; over > 0 {
		r.holes = slices.Delete(r.holes, 0, over)
		lost = uint64(over)
	}
	r.last = seq
	if seq%10 == r.trigger {
		r.owed = true
	}
	return lost
}

// acknowledge is the rule of section 10: every tenth message, and only when
// nothing below it is missing. What a hole delays is made up for when it closes;
// C would wait for the next tenth message.
func (r *Receiver) acknowledge(seq uint64) uint64 {
	if seq%10 != r.trigger {
		return 0
	}
	if len(r.holes) > 0 {
		r.owed = true
		return 0
	}
	return seq
}
