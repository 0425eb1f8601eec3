package media

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
	"heartbeat/internal/rawcall"
	"heartbeat/internal/wire"
)

// A Packet is one datagram. Data belongs to the Set and is valid until the next call of Next.
type Packet struct {
	Link   string // name of the medium
	Source netip.Addr
	Data   []byte
}

// Trouble says that a link stopped working, or works again (Err is nil then).
type Trouble struct {
	Link, Kind string
	Err        error
	Partial    bool // other lines of the link still work: one of several ucast peers, one host of a ping group
}

// Config is what a Set is made of.
type Config struct {
	Media   []conf.Medium
	Options Options
	// Report is told once when a link begins to fail and once when it works again, from the goroutine
	// that calls Wait or Send, never from NewSet. It must not block.
	Report func(Trouble)
	// Network tells when interfaces and addresses change, so that a link which fails is reported, and one that
	// returns is used, at once; nil: failures are found by sending, and returns by trying again.
	Network Network
	// Frame appends the serial form of a datagram of ours to dst; nil: datagrams are classic text already.
	Frame func(dst, packet []byte) ([]byte, error)
}

// A Set is all media of a node. All methods but Wake belong to one goroutine.
type Set struct {
	lines []*line
	byFD  map[int32]*line
	epoll int
	file  *os.File        // the same descriptor, as the runtime's poller knows it
	raw   syscall.RawConn // of file
	timer int             // timerfd: finer than epoll's milliseconds, and it counts the time of a suspended machine
	wake  waker
	now   func() time.Time
	tell  func(Trouble)
	buf   []byte
	frame func(dst, packet []byte) ([]byte, error)
	text  []byte // the frame being sent, kept for its memory
	eyes  *eyes  // nil: nobody watches the network
	turn  int    // of the next line to be read, so that a flooded link cannot starve the others
	armed bool   // is the timer running
	row   row    // what Next has not returned yet
	cut   []byte // the segments being sent, kept for its memory
	cutID uint32
}

// largest is the largest possible UDP payload with its IP header, so nothing is ever cut.
const largest = 1 << 16

// maxReady is how many descriptors one Wait can report: 64 media, the timer and the wake-up.
const maxReady = 66

// NewSet opens all media. Media that may open later are waited for and reported; anything else that
// keeps one from opening is an error, joined over all media, and nothing stays open.
func NewSet(cfg Config) (*Set, error) {
	s := &Set{byFD: map[int32]*line{}, epoll: -1, timer: -1, wake: waker{fd: -1},
		now: time.Now, cutID: uint32(time.Now().UnixMilli()), tell: cfg.Report, frame: cfg.Frame, buf: make([]byte, largest)}
	if s.tell == nil {
		s.tell = func(Trouble) {}
	}
	if s.frame == nil {
		s.frame = func(dst, packet []byte) ([]byte, error) {
			return append(dst, bytes.TrimSuffix(packet, []byte{0})...), nil
		}
	}
	if err := s.openDescriptors(); err != nil {
		s.Close()
		return nil, fmt.Errorf("preparing to wait for packets: %w", err)
	}
	var errs []error
	for i, m := range expand(cfg.Media) {
		l := &line{conf: m, opts: cfg.Options}
		l.opts.EchoID += uint16(i) // so that two lines may ping one host
		s.lines = append(s.lines, l)
		err := s.open(l)
		l.untold = err != nil
		var oe *OpenError
		if errors.As(err, &oe) && !oe.Waiting() {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		s.Close()
		return nil, errors.Join(errs...)
	}
	if cfg.Network != nil {
		if err := s.watchNetwork(cfg.Network); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *Set) openDescriptors() (err error) {
	if s.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return err
	}
	if err = unix.SetNonblock(s.epoll, true); err != nil {
		return err
	}
	s.file = os.NewFile(uintptr(s.epoll), "epoll")
	if s.raw, err = s.file.SyscallConn(); err != nil {
		return err
	}
	if s.timer, err = unix.TimerfdCreate(unix.CLOCK_BOOTTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC); err != nil {
		return err
	}
	if s.wake.fd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return err
	}
	if err = s.watch(s.timer); err != nil {
		return err
	}
	return s.watch(s.wake.fd)
}

