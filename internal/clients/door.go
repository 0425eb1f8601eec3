package clients

import (
	"fmt"
	"net"
	"sync"

	"heartbeat/internal/clients/session"
	"heartbeat/internal/localsock"
)

const (
	// maxConnections bounds the clients of a node, and maxStrangers those of one user that have not signed on.
	maxConnections = 512
	maxStrangers   = 16
)

// door is the listening socket and the connections that came through it.
type door struct {
	mu        sync.Mutex
	listener  *net.UnixListener
	closed    bool
	open      map[session.ID]*connection
	strangers map[session.ID]int // connection → uid, until it signs on
	readers   sync.WaitGroup
}

// Listen makes the socket and lets programs in. Everybody may connect, as with C; who may sign on is decided then.
func (s *Service) Listen() error {
	l, err := localsock.Listen(s.cfg.Socket)
	if err != nil {
		return fmt.Errorf("making the client socket: %w", err)
	}
	d := &s.door
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		l.Close()
		return nil
	}
	d.listener, d.open, d.strangers = l, map[session.ID]*connection{}, map[session.ID]int{}
	d.readers.Go(func() { localsock.Accept(l, "a client", func(text string) { s.cfg.Log.Warn(text) }, s.letIn) })
	return nil
}

func (s *Service) letIn(c *net.UnixConn) error {
	peer, err := localsock.PeerOf(c)
	if err != nil {
		return err
	}
	conn, err := newConnection(s.newID(), c, s.cfg.OpenLine())
	if err != nil {
		return err
	}
	d := &s.door
	d.mu.Lock()
	defer d.mu.Unlock()
	strangers := 0
	for _, uid := range d.strangers {
		if uid == peer.UID {
			strangers++
		}
	}
	switch {
	case d.closed:
		return net.ErrClosed
	case len(d.open) >= maxConnections:
		return fmt.Errorf("%d clients are connected; more are not possible", maxConnections)
	case strangers >= maxStrangers:
		return fmt.Errorf("%d programs of uid %d are connected and have not signed on", maxStrangers, peer.UID)
	}
	d.open[conn.id], d.strangers[conn.id] = conn, peer.UID
	d.readers.Go(conn.write)
	d.readers.Go(func() {
		reason := "shutdown"
		if s.put(input{events: []session.Event{session.Connected{ID: conn.id, Peer: session.Peer(peer)}}, open: conn}) {
			reason = conn.read(s)
		}
		s.tell(conn.out, session.Closed{ID: conn.id, Reason: reason})
		conn.close()
		d.forget(conn.id)
	})
	return nil
}

func (s *Service) newID() session.ID { return session.ID(s.last.Add(1)) }

func (d *door) signedOn(id session.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.strangers, id)
}

func (d *door) forget(id session.ID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, id)
	delete(d.strangers, id)
}

// close lets nobody in any more.
func (d *door) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.listener != nil {
		d.listener.Close()
	}
}
