package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"heartbeat/internal/conf"
)

// A Medium is one open media line of ha.cf. It is used by one goroutine.
type Medium interface {
	Name() string // link name: the interface, or the ping node
	Kind() string // ucast, bcast, mcast, ping
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
	data      []byte // part of the buffer
	source    netip.Addr
	truncated bool
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
}

// DefaultReceiveBuffer holds some hundred milliseconds of a flood on a fast link, in bytes.
const DefaultReceiveBuffer = 1 << 20

// built is every kind that Open knows; the other kinds of ha.cf are refused by name.
var built = []string{"ucast", "bcast", "mcast", "ping"}

// Built says whether media of this kind can be opened.
func Built(kind string) bool { return slices.Contains(built, kind) }

// An OpenError says why a medium could not be opened and what to do about it.
type OpenError struct {
	Medium conf.Medium
	Op     string // what was tried, in words
	Err    error
	Fix    string // an imperative sentence, or empty
}

func (e *OpenError) Error() string {
	s := fmt.Sprintf("%s %s: %s: %v", e.Medium.Kind, e.Medium.Name, e.Op, e.Err)
	if e.Fix != "" {
		s += " (" + e.Fix + ")"
	}
	return s
}

func (e *OpenError) Unwrap() error { return e.Err }

// Waiting says whether the medium may well open later without anybody changing the configuration.
func (e *OpenError) Waiting() bool {
	for _, forever := range []error{unix.EPERM, unix.EACCES, unix.EPROTONOSUPPORT, unix.EAFNOSUPPORT, errNotBuilt, errAddress} {
		if errors.Is(e.Err, forever) {
			return false
		}
	}
	return true
}

var (
	errNotBuilt = errors.New("this medium is not built yet")
	errAddress  = errors.New("no IPv4 address is given")
)

// Open opens one media line. Every error is an *OpenError.
func Open(m conf.Medium, opts Options) (Medium, error) {
	if opts.ReceiveBuffer == 0 {
		opts.ReceiveBuffer = DefaultReceiveBuffer
	}
	switch m.Kind {
	case "ucast":
		return openUcast(m, opts)
	case "bcast":
		return openBcast(m, opts)
	case "mcast":
		return openMcast(m, opts)
	case "ping":
		return openPing(m, opts)
	}
	return nil, &OpenError{Medium: m, Op: "opening", Err: errNotBuilt,
		Fix: "use one of " + strings.Join(built, ", ") + " instead"}
}

// explain wraps an error of the operating system with the way out.
func explain(m conf.Medium, op string, err error) error {
	return &OpenError{Medium: m, Op: op, Err: err, Fix: fixFor(m, err)}
}

func fixFor(m conf.Medium, err error) string {
	switch {
	case errors.Is(err, unix.EPERM) && m.Kind == "ping":
		return "run as root or with CAP_NET_RAW, or list the group of this process in net.ipv4.ping_group_range"
	case errors.Is(err, unix.EPERM):
		return "run as root, or with CAP_NET_RAW in the network namespace of this process"
	case errors.Is(err, unix.EACCES) && m.Kind == "ping":
		return "list the group of this process in net.ipv4.ping_group_range, or run as root or with CAP_NET_RAW"
	case errors.Is(err, unix.EACCES):
		return fmt.Sprintf("port %d is privileged: run as root or with CAP_NET_BIND_SERVICE, or set udpport to 1024 or more", m.Port)
	case errors.Is(err, unix.EADDRINUSE):
		return fmt.Sprintf("another program owns UDP port %d: stop it, or give this cluster its own udpport; it is tried again", m.Port)
	case errors.Is(err, unix.ENODEV):
		return "check the name of the interface; it is tried again until the interface appears"
	case errors.Is(err, unix.EADDRNOTAVAIL):
		return "give the interface an IPv4 address; it is tried again until it has one"
	}
	return ""
}
