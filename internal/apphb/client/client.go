// Package client is a program's side of the application heartbeat monitor: it registers and beats, with a monitor of C as well as with ours
// (resources spec, section 9.5).
package client

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/plumb"
)

// A Client is one registered program. It belongs to one goroutine.
type Client struct {
	conn     net.Conn
	patience time.Duration // of every call
}

// Register connects to the monitor at a socket and registers this process. No call takes longer than patience.
func Register(socket, name, instance string, patience time.Duration) (*Client, error) {
	conn, err := net.DialTimeout("unix", socket, patience)
	if err != nil {
		return nil, fmt.Errorf("reaching apphbd: %w", err)
	}
	c := &Client{conn: conn, patience: patience}
	dir, err := os.Getwd()
	if err != nil || len(dir) > apphb.MaxName {
		dir = "/"
	}
	if err := c.ask(apphb.Message{Kind: apphb.Reg, Name: name, Instance: instance, Dir: dir, PID: os.Getpid(), UID: os.Getuid(), GID: os.Getgid()}); err != nil {
		conn.Close()
		return nil, fmt.Errorf("registering with apphbd: %w", err)
	}
	return c, nil
}

// SetInterval says how often this program is going to beat; 0: never.
func (c *Client) SetInterval(d time.Duration) error {
	return c.ask(apphb.Message{Kind: apphb.SetInterval, Value: uint64(d.Milliseconds())})
}

// SetWarn says after which time a beat is late.
func (c *Client) SetWarn(d time.Duration) error {
	return c.ask(apphb.Message{Kind: apphb.SetWarn, Value: uint64(d.Milliseconds())})
}

// SetReboot says whether the failure of this program restarts the machine.
func (c *Client) SetReboot(on bool) error {
	m := apphb.Message{Kind: apphb.SetReboot}
	if on {
		m.Value = 1
	}
	return c.ask(m)
}

// Beat says that the program is well. Nothing answers.
func (c *Client) Beat() error { return c.say(apphb.Message{Kind: apphb.Beat}) }

// Unregister says that no beat is to be expected any more, and ends the connection.
func (c *Client) Unregister() error {
	defer c.conn.Close()
	return c.ask(apphb.Message{Kind: apphb.Unreg})
}

// Close ends the connection without a word: for the monitor the program has died.
func (c *Client) Close() { c.conn.Close() }

func (c *Client) say(m apphb.Message) error {
	body, err := apphb.Append(nil, m)
	if err != nil {
		return err
	}
	if err := c.conn.SetDeadline(time.Now().Add(c.patience)); err != nil {
		return err
	}
	_, err = c.conn.Write(plumb.Append(nil, body))
	return err
}

// ask says something and waits for the answer. An error number in it is a syscall.Errno.
func (c *Client) ask(m apphb.Message) error {
	if err := c.say(m); err != nil {
		return err
	}
	body, err := plumb.Read(c.conn, apphb.MaxSize)
	if err != nil {
		return fmt.Errorf("waiting for apphbd's answer: %w", err)
	}
	errno, err := apphb.DecodeReply(body)
	switch {
	case err != nil:
		return err
	case errno == apphb.EINVAL && m.Kind == apphb.Reg:
		return errors.Join(syscall.Errno(errno), errors.New("it does not believe who this process is, or does not take the name"))
	case errno != 0:
		return syscall.Errno(errno)
	}
	return nil
}
