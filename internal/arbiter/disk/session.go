package disk

import (
	"fmt"
	"time"

	"heartbeat/internal/arbiter"
)

// A Session is one life of one node at the disk. The shell does what a Do says and tells the result by Took or Wrote, one thing at a time: the
// next Begin comes after the last I/O has ended, however long that takes. A question that is given up meanwhile is ended by Begin.
type Session struct {
	Node, Peer string
	Generation uint64 // of this life of the node: higher than that of the former one, if possible

	id     [16]byte
	known  bool
	index  int
	life   uint64
	place  int
	seq    uint64
	mine   Record    // the newest record of this life
	issued time.Time // when it was sent to the disk
	sure   bool      // it is on the disk
	stands bool      // the last reading showed it
	legacy bool      // the newest record of this node is that of a former life, and says that it has the lease

	other watch
	until time.Time // of the lease of this node; zero: it has none
	freed time.Time // since when the other node had none, then

	q     arbiter.Consult
	asked time.Time
	plan  plan
	end   arbiter.Answered // with which the present question ends after the present write
}

// plan is what follows the present write.
type plan uint8

const (
	answer plan = iota
	look        // read again
	claim       // the lease is ours
	renew       // it is ours if it still was
)

// Do is what the shell does next: exactly one of them.
type Do struct {
	Read   bool // the whole area
	Write  []byte
	Offset int // of Write in the area
	Answer *arbiter.Answered
}

// Begin starts with a question; what became of the one before it does not matter any more.
func (s *Session) Begin(now time.Time, q arbiter.Consult) Do {
	s.q, s.asked = q, now
	if q.Op != arbiter.Ask {
		s.until = time.Time{} // the core counts on it no longer
	}
	return Do{Read: true}
}

// Took takes in the area, or why it could not be read.
func (s *Session) Took(now time.Time, area []byte, err error) Do {
	if err != nil {
		return s.failed(err.Error())
	}
	if len(area) < Size {
		return s.failed(fmt.Sprintf("the disk lock is cut off after %d bytes", len(area)))
	}
	if text := s.meet(area); text != "" {
		return s.failed(text)
	}
	s.other.see(now, area, s.id, 1-s.index)
	if text := s.findMine(area); text != "" {
		s.until = time.Time{}
		return s.failed(text)
	}
	if s.q.Op != arbiter.Ask {
		return s.write(now, Free, answer, arbiter.Answered{Outcome: arbiter.Noted})
	}
	if s.until.After(now) {
		return s.write(now, Held, renew, arbiter.Answered{})
	}
	return s.compete(now)
}

// compete goes for the lease with what was just read.
func (s *Session) compete(now time.Time) Do {
	left, blocked := s.other.blocks(now)
	heir := s.q.Former && (s.legacy || s.mine.State == Held)
	bid := Bid
	if heir {
		bid = Held // the other one never sees less than before
	}
	bidding := s.stands && s.mine.State != Free && now.Sub(s.issued)+s.q.Timeout < s.q.Lease/2
	switch {
	case !blocked && bidding:
		s.freed = s.other.freedAt()
		return s.write(now, Held, claim, arbiter.Answered{})
	case !blocked:
		return s.write(now, bid, look, arbiter.Answered{})
	}
	denied := arbiter.Answered{Outcome: arbiter.Denied, Left: left}
	if s.other.have && s.other.best.State == Held {
		denied.Text = s.Peer
	}
	switch {
	case s.other.bids() && (s.index == 0 || heir): // of two bidders this one has precedence
		if bidding {
			return s.answered(denied)
		}
		return s.write(now, bid, answer, denied)
	case heir: // what the former life has ends by itself
	case s.mine.State != Free:
		return s.write(now, Free, answer, denied)
	}
	return s.answered(denied)
}

// Wrote takes in the end of a write.
func (s *Session) Wrote(now time.Time, err error) Do {
	if err != nil {
		s.sure = false
		s.place = (s.place + 1) % places // it may reach the disk later
		return s.failed("writing: " + err.Error())
	}
	s.sure, s.stands = true, true
	switch s.plan {
	case look:
		return Do{Read: true}
	case renew:
		if !s.until.After(now) {
			s.until = time.Time{}
			return Do{Read: true} // too late: the other node may have taken it
		}
		return s.granted()
	case claim:
		return s.granted()
	case answer:
	}
	return s.answered(s.end)
}

func (s *Session) granted() Do {
	s.until = s.asked.Add(s.q.Lease)
	return s.answered(arbiter.Answered{Outcome: arbiter.Granted, Lease: s.q.Lease, Free: max(s.asked.Sub(s.freed), 0)})
}

// Ended says that the I/O under way ended after its question was given up: what it has done counts, and nothing follows.
func (s *Session) Ended(wrote bool, err error) {
	if wrote && err != nil {
		s.sure = false
		s.place = (s.place + 1) % places
	}
	if wrote && err == nil {
		s.sure = true
	}
}

func (s *Session) write(now time.Time, state State, then plan, end arbiter.Answered) Do {
	s.seq++
	r := Record{State: state, Life: s.life, Seq: s.seq, Busy: s.mine.Busy, Wall: now.UnixMilli()}
	if state != Free {
		r.Busy, r.Lease = r.Seq, s.q.Lease.Truncate(time.Millisecond)
	}
	s.mine, s.issued, s.sure, s.stands, s.plan, s.end = r, now, false, false, then, end
	return Do{Write: r.encode(s.id, s.index), Offset: offset(s.index, s.place)}
}

func (s *Session) answered(ev arbiter.Answered) Do {
	ev.Reference, ev.Serial = s.q.Reference, s.q.Serial
	return Do{Answer: &ev}
}

func (s *Session) failed(text string) Do {
	return s.answered(arbiter.Answered{Outcome: arbiter.Failed, Text: text})
}
