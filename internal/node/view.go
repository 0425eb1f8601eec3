package node

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"heartbeat/internal/arbiter"
	"heartbeat/internal/conf"
	"heartbeat/internal/event"
	"heartbeat/internal/executor"
	"heartbeat/internal/media"
	"heartbeat/internal/membership"
	"heartbeat/internal/node/identity"
	"heartbeat/internal/takeover"
)

// lookPatience is how long a status waits for a loop before it says that the loop hangs.
const lookPatience = 2 * time.Second

// Status returns a picture of the node, the cluster as the node sees it, and what is wrong.
func (n *Node) Status() Status {
	s := sight{now: n.clock.now(), cfg: n.Config(), initdead: n.initdead(n.Config().HaCf.Initdead), pulseOK: true, resourcesOK: true}
	s.pulseOK = n.askPulse(&s)
	s.resourcesOK = n.askResources(&s)
	s.members = n.exec.View
	st := Status{
		Node: n.self, Version: n.opts.Version, PID: n.pid, State: n.state(), Started: n.clock.start, Now: s.now,
		Local: string(s.cluster.LocalStatus), CommUp: s.cluster.CommUp,
		Resources: s.own.Resources, Stable: s.own.Stable, Standby: s.own.Standby, IfCut: s.own.IfCut,
		Protected: s.protected(n.self), Waiting: s.waiting(n.clock.start), Encryption: s.encryption(),
		Nodes: s.nodes(n.self), Deleted: s.cluster.Deleted, Groups: s.groupList(),
		Timing: s.timing(n.self, n.clock.start), Counters: n.counters(&s), Parameters: map[string]string{},
	}
	for _, x := range s.cluster.Conflicts {
		st.Conflicts = append(st.Conflicts, ConflictStatus{x.Node, x.Text, x.Seen})
	}
	for _, p := range s.cfg.HaCf.Parameters {
		st.Parameters[p.Name] = p.Value
	}
	st.Orders = ordersOf(s.own)
	st.Membership, st.Alerts = n.membership(), n.alertView()
	if st.Arbiter = s.arbiterStatus(); st.Arbiter != nil {
		st.IfCut = s.ifCutArbitrated(n.self)
	}
	st.Renewal = n.renewal.status()
	st.Fencing = n.fencingStatus(&s)
	st.Cut = s.cutSteps(n.self, st.Fencing)
	st.Attention = append(st.Fencing.needs(s.now), n.attention(&s, &st)...)
	return st
}

// sight is what one look at all parts of the node found.
type sight struct {
	now                  time.Time
	cfg                  conf.Config
	initdead             time.Duration
	cluster              membership.View
	links                []media.Stats
	own                  takeover.View
	arbiter              *arbiter.View // nil: another policy
	members              func(key string) []executor.ResourceView
	pulseOK, resourcesOK bool
}

// askPulse looks at the membership core and the media; false when the pulse does not answer.
func (n *Node) askPulse(s *sight) bool {
	seen := make(chan sight, 1)
	var v membership.View
	ok := n.pulse.post(job{look: func(c *membership.Core) { v = c.View() }}) &&
		n.pulse.post(job{media: func(m []media.Stats) { seen <- sight{cluster: v, links: m} }})
	if !ok {
		return false
	}
	give := time.NewTimer(lookPatience)
	defer give.Stop()
	select {
	case got := <-seen:
		s.cluster, s.links = got.cluster, got.links
		return true
	case <-n.pulse.done:
	case <-give.C:
	}
	return false
}

// askResources looks at the takeover core; false when the resource loop does not answer.
func (n *Node) askResources(s *sight) bool {
	type both struct {
		own takeover.View
		arb *arbiter.View
	}
	seen := make(chan both, 1)
	give := time.NewTimer(lookPatience)
	defer give.Stop()
	select {
	case n.res.requests <- func(r *resources) { seen <- both{r.core.View(), r.arbiter.core().View()} }:
	case <-n.res.done:
		return false
	case <-give.C:
		return false
	}
	select {
	case got := <-seen:
		s.own, s.arbiter = got.own, got.arb
		return true
	case <-n.res.done:
	case <-give.C:
	}
	return false
}

