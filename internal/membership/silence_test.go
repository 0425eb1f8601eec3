package membership

import (
	"testing"
	"time"
)

func TestSilencesAreMeasuredForEveryLink(t *testing.T) {
	l, n1, n2 := pair(t)
	l.run(20 * time.Second)
	v := n1.core.View().Nodes[1]
	k := n1.cfg.Keepalive
	if v.Silence.Count < 90 || v.Silence.Longest < k*9/10 || v.Silence.Longest > k*11/10 {
		t.Errorf("keepalive %v: %d silences, the longest %v", k, v.Silence.Count, v.Silence.Longest)
	}
	// One of the links goes mute for three heartbeats: that link is silent, the node is not.
	deaf := n2.cfg.Links[0]
	l.road = func(link string, _, _ *peer) []time.Duration {
		if link == deaf {
			return nil
		}
		return []time.Duration{time.Millisecond}
	}
	l.run(3 * k)
	l.road = func(string, *peer, *peer) []time.Duration { return []time.Duration{time.Millisecond} }
	l.run(2 * time.Second)
	v = n1.core.View().Nodes[1]
	for _, link := range v.Links {
		if mute := link.Silence.Longest > 2*k; mute != (link.Name == deaf) {
			t.Errorf("%s: the longest silence is %v", link.Name, link.Silence.Longest)
		}
	}
	if v.Silence.Longest > 2*k {
		t.Errorf("the node was silent for %v although one link worked", v.Silence.Longest)
	}
}

func TestAnOwnPauseIsADelayOfOursAndNoSilenceOfTheirs(t *testing.T) {
	l, n1, _ := pair(t)
	l.run(5 * time.Second)
	before := n1.core.View()
	n1.frozen = true
	l.run(600 * time.Millisecond)
	n1.thaw()
	l.run(3 * time.Second)
	after := n1.core.View()
	if after.Delays.Longest < 300*time.Millisecond || before.Delays.Longest > 50*time.Millisecond {
		t.Errorf("delays before %v, after %v", before.Delays.Longest, after.Delays.Longest)
	}
	if s := after.Nodes[1].Silence.Longest; s > 2*n1.cfg.Keepalive {
		t.Errorf("the peer was blamed for a silence of %v", s)
	}
}
