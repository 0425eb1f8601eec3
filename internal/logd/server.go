package logd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/localsock"
	"heartbeat/internal/logd/record"
	"heartbeat/internal/plumb"
)

const (
	// maxClients bounds the connections, and maxOfOne those of one user that is not root: no user keeps the others out.
	maxClients = 1024
	maxOfOne   = 256
	// greetPatience is how long an attempt to find out whether a daemon runs already may take.
	greetPatience = time.Second
)

// A TakenError says that another logging daemon is at the socket.
type TakenError struct{ PID int }

func (e *TakenError) Error() string {
	return fmt.Sprintf("a logging daemon is there already [pid %d]", e.PID)
}

// A Server takes lines.
type Server struct {
	listener *net.UnixListener
	info     os.FileInfo // of the socket
	put      func(record.Line)
	log      *slog.Logger

	mu      sync.Mutex
	closed  bool
	clients map[*net.UnixConn]int // → uid
	all     sync.WaitGroup
}

// Listen makes the socket, for everybody on this machine as in C, and hands every line to put, which may wait: then its
// sender waits. A *TakenError leaves a living daemon alone; what a dead one left behind is removed.
func Listen(path string, put func(record.Line), log *slog.Logger) (*Server, error) {
	if c, err := Dial(path, greetPatience); err == nil {
		defer c.Close()
		return nil, &TakenError{c.PID()}
	} else if errors.Is(err, ErrOwn) {
		return nil, &TakenError{os.Getpid()}
	}
	l, err := localsock.Listen(path)
	if err != nil {
		return nil, fmt.Errorf("making the socket of the logging daemon: %w", err)
	}
	l.SetUnlinkOnClose(false) // the name may belong to another daemon by then
	s := &Server{listener: l, put: put, log: log, clients: map[*net.UnixConn]int{}}
	s.info, _ = os.Stat(path)
	s.all.Go(func() {
		localsock.Accept(l, "a client of the logging daemon", func(text string) { log.Warn(text) }, s.letIn)
	})
	return s, nil
}

// There says whether the socket's name still leads here.
func (s *Server) There() bool {
	now, err := os.Stat(s.listener.Addr().String())
	return err == nil && s.info != nil && os.SameFile(now, s.info)
}

// Clients is how many programs are connected.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.clients)
}

func (s *Server) letIn(c *net.UnixConn) error {
	peer, err := localsock.PeerOf(c)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	same := 0
	for _, uid := range s.clients {
		if uid == peer.UID {
			same++
		}
	}
	switch {
	case len(s.clients) >= maxClients:
		return fmt.Errorf("%d programs are connected; more are not possible", maxClients)
	case same >= maxOfOne && peer.UID != 0:
		return fmt.Errorf("%d programs of uid %d are connected; more are not possible", maxOfOne, peer.UID)
	}
	s.clients[c] = peer.UID
	if s.closed { // it came before the end, and was accepted after it
		_ = c.CloseRead()
	}
	s.all.Go(func() {
		defer s.forget(c)
		if err := s.read(c); err != nil {
			s.log.Warn(fmt.Sprintf("a client of the logging daemon [pid %d, uid %d] was disconnected: %v", peer.PID, peer.UID, err))
		}
	})
	return nil
}

// read takes lines until the client ends. An error is the client's fault.
func (s *Server) read(c *net.UnixConn) error {
	from := bufio.NewReader(c)
	for {
		body, err := plumb.Read(from, record.MaxSize)
		if gone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		l, err := record.Decode(body)
		if err != nil {
			return err
		}
		s.put(l)
	}
}

// gone says that a connection has ended, in whatever way.
func gone(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &op)
}

func (s *Server) forget(c *net.UnixConn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}

// Close lets nobody in any more, reads all that has been written already, and removes the socket.
func (s *Server) Close() {
	if s.There() {
		_ = os.Remove(s.listener.Addr().String())
	}
	s.acceptRest()
	s.mu.Lock()
	s.closed = true
	s.listener.Close()
	for c := range s.clients {
		_ = c.CloseRead() // what lies there is still read, and then comes the end
	}
	s.mu.Unlock()
	s.all.Wait()
}

// acceptRest lets in who is connected and was not accepted yet: they may have written and gone.
func (s *Server) acceptRest() {
	raw, err := s.listener.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		for {
			next, _, err := unix.Accept4(int(fd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			if errors.Is(err, unix.EINTR) || errors.Is(err, unix.ECONNABORTED) {
				continue
			}
			if err != nil {
				return // EAGAIN: there is nobody left
			}
			file := os.NewFile(uintptr(next), "client")
			c, err := net.FileConn(file)
			file.Close()
			if err != nil {
				return
			}
			if s.letIn(c.(*net.UnixConn)) != nil {
				c.Close()
			}
		}
	})
}
