package bridge

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"heartbeat/internal/ccm"
	"heartbeat/internal/membership"
	"heartbeat/internal/wire"
)

func TestMembersHearsWhatConsensusNeeds(t *testing.T) {
	b := Bridge{PingNodes: []string{"router"}}
	ours := wire.New("t", "CCM_TYPE_JOIN", "to_id", "ccm")
	for name, tt := range map[string]struct {
		effect membership.Effect
		want   []ccm.Event
	}{
		"communication":        {membership.CommUp{Dead: []string{"n2"}}, []ccm.Event{ccm.CommunicationUp{Dead: []string{"n2"}}}},
		"a message for ccm":    {membership.Deliver{From: "n2", Message: ours}, []ccm.Event{ccm.MessageArrived{From: "n2", Message: ours}}},
		"its own":              {membership.Deliver{From: "n1", Message: ours, Own: true}, nil},
		"for another program":  {membership.Deliver{From: "n2", Message: wire.New("t", "x", "to_id", "crmd")}, nil},
		"a peer of our kind":   {membership.PeerAnnounced{Node: "n2", Caps: "announce,ccm,parts"}, []ccm.Event{ccm.PeerKnown{Node: "n2", Ours: true}}},
		"one without it":       {membership.PeerAnnounced{Node: "n2", Caps: "announce,ccmx"}, []ccm.Event{ccm.PeerKnown{Node: "n2"}}},
		"our pause":            {membership.SelfPaused{Gap: time.Second}, []ccm.Event{ccm.SelfPaused{Gap: time.Second}}},
		"a death":              {membership.NodeChanged{Node: "n2", From: membership.Active, To: membership.Dead}, []ccm.Event{ccm.NodeDied{Node: "n2"}}},
		"a return":             {membership.NodeChanged{Node: "n2", From: membership.Dead, To: membership.Active, Why: membership.Healed}, []ccm.Event{ccm.NodeAlive{Node: "n2"}}},
		"a quick restart":      {membership.NodeChanged{Node: "n2", From: membership.Active, To: membership.Init, Why: membership.Restarted}, []ccm.Event{ccm.NodeRestarted{Node: "n2"}}},
		"a ping node":          {membership.NodeChanged{Node: "router", From: membership.Init, To: membership.Ping}, []ccm.Event{ccm.PingChanged{Name: "router", Up: true}}},
		"a ping node is gone":  {membership.NodeChanged{Node: "router", From: membership.Ping, To: membership.Dead}, []ccm.Event{ccm.PingChanged{Name: "router"}}},
		"a node more":          {membership.NodeAdded{Node: "n3"}, []ccm.Event{ccm.NodeAdded{Node: ccm.Node{Name: "n3"}}}},
		"a node less":          {membership.NodeRemoved{Node: "n3"}, []ccm.Event{ccm.NodeRemoved{Node: "n3"}}},
		"weights":              {membership.RosterChanged{Members: []membership.Member{{Name: "n2", Weight: 7, Site: "north"}}}, []ccm.Event{ccm.VoteChanged{Node: ccm.Node{Name: "n2", Weight: 7, Site: "north"}}}},
		"a link is not needed": {membership.LinkChanged{Node: "n2", Link: "eth0", Up: true}, nil},
	} {
		if diff := cmp.Diff(tt.want, b.Members(tt.effect)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}
