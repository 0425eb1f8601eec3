// Package server is the socket of the application heartbeat monitor: it turns what programs write into inputs of package apphb, and what
// that decides into replies, log lines and orders.
package server

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/localsock"
)

// SocketName is the socket's name in the run directory.
const SocketName = "apphb.comm"

const (
	// maxClients bounds the connections, and maxOfOne those of one user that is not root.
	maxClients = 1024
	maxOfOne   = 256
	// waitReplies is how many replies may wait for a program that does not read.
	waitReplies = 64
	// greetPatience is how long an attempt to find out whether a monitor runs already may take.
	greetPatience = time.Second
)

// Config is what a Server works with.
type Config struct {
	Socket   string
	Critical []int // users (uid) whose programs may be critical
	Log      *slog.Logger
	Notify   func(apphb.Event, apphb.Program) // it must not wait
	Reboot   func(reason string)              // it must not return if it can be helped
	// Feed is called every FeedEvery by the loop that judges the programs: a watchdog that it feeds resets a machine on which
	// nobody judges. Nil: there is none.
	Feed      func()
	FeedEvery time.Duration
}

// A Server watches programs.
type Server struct {
	cfg      Config
	core     *apphb.Core
	in       chan apphb.Input
	done     chan struct{} // closed when the loop has ended
	listener *net.UnixListener
	last     atomic.Uint64

	mu      sync.Mutex
	closed  bool
	clients map[apphb.ID]*program
	all     sync.WaitGroup
}

// Listen makes the socket, for everybody on this machine as in C. What a dead monitor left behind is removed.
func Listen(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, core: apphb.New(cfg.Critical), in: make(chan apphb.Input, 64), done: make(chan struct{}), clients: map[apphb.ID]*program{}}
	if c, err := net.DialTimeout("unix", cfg.Socket, greetPatience); err == nil {
		c.Close()
		return nil, fmt.Errorf("a monitor is at %s already: stop it first", cfg.Socket)
	}
	if err := s.listen(); err != nil {
		return nil, fmt.Errorf("making the socket of the application heartbeat monitor: %w", err)
	}
	return s, nil
}

func (s *Server) listen() error {
	if err := os.MkdirAll(filepath.Dir(s.cfg.Socket), 0o755); err != nil {
		return err
	}
	l, err := localsock.Listen(s.cfg.Socket)
	if err != nil {
		return err
	}
	s.listener = l
	return nil
}

// Run watches until stop is closed.
func (s *Server) Run(stop <-chan struct{}) {
	defer close(s.done)
	defer s.close()
	s.all.Go(func() { localsock.Accept(s.listener, "a program", func(text string) { s.cfg.Log.Warn(text) }, s.letIn) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	var feed <-chan time.Time
	if s.cfg.Feed != nil {
		t := time.NewTicker(s.cfg.FeedEvery)
		defer t.Stop()
		feed = t.C
	}
	for {
		var in apphb.Input
		select {
		case in = <-s.in:
		case <-timer.C:
			in = apphb.Tick{}
		case <-feed:
			s.cfg.Feed()
			continue
		case <-stop:
			return
		}
		s.step(in)
		if at := s.core.NextDeadline(); at.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(max(time.Until(at), 0))
		}
	}
}

// step gives one input to the core. What a program said before its time was over counts, however late this loop is: so all
// that waits is taken before the clock is looked at.
func (s *Server) step(in apphb.Input) {
	if _, late := in.(apphb.Tick); late {
		for n := len(s.in); n > 0; n-- {
			s.apply(s.core.Step(time.Now(), <-s.in))
		}
	}
	s.apply(s.core.Step(time.Now(), in))
}

func (s *Server) apply(effects []apphb.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case apphb.Reply:
			s.client(e.ID).reply(e.Errno)
		case apphb.Drop:
			s.client(e.ID).finish()
		case apphb.Say:
			s.say(e)
		case apphb.Notify:
			s.cfg.Notify(e.Event, e.Program)
		case apphb.Reboot:
			s.cfg.Reboot(e.Reason)
		}
	}
}

func (s *Server) say(e apphb.Say) {
	switch e.Severity {
	case apphb.Debug:
		s.cfg.Log.Debug(e.Text)
	case apphb.Info:
		s.cfg.Log.Info(e.Text)
	case apphb.Warning:
		s.cfg.Log.Warn(e.Text)
	case apphb.Emergency:
		s.cfg.Log.Error(e.Text)
	}
}

func (s *Server) put(in apphb.Input) {
	select {
	case s.in <- in:
	case <-s.done:
	}
}

// Clients is how many programs are connected.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.clients)
}

func (s *Server) close() {
	s.mu.Lock()
	s.closed = true
	s.listener.Close() // removes the socket
	for _, c := range s.clients {
		c.finish()
	}
	s.mu.Unlock()
}

// Wait returns when all connections have ended, after Run.
func (s *Server) Wait() { s.all.Wait() }
