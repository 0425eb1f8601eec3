package logd

import (
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/logd/record"
	"heartbeat/internal/plumb"
)

// ErrOwn says that the daemon at the socket is this process.
var ErrOwn = errors.New("this process is the logging daemon itself")

// A Client is a connection to a logging daemon. It belongs to one goroutine.
type Client struct {
	conn *net.UnixConn
	buf  []byte
	pid  int
}

// Dial connects to the daemon at a socket. ErrOwn: that would be a circle.
func Dial(path string, patience time.Duration) (*Client, error) {
	c, err := net.DialTimeout("unix", path, patience)
	if err != nil {
		return nil, fmt.Errorf("reaching the logging daemon: %w", err)
	}
	u := c.(*net.UnixConn)
	cred, err := peerOf(u)
	if err == nil && int(cred.Pid) == unix.Getpid() {
		err = ErrOwn
	}
	if err != nil {
		u.Close()
		return nil, err
	}
	return &Client{conn: u, pid: int(cred.Pid)}, nil
}

// PID is the daemon's process.
func (c *Client) PID() int { return c.pid }

// Write hands a line over, within patience. After an error the connection is of no use: part of the line may be gone.
func (c *Client) Write(l record.Line, patience time.Duration) error {
	c.buf = plumb.Append(c.buf[:0], record.Append(nil, l))
	if err := c.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := c.conn.Write(c.buf)
	return err
}

// Close ends the connection; what was written is still read there.
func (c *Client) Close() { c.conn.Close() }

// peerOf asks the kernel who is at the other end.
func peerOf(c *net.UnixConn) (cred *unix.Ucred, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	e := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	return cred, errors.Join(e, err)
}
