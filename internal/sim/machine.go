package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"heartbeat/internal/arbiter/lease"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/bridge"
	"heartbeat/internal/takeover"
	"heartbeat/internal/wire"
)

// A machine is one simulated node: the two cores, their bridge, the executor's
// stand-in, and what survives a power cut (identity and generation).
type machine struct {
	world *world
	index int
	name  string

	up, paused bool
	beside     map[string]bool // what another machine held when the pause began
	silenced   bool            // after a pause, until resource management hears of it
	leaving    bool            // a graceful stop is under way
	life       int             // counts boots: what was planned for an older life is forgotten
	generation uint32
	lost       bool          // the next boot finds no generation
	outdated   bool          // it speaks with a generation that proves nothing to a peer that knows a higher one
	wall       time.Duration // wall clock minus virtual time
	stepped    time.Time     // when wall changed last

	pulse    *membership.Core
	resource *takeover.Core
	bridge   bridge.Bridge
	agency   *agency
	armory   *armory
	arbiter  *bridge.Arbitration // nil: another policy
	session  *lease.Session
	spindle  *spindle  // nil: no shared disk
	entitled time.Time // in memory that outlives the daemon: until when it might run resources; zero: unknown
	away     bool      // on its disk: it left in order while the other machine ran
	waiting  []func()  // what happened while paused
	wake     [3]time.Time

	known  []membership.KnownPeer // on its disk
	orders []takeover.Order       // too

	renewing    time.Time           // until when the last renewal asked for patience
	renewedLife int                 // and the life that it ended, as life counts from then on
	patient     map[string]patience // machines that heard it
	// renewedBeside: other machines lived when it renewed itself, and may do the same now.
	renewedBeside bool

	said  int               // test messages sent in this life
	heard map[string]int    // last test message of each sender's life
	met   map[string]string // machines that this life knows, with the generation that it knows of them
}

func newMachine(w *world, index int) *machine {
	m := &machine{world: w, index: index, name: nameOf(index), bridge: bridge.Bridge{PingNodes: w.pingNodes()}, generation: 1000}
	m.agency = &agency{
		clock: &w.clock, rng: w.rng, agents: w.goodAgents(),
		state: map[string]phase{}, turn: map[string]int{}, silent: map[string]bool{},
		alive:  func() bool { return m.up },
		report: func(e takeover.Event) { m.do(func() { m.stepResource(e) }) },
		began:  func(key string) { w.groupBegins(m, key) },
	}
	m.armory = newArmory(m)
	return m
}

func uuidOf(index int) (uuid [16]byte) {
	uuid[0], uuid[15] = byte(index+1), 0x42
	return uuid
}

// boot starts the daemon on a machine that is powered off or has left.
func (m *machine) boot() {
	w := m.world
	m.up, m.paused, m.leaving, m.silenced = true, false, false, false
	m.life++
	m.generation++
	if m.lost { // the file is gone and the clock stands wrong
		m.generation, m.lost, m.outdated = 1+m.generation%7, false, true
	}
	m.waiting, m.said, m.heard, m.met = nil, 0, map[string]int{}, map[string]string{}
	m.wake = [3]time.Time{}
	links := make([]string, w.plan.Links)
	for i := range links {
		links[i] = fmt.Sprintf("eth%d", i)
	}
	deadtime := w.plan.Deadtime
	if w.plan.sabotage == hasty && m.index == 0 {
		deadtime /= 2 // what node1 announces is what node2 grants it
	}
	initdead := 2 * w.plan.Deadtime
	if m.renewedBeside {
		initdead, m.renewedBeside = max(initdead, renewalPatience), false
	}
	m.pulse = membership.New(membership.Config{
		Self: m.name, UUID: uuidOf(m.index), Generation: m.generation, Nodes: w.names(), Links: links,
		PingNodes: w.pingNodes(),
		Keepalive: w.plan.Keepalive, Warntime: w.plan.Deadtime / 2, Deadtime: deadtime,
		Initdead: initdead, Deadping: w.plan.Deadtime, MaxRexmitDelay: 250 * time.Millisecond, Hopfudge: 1,
		Keys: w.plan.keys(), Encryption: w.plan.encryption(m.index), SealSalt: [16]byte{byte(m.index + 1), byte(m.life), byte(m.life >> 8)},
		Known: m.known,
		Seed:  w.plan.Seed<<8 | uint64(m.index)<<4 | uint64(m.life), Caps: w.plan.caps(), Version: "sim", Acknowledge: w.plan.Arbiter,
	}, w.clock.Now)
	m.resource = takeover.New(takeover.Config{
		Self: m.name, Nodes: w.names(), Groups: w.plan.Groups, Digest: "same",
		Connectivity: w.connectivity(), Failback: w.plan.Failback, Keepalive: w.plan.Keepalive, Deadtime: w.plan.Deadtime, StartRetries: 1, Orders: m.orders, RestartedHolding: m.runsAlready(),
		TakeOver: w.plan.policy(), TakeoverDelay: w.plan.Fencing.Delay,
	}, w.clock.Now)
	m.arbitrate()
	m.armory.boot()
	m.stepPulse(membership.EnvironmentChanged{Load: "0.00 0.00 0.00 1/1 1", WallOffset: m.wall})
	m.stepPulse(membership.Tick{})
	m.stepResource(takeover.Tick{})
	m.bootOutside()
	m.chatter(m.life)
}

