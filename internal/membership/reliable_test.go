package membership

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"heartbeat/internal/wire"
)

func newShutdone() *wire.Message { return wire.New("t", "shutdone", "st", "dead") }

// TestMessagesArriveInOrderExactlyOnce plays lossy, duplicating, reordering
// networks of many seeds between two nodes that both live all the time.
func TestMessagesArriveInOrderExactlyOnce(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		l, n1, n2 := pair(t)
		loss, dup := 0.35*r.Float64(), 0.3*r.Float64()
		if seed%2 == 0 { // one link: a loss is a hole
			loss *= 0.5
			n1.cfg.Links, n2.cfg.Links = n1.cfg.Links[:1], n2.cfg.Links[:1]
		}
		l.road = func(string, *peer, *peer) (out []time.Duration) {
			for range 2 {
				if r.Float64() >= loss {
					out = append(out, time.Duration(r.IntN(30_000))*time.Microsecond)
				}
				if r.Float64() >= dup {
					break
				}
			}
			return out
		}
		var want []string
		for i := range 300 {
			text := strconv.Itoa(i)
			want = append(want, text)
			n1.say(text)
			n2.say(text)
			l.run(time.Duration(r.IntN(20)) * time.Millisecond)
		}
		l.run(5 * time.Second)
		for _, p := range l.peers {
			if p.changes() != nil {
				t.Fatalf("seed %d: %s: verdicts in a network that works: %q", seed, p.cfg.Self, p.changes())
			}
			if got := p.delivered(); !slices.Equal(got, want) {
				t.Fatalf("seed %d (loss %.2f): %s got %d messages of %d, or not in order: %v", seed, loss, p.cfg.Self, len(got), len(want), got)
			}
		}
	}
}

// TestNeverDeadBeforeDeadtime judges verdicts against the truth about arrivals
// in networks so bad that nodes do die.
func TestNeverDeadBeforeDeadtime(t *testing.T) {
	deaths := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		l, n1, n2 := pair(t)
		loss := 0.5 + 0.45*r.Float64()
		arrived := map[*peer]time.Time{}
		l.road = func(string, *peer, *peer) []time.Duration {
			if r.Float64() < loss {
				return nil
			}
			return []time.Duration{time.Duration(r.IntN(30_000)) * time.Microsecond}
		}
		for _, p := range l.peers {
			arrived[p] = p.core.View().Nodes[1-slices.Index(l.peers, p)].Heard
		}
		l.watch = func(to *peer) { arrived[to] = l.now }
		l.inspect = func(p *peer, e Effect) {
			if d, ok := e.(NodeChanged); ok && d.To == Dead {
				deaths++
				if l.now.Sub(p.core.find(d.Node).proven) >= weakFor*time.Second {
					return // what arrived since may all be a replay
				}
				if silent := l.now.Sub(arrived[p]); silent < time.Second {
					t.Fatalf("seed %d: %s declared %s dead after %v of silence", seed, p.cfg.Self, d.Node, silent)
				}
			}
		}
		for i := range 100 {
			n1.say(strconv.Itoa(i))
			n2.say(strconv.Itoa(i))
			l.run(time.Duration(r.IntN(600)) * time.Millisecond)
		}
	}
	if deaths < 10 {
		t.Fatalf("only %d deaths: the test shows nothing", deaths)
	}
}

func TestAMutePeerCannotStopUsForEver(t *testing.T) {
	l, n1, n2 := pair(t)
	mute := func(string, *peer, *peer) []time.Duration { return []time.Duration{time.Millisecond} }
	l.road = mute
	n2.core.cfg.MaxRexmitDelay = 250 * time.Millisecond
	n1.core.find("n2").debt.Enter(n1.core.sender.Seq())
	n1.core.debtsChanged()
	n2.swallowAcks = true
	for i := range 600 {
		n1.say(fmt.Sprint(i))
	}
	l.run(100 * time.Millisecond)
	if got := len(n2.delivered()); got < 240 || got > 260 {
		t.Errorf("%d messages went out before the pause; want about 250", got)
	}
	l.run(3 * time.Second)
	if got := len(n2.delivered()); got != 600 {
		t.Errorf("%d of 600 messages arrived after the mute peer was given up", got)
	}
}

func TestAcknowledgementsKeepTheQueueShort(t *testing.T) {
	l, n1, _ := pair(t)
	for i := range 1000 {
		n1.say(fmt.Sprint(i))
		if i%100 == 0 {
			l.run(5 * time.Millisecond)
		}
	}
	l.run(time.Second)
	if n := n1.core.View().Counters.QueuedUnacked; n > 12 {
		t.Errorf("%d messages are unacknowledged in a healthy cluster", n)
	}
}
