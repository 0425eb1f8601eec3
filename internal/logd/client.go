package logd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"heartbeat/internal/localsock"
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
	daemon, err := localsock.PeerOf(u)
	if err == nil && daemon.PID == os.Getpid() {
		err = ErrOwn
	}
	if err != nil {
		u.Close()
		return nil, err
	}
	return &Client{conn: u, pid: daemon.PID}, nil
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