// chatter sends a numbered test message now and then; the checks of ordering read them.
func (m *machine) chatter(life int) {
	d := m.world.plan.Keepalive/2 + time.Duration(m.world.rng.Int64N(int64(4*m.world.plan.Keepalive)))
	m.world.clock.After(d, func() {
		if m.life != life || !m.up {
			return
		}
		m.do(func() {
			m.said++
			m.stepPulse(membership.SendRequested{Message: wire.New("t", "simtest", "n", fmt.Sprint(m.said))})
		})
		m.chatter(life)
	})
}

// do runs f now, or when the machine goes on after a pause.
func (m *machine) do(f func()) {
	switch {
	case !m.up:
	case m.paused:
		if len(m.waiting) < 2000 { // a socket buffer is not endless
			m.waiting = append(m.waiting, f)
		}
	default:
		f()
	}
}

// powerOff ends the machine at once: cores, agents, resources.
func (m *machine) powerOff() {
	m.up, m.paused = false, false
	m.life++
	m.waiting = nil
	m.entitled = time.Time{}
	m.agency.powerCut()
}

// stall stops the machine in its tracks.
func (m *machine) stall() {
	m.paused, m.beside = true, map[string]bool{}
	for _, g := range m.world.plan.Groups {
		for _, o := range m.world.others(m) {
			m.beside[g.Key] = m.beside[g.Key] || o.agency.holds(g.Key)
		}
	}
}

// proceed ends a pause: the addresses go first if somebody may have taken them, then comes what waited in buffers, then the clock.
func (m *machine) proceed() {
	if !m.up || !m.paused {
		return
	}
	m.paused = false
	m.world.excuse(m)
	silent, dead := m.pulse.Overslept(m.world.clock.Now)
	if m.silenced = dead && m.resource.Exposed() && m.world.plan.sabotage != oversleeps; m.silenced {
		m.agency.silence()
	}
	m.world.resumed(m, silent)
	waiting := m.waiting
	m.waiting = nil
	for _, f := range waiting {
		m.do(f)
	}
	m.do(func() { m.stepPulse(membership.Tick{}); m.stepResource(takeover.Tick{}) })
}

func (m *machine) stepPulse(e membership.Event) {
	if !m.up {
		return
	}
	for _, effect := range m.pulse.Step(m.world.clock.Now, e) {
		m.pulseEffect(effect)
	}
	m.plan(0, m.pulse.NextDeadline(), func() { m.stepPulse(membership.Tick{}) })
}

func (m *machine) pulseEffect(e membership.Effect) {
	w := m.world
	switch e := e.(type) {
	case *membership.Transmit:
		packet := append([]byte(nil), e.Packet...)
		for l := range w.plan.Links {
			w.net.send(l, m.index, len(w.machines), packet)
		}
	case membership.SelfPaused:
		paused := takeover.SelfPaused{Gap: e.Gap, Silenced: m.silenced}
		m.silenced = false
		m.later(func() { m.stepResource(paused) })
		return
	case membership.PingNode:
		w.ping(m, e)
	case membership.RememberPeers:
		m.known = e.Peers
	case membership.IdentityNeeded:
		life := m.life
		w.clock.After(2*time.Millisecond, func() {
			if m.life != life {
				return
			}
			m.generation, m.outdated = max(m.generation, uint32(e.Above))+1, false
			w.trace("%s goes on with generation %d", m.name, m.generation)
			m.do(func() { m.stepPulse(membership.IdentityChanged{UUID: uuidOf(m.index), Generation: m.generation}) })
		})
	case membership.NodeChanged:
		if e.Message != nil && e.To != membership.Dead {
			m.met[e.Node] = e.Message.Get("hg")
		}
		w.nodeChanged(m, e)
	case membership.Record:
		w.note(m, e.Event)
	case membership.Deliver:
		if e.Message.Kind() == "simtest" {
			w.messageDelivered(m, e)
			if w.plan.sabotage == repeats && m.index == 1 {
				w.messageDelivered(m, e)
			}
			return
		}
	}
	for _, up := range m.bridge.Up(e) {
		m.later(func() { m.stepResource(up) })
	}
}

