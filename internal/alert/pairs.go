package alert

import (
	"strings"

	"heartbeat/internal/event"
)

// ending is a kind that ends alarms, and how the subjects belong together.
type ending struct {
	of  *event.Kind // the alarm
	any bool        // whatever its subject: there is one such condition on a node
}

// endings says which events are the all-clear of which alarms. A kind that no line names as an alarm is a notice: it tells of
// something that is over when it is told, or that only people can call mended.
func endings(k *event.Kind) []ending {
	one := func(of ...*event.Kind) (out []ending) {
		for _, k := range of {
			out = append(out, ending{of: k})
		}
		return out
	}
	all := func(of ...*event.Kind) (out []ending) {
		for _, k := range of {
			out = append(out, ending{k, true})
		}
		return out
	}
	switch k {
	case event.NodeUp, event.NodeActive:
		return one(event.NodeDead, event.NodeUnproven, event.TakeoverWithheld, event.TakeoverWaits, event.FenceBraked, event.NodeDeaf)
	case event.NodeHears:
		return one(event.NodeDeaf)
	case event.NodeDown, event.TakeoverCancelled:
		return one(event.TakeoverWaits, event.FenceBraked)
	case event.FenceReleased, event.FenceBegun:
		return one(event.FenceBraked)
	case event.EntitlementGained:
		return all(event.EntitlementLost, event.EntitlementOver)
	case event.ArbiterAnswers:
		return one(event.ArbiterSilent)
	case event.NodeReturned:
		return one(event.NodeDead, event.NodeDeaf)
	case event.NodeUnprovenOver:
		return one(event.NodeUnproven, event.TakeoverWithheld)
	case event.NodeRemoved:
		return one(event.NodeDead, event.NodeUnproven, event.PeerSlow, event.NodeDeaf)
	case event.LinkUp:
		return one(event.LinkDead)
	case event.CarrierReturned:
		return one(event.CarrierLost)
	case event.MediaWorks:
		return one(event.MediaError)
	case event.GroupAcquired:
		return one(event.GroupFailed, event.GroupStuck, event.GroupConflict)
	case event.GroupReleased:
		return one(event.GroupStuck, event.GroupConflict)
	case event.GroupKept:
		return one(event.GroupConflict)
	case event.AgentStart, event.AgentStop:
		return one(event.AgentFailed)
	case event.ChildStarted:
		return one(event.ChildExited, event.ChildGivenUp)
	case event.MonitorJoined:
		return all(event.MonitorLost)
	case event.WatchdogArmed:
		return all(event.WatchdogFailed)
	case event.ConfigReloaded:
		return all(event.ConfigRefused)
	case event.EncryptionOn:
		return all(event.EncryptionOff)
	case event.QuorumGained:
		return all(event.QuorumLost)
	case event.MembersFormed:
		return all(event.MembersEvicted, event.MembersDiffer)
	case event.NodeStarting: // its files were in order, and its guard is new
		return all(event.ConfigRefused, event.GuardMissing, event.MediaError, event.MonitorLost, event.WatchdogFailed)
	case event.AlertWorks:
		return one(event.AlertFailing)
	}
	return nil
}

// endedBy lists for every alarm the kinds that end it.
func endedBy() map[*event.Kind][]*event.Kind {
	out := map[*event.Kind][]*event.Kind{}
	for _, k := range event.Kinds() {
		for _, e := range endings(k) {
			out[e.of] = append(out[e.of], k)
		}
	}
	return out
}

// seenByAll are kinds that every node of the cluster records about one and the same thing; of the others each node has its own.
func seenByAll(k *event.Kind) bool {
	switch k {
	case event.NodeDead, event.NodeReturned, event.NodeRestarted, event.NodeUnknown, event.NodeDuplicate, event.NodeUnproven,
		event.NodeAdded, event.NodeRemoved, event.NodeUp, event.NodeActive, event.NodeLeft, event.RosterSet, event.IdentityNew,
		event.LinkDead, event.LinkUp, event.GroupConflict:
		return true
	}
	return false
}

// identity is the name of an incident, the same on all nodes that see it and every time it happens: receivers merge by it. Of
// a link both ends are named, because each end sees the other one.
func (c *Core) identity(k *event.Kind, subject string) string {
	name := k.Name
	switch node, link, ok := strings.Cut(subject, "/"); {
	case k == event.LinkDead && ok:
		a, b := c.cfg.Self, node
		if b < a {
			a, b = b, a
		}
		name += ":" + a + "," + b + "/" + link
	case seenByAll(k):
		name += ":" + subject
	case subject == "" || subject == c.cfg.Self:
		name += ":" + c.cfg.Self
	default:
		name += ":" + c.cfg.Self + ":" + subject
	}
	return c.cfg.Cluster + ":" + name
}

// follows says that an event after the first message of an incident is worth another one although its level is not: the service
// runs again.
func follows(k *event.Kind) bool { return k == event.GroupAcquired }

// linkOf is the node at the other end of a link.
func linkOf(subject string) (node string, ok bool) {
	node, _, ok = strings.Cut(subject, "/")
	return node, ok
}
