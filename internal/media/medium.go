package media

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
)

// A Medium is one open media line of ha.cf. It is used by one goroutine.
type Medium interface {
	Name() string // link name: the interface, or the ping node
	Kind() string // ucast, bcast, mcast, ucast6, mcast6, serial, ping, ping6, ping_group
	// Send puts one datagram on the wire. It never blocks: a full queue of the kernel is an error.
	Send(packet []byte) error
	Close() error

	// fd is the descriptor that becomes readable.
	fd() int
	// receive takes one datagram. It returns errEmpty when none is pending, and errSkip when
	// what was taken is not for us.
	receive(buf []byte) (received, error)
	// stale says that the sockets belong to an interface that no longer exists in this form.
	stale() bool
}

// received is one datagram as the socket gave it.
type received struct {
	data      []byte     // part of the buffer
	source    netip.Addr // without a zone
	zone      uint32     // index of the interface of a link-local IPv6 source; otherwise 0
	truncated bool
	stride    int    // length of each but the last of several datagrams that the kernel gave as one; 0: it is one
	overflows uint32 // datagrams that the kernel dropped on this socket since it was opened; 0: not told
}

var (
	errEmpty = errors.New("nothing pending")
	errSkip  = errors.New("not for us")
)

// Options say what a medium needs beside its line of ha.cf.
type Options struct {
	EchoID uint16 // identifier of our ICMP echo requests; C uses the process id
	// ReceiveBuffer is the size of a socket's queue in bytes; 0: DefaultReceiveBuffer. A deep queue is
	// what keeps heartbeats from being displaced while foreign datagrams pour in.
	ReceiveBuffer int
	LockDir       string // where serial devices are locked; empty: DefaultLockDir
}

// DefaultReceiveBuffer holds some hundred milliseconds of a flood on a fast link, in bytes.
const DefaultReceiveBuffer = 1 << 20

// An OpenError says why a medium could not be opened and what to do about it.
type OpenError struct {
	Medium conf.Medium
	Op     string // what was tried, in words; empty: nothing, the kernel told
	Err    error
	Fix    string // an imperative sentence, or empty
}

func (e *OpenError) Error() string {
	s := label(e.Medium) + ": "
	if e.Op != "" {
		s += e.Op + ": "
	}
	s += e.Err.Error()
	if e.Fix != "" {
		s += " (" + e.Fix + ")"
	}
	return s
}

// label names a line as an administrator wrote it; a member of a ping group is named with its group.
func label(m conf.Medium) string {
	s := m.Kind + " " + m.Name
	if m.Peer != "" && m.Peer != m.Name {
		s += " " + m.Peer
	}
	return s
}

func (e *OpenError) Unwrap() error { return e.Err }

// Waiting says whether the medium may well open later without anybody changing the configuration.
func (e *OpenError) Waiting() bool {
	for _, forever := range []error{unix.EPERM, unix.EACCES, unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT, errUnknown, errAddress, errZone, errNotTTY, errBaud} {
		if errors.Is(e.Err, forever) {
			return false
		}
	}
	return true
}

var (
	errUnknown = errors.New("there is no such medium")
	errAddress = errors.New("no address of the right kind is given")
	errZone    = errors.New("a link-local address needs its interface")
)

// Open opens one media line. Every error is an *OpenError.
func Open(m conf.Medium, opts Options) (Medium, error) {
	if opts.ReceiveBuffer == 0 {
		opts.ReceiveBuffer = DefaultReceiveBuffer
	}
	switch m.Kind {
	case "ucast":
		return openUcast(m, opts)
	case "ucast6":
		return openUcast6(m, opts)
	case "bcast":
		return openBcast(m, opts)
	case "mcast":
		return openMcast(m, opts)
	case "mcast6":
		return openMcast6(m, opts)
	case "serial":
		return openSerial(m, opts)
	case "ping", "ping6", "ping_group":
		return openPing(m, opts)
	}
	return nil, &OpenError{Medium: m, Op: "opening", Err: errUnknown, Fix: "correct the word"}
}