func (s *sight) nodes(self string) []NodeStatus {
	var out []NodeStatus
	for _, v := range s.cluster.Nodes {
		ns := NodeStatus{Name: v.Name, Type: "normal", Status: string(v.Status), Self: v.Name == self,
			HeardAgo: -1, Deadtime: v.Deadtime, Kind: kindOf(v, self), Weight: v.Weight, Site: v.Site, Joined: v.Joined}
		for _, d := range v.Drift {
			ns.Drift = append(ns.Drift, DriftStatus(d))
		}
		if v.UUID != [16]byte{} {
			ns.UUID = identity.FormatUUID(v.UUID)
		}
		if v.Ping {
			ns.Type = "ping"
		}
		switch {
		case ns.Self:
			ns.HeardAgo = 0
		case !v.Heard.IsZero():
			ns.HeardAgo = max(s.now.Sub(v.Heard), 0)
		}
		if ns.Self {
			ns.Digest = s.cfg.Resources.Digest
		}
		for _, d := range s.own.Digests {
			if d.Node == v.Name {
				ns.Digest = d.Digest
			}
		}
		ns.Reach = s.reach(v.Name)
		ns.Signs = v.Signs
		for _, k := range v.Keys {
			ns.Keys = append(ns.Keys, KeyStatus{k.Slot, k.ID})
		}
		for _, l := range v.Links {
			ns.Links = append(ns.Links, LinkStatus{l.Name, l.Up, l.Since})
		}
		out = append(out, ns)
	}
	return out
}

// reach is how a node says it is connected; nil when it does not say, or nothing is known to it.
func (s *sight) reach(name string) *ReachStatus {
	for _, r := range s.own.Reach {
		if r.Node != name || len(r.Services) == 0 && r.Of == 0 {
			continue
		}
		out := &ReachStatus{Answers: r.Answers, Of: r.Of}
		for _, v := range r.Services {
			out.Services = append(out.Services, ServiceReach(v))
		}
		return out
	}
	return nil
}

// kindOf says which daemon a node runs, as far as its packets tell.
func kindOf(v membership.NodeView, self string) string {
	switch {
	case v.Ping:
		return ""
	case v.Name == self || v.Caps != "":
		return "go"
	case !v.Heard.IsZero():
		return "c"
	}
	return ""
}

func (s *sight) groupList() []GroupStatus {
	var out []GroupStatus
	for _, g := range s.own.Groups {
		gs := GroupStatus{Key: g.Key, Home: g.Home, State: string(g.State), Owner: g.Owner,
			Since: g.Since, Reason: g.Reason, Failure: g.Failure, Forgotten: g.Forgotten}
		for _, e := range g.Elsewhere {
			gs.Elsewhere = append(gs.Elsewhere, ElsewhereStatus(e))
		}
		for _, r := range s.members(g.Key) {
			gs.Resources = append(gs.Resources, ResourceStatus{r.Word, r.Class, r.Path, r.State, r.Since, r.Took, r.Output})
		}
		out = append(out, gs)
	}
	return out
}

// protected says that another node is there to take over.
func (s *sight) protected(self string) bool {
	return slices.ContainsFunc(s.cluster.Nodes, func(v membership.NodeView) bool {
		return !v.Ping && v.Name != self && v.Status == membership.Active && !s.drained(v.Name)
	})
}

// waiting says what keeps communication from being up.
func (s *sight) waiting(started time.Time) string {
	if s.cluster.CommUp || !s.pulseOK {
		return ""
	}
	var silent []string
	for _, v := range s.cluster.Nodes {
		if v.Status == membership.Init {
			silent = append(silent, v.Name)
		}
	}
	left := s.initdead - s.now.Sub(started)
	switch {
	case len(silent) == 0:
		return "waiting for the other nodes to confirm the list of nodes"
	case left <= 0:
		return "waiting for " + strings.Join(silent, ", ")
	}
	return fmt.Sprintf("waiting for %s for at most %s more (initdead)", strings.Join(silent, ", "), left.Round(100*time.Millisecond))
}

