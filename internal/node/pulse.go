package node

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/media"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/bridge"
	"heartbeat/internal/realtime"
	"heartbeat/internal/takeover"
	"heartbeat/internal/wire"
)

// drainLimit is how many packets one turn of the pulse takes at the most: more than the sockets hold,
// so everything that had arrived when the turn began is judged before the clock is; and not endless, so
// that a flood cannot keep the clock from being looked at.
const drainLimit = 8192

// inboxRoom is how many requests may wait for the pulse.
const inboxRoom = 1024

// A job is something that another goroutine wants from the pulse.
type job struct {
	event membership.Event       // to be given to the core
	look  func(*membership.Core) // to be called with the core, and to return at once
	media func(s []media.Stats)  // to be called with the counters of the media
	leave bool                   // end the pulse when the peers have what we said
}

// pulse is the loop that sends and judges heartbeats. It owns the membership core and the sockets.
type pulse struct {
	core     *membership.Core
	media    *media.Set
	keys     wire.Keyring // what signs on serial lines
	clock    clock
	bridge   bridge.Bridge
	record   func(event.Event)
	env      *environment
	memory   *newest[[]membership.KnownPeer]
	roster   *roster
	courier  *courier
	identity *identityKeeper
	members  *members // nil: no consensus membership
	realtime int      // priority; negative: ordinary scheduling
	dog      *watched
	notReal  func(error) // told when real-time scheduling is not to be had

	exposed atomic.Bool // somebody would take over what this node holds; set by the resource loop
	guard   Guardian
	silence func() int // takes the addresses of all groups away, at once

	turned  atomic.Bool // since apphbd was last told
	up      *outbox
	clients *clientFeed
	inbox   chan job
	done    chan struct{} // closed when the loop has ended

	posted  chan application // from lanes
	traffic *traffic
	asleep  atomic.Bool // the loop may be waiting: who posts must wake it

	// The rest belongs to the loop.
	applications
	arrived    membership.PacketArrived // used again
	sources    sources
	troubles   []media.Trouble
	envAt      time.Time
	wallOffset time.Duration
	dropsTold  uint64
	silenced   bool // the addresses are gone, and resource management is about to hear of it
	lingering  bool
	lingerEnds time.Time
}

// wallStep is how far the wall clock may wander before the time stamps of our messages follow it. They are in
// seconds, and only their order matters.
const wallStep = 500 * time.Millisecond

// linger is how long a leaving node goes on answering peers that may have missed its last words.
// A request for them comes after max_rexmit_delay, 250 ms, at the latest.
const linger = 300 * time.Millisecond

// run is the loop. It ends after a job with leave set, or when abandon is closed.
func (p *pulse) run(abandon <-chan struct{}) {
	defer close(p.done)
	p.lanes = map[uint64]*Lane{}
	defer p.closeListeners()
	if p.realtime >= 0 {
		if err := errors.Join(realtime.Enter(p.realtime), realtime.LockMemory()); err != nil {
			p.notReal(err)
		}
	}
	for begun := false; ; {
		select {
		case <-abandon:
			return
		default:
		}
		if !begun {
			begun = true
			p.refresh(p.clock.now())
			p.step(membership.Tick{})
		}
		p.awake()
		p.turn()
		if p.lingering && p.heardOut() {
			return
		}
		p.asleep.Store(true)
		if len(p.posted) > 0 { // it came too early to see that we sleep
			p.asleep.Store(false)
		}
		if err := p.media.Wait(p.patience()); err != nil {
			// Only a programming error leads here. Heartbeats go on at the pace of the timer in any case.
			p.record(event.Event{Kind: event.MediaError, Text: "the pulse cannot wait for packets: " + err.Error()})
			time.Sleep(time.Millisecond)
		}
		p.asleep.Store(false)
	}
}

// awake comes first after every sleep. A node that slept for its deadtime, because it or its machine was stopped, is dead to its peers: what it
// serves may be served by one of them, so its addresses go before it says or hears a word. The clock goes on while the machine is suspended.
func (p *pulse) awake() {
	if _, dead := p.core.Overslept(p.clock.now()); dead {
		p.fallSilent()
	}
}

func (p *pulse) fallSilent() {
	if !p.silenced && p.exposed.Load() {
		p.silenced = true
		p.silence()
	}
}

// turn does what is due, in the order that keeps judgement fair: first what the peers said, also while
// we could not listen, then what others on this node want, then the clock.
func (p *pulse) turn() {
	p.hear()
	for range cap(p.inbox) {
		select {
		case j := <-p.inbox:
			p.serve(j)
			continue
		default:
		}
		break
	}
	p.take()
	now := p.clock.now()
	if at := p.core.NextDeadline(); !at.IsZero() && !now.Before(at) {
		// What arrived since the last look may be the sign of life of somebody about to be declared dead.
		if p.media.Wait(0) == nil {
			p.hear()
		}
		p.step(membership.Tick{})
	}
	if now.Sub(p.envAt) >= loadEvery {
		p.refresh(now)
	}
	p.tellTroubles()
	p.up.flush()
	p.guard.Beat(now)
	p.members.flush()
	p.flushListeners()
	p.clients.flush()
	p.dog.feed(now)
	p.turned.Store(true)
}

