package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/membership"
	"heartbeat/internal/takeover"
)

// What happens on the way to the clients.
const (
	Unplug     FaultKind = "unplug"      // the service interface of Machine loses its carrier
	Plug       FaultKind = "plug"        // and has it again
	Mute       FaultKind = "mute"        // Machine no longer reaches the router, the carrier stays
	Unmute     FaultKind = "unmute"      // it does again
	RouterDies FaultKind = "router-dies" // nobody reaches the router
	RouterBack FaultKind = "router-back"
)

// router is the ping node of stories that look outside.
const router = "router"

// A way is how one machine is really connected to the outside world.
type way struct {
	in, open     bool      // the cable is in; frames reach the router's network
	inAt, openAt time.Time // of the last change
	losses       int       // of the carrier, in this life of the machine
	deafened     int       // of the router, in this life
}

// outside is the world beyond the cluster.
type outside struct {
	alive     bool // the router
	aliveAt   time.Time
	ways      []way
	events    int            // what happened so far that may move a group
	moves     map[string]int // hand-overs that connectivity asked for, by group
	booted    time.Time      // the last boot
	commanded time.Time      // last standby or takeover by command
	troubled  time.Time      // until then agents may fail, packets be lost, machines be paused
}

func newOutside(machines int, now time.Time) *outside {
	o := &outside{ways: make([]way, machines), alive: true, aliveAt: now, moves: map[string]int{}, booted: now, commanded: now.Add(-time.Hour), troubled: now}
	for i := range o.ways {
		o.ways[i] = way{in: true, open: true, inAt: now, openAt: now}
	}
	return o
}

// reaches says that a machine's pings are answered now.
func (o *outside) reaches(i int) bool { return o.alive && o.ways[i].open && o.ways[i].in }

// reachesSince is the last change of that.
func (o *outside) reachesSince(i int) time.Time {
	at := o.aliveAt
	for _, t := range []time.Time{o.ways[i].openAt, o.ways[i].inAt} {
		if t.After(at) {
			at = t
		}
	}
	return at
}

// inflictOutside does a fault on the way to the clients, and keeps the books about all others.
func (w *world) inflictOutside(f Fault) {
	o, now := w.outside, w.clock.Now
	was := make([]bool, len(o.ways))
	for i := range o.ways {
		was[i] = o.reaches(i)
	}
	o.events++
	wy := &o.ways[f.Machine]
	switch f.Kind {
	case Unplug, Plug:
		if in := f.Kind == Plug; wy.in != in {
			wy.in, wy.inAt = in, now
			if !in {
				wy.losses++
			}
			w.machines[f.Machine].tellCable()
		}
	case Mute, Unmute:
		if open := f.Kind == Unmute; wy.open != open {
			wy.open, wy.openAt = open, now
		}
	case RouterDies, RouterBack:
		if alive := f.Kind == RouterBack; o.alive != alive {
			o.alive, o.aliveAt = alive, now
		}
	case Standby, Takeover:
		o.commanded = now
	case ClockStep:
		o.troubled = later(o.troubled, now.Add(w.plan.Deadtime)) // echoes seem to be old or of the future
	case Pause, BadAgents, Lossy:
		// What fails or hangs meanwhile has its consequences later.
		if end := now.Add(f.Length); end.After(o.troubled) {
			o.troubled = end
		}
	}
	for i, before := range was {
		if before && !o.reaches(i) {
			o.ways[i].deafened++
		}
	}
}

// bootOutside gives a new life of a machine its first picture.
func (m *machine) bootOutside() {
	if !m.world.plan.Watched {
		return
	}
	wy := &m.world.outside.ways[m.index]
	wy.losses, wy.deafened = 0, 0
	if !wy.in {
		wy.losses = 1
	}
	if !m.world.outside.reaches(m.index) {
		wy.deafened = 1
	}
	m.world.outside.booted = m.world.clock.Now
	m.world.outside.events++
	m.tellCable()
}

