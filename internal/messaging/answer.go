package messaging

import (
	"time"

	"heartbeat/internal/wire"
)

// Reasons of refusal, as C writes them.
const (
	tooLow   = "seqno too low"
	notFound = "seqno not found"
)

// A Refusal says that a message cannot be resent.
type Refusal struct {
	Seq    uint64
	Reason string
}

// Answer is what a retransmission request gets.
type Answer struct {
	Packets  [][]byte
	Refusals []Refusal
	Beyond   uint64 // the requester asked up to here, more than was ever sent; 0: no
}

// Resend answers a request for first..last of a peer that has acknowledged up to
// acked (section 9). A message that was resent a moment ago is left out, because
// several peers ask for the same loss and the answer goes to all of them.
func (s *Sender) Resend(now time.Time, want Range, acked uint64, maxDelay time.Duration) Answer {
	var a Answer
	if want.Last > s.seq {
		a.Beyond, want.Last = want.Last, s.seq
	}
	want.First = max(want.First, acked+1, 1)
	for seq := want.First; seq <= want.Last && len(a.Packets)+len(a.Refusals) < maxResends; seq++ {
		m := s.kept.find(seq)
		switch {
		case m == nil && seq+HistorySize <= s.seq:
			a.Refusals = append(a.Refusals, Refusal{seq, tooLow})
		case m == nil:
			a.Refusals = append(a.Refusals, Refusal{seq, notFound})
		case !m.resent.IsZero() && now.Sub(m.resent) < maxDelay-damping:
		default:
			m.resent = now
			a.Packets = append(a.Packets, m.packet)
		}
	}
	return a
}

// Refuse makes the message for a refusal. Its number is hexadecimal, while those
// of requests are decimal: so C has it (section 9).
func Refuse(dest string, r Refusal) *wire.Message {
	return wire.New(FieldType, KindNak, "firstseq", wire.FormatHex(r.Seq), FieldDest, dest, "info", r.Reason)
}
