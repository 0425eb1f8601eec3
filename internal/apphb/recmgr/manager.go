package recmgr

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/conf"
	"heartbeat/internal/localsock"
	"heartbeat/internal/plumb"
)

const (
	// maxMonitors bounds the connections: there is one monitor, and perhaps its successor.
	maxMonitors = 16
	// pending is how many events of one program may wait for its script.
	pending = 16
)

// ManagerConfig is what a Manager works with.
type ManagerConfig struct {
	Socket string
	// Trusted says whether a peer may report failures: who may have scripts of others run.
	Trusted func(localsock.Peer) bool
	Log     *slog.Logger
	// Run runs a script and returns when it has ended.
	Run func(r conf.Recovery, e apphb.RecoveryMessage, argument string) error
}

// A Manager runs scripts when programs fail: for one program one after the other, for several at the same time.
type Manager struct {
	cfg      ManagerConfig
	listener *net.UnixListener

	mu       sync.Mutex
	closed   bool
	list     []conf.Recovery
	monitors map[*net.UnixConn]bool
	queues   map[string]chan func() // by program
	readers  sync.WaitGroup
	workers  sync.WaitGroup
}

// NewManager makes the socket and listens.
func NewManager(cfg ManagerConfig, list []conf.Recovery) (*Manager, error) {
	if c, err := net.DialTimeout("unix", cfg.Socket, time.Second); err == nil {
		c.Close()
		return nil, fmt.Errorf("a recovery manager is at %s already", cfg.Socket)
	}
	l, err := localsock.Listen(cfg.Socket) // for everybody: the monitor is nobody; who it is, is asked below
	if err != nil {
		return nil, fmt.Errorf("making the socket of the recovery manager: %w", err)
	}
	m := &Manager{cfg: cfg, listener: l, list: list, monitors: map[*net.UnixConn]bool{}, queues: map[string]chan func(){}}
	m.readers.Go(func() { localsock.Accept(l, "a monitor", func(text string) { cfg.Log.Warn(text) }, m.letIn) })
	return m, nil
}

// Change puts another list into force.
func (m *Manager) Change(list []conf.Recovery) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = list
}

// Close lets nobody in any more and waits for the scripts that run, but no longer than patience; then they run on by themselves.
func (m *Manager) Close(patience time.Duration) {
	m.mu.Lock()
	m.closed = true
	m.listener.Close() // removes the socket
	for c := range m.monitors {
		c.Close()
	}
	m.mu.Unlock()
	m.readers.Wait()
	m.mu.Lock()
	for app, q := range m.queues {
		close(q)
		delete(m.queues, app)
	}
	m.mu.Unlock()
	ended := make(chan struct{})
	go func() { m.workers.Wait(); close(ended) }()
	give := time.NewTimer(patience)
	defer give.Stop()
	select {
	case <-ended:
	case <-give.C:
	}
}

func (m *Manager) letIn(c *net.UnixConn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return net.ErrClosed
	case len(m.monitors) >= maxMonitors:
		return fmt.Errorf("%d monitors are connected; more are not possible", maxMonitors)
	}
	m.monitors[c] = true
	m.readers.Go(func() {
		m.serve(c)
		c.Close()
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.monitors, c)
	})
	return nil
}

// serve answers one connection until it ends.
func (m *Manager) serve(c *net.UnixConn) {
	peer, err := localsock.PeerOf(c)
	if err != nil {
		m.cfg.Log.Warn("a monitor was not let in: " + err.Error())
		return
	}
	known := false
	from := bufio.NewReader(c)
	for {
		body, err := plumb.Read(from, apphb.MaxSize)
		if err != nil {
			return
		}
		msg, err := apphb.DecodeRecovery(body)
		if err != nil {
			continue // C is silent, too
		}
		errno, end := m.answer(peer, msg, &known)
		_ = c.SetWriteDeadline(time.Now().Add(patience))
		if _, err := c.Write(plumb.Append(nil, apphb.AppendReply(nil, errno))); err != nil || end {
			return
		}
	}
}

func (m *Manager) answer(peer localsock.Peer, msg apphb.RecoveryMessage, known *bool) (errno int, end bool) {
	switch {
	case msg.Kind == apphb.RecoveryConnect && *known:
		return apphb.EEXIST, false
	case msg.Kind == apphb.RecoveryConnect && (msg.Short || msg.Name == "" || msg.PID != peer.PID):
		return apphb.EINVAL, false
	case msg.Kind == apphb.RecoveryConnect && !m.cfg.Trusted(peer):
		m.cfg.Log.Warn(fmt.Sprintf("process %d of user %d wanted to report failures and may not: it is neither root, hacluster nor apphbd", peer.PID, peer.UID))
		return apphb.EPERM, true
	case msg.Kind == apphb.RecoveryConnect:
		*known = true
		return apphb.OK, false
	case msg.Kind != apphb.RecoveryEvent && msg.Kind != apphb.RecoveryDisconnect:
		return apphb.EINVAL, false
	case !*known:
		return apphb.ESRCH, false
	case msg.Kind == apphb.RecoveryDisconnect:
		return apphb.OK, true
	case msg.Short:
		return apphb.EINVAL, false
	}
	m.event(msg)
	return apphb.OK, false
}

// event queues what is to be done about a failure.
func (m *Manager) event(msg apphb.RecoveryMessage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return
	}
	var r *conf.Recovery
	for i := range m.list {
		if m.list[i].App == msg.Name {
			r = &m.list[i]
		}
	}
	what := conf.RecoveryEvent(int(msg.Event))
	if r == nil {
		m.cfg.Log.Info(fmt.Sprintf("No script available to recover %s (%s)", msg.Name, what))
		return
	}
	argument, handled := r.Args[int(msg.Event)]
	if !handled {
		m.cfg.Log.Info(fmt.Sprintf("Script does not handle this event: %s of %s", what, msg.Name))
		return
	}
	q := m.queues[msg.Name]
	if q == nil {
		q = make(chan func(), pending)
		m.queues[msg.Name] = q
		m.workers.Go(func() {
			for do := range q {
				do()
			}
		})
	}
	entry := *r
	select {
	case q <- func() { m.recover(entry, msg, argument, what) }:
	default:
		m.cfg.Log.Error(fmt.Sprintf("%s of %s is lost: %d events wait for its script already", what, msg.Name, pending))
	}
}

func (m *Manager) recover(r conf.Recovery, msg apphb.RecoveryMessage, argument, what string) {
	m.cfg.Log.Info(fmt.Sprintf("%s of %s / %s (pid %d): running %s %q as %s", what, msg.Name, msg.Instance, msg.PID, r.Script, argument, r.User))
	if err := m.cfg.Run(r, msg, argument); err != nil {
		m.cfg.Log.Error(fmt.Sprintf("recovery script %s for %s failed: %v", r.Script, msg.Name, err))
	}
}
