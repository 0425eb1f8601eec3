package membership

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNodeListsAgreeInTheEnd plays many random stories in which nodes are added and deleted by hand, join, are cut off,
// killed, restarted (also with a generation that went back) and given the uuid of another, while everybody talks. Whatever
// happened, when all is mended and the remaining nodes were listed once more, all that live have one list, see each other, and
// every message was delivered once and in order.
func TestNodeListsAgreeInTheEnd(t *testing.T) {
	stories := uint64(150)
	if testing.Short() {
		stories = 30
	}
	for seed := range stories {
		if !rosterStory(t, seed) {
			return
		}
	}
}

// Seeds that failed once: a copy of a node whose host cache knew another uuid of the original, and a copy that went on when
// the original was deleted.
func TestCopiedIdentitiesLockNobodyOut(t *testing.T) {
	rosterStory(t, 186)
	rosterStory(t, 1254)
}

// rosterStory plays one story; it reports whether all promises held.
func rosterStory(t *testing.T, seed uint64) bool {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0x405e))
	names := []string{"n1", "n2", "n3", "n4"}
	l := newLab(t, names...)
	l.keepIdentities()
	cut := map[string]bool{}
	loss := []float64{0, 0, 0.1}[r.IntN(3)]
	l.road = func(_ string, from, to *peer) []time.Duration {
		if cut[from.cfg.Self] != cut[to.cfg.Self] || r.Float64() < loss {
			return nil
		}
		return []time.Duration{time.Duration(1+r.IntN(4)) * time.Millisecond}
	}
	join := []Join{JoinNone, JoinAny}[r.IntN(2)]
	var story []string
	say := func(format string, args ...any) {
		story = append(story, fmt.Sprintf("%8v ", l.now.Sub(epoch))+fmt.Sprintf(format, args...))
	}
	for i, p := range l.peers {
		p.cfg.Join, p.cfg.Nodes = join, names
		if i == 3 && join == JoinAny {
			p.cfg.Nodes = []string{p.cfg.Self}
		}
		if i < 3 && join == JoinAny {
			p.cfg.Nodes = names[:3]
		}
		p.boot()
		l.run(time.Duration(r.IntN(300)) * time.Millisecond)
	}
	l.run(4 * time.Second)
	restart := func(p *peer) {
		// What the host cache kept over the restart.
		for _, s := range slices.Backward(p.effects) {
			if c, ok := s.e.(RosterChanged); ok && join == JoinAny {
				p.cfg.Cached, p.cfg.Deleted = c.Members, c.Deleted
				break
			}
		}
		p.boot()
	}
	for range 6 + r.IntN(8) {
		p := l.peers[r.IntN(len(l.peers))]
		other := names[r.IntN(len(names))]
		switch r.IntN(8) {
		case 0:
			say("%s dies", p.cfg.Self)
			p.kill()
		case 1:
			if p.off {
				say("%s restarts", p.cfg.Self)
				restart(p)
			}
		case 2:
			if p.off {
				back := uint32(r.IntN(50))
				say("%s restarts with generation %d", p.cfg.Self, back)
				p.cfg.Generation = back
				restart(p)
			}
		case 3:
			say("%s is cut off: %v", p.cfg.Self, !cut[p.cfg.Self])
			cut[p.cfg.Self] = !cut[p.cfg.Self]
		case 4:
			if !p.off {
				p.step(RosterAsked{ID: 1, Verb: "delnode", Nodes: []string{other}})
				say("%s deletes %s: %v", p.cfg.Self, other, p.effects[len(p.effects)-1].e)
			}
		case 5:
			if !p.off {
				p.step(RosterAsked{ID: 1, Verb: "addnode", Nodes: []string{other}})
				say("%s adds %s", p.cfg.Self, other)
			}
		case 6:
			if !p.off {
				p.step(RosterAsked{ID: 1, Verb: "setweight", Nodes: []string{other}, Value: fmt.Sprint(r.IntN(100))})
			}
		case 7:
			if p.off {
				say("%s restarts as a clone of %s", p.cfg.Self, other)
				p.cfg.UUID = l.peer(other).cfg.UUID
				restart(p)
			}
		}
		for range r.IntN(5) {
			q := l.peers[r.IntN(len(l.peers))]
			if !q.off {
				q.say(fmt.Sprintf("%s/%d %d", q.cfg.Self, q.life, len(q.effects)))
			}
			l.run(time.Duration(r.IntN(700)) * time.Millisecond)
		}
	}
	// Mended: everybody is on and connected, and an administrator lists every node on every node.
	clear(cut)
	loss = 0
	for _, p := range l.peers {
		if _, _, gone := first[Expelled](p); p.off || gone {
			p.kill()
			restart(p)
		}
	}
	l.run(5 * time.Second)
	for range 3 {
		for _, p := range l.peers {
			for _, name := range names {
				p.step(RosterAsked{ID: 1, Verb: "addnode", Nodes: []string{name}})
			}
		}
		l.run(2 * time.Second)
		for _, p := range l.peers {
			if _, _, gone := first[Expelled](p); gone {
				p.kill()
				p.forget()
				p.cfg.Deleted = nil
				p.boot()
			}
		}
		l.run(5 * time.Second)
	}
	bad := ""
	for _, p := range l.peers {
		list := strings.Fields(p.list())
		slices.Sort(list)
		if !slices.Equal(list, names) {
			bad += fmt.Sprintf("%s lists %q; ", p.cfg.Self, list)
		}
		for _, name := range names {
			if n := p.core.find(name); n != nil && n.status != Active {
				bad += fmt.Sprintf("%s sees %s %s; ", p.cfg.Self, name, n.status)
			}
		}
	}
	for _, p := range l.peers {
		newest := map[string]int{}
		for _, text := range p.delivered() {
			var from string
			var life, number int
			if _, err := fmt.Sscanf(strings.Replace(text, "/", " ", 1), "%s %d %d", &from, &life, &number); err != nil {
				t.Fatal(err)
			}
			key := fmt.Sprint(from, life)
			if last, ok := newest[key]; ok && number <= last {
				bad += fmt.Sprintf("%s got %q after %d; ", p.cfg.Self, text, last)
			}
			newest[key] = number
		}
	}
	if bad != "" {
		t.Errorf("seed %d: %s\n%s", seed, bad, strings.Join(story, "\n"))
	}
	return bad == ""
}
