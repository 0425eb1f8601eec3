package node

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"heartbeat/internal/agent"
	"heartbeat/internal/alert/deliver"
	"heartbeat/internal/clients"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/media"
	"heartbeat/internal/membership"
	"heartbeat/internal/netif"
	"heartbeat/internal/node/bridge"
	"heartbeat/internal/node/halog"
	"heartbeat/internal/node/identity"
	"heartbeat/internal/node/timeline"
	"heartbeat/internal/pidfile"
	"heartbeat/internal/respawn/process"
)

// What Status.State says.
const (
	stateStarting = "starting"
	stateRunning  = "running"
	stateStopping = "stopping"
)

// A Node is one node of the cluster. Its methods are safe for concurrent use.
type Node struct {
	opts  Options
	self  string
	pid   int
	clock clock

	uuid       [16]byte
	generation uint32
	unsaved    atomic.Bool   // the disk did not take the generation
	latest     atomic.Uint32 // generation in force, when it was raised
	listen     time.Duration // how long nothing is said at the start; see membership.Config

	cfg      atomic.Pointer[conf.Config]
	reloads  sync.Mutex // one reload at a time
	debug    atomic.Int32
	hal      *halog.Log
	log      *slog.Logger
	timeline *timeline.Timeline
	trouble  troubles
	alerts   *deliver.Service
	kernel   kernel
	pidFile  *pidfile.File
	system   supervisor

	laneIDs   atomic.Uint64
	pulse     *pulse
	roster    *roster
	members   *members // nil: no consensus membership
	res       *resources
	fencer    *fencer
	exec      groupRunner
	scripts   *agent.Resolver // of the executor
	env       *environment
	clients   *clients.Service
	children  *process.Runner
	courier   *courier
	sync      *configSync
	dog       *watched
	resetting resetter
	logd      chan struct{} // wakes serveLogd when the configuration has changed

	renewal    renewal
	unattended atomic.Bool // nobody but this process starts it again
	before     *lastWord   // of the life before, which was renewed; nil: it was not

	begin     sync.Once   // of the shutdown
	running   atomic.Bool // the resource loop turns
	stopping  atomic.Bool
	leaving   chan struct{} // closed when clients and children are to end
	left      chan struct{} // closed when the resource loop has handed everything over
	abandoned chan struct{} // closed by Abandon
	abandon   sync.Once
	ended     chan struct{} // closed when Run returns
}

type kernel = interface {
	netif.Kernel
	Close()
}

// Open reads the configuration and takes what a running node owns: its directories, its pid file, its
// sockets, its generation. Nothing is sent. A *ConfigError lists everything wrong with the files; a
// *pidfile.RunningError says that the node runs already.
func Open(opts Options) (*Node, error) {
	opts = opts.withDefaults()
	k, err := netif.Open()
	if err != nil {
		return nil, fmt.Errorf("opening the network: %w", err)
	}
	n := &Node{opts: opts, pid: os.Getpid(), clock: newClock(), log: opts.Log, kernel: k, logd: make(chan struct{}, 1),
		leaving: make(chan struct{}), left: make(chan struct{}), abandoned: make(chan struct{}), ended: make(chan struct{})}
	if err := n.open(); err != nil {
		n.release()
		return nil, err
	}
	return n, nil
}

func (n *Node) open() error {
	finished, interrupted := n.recoverFiles()
	opts := n.opts
	// Programs of fencing devices take longer than the peers wait for a node that crashed. Their status is asked for soon after the start.
	opts.devicesKnown = opts.Revived != ""
	cfg, self, problems := Load(opts, n.kernel)
	if problems.HasErrors() {
		return &ConfigError{problems}
	}
	n.self = self
	n.cfg.Store(&cfg)
	if err := makeDirectories(n.opts.State, n.opts.Run); err != nil {
		return err
	}
	if err := n.holdPIDFile(); err != nil {
		return err
	}
	n.openLog(cfg)
	for _, p := range problems {
		n.log.Warn(p.String())
	}
	n.sayLogd(cfg.HaCf)
	n.toldRecovery(finished, interrupted)
	var seed [10]byte
	rand.Read(seed[:])
	set, err := media.NewSet(media.Config{
		Media:   cfg.HaCf.Media,
		Options: media.Options{EchoID: uint16(n.pid) ^ binary.NativeEndian.Uint16(seed[8:])},
		Report:  func(t media.Trouble) { n.pulse.trouble(t) },
		Network: n.kernel,
		Frame:   func(dst, packet []byte) ([]byte, error) { return n.pulse.frame(dst, packet) },
	})
	if err != nil {
		return fmt.Errorf("opening the heartbeat links: %w", err)
	}
	n.before = takeWord(n.opts.Run)
	n.identify(cfg)
	n.armWatchdog(cfg.HaCf.Watchdog, cfg.HaCf.Deadtime)
	n.compose(cfg, set, binary.NativeEndian.Uint64(seed[:]))
	return nil
}

func (n *Node) holdPIDFile() (err error) {
	path := identity.PIDPath(n.opts.Run)
	n.pidFile, err = identity.HoldPIDFile(path, n.pid)
	var running *pidfile.RunningError
	if err == nil || errors.As(err, &running) {
		return err
	}
	return fmt.Errorf("writing the pid file: %w (make %s writable, or give another --run directory)", err, filepath.Dir(path))
}

// openLog starts the log of ha.cf and the timeline, which feeds it.
func (n *Node) openLog(cfg conf.Config) {
	n.debug.Store(int32(cfg.HaCf.Debug))
	n.hal = halog.Open(n.logConfig(cfg, cfg.HaCf.Debug))
	n.log = slog.New(slog.NewMultiHandler(n.hal.Handler(), n.opts.Log.Handler()))
	n.system = supervisor{n.log}
	n.alerts = n.newAlerts(cfg)
	n.timeline = timeline.New(timeline.Config{
		Node: n.self, Sink: func(r event.Record) { logRecord(n.log, r); n.alerts.Offer(r) },
		File: filepath.Join(n.opts.State, "events.jsonl"), FileFailed: n.journalFailed,
	})
}