func (s *Set) watch(fd int) error {
	return unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// Close closes everything. The Set is of no use afterwards.
func (s *Set) Close() {
	if s.eyes != nil {
		s.eyes.close()
	}
	for _, l := range s.lines {
		s.close(l)
	}
	s.wake.close()
	if s.timer >= 0 {
		unix.Close(s.timer)
	}
	switch {
	case s.file != nil:
		s.file.Close()
	case s.epoll >= 0:
		unix.Close(s.epoll)
	}
	s.timer, s.epoll, s.file = -1, -1, nil
}

// Wake ends a Wait, now or at its next call. It may be called from any goroutine, also after Close.
func (s *Set) Wake() { s.wake.wake() }

// Wait blocks until a packet is there, Wake was called, the timeout is over, or a link
// that failed may be tried again. A negative timeout means no limit.
func (s *Set) Wait(timeout time.Duration) error {
	s.retry()
	if at, ok := s.nextWork(); ok {
		if d := max(at.Sub(s.now()), 0); timeout < 0 || d < timeout {
			timeout = d
		}
	}
	if timeout != 0 {
		if err := s.arm(timeout); err != nil {
			return fmt.Errorf("arming the timer: %w", err)
		}
	}
	var ready [maxReady]unix.EpollEvent
	n, err := s.poll(ready[:], timeout != 0)
	if err != nil {
		return fmt.Errorf("waiting for packets: %w", err)
	}
	for _, e := range ready[:n] {
		switch fd := int(e.Fd); fd {
		case s.timer:
			rawcall.Drain(fd)
			s.armed = false
		case s.wake.fd:
			rawcall.Drain(fd)
		default:
			if l := s.byFD[e.Fd]; l != nil {
				l.ready = true
			}
		}
	}
	if s.eyes != nil {
		if links := s.eyes.seen.Swap(nil); links != nil {
			s.networkChanged(*links)
		}
	}
	return nil
}

// poll asks which descriptors are ready and, when told to block, waits until one is. It waits in the
// runtime's poller: a thread that sleeps in epoll_wait itself keeps the runtime's monitor busy, which costs
// several times what the heartbeats cost.
func (s *Set) poll(ready []unix.EpollEvent, block bool) (n int, err error) {
	ask := func(fd uintptr) bool {
		n, err = rawcall.Ready(int(fd), ready)
		return n != 0 || err != nil || !block
	}
	if waited := s.raw.Read(ask); waited != nil {
		return 0, waited
	}
	return n, err
}

func (s *Set) arm(timeout time.Duration) error {
	if timeout < 0 {
		if !s.armed {
			return nil
		}
		timeout = 0 // disarms
	}
	s.armed = timeout > 0
	return rawcall.SetTimer(s.timer, timeout)
}

// Next takes one pending datagram; false when all links are drained. It goes round the links, one datagram each.
func (s *Set) Next() (Packet, bool) {
	if p, ok := s.row.next(); ok {
		return p, true
	}
	for range s.lines {
		l := s.lines[s.turn%len(s.lines)]
		s.turn++
		for l.ready {
			got, err := l.medium.receive(s.buf)
			switch {
			case err == errEmpty:
				l.ready = false
			case err == errSkip:
				l.count.Skipped++
			case err != nil:
				l.ready = false // an ICMP error, or a vanished interface or device
				l.count.ReceiveErrors++
				if l.medium.stale() {
					s.failed(l, "receiving", err)
				}
			case got.truncated:
				l.count.Truncated++
			default:
				l.count.Received++
				l.count.Overflows = max(l.count.Overflows, uint64(got.overflows))
				p := Packet{Link: l.conf.Name, Source: got.source, Data: got.data}
				if got.stride == 0 && !wire.IsSegment(got.data) {
					return p, true
				}
				s.row = row{Packet: p, from: l, stride: cmp.Or(got.stride, wire.SegmentSize)}
				if p, ok := s.row.next(); ok {
					return p, true
				}
			}
		}
	}
	return Packet{}, false
}

// Send puts a datagram on every cluster link. Failures are reported, counted and, where the interface
// changed, mended; they are no error to the caller, to whom other links remain.
func (s *Set) Send(packet []byte) { s.spread(packet, packet) }

// spread sends a packet on every line that carries packets: as frame on a serial line, and in the form given on the others.
func (s *Set) spread(packet, form []byte) {
	framed := false
	for _, l := range s.lines {
		switch {
		case isPing(l.conf.Kind):
		case l.conf.Kind == "serial":
			framed = framed || s.makeFrame(packet)
			if framed {
				s.send(l, s.text)
			}
		default:
			s.send(l, form)
		}
	}
}

// Relay passes a datagram that came on one serial line on to all the others, which is what makes a ring of them.
func (s *Set) Relay(from string, packet []byte) {
	if !s.makeFrame(packet) {
		return
	}
	for _, l := range s.lines {
		if l.conf.Kind == "serial" && l.conf.Name != from {
			s.send(l, s.text)
		}
	}
}

// makeFrame puts the serial form of a datagram into text; false when it has none.
func (s *Set) makeFrame(packet []byte) bool {
	var err error
	if s.text, err = s.frame(s.text[:0], packet); err == nil {
		return true
	}
	for _, l := range s.lines {
		if l.conf.Kind == "serial" {
			l.count.SendErrors++
		}
	}
	return false
}

// Ping sends a payload as an echo request to the ping node of that name, which may be a group of hosts.
func (s *Set) Ping(node string, payload []byte) {
	for _, l := range s.lines {
		if isPing(l.conf.Kind) && l.conf.Name == node {
			s.send(l, payload)
		}
	}
}