// later carries something from one loop of the node to the other: soon, and in order.
func (m *machine) later(f func()) {
	life := m.life
	m.world.clock.After(20*time.Microsecond, func() {
		if m.life == life {
			m.do(f)
		}
	})
}

func (m *machine) stepResource(e takeover.Event) {
	if !m.up {
		return
	}
	m.arbiter.Heard(e)
	for _, effect := range m.resource.Step(m.world.clock.Now.Add(0), e) {
		m.arbiter.Take(effect)
		m.resourceEffect(effect)
		if !m.up {
			return
		}
	}
	m.settleArbiter()
	if !m.up {
		return
	}
	m.plan(1, m.resource.NextDeadline(), func() { m.stepResource(takeover.Tick{}) })
}

func (m *machine) resourceEffect(e takeover.Effect) {
	w := m.world
	if down, ok := m.bridge.Down(e); ok {
		m.later(func() { m.stepPulse(down) })
	}
	switch e := e.(type) {
	case takeover.StartGroup:
		w.trace("%s start %s: %s", m.name, e.Key, e.Reason)
		if w.plan.sabotage == loses && m.index == 1 {
			m.later(func() { m.stepResource(takeover.GroupStarted{Key: e.Key}) })
			return
		}
		m.agency.start(e.Key)
	case takeover.StopGroup:
		w.trace("%s stop %s: %s", m.name, e.Key, e.Reason)
		if w.plan.sabotage == liesAboutStop && m.index == 1 {
			m.later(func() { m.stepResource(takeover.GroupStopped{Key: e.Key}) })
			return
		}
		m.agency.stop(e.Key)
	case takeover.StoreOrders:
		m.orders = e.Orders
		if w.plan.sabotage == disobeys && m.index == 1 {
			m.agency.start(w.plan.Groups[0].Key)
		}
	case takeover.ProveDown, takeover.CancelProof:
		m.armory.effect(e)
	case takeover.Answer:
		w.trace("%s answers: refused=%v %s", m.name, e.Refused, e.Text)
	case takeover.Record:
		w.note(m, e.Event)
	case takeover.LeaveCluster:
		w.trace("%s leaves", m.name)
		w.left(m)
	}
}

// plan wakes a core at its deadline, once for each distinct deadline.
func (m *machine) plan(which int, at time.Time, tick func()) {
	if at.IsZero() || at.Equal(m.wake[which]) {
		return
	}
	m.wake[which] = at
	life := m.life
	m.world.clock.At(at, func() {
		if m.life != life || !m.wake[which].Equal(at) {
			return
		}
		m.wake[which] = time.Time{}
		m.do(tick)
	})
}

// setAgents changes how the agents of the machine behave from now on.
func (m *machine) setAgents(a Agents) { m.agency.agents = a }

// goodAgents are quick and never fail.
func (w *world) goodAgents() Agents {
	return Agents{Min: time.Millisecond, Max: w.plan.Keepalive/2 + 2*time.Millisecond}
}

// badAgents are slow and fail at times.
func badAgents(r *rand.Rand, p Plan) Agents {
	return Agents{Min: time.Millisecond, Max: p.Deadtime, FailStart: 0.3 * r.Float64(), FailStop: 0.15 * r.Float64()}
}

func describe(m *machine) string {
	if !m.up {
		return m.name + ": off"
	}
	v := m.resource.View()
	var b strings.Builder
	fmt.Fprintf(&b, "%s: resources=%s phase=%s stable=%v standby=%q peerholds=%v;", m.name, v.Resources, v.Phase, v.Stable, v.Standby, v.PeerHolds)
	for _, g := range v.Groups {
		fmt.Fprintf(&b, " %s=%s(owner %q, really %d)", g.Key, g.State, g.Owner, m.agency.state[g.Key])
	}
	for _, n := range m.pulse.View().Nodes {
		fmt.Fprintf(&b, " [%s %s]", n.Name, n.Status)
	}
	return b.String()
}
