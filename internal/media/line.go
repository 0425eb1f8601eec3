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
	err    error  // why it fails; nil while it works
	ready  bool   // may have datagrams
	untold bool   // err is from NewSet and was not reported yet

	retryAt time.Time     // when medium is nil
	pause   time.Duration // between attempts
	count   Stats
}

// Pauses between attempts to open a medium: short enough that a link which comes up early in the life
// of a machine is used at once, long enough to cost nothing on one that never comes.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Stats count what happened on one link since the Set was opened.
type Stats struct {
	Link, Kind     string
	Open           bool
	Failure        string // why the link does not send now; empty while it does
	Sent, Received uint64
	SendErrors     uint64
	ReceiveErrors  uint64
	Truncated      uint64 // larger than any datagram can be: dropped
	Skipped        uint64 // ping: echo replies that are not ours
	Overflows      uint64 // dropped by the kernel because the socket's queue was full, since the socket was opened
	Reopened       uint64
}

// Stats returns a copy of the counters, in the order of the configuration.
func (s *Set) Stats() []Stats {
	all := make([]Stats, 0, len(s.lines))
	for _, l := range s.lines {
		c := l.count
		c.Link, c.Kind, c.Open = l.conf.Name, l.conf.Kind, l.medium != nil
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
		l.pause = min(max(2*l.pause, firstPause), lastPause)
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
	delete(s.byFD, int32(l.medium.fd())) // closing the descriptor takes it out of the epoll set
	l.medium.Close()
	l.medium, l.ready = nil, false
}

// send sends on one line and keeps the book about failures.
func (s *Set) send(l *line, packet []byte) {
	if l.medium == nil {
		l.count.SendErrors++
		return
	}
	err := l.medium.Send(packet)
	switch {
	case err == nil:
		l.count.Sent++
		if l.err != nil {
			l.err = nil
			s.tell(Trouble{Link: l.conf.Name, Kind: l.conf.Kind})
		}
		return
	case err == unix.ECONNREFUSED:
		// The answer to an earlier datagram: the peer's machine lives and its port is closed.
		l.count.Sent++
		return
	}
	l.count.SendErrors++
	if l.err == nil || !errors.Is(l.err, err) {
		l.err = explain(l.conf, "sending", err)
		s.tell(Trouble{l.conf.Name, l.conf.Kind, l.err})
	}
	if l.medium.stale() {
		s.close(l)
		l.pause, l.retryAt = 0, s.now()
	}
}

// retry opens what is due. The first datagram that leaves reports the link as working again.
func (s *Set) retry() {
	for _, l := range s.lines {
		if l.untold {
			l.untold = false
			s.tell(Trouble{l.conf.Name, l.conf.Kind, l.err})
		}
		if l.medium != nil || s.now().Before(l.retryAt) {
			continue
		}
		if s.open(l) == nil {
			l.count.Reopened++
		}
	}
}

func (s *Set) nextRetry() (at time.Time, ok bool) {
	for _, l := range s.lines {
		if l.medium == nil && (!ok || l.retryAt.Before(at)) {
			at, ok = l.retryAt, true
		}
	}
	return at, ok
}
