package guard

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"heartbeat/internal/realtime"
)

// Exit codes of a node that say that another start would end the same way (docs/commands.md).
const (
	exitDenied = 4
	exitConfig = 6
)

// The first restart comes at once; the next ones of a node that does not stay up wait, doubling.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 30 * time.Second
	stayedUp  = 10 * time.Second
)

// guardian is the guard's process.
type guardian struct {
	order  order
	path   string // of the program
	stderr io.Writer
	timer  int
	ready  int // descriptor of who waits for the first node; 0: nobody, or told

	news    chan news
	signals chan os.Signal
	limits  atomic.Pointer[Limits] // for the goroutine that watches

	node    *child        // nil: none runs
	charge  *Charge       // nil: no node was up yet
	wasUp   bool          // some node was, under this guard or before it
	left    bool          // the node said that it leaves
	ending  bool          // this process was told to end
	dropped bool          // the addresses were taken away since a node was up
	hung    string        // why the node was killed
	renew   time.Duration // the node ends to be started again, and the peers wait for so long; 0: it does not
	fails   int           // restarts of nodes that did not stay up
	why     string        // how the last node ended
	wait    <-chan time.Time
	dropAt  <-chan time.Time
}

func newGuardian(o order, stderr io.Writer) *guardian {
	g := &guardian{order: o, path: self(), stderr: stderr, timer: -1, ready: o.readyFD, news: make(chan news, 16), signals: make(chan os.Signal, 16)}
	g.limits.Store(&Limits{Hang: time.Minute, Confirm: time.Minute, Drop: time.Minute}) // until a node tells; its timer is its own
	return g
}

// open gets the first node: one that is started, or the one that asked for this guard.
func (g *guardian) open() (err error) {
	signal.Notify(g.signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGABRT, unix.SIGPIPE, unix.SIGCHLD)
	if g.order.ward != 0 {
		g.timer, g.wasUp = timerFD, true
		g.node, err = adoptNode(g.order.ward)
	} else {
		if g.timer, err = newTimer(); err != nil {
			return err
		}
		g.node, err = g.startNode(g.ready, "")
		if g.ready > 0 {
			unix.Close(g.ready) // or who waits would not see the node fail
		}
	}
	if err == nil {
		g.follow(g.node)
	}
	return err
}

func (g *guardian) follow(c *child) {
	go c.watch(g.timer, func() Limits { return *g.limits.Load() }, func(n news) { g.news <- n })
}

// run is the guard's life. It returns the exit code.
func (g *guardian) run() int {
	for {
		code, over := 0, false
		select {
		case s := <-g.signals:
			code, over = g.signalled(s.(unix.Signal))
		case n := <-g.news:
			code, over = g.heard(n)
		case <-g.wait:
			g.wait = nil
			g.start()
		case <-g.dropAt:
			g.dropAt = nil
			g.tooLate()
		}
		if over {
			return code
		}
	}
}

// signalled passes on what this process is told. INT is what a terminal sends, also to a node in the foreground: it means TERM there.
func (g *guardian) signalled(s unix.Signal) (code int, over bool) {
	switch s {
	case unix.SIGPIPE:
		return 0, false
	case unix.SIGCHLD:
		g.reap()
		return 0, false
	case unix.SIGABRT: // systemd's watchdog: the node has not answered it, and systemd starts both anew
		if g.node != nil {
			g.node.signal(unix.SIGKILL)
		}
		g.say(slog.LevelError, "the watchdog of systemd has run out: node and guard end and are started anew")
		return 128 + int(unix.SIGABRT), true
	case unix.SIGINT:
		s = unix.SIGTERM
	}
	if s == unix.SIGTERM {
		g.ending = true
		if g.node == nil {
			g.drop("told to end while the node is down")
			return 0, true
		}
	}
	if g.node != nil {
		g.node.signal(s)
	}
	return 0, false
}

// reap collects orphans, which come to us when we are the first process of a container. The node itself is left to child.end.
func (g *guardian) reap() {
	if os.Getpid() != 1 {
		return
	}
	for {
		var info unix.Siginfo
		// The first one that has ended is looked at without being collected.
		if err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil); err != nil {
			return
		}
		pid := endedPID(&info)
		if pid == 0 || g.node != nil && pid == g.node.pid {
			return
		}
		_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
	}
}

