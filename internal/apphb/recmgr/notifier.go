// Package recmgr is the way from the application heartbeat monitor to the recovery manager, which runs a script when a program fails
// (resources spec, section 9.6): the Notifier tells, on the monitor's side, and the Manager listens.
package recmgr

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"heartbeat/internal/apphb"
	"heartbeat/internal/plumb"
)

// SocketName is the recovery manager's socket in the state directory.
const SocketName = "recoverymgr.comm"

const (
	// waiting is how many events may wait for the recovery manager.
	waiting = 256
	// patience is how long a word to the recovery manager may take.
	patience = 5 * time.Second
)

// A Notifier tells the recovery manager, whenever there is one. It never makes its caller wait.
type Notifier struct {
	socket string
	log    *slog.Logger
	events chan apphb.RecoveryMessage
	lost   atomic.Uint64
	stop   chan struct{}
	all    sync.WaitGroup
}

// NewNotifier starts a notifier.
func NewNotifier(socket string, log *slog.Logger) *Notifier {
	n := &Notifier{socket: socket, log: log, events: make(chan apphb.RecoveryMessage, waiting), stop: make(chan struct{})}
	n.all.Go(n.run)
	return n
}

// Notify tells an event.
func (n *Notifier) Notify(e apphb.Event, p apphb.Program) {
	m := apphb.RecoveryMessage{Kind: apphb.RecoveryEvent, Name: p.Name, Instance: p.Instance, PID: p.PID, UID: p.UID, GID: p.GID, Event: e}
	select {
	case n.events <- m:
	default:
		n.lost.Add(1)
	}
}

// Close ends the notifier when what waits has been told, or could not be.
func (n *Notifier) Close() {
	close(n.stop)
	n.all.Wait()
}

func (n *Notifier) run() {
	var conn net.Conn
	defer func() {
		if conn != nil {
			_ = say(conn, apphb.RecoveryMessage{Kind: apphb.RecoveryDisconnect})
			conn.Close()
		}
	}()
	tell := func(m apphb.RecoveryMessage) {
		if lost := n.lost.Swap(0); lost > 0 {
			n.log.Warn(fmt.Sprintf("%d events were not told to the recovery manager, which was too slow", lost))
		}
		if conn != nil && say(conn, m) == nil {
			return
		}
		if conn != nil { // it ended: perhaps there is another one
			conn.Close()
			conn = nil
		}
		var err error
		if conn, err = n.connect(); err == nil {
			err = say(conn, m)
		}
		if err != nil {
			n.log.Warn("failed to connect to recovery manager: " + err.Error() + "; the event is lost")
		}
	}
	for {
		select {
		case m := <-n.events:
			tell(m)
		case <-n.stop:
			for len(n.events) > 0 {
				tell(<-n.events)
			}
			return
		}
	}
}

// connect reaches the recovery manager and says who speaks.
func (n *Notifier) connect() (net.Conn, error) {
	conn, err := net.DialTimeout("unix", n.socket, patience)
	if err != nil {
		return nil, err
	}
	err = say(conn, apphb.RecoveryMessage{Kind: apphb.RecoveryConnect, Name: "apphbd", Instance: "recmgr-plugin", PID: os.Getpid(), UID: os.Getuid(), GID: os.Getgid()})
	if err == nil {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		var body []byte
		if body, err = plumb.Read(conn, apphb.MaxSize); err == nil {
			var errno int
			if errno, err = apphb.DecodeReply(body); err == nil && errno != 0 {
				err = fmt.Errorf("it refuses us with error %d", errno)
			}
		}
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetReadDeadline(time.Time{})
	n.all.Go(func() { _, _ = io.Copy(io.Discard, conn); conn.Close() }) // it answers every event; nobody asks
	return conn, nil
}

func say(conn net.Conn, m apphb.RecoveryMessage) error {
	body, err := apphb.AppendRecovery(nil, m)
	if err != nil {
		return err
	}
	err = conn.SetWriteDeadline(time.Now().Add(patience))
	if err == nil {
		_, err = conn.Write(plumb.Append(nil, body))
	}
	return err
}
