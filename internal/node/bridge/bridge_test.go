package bridge

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/connectivity"
	"heartbeat/internal/membership"
	"heartbeat/internal/takeover"
	"heartbeat/internal/wire"
)

func TestUpTellsResourceManagementWhatItNeeds(t *testing.T) {
	b := Bridge{PingNodes: []string{"router"}}
	message := wire.New("t", "starting")
	fields := []wire.Field{{Name: "x-own", Value: "g1"}}
	tests := map[string]struct {
		effect membership.Effect
		want   []takeover.Event
	}{
		"communication is up": {membership.CommUp{Dead: []string{"n2"}}, []takeover.Event{takeover.CommunicationUp{Dead: []string{"n2"}}}},
		"a message":           {membership.Deliver{From: "n2", Message: message}, []takeover.Event{takeover.MessageArrived{From: "n2", Message: message}}},
		"an announcement": {membership.PeerAnnounced{Node: "n2", Fields: fields, Caps: "x", Heard: true},
			[]takeover.Event{takeover.PeerAnnounced{Node: "n2", Fields: fields, Caps: "x", Heard: true}}},
		"our own pause": {membership.SelfPaused{Gap: time.Second}, []takeover.Event{takeover.SelfPaused{Gap: time.Second}}},
		"a death": {membership.NodeChanged{Node: "n2", From: membership.Active, To: membership.Dead, Why: membership.Silence, Reason: "silent 3 s"},
			[]takeover.Event{takeover.NodeDied{Node: "n2", Reason: "silent 3 s"}}},
		"the end of a leave": {membership.NodeChanged{Node: "n2", From: membership.Active, To: membership.Dead, Why: membership.LeftQuiet},
			[]takeover.Event{takeover.NodeDied{Node: "n2", Left: true}}},
		"only up": {membership.NodeChanged{Node: "n2", From: membership.Init, To: membership.Up}, nil},
		"active":  {membership.NodeChanged{Node: "n2", From: membership.Up, To: membership.Active}, []takeover.Event{takeover.NodeActive{Node: "n2"}}},
		"active after a partition": {membership.NodeChanged{Node: "n2", From: membership.Dead, To: membership.Active, Why: membership.Healed},
			[]takeover.Event{takeover.NodeReturned{Node: "n2"}, takeover.NodeActive{Node: "n2"}}},
		"a new life": {membership.NodeChanged{Node: "n2", From: membership.Dead, To: membership.Up, Why: membership.Rejoined},
			[]takeover.Event{takeover.NodeRestarted{Node: "n2"}}},
		"a quick restart": {membership.NodeChanged{Node: "n2", From: membership.Active, To: membership.Active, Why: membership.Restarted},
			[]takeover.Event{takeover.NodeRestarted{Node: "n2"}, takeover.NodeActive{Node: "n2"}}},
		"a ping node dies": {membership.NodeChanged{Node: "router", From: membership.Ping, To: membership.Dead, Why: membership.Silence},
			[]takeover.Event{takeover.PingChanged{Node: "router", Answer: connectivity.Silent}}},
		"a ping node answers": {membership.NodeChanged{Node: "router", From: membership.Dead, To: membership.Ping},
			[]takeover.Event{takeover.PingChanged{Node: "router", Answer: connectivity.Answers}}},
		"a ping node is late":      {membership.PingLate{Node: "router", Late: true}, []takeover.Event{takeover.PingChanged{Node: "router", Answer: connectivity.Late}}},
		"a late ping node answers": {membership.PingLate{Node: "router"}, []takeover.Event{takeover.PingChanged{Node: "router", Answer: connectivity.Answers}}},
		"a packet":                 {&membership.Transmit{Packet: []byte("x")}, nil},
		"a link":                   {membership.LinkChanged{Node: "n2", Link: "eth0", Up: true}, nil},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, b.Up(tt.effect)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestDownSendsWordsAndKeepsWorkHere(t *testing.T) {
	message := wire.New("t", "shutdone")
	fields := []wire.Field{{Name: "x-own", Value: "g1"}}
	if ev, ok := (Bridge{}).Down(takeover.SendMessage{Message: message}); !ok || ev != (membership.SendRequested{Message: message}) {
		t.Errorf("%v %v", ev, ok)
	}
	if ev, ok := (Bridge{}).Down(takeover.Announce{Fields: fields}); !ok || !cmp.Equal(ev, membership.Event(membership.AnnouncementChanged{Fields: fields})) {
		t.Errorf("%v %v", ev, ok)
	}
	for _, e := range []takeover.Effect{takeover.StartGroup{}, takeover.StopGroup{}, takeover.AnnounceAddresses{}, takeover.Answer{}, takeover.Record{}, takeover.LeaveCluster{}, takeover.RunEventScripts{}} {
		if ev, ok := (Bridge{}).Down(e); ok {
			t.Errorf("%T became %T", e, ev)
		}
	}
}