func (g *guardian) heard(n news) (code int, over bool) {
	if n.of != g.node {
		return 0, false
	}
	switch {
	case n.up != nil:
		g.settle(n.up)
	case n.leaving:
		g.ending = true
	case n.left:
		g.left = true
	case n.renew > 0:
		g.renew = n.renew
	case n.hung:
		g.hung = fmt.Sprintf("did not beat for %v and was killed by its guard", n.silence)
		g.node.signal(unix.SIGKILL) // before anything is written: the disk may be what the node waited for
		g.say(slog.LevelError, fmt.Sprintf("the node (process %d) has not beaten for %v: it hangs, or somebody stopped it. It is killed and started again. What it did: %s.", g.node.pid, n.silence, n.doing))
	case n.died != nil:
		return g.died(n.died)
	}
	return 0, false
}

// settle begins the long sleep.
func (g *guardian) settle(c *Charge) {
	g.charge, g.wasUp, g.dropped, g.dropAt = c, true, false, nil
	g.limits.Store(&c.Limits)
	if g.ready > 0 {
		g.ready = 0
		letGoOfTerminal()
	}
	debug.FreeOSMemory()
	forgetProgram()
	if c.Priority >= 0 {
		_ = realtime.Enter(c.Priority) // the node says it if that is not allowed
	}
}

// died decides what follows the end of the node's process.
func (g *guardian) died(e *ending) (code int, over bool) {
	lived := time.Since(g.node.born)
	pid := g.node.pid
	g.node = nil
	_ = windUp(g.timer, 0)
	if g.hung != "" {
		e.text, g.hung = g.hung, ""
	}
	if g.renew > 0 && !g.ending {
		g.renewed(pid)
		return 0, false
	}
	switch {
	case !g.wasUp && !g.left && e.known && e.code == 0 && os.Getenv("NOTIFY_SOCKET") != "":
		return g.attend(pidFileOf(g.order.args)), true // another one runs already, and systemd wants a process that stands for it
	case g.left || !g.wasUp && e.known:
		return e.code, true // as it was asked, or it never got up: who started it reads why
	case e.known && e.code == 0:
		return 0, true // another one runs already
	case g.ending:
		g.drop("the node " + e.text + " while it was stopping")
		return 1, true
	case e.known && (e.code == exitConfig || e.code == exitDenied):
		g.drop(fmt.Sprintf("the node cannot be started again, it %s", e.text))
		return e.code, true
	}
	if g.dropAt == nil && !g.dropped && g.charge != nil {
		g.dropAt = time.After(g.charge.Limits.Drop)
	}
	if lived >= stayedUp {
		g.fails = 0
	}
	g.fails++
	if g.why = fmt.Sprintf("process %d %s", pid, e.text); g.fails > 1 {
		g.why += fmt.Sprintf(", and %d before it did not stay up", g.fails-1)
	}
	if g.fails == 1 {
		g.start()
		return 0, false
	}
	wait := min(firstWait<<min(g.fails-2, 20), lastWait)
	g.say(slog.LevelError, fmt.Sprintf("the node has ended again (%s), %v after its start; the next start is in %v", g.why, lived.Round(time.Millisecond), wait))
	g.wait = time.After(wait)
	return 0, false
}

// renewed starts a node again that ended in order to read a new configuration. The peers wait longer for it than for one that crashed.
func (g *guardian) renewed(pid int) {
	if g.dropAt == nil && !g.dropped && g.charge != nil {
		g.dropAt = time.After(g.renew * 3 / 4)
	}
	g.renew, g.fails = 0, 0
	g.why = fmt.Sprintf("process %d ended to put a new configuration into force", pid)
	g.start()
}

// start starts the node again.
func (g *guardian) start() {
	c, err := g.startNode(0, g.why)
	if err != nil {
		g.fails++
		wait := min(firstWait<<min(g.fails-1, 20), lastWait)
		g.say(slog.LevelError, fmt.Sprintf("%v; tried again in %v", err, wait))
		g.wait = time.After(wait)
		return
	}
	g.node = c
	g.follow(c)
}

// tooLate: peers are about to take over. If a new node beats by now, everything is well.
func (g *guardian) tooLate() {
	if g.node != nil && wound(g.timer) {
		return
	}
	if g.node != nil {
		g.hung = "did not beat in time after its start and was killed by its guard"
		g.node.signal(unix.SIGKILL)
	}
	g.drop(fmt.Sprintf("nothing speaks for this node %v after its end, and the other nodes are about to take over", g.charge.Limits.Drop))
}
