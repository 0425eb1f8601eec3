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
	// enough is how many bytes are written without waiting for more, and frames how many pieces at once.
	enough = 64 << 10
	frames = 256
	// readRoom is how much of what a client says is read at once, in bytes, and saidAtOnce how many messages of that are handed on
	// together.
	readRoom   = 64 << 10
	saidAtOnce = 64
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
	queue   [][]byte // what the socket has not taken yet; the first may be the rest of a frame
	queued  int      // bytes in it
	most    int      // messages
	busy    bool     // the writer has the queue: the socket was full, or this is the end
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

// deliver puts a frame into the queue. The socket is written to when nothing else is to be said at the moment, or when much waits:
// one system call, and one wake-up of the client, for everything that happened at once.
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
	if c.crowded(len(data)) && (!c.drain() || c.crowded(len(data))) {
		return false
	}
	c.queue = append(c.queue, data)
	c.queued += len(data)
	return c.queued < enough || c.drain()
}

func (c *connection) crowded(more int) bool {
	return len(c.queue) >= c.most || len(c.queue) > 0 && c.queued+more > maxQueued
}

func (c *connection) flush() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing || c.drain()
}

// drain writes what the socket takes without waiting and leaves the rest to the writer; false when the socket is broken.
func (c *connection) drain() bool {
	for len(c.queue) > 0 && !c.busy {
		n, err := c.tryWrite(c.queue[:min(len(c.queue), frames)])
		switch {
		case errors.Is(err, unix.EAGAIN):
			c.busy = true
			c.nudge()
		case err != nil:
			return false
		}
		c.took(n)
	}
	return true
}

// tryWrite writes without waiting; EAGAIN when the socket takes nothing.
func (c *connection) tryWrite(data [][]byte) (n int, err error) {
	failure := c.raw.Write(func(fd uintptr) bool {
		for {
			n, err = unix.SendmsgBuffers(int(fd), data, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
			if !errors.Is(err, unix.EINTR) {
				return true
			}
		}
	})
	if failure != nil {
		err = failure
	}
	return max(n, 0), err
}

// took takes what was written out of the queue.
func (c *connection) took(n int) {
	c.queued -= n
	for n > 0 && n >= len(c.queue[0]) {
		n -= len(c.queue[0])
		c.queue[0] = nil
		c.queue = c.queue[1:]
	}
	if n > 0 {
		c.queue[0] = c.queue[0][n:]
	}
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
	c.closing, c.busy = true, true
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

// write is the writer: it waits with the socket for what could not be written at once.
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
			c.wrote(len(data))
		}
	}
}

// next is what is to be written; done when nothing will follow. What is being written stays in the queue, so that nothing overtakes it.
func (c *connection) next() (data []byte, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.busy = c.closing
		return nil, c.closing
	}
	return c.queue[0], false
}

func (c *connection) wrote(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) > 0 { // it may have been given up meanwhile
		c.took(n)
	}
}

// read hands the client's messages on, one after the other, until the client ends or says nonsense.
// The reason is what the namesakes of the client are told.
func (c *connection) read(s *Service) (reason string) {
	in := bufio.NewReaderSize(c.net, readRoom)
	var said []session.Event
	var pace Pace
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
		said = append(said[:0], session.Received{ID: c.id, Message: m})
		if first {
			c.net.SetReadDeadline(time.Time{})
			s.door.signedOn(c.id)
		} else {
			for len(said) < saidAtOnce {
				m := waiting(in)
				if m == nil {
					break
				}
				said = append(said, session.Received{ID: c.id, Message: m})
			}
		}
		if !s.tell(c.out, said...) {
			return "shutdown"
		}
		if pace.Took(time.Now(), len(said)) {
			time.Sleep(gather)
		}
	}
}

// waiting is a message that has arrived whole already; nil when there is none, or none that can be read.
func waiting(in *bufio.Reader) *wire.Message {
	if in.Buffered() < ipc.HeaderSize {
		return nil
	}
	header, _ := in.Peek(ipc.HeaderSize)
	n, err := ipc.BodySize(header)
	if err != nil || in.Buffered() < ipc.HeaderSize+n {
		return nil
	}
	frame, _ := in.Peek(ipc.HeaderSize + n)
	m, err := ipc.Decode(frame[ipc.HeaderSize:])
	if err != nil {
		return nil // the next reading says what is wrong
	}
	_, _ = in.Discard(len(frame))
	return m
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
