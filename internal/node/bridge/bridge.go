// Package bridge translates between the two cores of a node: what membership
// says becomes events of resource management, and what resource management
// wants said becomes events of membership. It is pure, so that the simulator
// joins the cores exactly as the node does.
package bridge

import (
	"slices"

	"heartbeat/internal/membership"
	"heartbeat/internal/takeover"
	"heartbeat/internal/wire"
)

// A Bridge knows which nodes cannot hold resources.
type Bridge struct {
	PingNodes []string
}

// Up translates one effect of membership. Effects that do not concern resource
// management (packets, links, records) give nothing.
func (b Bridge) Up(e membership.Effect) []takeover.Event {
	switch e := e.(type) {
	case membership.CommUp:
		return []takeover.Event{takeover.CommunicationUp{Dead: e.Dead}}
	case membership.Deliver:
		if e.Own || application(e.Message) {
			return nil
		}
		return []takeover.Event{takeover.MessageArrived{From: e.From, Message: e.Message}}
	case membership.PeerAnnounced:
		return []takeover.Event{takeover.PeerAnnounced{Node: e.Node, Fields: e.Fields, Caps: e.Caps, Heard: e.Heard}}
	case membership.SelfPaused:
		return []takeover.Event{takeover.SelfPaused{Gap: e.Gap}}
	case membership.PeerUnproven:
		return []takeover.Event{takeover.PeerUnproven{Node: e.Node, Seen: e.Seen, Doubt: e.Doubt.String(), Mend: e.Doubt.Mend()}}
	case membership.NodeAdded:
		return []takeover.Event{takeover.NodeAdded{Node: e.Node}}
	case membership.NodeRemoved:
		return []takeover.Event{takeover.NodeRemoved{Node: e.Node}}
	case membership.HeardBy:
		return []takeover.Event{takeover.PeerAcknowledged{Node: e.Node, Sent: e.Sent}}
	case membership.PingLate:
		return pingLate(e)
	case membership.NodeChanged:
		if slices.Contains(b.PingNodes, e.Node) {
			return pingChanged(e)
		}
		return nodeChanged(e)
	}
	return nil
}

// application says whether a message is between local programs of the nodes: the daemon of the sender stamps their names on
// it (messaging spec, section 17.5). Resource management reads those of ipfail, whose part it plays towards C nodes; a C node's
// ipfail asks for standby in the name of its node, too.
func application(m *wire.Message) bool {
	to, is := m.Lookup("to_id")
	return is && to != "ipfail" && m.Kind() != "ask_resources"
}

// nodeChanged splits a change of status into what happened to the node's life
// and what it can do now.
func nodeChanged(e membership.NodeChanged) []takeover.Event {
	if e.To == membership.Dead {
		return []takeover.Event{takeover.NodeDied{Node: e.Node, Left: e.Why == membership.LeftQuiet, Reason: e.Reason}}
	}
	var out []takeover.Event
	switch e.Why {
	case membership.Healed:
		out = append(out, takeover.NodeReturned{Node: e.Node})
	case membership.Restarted, membership.Rejoined:
		out = append(out, takeover.NodeRestarted{Node: e.Node})
	case membership.Heard, membership.Silence, membership.LeftQuiet:
	}
	if e.To == membership.Active {
		out = append(out, takeover.NodeActive{Node: e.Node})
	}
	return out
}

// Down translates one effect of resource management; ok is false for those that
// membership has no part in.
func (b Bridge) Down(e takeover.Effect) (ev membership.Event, ok bool) {
	switch e := e.(type) {
	case takeover.SendMessage:
		return membership.SendRequested{Message: e.Message}, true
	case takeover.Announce:
		return membership.AnnouncementChanged{Fields: e.Fields}, true
	}
	return nil, false
}
