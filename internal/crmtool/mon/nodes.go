package mon

import (
	"strings"

	"heartbeat/internal/scheduler"
)

// nodes lists the nodes: in text those that are as they should be by name, all others with their state.
func (r *report) nodes() *entry {
	out := list("Node List")
	var online, offline, remoteOnline, remoteOffline, guests []string
	for _, n := range r.v.Nodes {
		if !r.onlyNode.hasFold(n.Name) {
			continue
		}
		name := r.displayName(n)
		unusual := n.Unclean || n.Pending || n.StandbyOnFail && n.Online || n.Standby || n.Maintenance || n.Health <= 0
		switch {
		case r.html:
			out.add(r.nodeHTML(n))
		case unusual || r.ByNode || r.Detail:
			out.add(r.node(n))
		case n.Online && n.Kind == scheduler.GuestNode:
			guests = append(guests, name)
		case n.Online && n.Kind == scheduler.RemoteNode:
			remoteOnline = append(remoteOnline, name)
		case n.Online:
			online = append(online, name)
		case n.Kind == scheduler.RemoteNode:
			remoteOffline = append(remoteOffline, name)
		case n.Kind == scheduler.MemberNode:
			offline = append(offline, name)
		}
	}
	for _, l := range []struct {
		title string
		names []string
	}{{"Online", online}, {"OFFLINE", offline}, {"RemoteOnline", remoteOnline}, {"RemoteOFFLINE", remoteOffline}, {"GuestOnline", guests}} {
		if len(l.names) > 0 {
			out.line(l.title + ": [ " + strings.Join(l.names, " ") + " ]")
		}
	}
	if len(out.entries) == 0 && !r.anyNode() {
		return nil
	}
	return out
}

// anyNode says whether the filter leaves any node.
func (r *report) anyNode() bool {
	for _, n := range r.v.Nodes {
		if r.onlyNode.hasFold(n.Name) {
			return true
		}
	}
	return false
}

// node is a node by itself, with its resources where they are wanted there.
func (r *report) node(n *scheduler.NodeView) *entry {
	title := [...]string{"Node ", "RemoteNode ", "GuestNode "}[n.Kind] + r.displayName(n) + ": " + n.State()
	switch {
	case n.Health < 0:
		title += " (health is RED)"
	case n.Health == 0:
		title += " (health is YELLOW)"
	}
	if set, ok := featureSet(n); ok && r.Detail {
		title += ", feature set " + set
	}
	if !r.ByNode {
		return &entry{text: title}
	}
	out, resources := list(title), list("Resources")
	below := *r
	below.resources = true
	if r.Brief {
		some := r.onlyRsc.some(n.Running)
		if len(some) == 0 {
			return nil
		}
		below.Inactive = false
		below.brief(resources, some)
	} else {
		for _, rsc := range n.Running {
			resources.add(below.resource(rsc, r.onlyRsc))
		}
	}
	out.add(resources)
	return out
}

// nodeHTML is a node in HTML: every state it is in, each in its colour.
func (r *report) nodeHTML(n *scheduler.NodeView) *entry {
	spans := nodeSpans(n)
	if set, ok := featureSet(n); ok && r.Detail {
		spans = append(spans, span{"", ", feature set " + set})
	}
	name := r.displayName(n) + ":"
	if !r.ByNode {
		return &entry{spans: append([]span{{"bold", name}}, spans...)}
	}
	out := list(name)
	status := &entry{spans: append([]span{{"", "Status:"}}, spans...)}
	below := *r
	below.resources = true
	resources := list("Resources")
	if r.Brief {
		below.Inactive = false
		below.brief(resources, r.onlyRsc.some(n.Running))
	} else {
		for _, rsc := range n.Running {
			resources.add(below.resource(rsc, r.onlyRsc))
		}
	}
	status.add(resources.orNil())
	out.add(status)
	return out
}

func nodeSpans(n *scheduler.NodeView) []span {
	spans := []span{{"offline", " OFFLINE"}}
	if n.Online {
		spans[0] = span{"online", " online"}
	}
	busy := len(n.Running) > 0
	switch {
	case n.StandbyOnFail && busy:
		spans = append(spans, span{"standby", " (in standby due to on-fail, with active resources)"})
	case n.StandbyOnFail:
		spans = append(spans, span{"standby", " (in standby due to on-fail)"})
	case n.Standby && busy:
		spans = append(spans, span{"standby", " (in standby, with active resources)"})
	case n.Standby:
		spans = append(spans, span{"standby", " (in standby)"})
	}
	if n.Maintenance {
		spans = append(spans, span{"maint", " (in maintenance mode)"})
	}
	switch {
	case n.Health < 0:
		spans = append(spans, span{"health_red", " (health is RED)"})
	case n.Health == 0:
		spans = append(spans, span{"health_yellow", " (health is YELLOW)"})
	}
	return spans
}