// counters collects what every part counts.
func (n *Node) counters(s *sight) map[string]uint64 {
	c := s.cluster.Counters
	out := map[string]uint64{
		"sent": c.Sent, "received": c.Received, "duplicates": c.Duplicates, "retransmitted": c.Retransmitted,
		"requested": c.Requested, "lost": c.Lost, "late_heartbeats": c.LateHeartbeats, "self_pauses": c.SelfPauses, "relayed": c.Relayed,
		"queued_unacked":     uint64(max(c.QueuedUnacked, 0)),
		"queue_full_up":      n.pulse.up.dropped.Load(),
		"queue_full_scripts": n.res.scripts.dropped.Load(),
		"log_lines_lost":     n.hal.Dropped(),
	}
	out["events_lost"], out["journal_lines_lost"] = n.timeline.Dropped()
	for reason, count := range c.Dropped {
		out["dropped_"+strings.ReplaceAll(reason, "-", "_")] = count
	}
	for _, l := range s.links {
		name := "link_" + l.Link + "_"
		out[name+"sent"] += l.Sent
		out[name+"received"] += l.Received
		out[name+"send_errors"] += l.SendErrors
		out[name+"overflows"] += l.Overflows
		if l.Failure != "" {
			out[name+"failing"]++ // lines of the link that do not send now
		} else {
			out[name+"failing"] += 0
		}
		if l.Kind == "serial" {
			out[name+"crowded"] += l.Crowded
		}
	}
	return out
}

// attention lists what needs a human, each with what to do.
func (n *Node) attention(s *sight, st *Status) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if !s.pulseOK && st.State != stateStopping {
		say("the heartbeat loop does not answer: read heartbeat events and the log of the last minutes, then restart this node")
	}
	if !s.resourcesOK && st.State != stateStopping {
		say("the resource loop does not answer: read heartbeat events and the log of the last minutes, then restart this node")
	}
	for _, x := range s.cluster.Conflicts {
		say("%s", x.Text)
	}
	out = append(out, s.arbiterAttention()...)
	for _, v := range s.cluster.Nodes {
		switch {
		case v.Status == membership.Dead && v.Ping:
			say("ping node %s does not answer: check the network between here and there", v.Name)
		case v.Status == membership.Dead:
			say("node %s is dead: %s", v.Name, event.NodeDead.Action)
		case v.Status == membership.Up || v.Status == membership.Active:
			for _, l := range v.Links {
				if !l.Up && v.Name != st.Node {
					say("link %s to node %s is silent: %s", l.Name, v.Name, event.LinkDead.Action)
				}
			}
		}
	}
	for _, r := range s.own.Reach {
		for _, v := range r.Services {
			if v.Level == "bad" {
				say("%s of node %s has no carrier and serves %s: %s", v.Interface, r.Node, v.Group, event.CarrierLost.Action)
			}
		}
	}
	out = append(out, s.keyTrap(st.Node)...)
	for _, name := range s.cluster.CannotOpen {
		say("node %s cannot read encrypted packets, so nothing is encrypted: %s", name, event.EncryptionOff.Action)
	}
	for _, v := range s.cluster.Nodes {
		if v.Unproven {
			say("packets of node %s arrive %s: %s", v.Name, v.Doubt, v.Doubt.Mend())
		}
		for _, d := range v.Drift {
			say("ha.cf of node %s differs: %s is %q here and %q there: %s", v.Name, d.Directive, d.Here, d.There, event.ConfigDiffers.Action)
		}
	}
	for _, d := range s.own.Digests {
		if d.Digest != s.cfg.Resources.Digest {
			say("haresources of node %s differs from the one here: %s", d.Node, event.ConfigDiffers.Action)
		}
	}
	for _, l := range s.links {
		if l.Failure != "" {
			say("%s", l.Failure)
		}
	}
	for _, g := range s.own.Groups {
		switch {
		case g.State == takeover.Blocked:
			say("group %s could not be stopped here (%s): %s", g.Key, g.Failure, event.GroupStuck.Action)
		case g.State == takeover.Failed:
			say("group %s could not be started here (%s): %s", g.Key, g.Failure, event.GroupFailed.Action)
		case g.Owner == "" && s.own.Stable && s.cluster.CommUp:
			say("group %s runs nowhere: %s", g.Key, g.Reason)
		}
	}
	out = append(out, orderNeeds(st.Orders)...)
	out = append(out, st.Membership.needs()...)
	out = append(out, alertNeeds(st.Alerts)...)
	return append(out, n.trouble.list()...)
}
