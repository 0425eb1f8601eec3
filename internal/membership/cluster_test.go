package membership

import (
	"bytes"
	"container/heap"
	"fmt"
	"slices"
	"testing"
	"time"

	"heartbeat/internal/event"
	"heartbeat/internal/seal"
	"heartbeat/internal/wire"
)

var epoch = time.Date(2020, 5, 1, 12, 0, 0, 0, time.UTC)

func testKeys() wire.Keyring {
	return wire.Keyring{Sign: 2, Keys: []wire.Key{{Slot: 2, Method: wire.SHA1, Secret: "s3cret-Key"}}}
}

func testConfig(self string, nodes ...string) Config {
	cfg := Config{
		Self: self, Generation: 100, Nodes: nodes, Links: []string{"eth0", "eth1"},
		Keepalive: 200 * time.Millisecond, Warntime: 500 * time.Millisecond, Deadtime: time.Second,
		Initdead: 3 * time.Second, Deadping: time.Second, MaxRexmitDelay: 250 * time.Millisecond, Hopfudge: 1,
		Keys: testKeys(), Seed: uint64(len(self)) + uint64(self[len(self)-1]), Caps: "go",
	}
	copy(cfg.UUID[:], "uuid-of-"+self+"-padded-to-16")
	return cfg
}

// A lab joins cores directly in virtual time.
type lab struct {
	t     *testing.T
	now   time.Time
	peers []*peer
	tasks tasks
	order int
	// road decides the fate of one copy of a packet: delays of the copies that arrive.
	road func(link string, from, to *peer) []time.Duration
	// watch sees every arrival before the core does; inspect sees every effect.
	watch   func(to *peer)
	inspect func(p *peer, e Effect)
}

type peer struct {
	lab     *lab
	cfg     Config
	core    *Core
	life    int
	off     bool
	frozen  bool
	waiting []func()
	effects []stamped
	steps   int
	wake    time.Time

	classic     bool // it drops sealed datagrams, as C does
	swallowAcks bool // its acknowledgements never reach the network
}

type stamped struct {
	at time.Time
	e  Effect
}

type task struct {
	at    time.Time
	order int
	run   func()
}
type tasks []*task

func (s tasks) Len() int { return len(s) }
func (s tasks) Less(i, j int) bool {
	return s[i].at.Before(s[j].at) || (s[i].at.Equal(s[j].at) && s[i].order < s[j].order)
}
func (s tasks) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *tasks) Push(x any)   { *s = append(*s, x.(*task)) }
func (s *tasks) Pop() any {
	x := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return x
}

func newLab(t *testing.T, names ...string) *lab {
	l := &lab{t: t, now: epoch}
	l.road = func(string, *peer, *peer) []time.Duration { return []time.Duration{time.Millisecond} }
	for _, name := range names {
		l.peers = append(l.peers, &peer{lab: l, cfg: testConfig(name, names...), off: true})
	}
	return l
}

func (l *lab) after(d time.Duration, run func()) {
	l.order++
	heap.Push(&l.tasks, &task{l.now.Add(d), l.order, run})
}

// run lets time pass.
func (l *lab) run(d time.Duration) {
	end := l.now.Add(d)
	for len(l.tasks) > 0 && !l.tasks[0].at.After(end) {
		t := heap.Pop(&l.tasks).(*task)
		l.now = t.at
		t.run()
	}
	l.now = end
}

func (l *lab) peer(name string) *peer {
	for _, p := range l.peers {
		if p.cfg.Self == name {
			return p
		}
	}
	l.t.Fatalf("no peer %s", name)
	return nil
}

// boot starts a core; each boot has a higher generation.
func (p *peer) boot() {
	p.off, p.frozen, p.waiting = false, false, nil
	p.life++
	p.wake = time.Time{}
	p.cfg.Generation++
	p.core = New(p.cfg, p.lab.now)
	p.step(Tick{})
}

func (p *peer) kill() { p.off = true; p.life++ }

