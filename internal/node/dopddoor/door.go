// Package dopddoor is the shell of package dopd: the socket "outdater" at which drbd-peer-outdater asks, C's or ours, the client
// "dopd" of the cluster, whose messages C's dopd on other nodes understands, and drbdadm, which runs as root.
package dopddoor

import (
	"context"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"heartbeat/internal/dopd"
	"heartbeat/internal/localsock"
	"heartbeat/internal/plumb"
	"heartbeat/internal/realtime"
	"heartbeat/internal/wire"
)

const (
	// maxAsk is the largest question, in bytes.
	maxAsk = 4 << 10
	// patience bounds drbdadm. DRBD's own patience with its handler is of this order.
	patience = time.Minute
	// firstPatience is how long a program may be connected without asking, farewell how long it may take to read its answer.
	firstPatience = 10 * time.Second
	farewell      = 2 * time.Second
	// maxOpen bounds the programs that wait.
	maxOpen = 64
)

// Config is what a Door works with.
type Config struct {
	Self    string
	Run     string   // run directory; the socket is dopd/outdater in it
	Drbdadm string   // empty: drbdadm, found in PATH
	Env     []string // of drbdadm; nil: that of this process
	// Nodes are the normal nodes that are up.
	Nodes []string
	// Messages are what the cluster tells the client dopd. When the channel is closed, Serve returns.
	Messages <-chan *wire.Message
	// Send says something to the cluster as the client dopd. It may wait.
	Send func(context.Context, *wire.Message) error
	Log  *slog.Logger
}

// Path is where the socket is.
func Path(run string) string { return filepath.Join(run, "dopd", "outdater") }

// A door serves until its messages end.
type door struct {
	cfg    Config
	core   *dopd.Core
	events chan dopd.Event

	mu   sync.Mutex
	last uint64
	open map[uint64]net.Conn
}

// Serve works until ctx is done or the messages of the cluster end.
func Serve(ctx context.Context, cfg Config) error {
	if cfg.Drbdadm == "" {
		cfg.Drbdadm = "drbdadm"
	}
	l, err := localsock.Listen(Path(cfg.Run))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	d := &door{cfg: cfg, core: dopd.New(cfg.Self), events: make(chan dopd.Event), open: map[uint64]net.Conn{}}
	var work sync.WaitGroup
	defer work.Wait()
	defer d.closeAll()
	defer l.Close()
	defer stop()
	for _, n := range cfg.Nodes {
		d.core.Step(dopd.NodeChanged{Node: n, Up: true})
	}
	work.Go(func() {
		localsock.Accept(l, "a program that asks dopd", func(text string) { cfg.Log.Warn(text) }, func(c *net.UnixConn) error {
			id, ok := d.take(c)
			if !ok {
				return net.ErrClosed
			}
			work.Go(func() { d.serve(ctx, id, c) })
			return nil
		})
	})
	for {
		var ev dopd.Event
		select {
		case <-ctx.Done():
			return nil
		case ev = <-d.events:
		case m, ok := <-cfg.Messages:
			if !ok {
				return nil
			}
			if ev = dopd.EventOf(m); ev == nil {
				continue
			}
		}
		for _, e := range d.core.Step(ev) {
			d.apply(ctx, &work, e)
		}
	}
}

func (d *door) apply(ctx context.Context, work *sync.WaitGroup, e dopd.Effect) {
	switch e := e.(type) {
	case dopd.Answer:
		d.answer(e)
	case dopd.Run:
		d.cfg.Log.Info("dopd: another node asks to outdate " + e.Resource)
		work.Go(func() { d.put(ctx, dopd.Ran{Resource: e.Resource, Code: d.drbdadm(ctx, e.Resource)}) })
	default:
		m := dopd.Message(d.cfg.Self, e)
		work.Go(func() {
			if err := d.cfg.Send(ctx, m); err != nil && ctx.Err() == nil {
				d.cfg.Log.Warn("dopd: a message to " + m.Get("dest") + " was not sent: " + err.Error())
			}
		})
	}
}

func (d *door) put(ctx context.Context, ev dopd.Event) {
	select {
	case d.events <- ev:
	case <-ctx.Done():
	}
}

// take gives a connection a number.
func (d *door) take(c net.Conn) (uint64, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil || len(d.open) >= maxOpen {
		return 0, false
	}
	d.last++
	d.open[d.last] = c
	return d.last, true
}

// serve reads what a program asks, until it goes.
func (d *door) serve(ctx context.Context, id uint64, c net.Conn) {
	defer func() {
		c.Close()
		d.mu.Lock()
		delete(d.open, id)
		d.mu.Unlock()
		d.put(ctx, dopd.Gone{ID: id})
	}()
	_ = c.SetReadDeadline(time.Now().Add(firstPatience))
	for {
		body, err := plumb.Read(c, maxAsk)
		if err != nil {
			return
		}
		m, _, err := wire.Parse(body)
		if err != nil {
			d.cfg.Log.Warn("dopd: a program said what is no message: " + err.Error())
			return
		}
		node, resource, ok := dopd.AskedOf(m)
		if !ok {
			return
		}
		_ = c.SetReadDeadline(time.Time{})
		d.cfg.Log.Info("dopd: " + resource + " on " + node + " is to be outdated")
		d.put(ctx, dopd.Asked{ID: id, Node: node, Resource: resource})
	}
}

// answer tells a program its number.
func (d *door) answer(e dopd.Answer) {
	d.mu.Lock()
	c := d.open[e.ID]
	d.mu.Unlock()
	if c == nil {
		return
	}
	body, err := wire.AppendClassic(nil, dopd.AnswerMessage(d.cfg.Self, e.Code))
	if err != nil {
		d.cfg.Log.Error("dopd: " + err.Error())
		return
	}
	_ = c.SetWriteDeadline(time.Now().Add(farewell))
	if _, err := c.Write(plumb.Append(nil, append(body, 0))); err != nil {
		d.cfg.Log.Warn("dopd: a program did not read its answer: " + err.Error())
	}
}

func (d *door) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.open {
		c.Close()
	}
	d.open = nil
}

// drbdadm runs it and returns its exit code, negative when it has none. No shell comes near the name.
func (d *door) drbdadm(ctx context.Context, resource string) int {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, d.cfg.Drbdadm, "outdate", resource)
	cmd.Env, cmd.WaitDelay = d.cfg.Env, farewell
	err := realtime.Start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	code := -1
	if cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	if code < 0 {
		d.cfg.Log.Warn("dopd: drbdadm outdate " + resource + ": " + err.Error())
	} else {
		d.cfg.Log.Info("dopd: drbdadm outdate " + resource + " ended with " + strconv.Itoa(code))
	}
	return code
}
