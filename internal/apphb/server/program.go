package server

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/localsock"
	"heartbeat/internal/plumb"
)

// program is one connection.
type program struct {
	id   apphb.ID
	uid  int
	conn *net.UnixConn
	out  chan []byte
	last chan struct{} // closed when nothing more is to be said
	once sync.Once
}

// farewell is how long a reply may take before its program counts as gone.
const farewell = 10 * time.Second

func (s *Server) letIn(c *net.UnixConn) error {
	peer, err := localsock.PeerOf(c)
	if err != nil {
		return err
	}
	x := &program{id: apphb.ID(s.last.Add(1)), uid: peer.UID, conn: c, out: make(chan []byte, waitReplies), last: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	same := 0
	for _, o := range s.clients {
		if o.uid == peer.UID {
			same++
		}
	}
	switch {
	case s.closed:
		return net.ErrClosed
	case len(s.clients) >= maxClients:
		return fmt.Errorf("%d programs are connected; more are not possible", maxClients)
	case same >= maxOfOne && peer.UID != 0:
		return fmt.Errorf("%d programs of uid %d are connected; more are not possible", maxOfOne, peer.UID)
	}
	s.clients[x.id] = x
	s.all.Go(x.write)
	s.all.Go(func() {
		s.put(apphb.Connected{ID: x.id, Peer: apphb.Peer(peer)})
		x.read(s)
		s.put(apphb.Ended{ID: x.id})
		x.finish()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.clients, x.id)
	})
	return nil
}

// client finds a connection; one that has gone takes nothing.
func (s *Server) client(id apphb.ID) *program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clients[id]
}

// read takes messages until the program ends, or says what nobody understands.
func (x *program) read(s *Server) {
	from := bufio.NewReader(x.conn)
	for {
		body, err := plumb.Read(from, apphb.MaxSize)
		if err != nil {
			return
		}
		m, err := apphb.Decode(body)
		if err != nil {
			continue // C is silent, too
		}
		s.put(apphb.Received{ID: x.id, Message: m, Alive: m.Kind == apphb.Reg && alive(m.PID)})
	}
}

func alive(pid int) bool {
	if pid < 2 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// reply queues an answer. Who does not read its answers is let go.
func (x *program) reply(errno int) {
	if x == nil {
		return
	}
	frame := plumb.Append(nil, apphb.AppendReply(nil, errno))
	select {
	case x.out <- frame:
	default:
		x.conn.Close()
	}
}

// finish ends the connection when what was said has been written.
func (x *program) finish() {
	if x != nil {
		x.once.Do(func() { close(x.last) })
	}
}

func (x *program) write() {
	defer x.conn.Close() // also ends the reader
	send := func(frame []byte) bool {
		_ = x.conn.SetWriteDeadline(time.Now().Add(farewell))
		_, err := x.conn.Write(frame)
		return err == nil
	}
	for {
		select {
		case frame := <-x.out:
			if !send(frame) {
				return
			}
		case <-x.last:
			for len(x.out) > 0 && send(<-x.out) {
			}
			return
		}
	}
}
