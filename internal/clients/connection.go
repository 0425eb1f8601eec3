package clients

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/clients/ipc"
	"heartbeat/internal/clients/session"
	"heartbeat/internal/wire"
)

const (
	// queueLength is how many messages may wait for a client that has asked for nothing else, as in C.
	queueLength = 64
	// maxQueued bounds what waits for one client, in bytes, whatever it has asked for.
	maxQueued = 8 << 20
	// maxFirst is the largest sign-on, in bytes.
	maxFirst = 4 << 10
	// firstPatience is how long somebody may stay without signing on, and farewell how long the last words may take.
	firstPatience = 10 * time.Second
	farewell      = 2 * time.Second
)

// connection is one program at the socket.
type connection struct {
	id  session.ID
	net *net.UnixConn
	raw syscall.RawConn
	out Line

	mu      sync.Mutex
	queue   [][]byte // what the socket did not take at once; the first may be the rest of a frame
	queued  int      // bytes in it
	most    int      // messages
	closing bool
	kick    chan struct{} // there is work for the writer
}

func newConnection(id session.ID, c *net.UnixConn, out Line) (*connection, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &connection{id: id, net: c, raw: raw, out: out, most: queueLength, kick: make(chan struct{}, 1)}, nil
}

func (c *connection) deliver(_ *wire.Message, frame func() ([]byte, error)) bool {
	data, err := frame()
	if err != nil {
		return true // no client of this protocol can be told this; it is not the client's fault
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return true
	}
	if len(c.queue) == 0 {
		n, ok := c.tryWrite(data)
		if !ok {
			return false
		}
		if data = data[n:]; len(data) == 0 {
			return true
		}
	}
	if len(c.queue) >= c.most || c.queued+len(data) > maxQueued {
		return false
	}
	c.queue = append(c.queue, data)
	c.queued += len(data)
	c.nudge()
	return true
}

// tryWrite writes what the socket takes without waiting.
func (c *connection) tryWrite(data []byte) (n int, ok bool) {
	var failure error
	err := c.raw.Write(func(fd uintptr) bool {
		for len(data) > n {
			m, err := unix.SendmsgN(int(fd), data[n:], nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
			switch {
			case errors.Is(err, unix.EINTR):
				continue
			case errors.Is(err, unix.EAGAIN):
				return true
			case err != nil:
				failure = err
				return true
			}
			n += m
		}
		return true
	})
	return n, err == nil && failure == nil
}

func (c *connection) limit(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.most = n
	if n == 0 { // it is not worth waiting for
		c.queue, c.queued = nil, 0
	}
}

func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return
	}
	c.closing = true
	c.net.SetWriteDeadline(time.Now().Add(farewell))
	c.nudge()
}

func (c *connection) speaks() Line { return c.out }

func (c *connection) nudge() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// write is the writer: it waits with the socket for what deliver could not write at once.
func (c *connection) write() {
	defer c.net.Close()
	for range c.kick {
		for {
			data, done := c.next()
			if done {
				return
			}
			if data == nil {
				break
			}
			if _, err := c.net.Write(data); err != nil {
				return // the reader notices, too
			}
			c.wrote()
		}
	}
}

// next is what is to be written; done when nothing will follow. What is being written stays in the queue, so that nothing overtakes it.
func (c *connection) next() (data []byte, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, c.closing
	}
	return c.queue[0], false
}

func (c *connection) wrote() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) > 0 {
		c.queued -= len(c.queue[0])
		c.queue[0] = nil
		c.queue = c.queue[1:]
	}
}

// read hands the client's messages to the loop, one after the other, until the client ends or says nonsense.
// The reason is what the namesakes of the client are told.
func (c *connection) read(s *Service) (reason string) {
	in := bufio.NewReader(c.net)
	c.net.SetReadDeadline(time.Now().Add(firstPatience))
	for first := true; ; first = false {
		m, err := readFrame(in, first)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET):
			return "EOF"
		case err != nil:
			s.cfg.Log.Info("a client is disconnected: " + err.Error())
			return "badclient"
		}
		if first {
			c.net.SetReadDeadline(time.Time{})
			s.door.signedOn(c.id)
		}
		if !s.tell(session.Received{ID: c.id, Message: m}, c.out) {
			return "shutdown"
		}
	}
}

// readFrame reads one message. The body grows as it arrives, so that a mere header costs nothing.
func readFrame(in *bufio.Reader, first bool) (*wire.Message, error) {
	var header [ipc.HeaderSize]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return nil, err
	}
	n, err := ipc.BodySize(header[:])
	if err != nil {
		return nil, err
	}
	if first && n > maxFirst {
		return nil, errors.New("its first message is no sign-on")
	}
	var body bytes.Buffer
	if _, err := io.CopyN(&body, in, int64(n)); err != nil {
		return nil, err
	}
	return ipc.Decode(body.Bytes())
}