func (n *Node) journalFailed(err error) {
	if err == nil {
		n.trouble.set("journal", "")
		return
	}
	text := "the timeline is not written to disk: " + err.Error() + "; heartbeat events still shows the last records"
	n.trouble.set("journal", text)
	n.timeline.Add(event.Event{Kind: event.StateUnwritable, Subject: n.self, Text: text})
}

// compose joins the parts. Nothing runs yet.
func (n *Node) compose(cfg conf.Config, set *media.Set, seed uint64) {
	_, pings := linksAndPings(cfg.HaCf.Media)
	b := bridge.Bridge{PingNodes: pings}
	n.env = newEnvironment()
	n.opts.Guardian.Begin(cfg.HaCf.Keepalive, cfg.HaCf.Deadtime)
	priority := cfg.HaCf.RTPrio
	if n.opts.NoRealtime || !cfg.HaCf.Realtime {
		priority = -1
	}
	n.pulse = &pulse{
		core:  membership.New(n.membershipConfig(cfg, seed), n.clock.now()),
		media: set, keys: keyring(cfg.AuthKeys), clock: n.clock, bridge: b, record: n.timeline.Add, env: n.env,
		realtime: priority, dog: n.dog, notReal: n.notRealtime, silence: n.silence, guard: n.opts.Guardian,
		memory: newPeerMemory(n.opts.State, n.peersUnwritten),
		up:     newOutbox(outboxRoom), clients: newClientFeed(), inbox: make(chan job, inboxRoom), posted: make(chan application, applicationRoom), traffic: newTraffic(), done: make(chan struct{}),
	}
	n.keepRoster(cfg)
	n.courier = newCourier(n)
	n.sync = newConfigSync(n)
	n.pulse.courier = n.courier
	n.members = n.newMembers(cfg, seed^0x63636d)
	n.pulse.members = n.members
	n.exec = n.newExecutor(cfg)
	n.fencer = n.newFencer(cfg)
	n.res = &resources{
		run: n.exec, clock: n.clock, bridge: b, record: n.timeline.Add, pulse: n.pulse, fencer: n.fencer,
		ledger:   newLedger(n.opts.State, n.ordersUnwritten),
		scripts:  newEventScripts(n.opts.Etc, eventEnv(n.opts, n.self, cfg.HaCf), n.log),
		leave:    func() { close(n.left) },
		reset:    func(reason string) { go n.resetMachine(reason) },
		requests: make(chan func(*resources)), stop: make(chan struct{}), done: make(chan struct{}),
		asked: map[uint64]chan<- Answer{}, causes: causes{},
	}
	n.res.arbiter = n.newArbitration(cfg)
	n.composeClients(cfg)
	n.composeChildren(cfg)
}

// silence takes the addresses of all groups away. Scripts follow in their order, when resource management has heard of the reason.
func (n *Node) silence() int {
	if n.scripts == nil {
		return 0
	}
	return n.scripts.Silence()
}

func (n *Node) notRealtime(err error) {
	n.log.Info("heartbeats may have to wait for other work of this machine: "+strings.ReplaceAll(err.Error(), "\n", "; "),
		"fix", "run as root or with CAP_SYS_NICE and CAP_IPC_LOCK, or set realtime off in ha.cf")
}

// Close gives back what Open took, when Run is not going to be called.
func (n *Node) Close() { n.release() }

// release gives back what open took. The addresses that the resolver held stay on their interfaces.
func (n *Node) release() {
	if n.scripts != nil {
		n.scripts.Close()
	}
	if n.pulse != nil {
		n.pulse.media.Close()
	}
	if n.dog != nil {
		n.dog.end(true) // a node that never ran, or has said so before
	}
	if n.timeline != nil {
		n.timeline.Close(lastWords)
	}
	if n.hal != nil {
		n.hal.Close(lastWords)
	}
	if n.pidFile != nil {
		_ = n.pidFile.Remove() // the lock ends with the process in any case
	}
	n.kernel.Close()
}

// lastWords is how long an ending node waits for a slow disk to take its log.
const lastWords = 500 * time.Millisecond

// Name is the node's name.
func (n *Node) Name() string { return n.self }

// Config is the configuration in force.
func (n *Node) Config() conf.Config { return *n.cfg.Load() }

func (n *Node) state() string {
	switch {
	case n.stopping.Load():
		return stateStopping
	case n.running.Load():
		return stateRunning
	}
	return stateStarting
}

// Events returns up to limit records after the given ID, oldest first; limit 0: all that are kept.
func (n *Node) Events(after uint64, limit int) []event.Record { return n.timeline.After(after, limit) }

// EventsChanged returns a channel that is closed at the next event. Ask for it before Events, then wait on it.
func (n *Node) EventsChanged() <-chan struct{} { return n.timeline.Changed() }

// Standby asks to hand over a set of groups: all, local, foreign, failback. It returns when the other
// node runs them, or with the reason why not.
func (n *Node) Standby(ctx context.Context, set string) (Answer, error) {
	return n.ask(ctx, standbyAsked(set))
}

// Takeover asks to take over a set of groups: all, local, foreign, failback.
func (n *Node) Takeover(ctx context.Context, set string) (Answer, error) {
	return n.ask(ctx, takeoverAsked(set))
}

func (n *Node) record(kind *event.Kind, text string) {
	n.timeline.Add(event.Event{Kind: kind, Subject: n.self, Text: text})
}
