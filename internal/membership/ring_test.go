package membership

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// baud is the speed of the cables, in bits a second.
const baud = 115200

// A ring joins cores by cables from each to the next and from the last to the first, in virtual time, with the speed of real lines.
type ring struct {
	*lab
	rng    *rand.Rand
	loss   float64
	cut    int                  // cable that is broken: the one right of this node; -1: none
	busy   map[string]time.Time // line and direction → when it has sent everything
	worst  time.Duration        // longest backlog of any line
	relays int
}

func newRing(t *testing.T, rng *rand.Rand, nodes int) *ring {
	t.Helper()
	var names []string
	for i := range nodes {
		names = append(names, fmt.Sprintf("n%d", i))
	}
	r := &ring{lab: newLab(t, names...), rng: rng, cut: -1, busy: map[string]time.Time{}}
	r.road = func(string, *peer, *peer) []time.Duration { return nil } // there is nothing but cables
	for _, p := range r.peers {
		p.cfg.Links, p.cfg.Ring = []string{"left", "right"}, []string{"left", "right"}
		p.cfg.Keepalive, p.cfg.Warntime, p.cfg.Deadtime, p.cfg.Initdead = 500*time.Millisecond, 2*time.Second, 4*time.Second, 10*time.Second
	}
	r.inspect = func(p *peer, e Effect) {
		switch e := e.(type) {
		case *Transmit:
			r.put(p, "left", e.Packet)
			r.put(p, "right", e.Packet)
		case Relay:
			r.relays++
			r.put(p, map[string]string{"left": "right", "right": "left"}[e.From], e.Packet)
		}
	}
	return r
}

// put sends a packet on a line, behind what waits there.
func (r *ring) put(from *peer, link string, packet []byte) {
	i, n := slices.Index(r.peers, from), len(r.peers)
	cable, other, at := i, (i+1)%n, "left"
	if link == "left" {
		cable, other, at = (i+n-1)%n, (i+n-1)%n, "right"
	}
	frame, err := from.cfg.Keys.AppendOwnFrame(nil, bytes.Clone(packet))
	if err != nil {
		r.t.Fatal(err)
	}
	line := from.cfg.Self + link
	begin := r.busy[line]
	if begin.Before(r.now) {
		begin = r.now
	}
	end := begin.Add(time.Duration(len(frame)) * 10 * time.Second / baud)
	r.busy[line] = end
	r.worst = max(r.worst, end.Sub(r.now))
	if cable == r.cut || r.rng.Float64() < r.loss {
		return
	}
	to := r.peers[other]
	r.after(end.Sub(r.now), func() { to.do(func() { to.step(PacketArrived{Link: at, Source: at, Data: frame}) }) })
}

// TestRingKeepsEverybodyTogether: whatever single cable breaks and mends, and with some loss, all nodes of a ring hear each other all the
// time, every message arrives everywhere once and in order, and nothing circles for ever.
func TestRingKeepsEverybodyTogether(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 1))
			r := newRing(t, rng, 3+rng.IntN(4))
			r.loss = []float64{0, 0, 0.02, 0.05}[rng.IntN(4)]
			for _, p := range r.peers {
				r.after(time.Duration(rng.IntN(2000))*time.Millisecond, p.boot)
			}
			r.run(8 * time.Second)
			for _, p := range r.peers {
				if v := p.core.View(); !v.CommUp || slices.ContainsFunc(v.Nodes, func(n NodeView) bool { return n.Status != Active }) {
					t.Fatalf("%s: %+v", p.cfg.Self, v.Nodes)
				}
				p.forget()
			}
			r.relays, r.worst = 0, 0
			said := map[string][]string{}
			for round := range 12 {
				if round%3 == 1 {
					r.cut = rng.IntN(len(r.peers))
				}
				if round%3 == 0 {
					r.cut = -1
				}
				for range rng.IntN(4) {
					p := r.peers[rng.IntN(len(r.peers))]
					text := fmt.Sprintf("%s %d %d", p.cfg.Self, round, len(said[p.cfg.Self]))
					said[p.cfg.Self] = append(said[p.cfg.Self], text)
					p.say(text)
				}
				r.run(2 * time.Second)
			}
			r.cut, r.loss = -1, 0
			r.run(4 * time.Second)
			sent := uint64(0)
			for _, p := range r.peers {
				sent += p.core.View().Counters.Sent
				if got := p.changes(); len(got) > 0 {
					t.Errorf("%s changed its mind: %q", p.cfg.Self, got)
				}
				heard := map[string][]string{}
				for _, text := range p.delivered() {
					heard[text[:2]] = append(heard[text[:2]], text)
				}
				for from, want := range said {
					if from != p.cfg.Self && !slices.Equal(heard[from], want) {
						t.Errorf("%s heard %q of %s, who said %q", p.cfg.Self, heard[from], from, want)
					}
				}
			}
			if limit := int(sent) * 2 * len(r.peers); r.relays > limit {
				t.Errorf("%d messages were passed on %d times; at most %d are sense", sent, r.relays, limit)
			}
			if r.worst > time.Second {
				t.Errorf("a line was %v behind", r.worst)
			}
		})
	}
}

// A message whose sender is not there to take it off the ring ends when its hops are used up, even if every copy is taken for a
// retransmission.
func TestNothingCirclesForEver(t *testing.T) {
	r := newRing(t, rand.New(rand.NewPCG(7, 7)), 5)
	hops := 0
	count := r.inspect
	r.inspect = func(p *peer, e Effect) {
		if relay, ok := e.(Relay); ok {
			if m, _, err := p.cfg.Keys.Decode(relay.Packet); err == nil && m.Get("src") == "n9" {
				hops++
			}
		}
		count(p, e)
	}
	for _, p := range r.peers {
		p.cfg.Nodes = append(slices.Clone(p.cfg.Nodes), "n9")
		p.cfg.MaxRexmitDelay = time.Nanosecond
		p.boot()
	}
	r.peers[0].step(arriveOn("left", spoken(t, r.peers[0], "src", "n9", "ttl", "23")))
	r.run(10 * time.Second)
	if hops != 22 {
		t.Errorf("23 hops were allowed, and it was passed on %d times", hops)
	}
}
