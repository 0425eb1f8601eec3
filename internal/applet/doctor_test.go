package applet

import (
	"strings"
	"testing"
	"time"

	"heartbeat/internal/node"
)

const ms = time.Millisecond

func observed(keepalive, warntime, deadtime, longest, late time.Duration) node.TimingStatus {
	return node.TimingStatus{Keepalive: keepalive, Warntime: warntime, Deadtime: deadtime, Observed: 48 * time.Hour,
		Delays: node.GapsStatus{Count: 1e5, Half: ms / 10, Most: ms, Nearly: late, Longest: late},
		Silences: []node.SilenceStatus{
			{Node: "n2", GapsStatus: node.GapsStatus{Count: 1e5, Half: keepalive, Most: keepalive, Nearly: min(longest, 2*keepalive), Longest: longest}},
			{Node: "n2", Link: "eth0", GapsStatus: node.GapsStatus{Count: 1e5, Half: keepalive, Most: keepalive, Nearly: time.Minute, Longest: time.Minute}},
			{Node: "10.0.0.1", Ping: true, GapsStatus: node.GapsStatus{Count: 1e5, Longest: time.Hour}},
		}}
}

func TestTimingAdviceFollowsWhatWasObserved(t *testing.T) {
	for _, c := range []struct {
		name     string
		t        node.TimingStatus
		deadtime time.Duration
		risky    bool
		says     string
	}{
		{"quiet", observed(time.Second, 5*time.Second, 10*time.Second, 1100*ms, 2*ms), 5 * time.Second, false, "suits what was observed"},
		{"a late network", observed(200*ms, 500*ms, time.Second, 800*ms, 2*ms), 1600 * ms, true, "n2 was once silent for 800ms while it lived. Write: deadtime 1600ms"},
		{"a slow machine", observed(200*ms, 500*ms, time.Second, 250*ms, 700*ms), 1800 * ms, true, "this node itself was once 700ms late. Write: deadtime 1800ms"},
		{"generous", observed(time.Second, 15*time.Second, 30*time.Second, 1500*ms, 2*ms), 5 * time.Second, false, "You may write: deadtime 5"},
		{"keepalive too long", observed(2*time.Second, 3*time.Second, 5*time.Second, 2100*ms, 2*ms), 10 * time.Second, false, "two lost packets are a death"},
		{"warntime too short", observed(time.Second, 1200*ms, 10*time.Second, 2*time.Second, 2*ms), 5 * time.Second, false, "warntime 1.2s warns of silences that are usual"},
	} {
		a := adviseTiming(c.t)
		if a.Deadtime != c.deadtime || a.Risky != c.risky || !strings.Contains(strings.Join(a.Text, "\n"), c.says) {
			t.Errorf("%s: %+v, want deadtime %v, risky %v, %q", c.name, a, c.deadtime, c.risky, c.says)
		}
		if a.Warntime >= a.Deadtime || a.Keepalive*3 > a.Deadtime {
			t.Errorf("%s: the advice itself is bad: %+v", c.name, a)
		}
		if again := c.t; true {
			again.Keepalive, again.Warntime, again.Deadtime = a.Keepalive, a.Warntime, a.Deadtime
			if b := adviseTiming(again); b.Risky {
				t.Errorf("%s: who follows the advice is told it is risky: %v", c.name, b.Text)
			}
		}
	}
}

func TestTimingAdviceNeedsObservation(t *testing.T) {
	few := observed(time.Second, 5*time.Second, 30*time.Second, 1100*ms, ms)
	few.Silences[0].Count = 10
	if a := adviseTiming(few); a.Deadtime != 0 || a.Risky || !strings.Contains(a.Text[0], "Too little was observed") {
		t.Errorf("%+v", a)
	}
	short := observed(time.Second, 5*time.Second, 30*time.Second, 1100*ms, ms)
	short.Observed = time.Hour
	if a := adviseTiming(short); a.Sure || !strings.Contains(a.Text[0], "Observe a whole day") {
		t.Errorf("%+v", a)
	}
}

func TestTimingTableNamesNodesAndLinks(t *testing.T) {
	s := observed(time.Second, 5*time.Second, 10*time.Second, 1100*ms, 2*ms)
	text := renderTiming(s, adviseTiming(s))
	for _, want := range []string{"silence of n2", "on eth0", "silence of 10.0.0.1", "this node was late by", "1.1s", "99.9 %"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}
