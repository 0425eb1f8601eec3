package membership

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// goCaps makes two nodes of our kind that know each other.
func goPair(t *testing.T) (*lab, *peer, *peer) {
	t.Helper()
	l := newLab(t, "n1", "n2")
	for _, p := range l.peers {
		p.cfg.Caps = "announce," + CapParts + "," + CapBundle
		p.boot()
	}
	l.run(2 * time.Second)
	for _, p := range l.peers {
		p.forget()
	}
	return l, l.peers[0], l.peers[1]
}

// post sends a test message through a lane.
func (p *peer) post(lane uint64, text string) {
	m := wire.New("t", "test", "text", text, "to_id", "app", "from_id", "app")
	size, err := m.EncodedLen()
	if err != nil {
		p.lab.t.Fatal(err)
	}
	a := ApplicationPosted{Lane: lane, Message: m, Size: size, Ticket: 1}
	if size > messaging.PartsAbove {
		text, _ := wire.AppendNetstring(nil, m)
		a.Whole = string(text)
	}
	p.step(a)
}

func (p *peer) sentErrors() (out []error) {
	for _, s := range p.effects {
		if e, ok := s.e.(ApplicationSent); ok && e.Err != nil {
			out = append(out, e.Err)
		}
	}
	return out
}

func TestEachLaneKeepsItsOrderHereAndThere(t *testing.T) {
	l, n1, n2 := goPair(t)
	for i := range 3000 {
		n1.post(uint64(i%3), fmt.Sprintf("%d.%d", i%3, i/3))
		if i%50 == 0 {
			l.run(time.Millisecond)
		}
	}
	l.run(time.Second)
	own, there := n1.delivered(), n2.delivered()
	if len(own) != 3000 || !slices.Equal(own, there) {
		t.Fatalf("%d own copies, %d there; the same order: %v", len(own), len(there), slices.Equal(own, there))
	}
	for lane := range 3 {
		next := 0
		for _, text := range there {
			if rest, ok := strings.CutPrefix(text, fmt.Sprintf("%d.", lane)); ok {
				if rest != fmt.Sprint(next) {
					t.Fatalf("lane %d: %s instead of %d", lane, rest, next)
				}
				next++
			}
		}
	}
}

// TestHeartbeatsAndResourceMessagesPassAQueueOfApplications stuffs the lanes of a node whose peer does not
// acknowledge at all, then lets resource management speak.
func TestHeartbeatsAndResourceMessagesPassAQueueOfApplications(t *testing.T) {
	for name, text := range map[string]string{"10000 messages": "small", "10 MB": strings.Repeat("x", 10<<20)} {
		t.Run(name, func(t *testing.T) {
			l, n1, n2 := goPair(t)
			count := 10_000
			if len(text) > 100 {
				count = 1
			}
			n2.swallowAcks = true
			for range count {
				n1.post(1, text)
			}
			l.run(400 * time.Millisecond)
			n1.step(SendRequested{Message: wire.New("t", "test", "text", "urgent")})
			var beats int
			l.watch = func(to *peer) {
				if to == n2 {
					beats++
				}
			}
			l.run(10 * time.Millisecond)
			if got := n2.delivered(); !slices.Contains(got, "urgent") {
				t.Errorf("the urgent message is not among %d delivered", len(got))
			}
			l.run(600 * time.Millisecond) // three keepalives
			if late := n2.core.View().Counters.LateHeartbeats; late > 0 || beats < 3*2 {
				t.Errorf("%d heartbeats were late; %d packets came", late, beats)
			}
			n2.swallowAcks = false
			l.run(20 * time.Second)
			if got := len(n2.delivered()); got != count+1 {
				t.Errorf("%d of %d messages arrived in the end", got, count+1)
			}
		})
	}
}

func TestALargeMessageArrivesWhole(t *testing.T) {
	for _, size := range []int{messaging.PartsAbove, messaging.PartsAbove + 1, 100_000, 1 << 20, 10 << 20} {
		l, n1, n2 := goPair(t)
		text := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		n1.post(1, text)
		n1.post(1, "after it")
		l.run(2 * time.Second)
		want := []string{text, "after it"}
		if got := n2.delivered(); !slices.Equal(got, want) {
			t.Errorf("%d bytes: %d messages arrived", size, len(got))
		}
		if got := n1.delivered(); !slices.Equal(got, want) {
			t.Errorf("%d bytes: %d own copies", size, len(got))
		}
		if d, _, ok := first[Deliver](n2); !ok || d.Message.Get("src") != "n1" || d.Message.Get("seq") == "" {
			t.Errorf("%d bytes: the message has lost its sender", size)
		}
	}
}

func TestTooLargeForCIsRefusedWithTheReason(t *testing.T) {
	l, n1, n2 := goPair(t)
	n2.kill()
	l.run(3 * time.Second)
	n2.cfg.Caps = ""
	n2.boot()
	l.run(2 * time.Second)
	n1.forget()
	n1.post(1, strings.Repeat("x", 1<<20))
	n1.post(1, strings.Repeat("y", 200_000)) // compressible: C takes it in one datagram
	l.run(time.Second)
	if got := n2.delivered(); len(got) != 1 || len(got[0]) != 200_000 {
		t.Errorf("%d messages arrived", len(got))
	}
	if errs := n1.sentErrors(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "node n2 takes at most") {
		t.Errorf("refusals: %v", errs)
	}
}
