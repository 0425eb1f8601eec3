package node

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/identity"
	"heartbeat/internal/takeover"
)

// Run is the node's life: it speaks until Shutdown has handed everything over, or Abandon. When
// ctx ends a Shutdown begins. Run is called once.
func (n *Node) Run(ctx context.Context) error {
	defer close(n.ended)
	defer n.release()

	background, stop := context.WithCancel(context.Background())
	defer stop()
	go n.pulse.traffic.fit(background.Done())
	go n.env.run(background.Done())
	kept := make(chan struct{})
	go func() { n.roster.run(background.Done()); close(kept) }()
	defer func() { stop(); <-kept }()
	n.beginMembers()
	go n.pulse.run(n.abandoned)
	go n.pulse.memory.run()
	go n.res.ledger.run()
	go n.res.scripts.run(background)
	n.res.arbiter.run(background)
	go n.system.watchdog(background.Done(), n.alive)
	go n.dog.look(n.pulse.done, n.alive)
	go n.mendGeneration(background.Done())
	go n.fencer.loop(background.Done())
	go n.clients.Run()
	go n.courier.run(background.Done())
	n.sync.wake()
	go n.sync.run(background)
	go n.children.Run()
	go n.serveClients(n.leaving)
	built := make(chan struct{})
	go func() { n.serveBuiltIns(background); close(built) }()
	defer func() { stop(); <-built }()
	beaten := make(chan struct{})
	go func() { n.beatApphbd(background.Done()); close(beaten) }()
	defer func() { stop(); <-beaten }()
	told := make(chan struct{})
	go func() { n.alerts.Run(background); close(told) }()
	defer func() { stop(); <-told }()
	served := make(chan struct{})
	go func() { n.serveLogd(background.Done()); close(served) }()
	defer func() { stop(); <-served }()
	go n.keepIdentity(background.Done())
	n.record(event.NodeStarting, "Configuration validated. Starting heartbeat "+n.opts.Version+" as node "+n.self)
	if n.before != nil {
		n.record(event.ConfigReloaded, "The new configuration is in force: this node's process was started again with it, and what runs here goes on.")
	} else if n.opts.Revived != "" {
		n.record(event.NodeRevived, "The guard started this node again: "+n.opts.Revived+". What runs here is found and goes on.")
	}

	adopted := make(chan []string, 1)
	go func() { adopted <- n.adopt(background) }()
	go n.begunResources(adopted)
	n.system.ready()
	n.system.status("node " + n.self + " has begun to speak")

	select {
	case <-n.left:
	case <-n.abandoned:
	case <-ctx.Done():
		n.Shutdown()
		select {
		case <-n.left:
		case <-n.abandoned:
		}
	}
	n.end()
	return nil
}

// begunResources starts the resource loop when it is known what runs here already. The pulse beats meanwhile.
func (n *Node) begunResources(adopted <-chan []string) {
	var holding []string
	select {
	case holding = <-adopted:
	case <-n.abandoned:
		close(n.res.done)
		return
	}
	start := n.takeoverConfig(n.Config(), holding)
	start.Orders = n.orders()
	n.res.core = takeover.New(start, n.clock.now())
	n.running.Store(true)
	n.res.beginArbiter()
	n.watchCarriers()
	n.guarded()
	n.res.loop(n.pulse.up.ch)
}

// end stops the loops in the order in which they depend on each other. The peers have been told by now.
func (n *Node) end() {
	left := true
	close(n.leaving)
	select {
	case <-n.abandoned:
		left = false
		n.children.Kill()
		n.clients.Close()
	default:
		n.endChildren()
		n.clients.Close()
		n.members.leave()
		n.pulse.post(job{leave: true})
	}
	<-n.pulse.done
	if left {
		n.opts.Guardian.Left()
	}
	n.pulse.memory.close(lastWords)
	n.dog.end(left)
	close(n.res.stop)
	<-n.res.done
	n.res.ledger.close(lastWords)
	patience, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	if err := n.exec.Close(patience); err != nil {
		n.log.Warn("a resource script still runs while the node ends: " + err.Error())
	}
	if left {
		n.record(event.ShutdownDone, n.self+" Heartbeat shutdown complete.")
	}
}

// Shutdown hands everything over and leaves; Run returns when that is done. Later calls change nothing.
func (n *Node) Shutdown() {
	n.begin.Do(func() {
		n.stopping.Store(true)
		n.system.stopping()
		n.opts.Guardian.Leaving()
		go n.res.do(func(r *resources) { r.step(takeover.ShutdownAsked{}) })
	})
}

// Abandon ends Run at once, as if the process had been killed: nothing is released, nobody is told. It is
// for tests and for a restart in place.
func (n *Node) Abandon() {
	n.abandon.Do(func() {
		close(n.abandoned)
		n.pulse.media.Wake()
	})
}

// Done is closed when Run has returned.
func (n *Node) Done() <-chan struct{} { return n.ended }

// Signal does what a signal means to the daemon (messaging spec, section 16.4); false for one that means nothing.
func (n *Node) Signal(sig os.Signal) bool {
	switch sig {
	case syscall.SIGTERM:
		n.Shutdown()
	case syscall.SIGHUP:
		n.Reload(true)
	case syscall.SIGUSR1:
		n.hal.SetDebug(int(n.debug.Add(1)))
	case syscall.SIGUSR2:
		n.hal.SetDebug(int(n.debug.Add(-1)))
	case syscall.SIGINT: // ignored, as in C
	default:
		return false
	}
	return true
}

// Signals are those that Signal knows.
func Signals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGINT}
}

// alive says that both loops turned within limit.
func (n *Node) alive(limit time.Duration) bool {
	give := time.NewTimer(limit)
	defer give.Stop()
	turned := make(chan struct{}, 1)
	if !n.pulse.post(job{look: func(*membership.Core) { turned <- struct{}{} }}) {
		return false
	}
	select {
	case <-turned:
	case <-give.C:
		return false
	}
	if !n.running.Load() {
		return true // what runs here already is being looked up; its scripts have limits of their own
	}
	go n.res.do(func(*resources) { turned <- struct{}{} })
	select {
	case <-turned:
		return true
	case <-give.C:
		return false
	}
}

// mendGeneration stores the generation later when the disk did not take it at the start.
func (n *Node) mendGeneration(stop <-chan struct{}) {
	again := time.NewTicker(time.Minute)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			if n.unsaved.Load() && identity.StoreGeneration(n.opts.State, max(n.generation, n.latest.Load())) == nil {
				n.unsaved.Store(false)
				n.trouble.set(filepath.Join(n.opts.State, identity.GenerationFile), "")
				n.log.Info("the generation is stored now")
			}
		case <-stop:
			return
		}
	}
}
