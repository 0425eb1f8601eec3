package lease

import "heartbeat/internal/arbiter"

// A Session is a node's side of the talk with one desk. Only its newest question counts: an older one that asked again, with a new
// ticket, could undo what came after it.
type Session struct {
	Node, Peer string

	ticket uint64
	asks   arbiter.Consult
	nonces []uint64 // under which the newest question was sent
}

// maxSendings is how often one question may be sent.
const maxSendings = 16

// Begin makes a question the newest one.
func (s *Session) Begin(c arbiter.Consult) { s.asks, s.nonces = c, nil }

// Request is the newest question as a datagram's content, under a new random nonce; ok is false when it was sent too often.
func (s *Session) Request(nonce uint64) (r Request, ok bool) {
	if len(s.nonces) >= maxSendings {
		return r, false
	}
	s.nonces = append(s.nonces, nonce)
	return Request{Nonce: nonce, Ticket: s.ticket, Op: s.asks.Op, Claim: s.asks.Claim, Lease: s.asks.Lease, Node: s.Node, Peer: s.Peer}, true
}

// Take reads a reply. again says that the question must be sent once more; ok, that ev is its answer. Both are false for a reply
// to something else.
func (s *Session) Take(r Reply) (ev arbiter.Answered, again, ok bool) {
	mine := false
	for _, n := range s.nonces {
		mine = mine || n == r.Nonce
	}
	if !mine {
		return ev, false, false
	}
	s.ticket = r.Ticket
	if r.Result == Retry {
		return ev, true, false
	}
	s.nonces = nil
	return s.answer(r), false, true
}

// answer is what a reply means to the core.
func (s *Session) answer(r Reply) arbiter.Answered {
	ev := arbiter.Answered{Reference: s.asks.Reference, Serial: s.asks.Serial}
	switch r.Result {
	case Noted, Retry:
		ev.Outcome = arbiter.Noted
	case Granted:
		ev.Outcome, ev.Lease, ev.Free = arbiter.Granted, r.Lease, r.Free
	case Denied:
		ev.Outcome, ev.Left, ev.Text = arbiter.Denied, r.Left, r.Holder
	case Full:
		ev.Outcome, ev.Text = arbiter.Failed, "it serves as many pairs of nodes with this key as it can"
	}
	return ev
}
