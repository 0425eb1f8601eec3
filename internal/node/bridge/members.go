package bridge

import (
	"slices"
	"strings"

	"heartbeat/internal/ccm"
	"heartbeat/internal/membership"
)

// CapConsensus in the capabilities of a node says that it runs consensus membership of our kind.
const CapConsensus = "ccm"

// Members translates one effect of membership for consensus membership.
func (b Bridge) Members(e membership.Effect) []ccm.Event {
	switch e := e.(type) {
	case membership.CommUp:
		return []ccm.Event{ccm.CommunicationUp{Dead: e.Dead}}
	case membership.Deliver:
		if e.Own || e.Message.Get("to_id") != ccm.Client {
			return nil
		}
		return []ccm.Event{ccm.MessageArrived{From: e.From, Message: e.Message}}
	case membership.PeerAnnounced:
		ours := slices.Contains(strings.Split(e.Caps, ","), CapConsensus)
		return []ccm.Event{ccm.PeerKnown{Node: e.Node, Ours: ours}}
	case membership.SelfPaused:
		return []ccm.Event{ccm.SelfPaused{Gap: e.Gap}}
	case membership.NodeAdded:
		return []ccm.Event{ccm.NodeAdded{Node: ccm.Node{Name: e.Node}}}
	case membership.NodeRemoved:
		return []ccm.Event{ccm.NodeRemoved{Node: e.Node}}
	case membership.RosterChanged:
		var out []ccm.Event
		for _, m := range e.Members {
			out = append(out, ccm.VoteChanged{Node: ccm.Node{Name: m.Name, Weight: m.Weight, Site: m.Site}})
		}
		return out
	case membership.NodeChanged:
		if slices.Contains(b.PingNodes, e.Node) {
			return []ccm.Event{ccm.PingChanged{Name: e.Node, Up: e.To != membership.Dead}}
		}
		return memberChanged(e)
	}
	return nil
}

func memberChanged(e membership.NodeChanged) []ccm.Event {
	switch {
	case e.To == membership.Dead:
		return []ccm.Event{ccm.NodeDied{Node: e.Node}}
	case e.Why == membership.Restarted:
		return []ccm.Event{ccm.NodeRestarted{Node: e.Node}}
	}
	return []ccm.Event{ccm.NodeAlive{Node: e.Node}}
}
