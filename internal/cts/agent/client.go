package agent

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
	"time"

	"heartbeat/internal/cts/ask"
)

// ErrGone says that the machine does not answer any more: its end of the pipe is gone.
var ErrGone = errors.New("the machine is gone")

// A Client asks one machine. It is safe for concurrent use.
type Client struct {
	clock func(asked, answered, machine time.Time) // told with every answer to a question; nil: nobody wants to know
	pipe  *ask.Asker[Request, Answer]
}

// NewClient asks over a pipe: what it writes to out the agent reads. clock learns what the machine's clock says, between which two times here.
func NewClient(in io.Reader, out io.WriteCloser, clock func(asked, answered, machine time.Time)) *Client {
	return &Client{clock: clock, pipe: ask.New(in, out, ask.Form[Request, Answer]{
		Number: func(r *Request, id uint64) { r.ID = id }, Of: func(a *Answer) uint64 { return a.ID }, MostLine: mostLine, Gone: ErrGone,
	})}
}

// Done is closed when the machine is gone.
func (c *Client) Done() <-chan struct{} { return c.pipe.Done() }

// Close ends the agent.
func (c *Client) Close() error { return c.pipe.Close() }

// ask sends a request; the answers come until the channel is closed, which is early when the machine is gone.
func (c *Client) ask(r Request) (uint64, <-chan Answer, error) {
	return c.pipe.Ask(r, func(a *Answer) bool { return !a.More })
}

// giveUp ends a request whose answers nobody wants any more. A machine that is gone has cancelled it already, and one that is frozen does not
// answer, so nobody waits for that.
func (c *Client) giveUp(id uint64, to <-chan Answer) {
	ask.Drain(to)
	_ = c.pipe.Tell(Request{ID: id, Op: opCancel})
}

// one asks for one answer.
func (c *Client) one(ctx context.Context, r Request) (Answer, error) {
	asked := time.Now()
	id, to, err := c.ask(r)
	if err != nil {
		return Answer{}, err
	}
	select {
	case a, ok := <-to:
		if !ok {
			return a, ErrGone
		}
		if c.clock != nil {
			c.clock(asked, time.Now(), a.Time())
		}
		if a.Err != "" {
			return a, errors.New(a.Err)
		}
		return a, nil
	case <-ctx.Done():
		c.giveUp(id, to)
		return Answer{}, context.Cause(ctx)
	}
}

// Run runs a program to its end.
func (c *Client) Run(ctx context.Context, argv ...string) (output string, code int, err error) {
	a, err := c.one(ctx, Request{Op: opRun, Argv: argv})
	return string(a.Data), a.Code, err
}

// Spawn starts a program in a session of its own.
func (c *Client) Spawn(ctx context.Context, argv ...string) error {
	_, err := c.one(ctx, Request{Op: opSpawn, Argv: argv})
	return err
}

// Read reads a file; one that is missing is empty.
func (c *Client) Read(ctx context.Context, path string) ([]byte, error) {
	a, err := c.one(ctx, Request{Op: opRead, Path: path})
	return a.Data, err
}

// Write replaces a file, and makes its directory.
func (c *Client) Write(ctx context.Context, path, text string, mode fs.FileMode) error {
	_, err := c.one(ctx, Request{Op: opWrite, Path: path, Data: []byte(text), Mode: uint32(mode.Perm())})
	return err
}

// Status is heartbeat status --json of the node, and Events its timeline above an id.
func (c *Client) Status(ctx context.Context) ([]byte, error) {
	a, err := c.one(ctx, Request{Op: opStatus})
	return a.Data, err
}

// Events is the timeline of the node above an id, as a JSON list.
func (c *Client) Events(ctx context.Context, after uint64) ([]byte, error) {
	a, err := c.one(ctx, Request{Op: opEvents, After: after})
	return a.Data, err
}

// Stream starts a program that goes on telling; each gets its lines. stop ends it, and returns when each is called no more. ended is closed when the
// program or the machine has ended.
func (c *Client) Stream(each func(line string), argv ...string) (stop func(), ended <-chan struct{}, err error) {
	return c.follow(Request{Op: opStream, Argv: argv}, each)
}

// Watch tells the addresses of the machine, as +ADDRESS and -ADDRESS, until stop.
func (c *Client) Watch(each func(line string)) (stop func(), ended <-chan struct{}, err error) {
	return c.follow(Request{Op: opWatch}, each)
}

func (c *Client) follow(r Request, each func(string)) (stop func(), ended <-chan struct{}, err error) {
	id, to, err := c.ask(r)
	if err != nil {
		return nil, nil, err
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case a, ok := <-to:
				if !ok {
					return
				}
				if a.More {
					each(a.Line)
				}
			case <-quit:
				c.giveUp(id, to)
				return
			}
		}
	}()
	var once sync.Once
	return func() {
		once.Do(func() { close(quit) })
		<-done
	}, done, nil
}