// tellCable brings the kernel's news about the service interface to the machine.
func (m *machine) tellCable() {
	w := m.world
	if !w.plan.Watched {
		return
	}
	in := w.outside.ways[m.index].in
	switch {
	case w.plan.sabotage == boasts && m.index == 1:
		in = true
	case w.plan.sabotage == cries && m.index == 0:
		in = false
	}
	groups := map[string][]string{}
	for _, g := range w.plan.Groups {
		if g.Key[:2] == "IP" {
			groups[g.Key] = []string{"eth0"}
		}
	}
	m.later(func() {
		m.stepResource(takeover.LinksChanged{Links: []connectivity.Link{{Name: "eth0", Carrier: in}}, Groups: groups})
	})
}

// ping sends an echo request to the router; the answer is what was sent.
func (w *world) ping(m *machine, e membership.PingNode) {
	packet := slices.Clone(e.Packet)
	n := w.net
	if !w.outside.reaches(m.index) || w.rng.Float64() < n.manners.Loss+n.extra {
		return
	}
	w.clock.After(n.manners.DelayMin+time.Duration(w.rng.Int64N(int64(n.manners.DelayMax-n.manners.DelayMin)+1)), func() {
		if !w.outside.reaches(m.index) || !m.up {
			return
		}
		m.do(func() { m.stepPulse(membership.PacketArrived{Link: e.Node, Source: e.Node, Data: packet}) })
	})
}

// drawOutside adds faults on the way to the clients to a schedule, and answers its new length. It draws from a source of its own.
func drawOutside(p *Plan) {
	r := rand.New(rand.NewPCG(p.Seed, 0x0075))
	if p.Watched = r.IntN(2) == 0; !p.Watched {
		return
	}
	p.Pinged = r.IntN(4) > 0
	p.Dampen = 2*p.Deadtime + 100*time.Millisecond
	span := func(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) + time.Millisecond }
	add := func(at time.Duration, kind FaultKind, m int) {
		p.Faults = append(p.Faults, Fault{At: at, Kind: kind, Machine: m})
		p.Length = max(p.Length, at+p.Deadtime)
	}
	for range 1 + r.IntN(4) {
		at, m := 4*p.Deadtime+span(p.Length), r.IntN(2)
		switch r.IntN(7) {
		case 0, 1:
			add(at, Unplug, m)
			add(at+span(8*p.Dampen+2*time.Second), Plug, m)
		case 2: // a switch: both at nearly the same time, back one after the other
			add(at, Unplug, m)
			add(at+span(15*time.Millisecond), Unplug, 1-m)
			add(at+span(3*p.Dampen)+20*time.Millisecond, Plug, m)
			add(at+span(3*p.Dampen)+20*time.Millisecond, Plug, 1-m)
		case 3: // a loose contact
			for range 2 + r.IntN(10) {
				add(at, Unplug, m)
				at += span(2*p.Keepalive + 20*time.Millisecond)
				add(at, Plug, m)
				at += span(p.Dampen)
			}
		case 4, 5:
			add(at, Mute, m)
			add(at+span(4*p.Deadtime), Unmute, m)
		case 6:
			add(at, RouterDies, m)
			add(at+span(4*p.Deadtime), RouterBack, m)
		}
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
}

// mendOutside puts everything back.
func (w *world) mendOutside() {
	for i := range w.machines {
		w.inflictOutside(Fault{Kind: Plug, Machine: i})
		w.inflictOutside(Fault{Kind: Unmute, Machine: i})
	}
	w.inflictOutside(Fault{Kind: RouterBack})
}

func (w *world) connectivity() connectivity.Config {
	if !w.plan.Watched {
		return connectivity.Config{}
	}
	c := connectivity.Config{Carrier: true, Dampen: w.plan.Dampen}
	if w.plan.Pinged {
		c.Pings = []connectivity.Target{{Name: router, Weight: 1}}
	}
	return c
}

func (w *world) pingNodes() []string {
	if !w.plan.Pinged {
		return nil
	}
	return []string{router}
}

func (y way) String() string { return fmt.Sprintf("cable %v, open %v", y.in, y.open) }