func (p *peer) do(f func()) {
	switch {
	case p.off:
	case p.frozen:
		p.waiting = append(p.waiting, f)
	default:
		f()
	}
}

func (p *peer) thaw() {
	p.frozen = false
	for _, f := range p.waiting {
		f()
	}
	p.waiting = nil
	p.step(Tick{})
}

// lasting are effects that outlive the next Step.
func lasting(effects []Effect) []Effect {
	list := slices.Clone(effects)
	for i, e := range list {
		if t, ok := e.(*Transmit); ok {
			list[i] = &Transmit{Packet: bytes.Clone(t.Packet), Cut: t.Cut}
		}
	}
	return list
}

func (p *peer) step(e Event) {
	effects := lasting(p.core.Step(p.lab.now, e))
	if p.steps++; len(p.lab.peers) <= 8 || p.steps%64 == 0 {
		checkAgenda(p.lab.t, p.core)
	}
	for _, e := range effects {
		p.effects = append(p.effects, stamped{p.lab.now, e})
		if p.lab.inspect != nil {
			p.lab.inspect(p, e)
		}
		if t, ok := e.(*Transmit); ok && !(p.swallowAcks && bytes.Contains(t.Packet, []byte("NS_ackmsg"))) {
			p.lab.send(p, t.Packet)
		}
	}
	at := p.core.NextDeadline()
	if at.IsZero() || at.Equal(p.wake) {
		return
	}
	p.wake = at
	life := p.life
	p.lab.after(max(at.Sub(p.lab.now), 0), func() {
		if p.life == life && p.wake.Equal(at) {
			p.do(func() { p.wake = time.Time{}; p.step(Tick{}) })
		}
	})
}

func (l *lab) send(from *peer, packet []byte) {
	packet = bytes.Clone(packet)
	for _, link := range from.cfg.Links {
		for _, to := range l.peers {
			if to == from || to.classic && seal.Sealed(packet) {
				continue
			}
			for _, d := range l.road(link, from, to) {
				l.after(d, func() {
					if l.watch != nil && !to.off {
						l.watch(to)
					}
					to.do(func() { to.receive(link, from.cfg.Self+"-addr", packet) })
				})
			}
		}
	}
}

// receive gives a packet to the core in memory that says something else afterwards, as a socket's buffer does.
func (p *peer) receive(link, source string, packet []byte) {
	data := bytes.Clone(packet)
	p.step(PacketArrived{Link: link, Source: source, Data: data})
	for i := range data {
		data[i] = '?'
	}
}

func (p *peer) say(text string) {
	p.step(SendRequested{Message: wire.New("t", "test", "text", text)})
}

// delivered returns the texts of test messages in order of delivery.
func (p *peer) delivered() []string {
	var out []string
	for _, s := range p.effects {
		if d, ok := s.e.(Deliver); ok && d.Message.Kind() == "test" {
			out = append(out, d.Message.Get("text"))
		}
	}
	return out
}

// changes lists verdicts about nodes as "n2 up>active heard".
func (p *peer) changes() []string {
	var out []string
	for _, s := range p.effects {
		if n, ok := s.e.(NodeChanged); ok {
			out = append(out, fmt.Sprintf("%s %s>%s %s", n.Node, n.From, n.To, whyName[n.Why]))
		}
	}
	return out
}

var whyName = map[Why]string{Heard: "heard", Silence: "silence", LeftQuiet: "left", Restarted: "restarted", Healed: "healed", Rejoined: "rejoined"}

func (p *peer) forget() { p.effects = nil }

// records returns the events of a kind.
func (p *peer) records(kind *event.Kind) []event.Event {
	var out []event.Event
	for _, s := range p.effects {
		if r, ok := s.e.(Record); ok && r.Event.Kind == kind {
			out = append(out, r.Event)
		}
	}
	return out
}

// first returns the first effect of a type and when it came.
func first[E Effect](p *peer) (e E, at time.Time, ok bool) {
	for _, s := range p.effects {
		if e, ok := s.e.(E); ok {
			return e, s.at, true
		}
	}
	return e, at, false
}
