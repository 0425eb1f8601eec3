package drive

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"time"

	"heartbeat/internal/lab"
)

// The roles of the machines.
const (
	R1, R2, R3 = "r1", "r2", "r3"
	Client     = "client"
)

// A File is laid out before the daemons start.
type File struct {
	Path string // absolute, as the machine sees it
	Text string
	Mode fs.FileMode
}

// A Change is an address that came or went on a machine.
type Change struct {
	At    time.Time
	Added bool
	Addr  netip.Addr
}

// A Card is one link of a machine.
type Card struct {
	Name string     // eth0
	Addr netip.Addr // of the machine on it
}

// ErrOff says that the machine is switched off, or went off meanwhile.
var ErrOff = errors.New("the machine is off")

// A Driver has the machines.
type Driver interface {
	Name() string
	// Lacks says why a need of scenario.Needs cannot be met; empty: it can.
	Lacks(need string) string
	Host(role string) string           // the node's name, as uname -n says it
	Cards(role string) []Card          // the links of a node, in their order: the first is that of the clients
	Service(group string) netip.Prefix // service address of g1 or g2
	ClientAddr() netip.Addr            // of the client, which answers pings
	Binary() string                    // the heartbeat program on the machines

	// Reset makes the cluster as new: no daemon, no state, these files.
	Reset(ctx context.Context, files map[string][]File) error
	Run(ctx context.Context, role string, argv ...string) (output string, code int, err error)
	Spawn(ctx context.Context, role, shell string) error // in the background, for good
	Write(ctx context.Context, role string, f File) error
	Read(ctx context.Context, role, path string) ([]byte, error) // a missing file is empty
	// Status is heartbeat status --json of a Go node, and Events its timeline as entries with an id above after.
	Status(ctx context.Context, role string) ([]byte, error)
	Events(ctx context.Context, role string, after uint64) ([]Event, error)

	Power(ctx context.Context, role string, on bool) error
	Freeze(ctx context.Context, role string, frozen bool) error
	Cut(ctx context.Context, role string, link int, how string) error // link -1: all; how "": whole
	On(ctx context.Context, role string) bool

	// Watch reports the addresses of a machine: those there are first, then every change, until ctx ends or the machine goes off.
	Watch(ctx context.Context, role string) (<-chan Change, error)
	Probe(ctx context.Context, addr netip.Addr, every time.Duration) (*lab.Client, error)

	// Leftovers lists what should be gone after Close, or is there that was not before.
	Leftovers() []string
	Close() error
}

// An Event is a record of a node's timeline.
type Event struct {
	ID      uint64            `json:"id"`
	At      time.Time         `json:"at"`
	Event   string            `json:"event"`
	Level   string            `json:"level"`
	Subject string            `json:"subject"`
	Text    string            `json:"text"`
	Attrs   map[string]string `json:"attrs"`
}
