package witness

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/arbiter/lease"
)

// A Client asks one witness. Only its newest question matters, so an older one that still waits gives way.
type Client struct {
	Address string // host:port
	Session lease.Session
	Answer  func(arbiter.Answered) // called from Run

	mu  sync.Mutex
	key lease.Key

	waiting chan arbiter.Consult
	conn    net.Conn // belongs to Run
}

// NewClient makes it; Run does the work.
func NewClient(address, self, peer string, key lease.Key, answer func(arbiter.Answered)) *Client {
	return &Client{Address: address, Session: lease.Session{Node: self, Peer: peer}, key: key, Answer: answer, waiting: make(chan arbiter.Consult, 1)}
}

// SetKey replaces the key that signs from now on.
func (c *Client) SetKey(key lease.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.key = key
}

// Consult asks; it never blocks. It is called from one goroutine at a time.
func (c *Client) Consult(q arbiter.Consult) {
	select {
	case <-c.waiting: // an older question that Run has not taken
	default:
	}
	c.waiting <- q
}

// Run serves until ctx ends.
func (c *Client) Run(ctx context.Context) {
	defer c.hangUp()
	for {
		select {
		case <-ctx.Done():
			return
		case q := <-c.waiting:
			ev, err := c.ask(ctx, q)
			if errors.Is(err, errSuperseded) {
				continue
			}
			if err != nil {
				ev = arbiter.Answered{Reference: q.Reference, Serial: q.Serial, Outcome: arbiter.Failed, Text: explain(err)}
			}
			c.Answer(ev)
		}
	}
}

func (c *Client) hangUp() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// sendings is how often a question is sent within its time when nothing comes back.
const sendings = 3

// errSuperseded ends a question for which there is a newer one.
var errSuperseded = errors.New("it was overtaken by a newer question")

func (c *Client) ask(ctx context.Context, q arbiter.Consult) (arbiter.Answered, error) {
	give, cancel := context.WithTimeout(ctx, q.Timeout)
	defer cancel()
	if c.conn == nil {
		conn, err := new(net.Dialer).DialContext(give, "udp", c.Address)
		if err != nil {
			return arbiter.Answered{}, err
		}
		c.conn = conn
	}
	c.mu.Lock()
	key := c.key
	c.mu.Unlock()
	c.Session.Begin(q)
	end, _ := give.Deadline()
	for give.Err() == nil {
		if len(c.waiting) > 0 {
			return arbiter.Answered{}, errSuperseded
		}
		if err := c.send(key); err != nil {
			c.hangUp() // its address may have changed
			return arbiter.Answered{}, err
		}
		until := time.Now().Add(q.Timeout / sendings)
		if until.After(end) {
			until = end
		}
		ev, again, err := c.listen(key, until)
		switch {
		case err == nil && !again:
			return ev, nil
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			c.hangUp()
			return arbiter.Answered{}, err // the core asks again soon
		}
	}
	c.hangUp() // its name may have another address by now
	return arbiter.Answered{}, os.ErrDeadlineExceeded
}

func (c *Client) send(key lease.Key) error {
	var nonce [8]byte
	rand.Read(nonce[:])
	r, ok := c.Session.Request(binary.BigEndian.Uint64(nonce[:]))
	if !ok {
		return errors.New("it keeps asking for another ticket")
	}
	data, err := key.EncodeRequest(r)
	if err != nil {
		return err
	}
	_, err = c.conn.Write(data)
	return err
}

// listen waits for the answer until then. A datagram that is not authentic is as none.
func (c *Client) listen(key lease.Key, until time.Time) (ev arbiter.Answered, again bool, err error) {
	buf := make([]byte, 2*lease.Size)
	if err := c.conn.SetReadDeadline(until); err != nil {
		return ev, false, err
	}
	for {
		n, err := c.conn.Read(buf)
		if err != nil {
			return ev, false, err
		}
		reply, err := key.DecodeReply(buf[:n])
		if err != nil {
			continue
		}
		if ev, again, ok := c.Session.Take(reply); ok || again {
			return ev, again, nil
		}
	}
}

// explain says what an error means.
func explain(err error) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "no answer; it may be off, have another key, or a firewall may drop its UDP port"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens on its UDP port"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("the name %s is not resolved", dns.Name)
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
