package media

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
)

// A line is one media line with what became of it.
type line struct {
	conf   conf.Medium
	opts   Options
	medium Medium // nil while it cannot be opened
	full   int    // packets in a row that found the send queue full
	err    error  // why it fails; nil while it works
	cut    error  // what keeps its interface from sending, by the kernel's word; nil: nothing
	ready  bool   // may have datagrams
	untold bool   // err is from NewSet and was not reported yet

	retryAt time.Time     // when medium is nil
	pause   time.Duration // between attempts
	pieces  pieces
	count   Stats
}

// fullLimit is after how many refusals in a row a send queue that is full counts as a link that does not send.
const fullLimit = 100

// Pauses between attempts to open a medium: short enough that a link which comes up early in the life
// of a machine is used at once, long enough to cost nothing on one that never comes.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
	// serialPause is for devices, of whose return nobody tells.
	serialPause = time.Second
)

// Stats count what happened on one link since the Set was opened.
type Stats struct {
	Link, Kind     string
	Peer           string // of ucast lines and of the hosts of a ping group, as written; else empty
	Open           bool
	Failure        string // why the link does not send now; empty while it does
	Sent, Received uint64
	SendErrors     uint64
	ReceiveErrors  uint64
	Truncated      uint64 // larger than any datagram can be: dropped
	Skipped        uint64 // ping: echo replies that are not ours
	Overflows      uint64 // dropped by the kernel because the socket's queue was full, since the socket was opened
	Crowded        uint64 // serial: frames given up because the line is slower than what is to be sent
	Reopened       uint64
}

// Stats returns a copy of the counters, in the order of the configuration.
func (s *Set) Stats() []Stats {
	all := make([]Stats, 0, len(s.lines))
	for _, l := range s.lines {
		c := l.count
		c.Link, c.Kind, c.Peer, c.Open = l.conf.Name, l.conf.Kind, l.conf.Peer, l.medium != nil
		if tty, ok := l.medium.(*serial); ok {
			c.Crowded += tty.dropped
		}
		if l.err != nil {
			c.Failure = l.err.Error()
		}
		all = append(all, c)
	}
	return all
}

// open tries to open a line; after a failure it sets the time of the next attempt.
func (s *Set) open(l *line) error {
	m, err := Open(l.conf, l.opts)
	if err == nil {
		if err = s.watch(m.fd()); err != nil {
			m.Close()
		}
	}
	if err != nil {
		l.err = err
		longest := lastPause
		if l.conf.Kind == "serial" {
			longest = serialPause
		}
		l.pause = min(max(2*l.pause, firstPause), longest)
		l.retryAt = s.now().Add(l.pause)
		return err
	}
	l.medium, l.pause, l.ready = m, 0, true
	s.byFD[int32(m.fd())] = l
	return nil
}

func (s *Set) close(l *line) {
	if l.medium == nil {
		return
	}
	if tty, ok := l.medium.(*serial); ok {
		l.count.Crowded += tty.dropped
	}
	delete(s.byFD, int32(l.medium.fd())) // closing the descriptor takes it out of the epoll set
	l.medium.Close()
	l.medium, l.ready, l.cut = nil, false, nil
}

// send sends on one line and keeps the book about failures.
func (s *Set) send(l *line, packet []byte) {
	if l.medium == nil {
		l.count.SendErrors++
		return
	}
	err := l.medium.Send(packet)
	switch {
	case err == nil && l.cut != nil:
		l.count.SendErrors++ // the kernel takes packets for an interface without a carrier, and drops them
		return
	case err == nil:
		l.count.Sent++
		l.full = 0
		s.mended(l)
		return
	case (err == unix.EAGAIN || err == unix.ENOBUFS) && l.full < fullLimit:
		l.full++ // a moment of haste is no broken link: what did not fit is asked for again
		l.count.SendErrors++
		return
	case err == unix.ECONNREFUSED:
		// The answer to an earlier datagram: the peer's machine lives and its port is closed.
		l.count.Sent++
		return
	}
	l.count.SendErrors++
	s.failed(l, "sending", err)
}

// failed takes note of a failure, tells it unless it is known, and opens the line again where that helps.
func (s *Set) failed(l *line, op string, err error) {
	if l.cut == nil && (l.err == nil || !errors.Is(l.err, err)) {
		l.err = explain(l.conf, op, err)
		s.report(l)
	}
	if l.medium.stale() {
		s.close(l)
		l.pause, l.retryAt = 0, s.now()
	}
}

// mended takes note that a line sends. A link is reported as working when all its lines do.
func (s *Set) mended(l *line) {
	if l.err == nil {
		return
	}
	l.err = nil
	if failing, _ := s.census(l.conf.Name); failing == 0 {
		s.tell(Trouble{Link: l.conf.Name, Kind: l.conf.Kind})
	}
}

// report tells why a line fails.
func (s *Set) report(l *line) {
	failing, all := s.census(l.conf.Name)
	s.tell(Trouble{Link: l.conf.Name, Kind: l.conf.Kind, Err: l.err, Partial: failing < all})
}

// census counts the lines of a link, and those that fail.
func (s *Set) census(link string) (failing, all int) {
	for _, l := range s.lines {
		if l.conf.Name != link {
			continue
		}
		all++
		if l.err != nil {
			failing++
		}
	}
	return failing, all
}

// retry does what is due: it opens what may be there again and writes what waited. The first datagram that leaves reports the link as working again.
func (s *Set) retry() {
	for _, l := range s.lines {
		if l.untold {
			l.untold = false
			s.report(l)
		}
		if l.medium != nil {
			s.flush(l)
			continue
		}
		if s.now().Before(l.retryAt) {
			continue
		}
		if s.open(l) == nil {
			l.count.Reopened++
		}
	}
}

// flush writes what waits for a serial line and may go now.
func (s *Set) flush(l *line) {
	tty, ok := l.medium.(*serial)
	if !ok || tty.due.IsZero() || s.now().Before(tty.due) {
		return
	}
	if err := tty.flush(s.now()); err != nil {
		s.failed(l, "sending", err)
	}
}

// nextWork is when a line can be opened, or the queue of a serial line goes on.
func (s *Set) nextWork() (at time.Time, ok bool) {
	for _, l := range s.lines {
		due := l.retryAt
		if l.medium != nil {
			tty, isSerial := l.medium.(*serial)
			if !isSerial || tty.due.IsZero() {
				continue
			}
			due = tty.due
		}
		if !ok || due.Before(at) {
			at, ok = due, true
		}
	}
	return at, ok
}