// hear judges every packet that has arrived.
func (p *pulse) hear() {
	for range drainLimit {
		packet, ok := p.media.Next()
		if !ok {
			return
		}
		p.arrived = membership.PacketArrived{Link: packet.Link, Source: p.sources.name(packet), Data: packet.Data}
		p.step(&p.arrived)
	}
}

func (p *pulse) patience() time.Duration {
	if len(p.posted) > 0 {
		return 0
	}
	at := p.core.NextDeadline()
	if p.lingering && (at.IsZero() || p.lingerEnds.Before(at)) {
		at = p.lingerEnds
	}
	wait := time.Duration(-1)
	if !at.IsZero() {
		wait = max(at.Sub(p.clock.now()), 0)
	}
	if hungry := p.dog.wait(); hungry > 0 && (wait < 0 || hungry < wait) {
		wait = hungry
	}
	return wait
}

func (p *pulse) serve(j job) {
	switch {
	case j.event != nil:
		if keys, ok := j.event.(membership.KeysChanged); ok {
			p.keys = keys.Keys
		}
		p.step(j.event)
	case j.look != nil:
		j.look(p.core)
	case j.media != nil:
		j.media(p.media.Stats())
	case j.leave:
		p.take() // the last words of local programs
		p.step(membership.Tick{})
		p.step(membership.StopRequested{})
		p.lingering, p.lingerEnds = true, p.clock.now().Add(linger)
	}
}

// heardOut says whether a leaving node may go: every live peer has acknowledged its last words, or had the time to ask for them.
func (p *pulse) heardOut() bool {
	return p.core.View().Counters.QueuedUnacked == 0 || !p.clock.now().Before(p.lingerEnds)
}

// refresh does what is due every loadEvery: it takes new figures about the machine, and tells about lost work.
func (p *pulse) refresh(now time.Time) {
	p.envAt = now
	// A change is told to the peers at once, so the usual drift of a clock under NTP is none.
	if offset := p.clock.wallOffset(); (offset - p.wallOffset).Abs() >= wallStep {
		p.wallOffset = offset
	}
	p.step(membership.EnvironmentChanged{Load: p.env.last(), WallOffset: p.wallOffset})
	p.env.refresh()
	if n := p.up.dropped.Load(); n > p.dropsTold {
		p.record(event.Event{Kind: event.QueueFull, Text: fmt.Sprintf("%d cluster messages were dropped since the last such line, %d in all, because resource management was busy", n-p.dropsTold, n)})
		p.dropsTold = n
	}
	p.tellLost()
}

func (p *pulse) step(ev membership.Event) {
	now := p.clock.now()
	p.clients.begin()
	for _, e := range p.core.Step(now, ev) {
		p.apply(e)
		p.clients.take(p.core, e, now)
	}
}

func (p *pulse) apply(e membership.Effect) {
	p.members.take(e)
	switch e := e.(type) {
	case *membership.Transmit:
		if e.Cut {
			p.media.SendCut(e.Packet)
		} else {
			p.media.Send(e.Packet)
		}
	case membership.Relay:
		p.media.Relay(e.From, e.Packet)
	case membership.PingNode:
		p.media.Ping(e.Node, e.Packet)
	case membership.Record:
		p.record(e.Event)
	case membership.ApplicationSent, membership.Deliver:
		p.applyApplication(e)
	case membership.SelfPaused:
		p.fallSilent() // it may have been stopped in the middle of a turn
		p.up.put(takeover.SelfPaused{Gap: e.Gap, Silenced: p.silenced})
		p.silenced = false
		return
	case membership.RememberPeers:
		p.memory.put(e.Peers)
	case membership.IdentityNeeded:
		p.identity.wish(e)
	default:
		p.roster.take(e)
	}
	for _, ev := range p.bridge.Up(e) {
		p.up.put(ev)
	}
}

// frame is the serial form of a packet of ours. It is called by the media in the middle of a step.
func (p *pulse) frame(dst, packet []byte) ([]byte, error) { return p.keys.AppendOwnFrame(dst, packet) }

// trouble is called by the media in the middle of a step, so it only takes note.
func (p *pulse) trouble(t media.Trouble) { p.troubles = append(p.troubles, t) }

func (p *pulse) tellTroubles() {
	for len(p.troubles) > 0 {
		t := p.troubles[0]
		p.troubles = p.troubles[1:]
		if t.Err == nil {
			p.record(event.Event{Kind: event.MediaWorks, Subject: t.Link, Text: t.Kind + " " + t.Link + " sends again", Cause: event.MediaError.Name + " " + t.Link})
			continue
		}
		p.record(event.Event{Kind: event.MediaError, Subject: t.Link, Text: t.Err.Error()})
		if !t.Partial {
			p.step(membership.LinkFailed{Link: t.Link, Err: t.Err.Error()})
		}
	}
	p.troubles = nil
}

// post hands a job to the pulse; false when the pulse has ended. It may block the caller, never the pulse.
func (p *pulse) post(j job) bool {
	select {
	case p.inbox <- j:
		p.media.Wake()
		return true
	case <-p.done:
		return false
	}
}
