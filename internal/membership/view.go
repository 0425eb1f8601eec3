package membership

import (
	"heartbeat/internal/messaging"
	"heartbeat/internal/wire"
)

// counts are the counters behind Counters.
type counts struct {
	sent, received, duplicates     uint64
	retransmitted, requested, lost uint64
	late, pauses, relayed          uint64
	dropped                        map[string]uint64
	refused                        uint64 // the sum of dropped
}

func (c *counts) drop(reason string) {
	if c.dropped == nil {
		c.dropped = map[string]uint64{}
	}
	c.dropped[reason]++
	c.refused++
}

// View copies what the core believes.
func (c *Core) View() View {
	v := View{Self: c.cfg.Self, LocalStatus: c.status, CommUp: c.commUp, Counters: c.counters(), Delays: c.delays}
	if v.Sealed = c.sealsNow(); !v.Sealed && c.sealWanted() {
		v.CannotOpen = c.cannotOpen()
	}
	for _, n := range c.nodes {
		nv := NodeView{
			Name: n.name, Ping: n.ping, Status: n.status, Deadtime: n.deadtime,
			Generation: uint32(n.rx.Generation()), Caps: n.caps,
			UUID: n.uuid, Weight: n.weight, Site: n.site, Joined: n.joined, Unproven: n.unproven.seen, Doubt: n.unproven.doubt, Drift: n.drift, Silence: n.silence,
		}
		nv.Keys, nv.Signs = wire.ParseMarks(n.keys), -1
		if n.ever {
			nv.Heard = n.heard
			if !n.ping {
				nv.Signs = n.signs
			}
		} else {
			nv.Generation = 0 // what is remembered of a former life is no news
		}
		for _, l := range n.links {
			nv.Links = append(nv.Links, LinkView{Name: l.name, Up: l.up, Since: l.since, Silence: l.silence})
		}
		if n == c.self {
			nv.Keys, nv.Signs = c.cfg.Keys.Marks(), c.cfg.Keys.Sign
			nv.Heard, nv.Generation, nv.Caps = c.now, c.cfg.Generation, c.cfg.Caps
			c.ownLinks(&nv)
		}
		v.Nodes = append(v.Nodes, nv)
	}
	v.Conflicts = c.presentConflicts()
	for _, m := range c.gone {
		v.Deleted = append(v.Deleted, m.Name)
	}
	return v
}

// ownLinks shows a link of ours as working while we hear our own echo on it; on
// links without echo (ucast) it is never up, as in C.
func (c *Core) ownLinks(v *NodeView) {
	for i := range v.Links {
		l := c.self.links[i]
		v.Links[i].Up = l.up && c.now.Sub(l.heard) < c.cfg.Deadtime
	}
}

func (c *Core) counters() Counters {
	out := Counters{
		Sent: c.count.sent, Received: c.count.received, Duplicates: c.count.duplicates,
		Retransmitted: c.count.retransmitted, Requested: c.count.requested, Lost: c.count.lost,
		LateHeartbeats: c.count.late, SelfPauses: c.count.pauses, Relayed: c.count.relayed,
		Dropped: make(map[string]uint64, len(c.count.dropped)), QueuedUnacked: int(c.unacked()),
	}
	for reason, n := range c.count.dropped {
		out.Dropped[reason] = n
	}
	if messaging.FlowLimit < out.QueuedUnacked {
		out.QueuedUnacked += len(c.outbox)
	}
	return out
}
