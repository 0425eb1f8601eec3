package ccmdoor

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"heartbeat/internal/ccm"
)

const (
	// waitMessages is how many frames may wait for a client, as in C; maxClients bounds the connections.
	waitMessages = 1024
	maxClients   = 128
	// farewell is how long one write may take before the client counts as gone.
	farewell = 10 * time.Second
)

// Door is the socket. Its methods are safe for concurrent use and wait for no client. The zero Door, before Listen, keeps what
// clients will be told.
type Door struct {
	path string
	log  *slog.Logger

	mu       sync.Mutex
	listener net.Listener
	closed   bool
	clients  map[*client]bool
	current  [][]byte // what a newcomer is told; nil while no membership holds
	all      sync.WaitGroup
}

// New makes a door below the run directory of the daemon (/run/heartbeat).
func New(run string, log *slog.Logger) *Door {
	return &Door{path: filepath.Join(run, "ccm", "ccm"), log: log, clients: map[*client]bool{}}
}

// Path is where the socket is.
func (d *Door) Path() string { return d.path }

// Listen opens the socket; everybody on this machine may connect, as with C.
func (d *Door) Listen() error {
	if err := os.MkdirAll(filepath.Dir(d.path), 0o755); err != nil {
		return fmt.Errorf("making the ccm socket: %w", err)
	}
	if err := os.Remove(d.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("making the ccm socket: %w (remove %s by hand)", err, d.path)
	}
	l, err := net.Listen("unix", d.path)
	if err != nil {
		return fmt.Errorf("making the ccm socket: %w", err)
	}
	if err := os.Chmod(d.path, 0o777); err != nil {
		l.Close()
		return fmt.Errorf("making the ccm socket: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		l.Close()
		return nil
	}
	d.listener = l
	d.all.Go(func() { d.accept(l) })
	return nil
}

func (d *Door) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			d.log.Warn("a ccm client could not be let in: " + err.Error())
			time.Sleep(100 * time.Millisecond) // usually too many open files
		default:
			d.letIn(c)
		}
	}
}

// client is one program at the socket.
type client struct {
	net  net.Conn
	out  chan []byte
	told bool // it knows a membership, or that there is none
}

func (d *Door) letIn(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || len(d.clients) >= maxClients {
		c.Close()
		return
	}
	x := &client{net: c, out: make(chan []byte, waitMessages)}
	d.clients[x] = true
	for _, f := range d.current {
		x.out <- f
		x.told = true
	}
	d.all.Go(func() {
		for f := range x.out {
			_ = c.SetWriteDeadline(time.Now().Add(farewell))
			if _, err := c.Write(f); err != nil {
				break
			}
		}
		c.Close() // also ends the reader
		for range x.out {
		}
	})
	d.all.Go(func() {
		_, _ = io.Copy(io.Discard, c) // nothing that a client says means anything; its end does
		d.mu.Lock()
		defer d.mu.Unlock()
		d.drop(x)
	})
}

// drop ends a client; the caller holds mu.
func (d *Door) drop(x *client) {
	if d.clients[x] {
		delete(d.clients, x)
		close(x.out)
	}
}

// tell hands frames to the clients for which want holds; the caller holds mu. Who does not read is let go.
func (d *Door) tell(want func(*client) bool, frames ...[]byte) {
	for x := range d.clients {
		if !want(x) {
			continue
		}
		for _, f := range frames {
			select {
			case x.out <- f:
			default:
				d.log.Warn("a ccm client does not read and is disconnected", "waiting", len(x.out))
				d.drop(x)
			}
			if !d.clients[x] {
				break
			}
		}
	}
}

// Formed tells a membership.
func (d *Door) Formed(v ccm.View, self string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current = [][]byte{nodes(v, self), members(v.Last)}
	d.tell(func(x *client) bool { x.told = true; return true }, d.current...)
}

// InFlux says that the membership no longer holds.
func (d *Door) InFlux() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current = nil
	d.tell(func(x *client) bool { return x.told }, word(inFlux)) // the first word a client reads must be the list of nodes
}

// Evicted says that this node is out of the membership, to those who knew one.
func (d *Door) Evicted() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.current = nil
	d.tell(func(x *client) bool { was := x.told; x.told = false; return was }, word(evicted))
}

// Close ends all clients and removes the socket.
func (d *Door) Close() {
	d.mu.Lock()
	d.closed = true
	if d.listener != nil {
		d.listener.Close() // removes the file
	}
	for x := range d.clients {
		d.drop(x)
	}
	d.mu.Unlock()
	d.all.Wait()
}
