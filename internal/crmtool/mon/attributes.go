package mon

import (
	"fmt"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
)

// attributeNames are the attributes of a node that people set; what the cluster keeps there for itself is left out.
func attributeNames(n *scheduler.NodeView) (names []string) {
next:
	for _, name := range n.Attributes() {
		for _, hidden := range []string{"fail-count", "last-failure", "shutdown", "terminate", "standby", "#"} {
			if strings.HasPrefix(name, hidden) {
				continue next
			}
		}
		names = append(names, name)
	}
	return names
}

// expected is the value that a node attribute kept by a ping resource has when all hosts answer; ok is false for other attributes.
func expected(n *scheduler.NodeView, list []*scheduler.ResourceView, attribute string) (value int, ok bool) {
	for _, rsc := range list {
		if value, ok := expected(n, rsc.Children, attribute); ok {
			return value, true
		}
		if !strings.EqualFold(rsc.Type, "ping") && !strings.EqualFold(rsc.Type, "pingd") {
			continue
		}
		params := rsc.Parameters(n)
		name, named := params.Lookup("name")
		if !named {
			name = "pingd"
		}
		if !strings.EqualFold(name, attribute) {
			continue
		}
		hosts, multiplier := 0, 1
		if list, given := params.Lookup("host_list"); given && list != "" {
			hosts = len(strings.Split(list, " "))
		}
		if m, good := cib.Integer(params.Get("multiplier")); good {
			multiplier = int(m)
		}
		return hosts * multiplier, true
	}
	return 0, false
}

func (r *report) attributes() *entry {
	out := list("Node Attributes")
	for _, n := range r.v.Nodes {
		names := attributeNames(n)
		if !n.Online || len(names) == 0 || !r.onlyNode.hasFold(n.Name) {
			continue
		}
		of := list(r.nodeTitle(n))
		for _, name := range names {
			value, _ := n.Attribute(name)
			of.add(r.attribute(n, name, value))
		}
		out.add(of)
	}
	return out.orNil()
}

// nodeTitle is the title over what belongs to a node.
func (r *report) nodeTitle(n *scheduler.NodeView) string {
	if r.html {
		return r.displayName(n) + ":"
	}
	return "Node: " + r.displayName(n)
}

func (r *report) attribute(n *scheduler.NodeView, name, value string) *entry {
	e := &entry{text: fmt.Sprintf("%-32s\t: %-10s", name, value)}
	plain := name + ": " + value
	want, pinged := expected(n, n.Running, name)
	have := number(value)
	switch {
	case !pinged:
		if r.html {
			e.text = plain
		}
	case have <= 0:
		e.text += "\t: Connectivity is lost"
		e.spans = []span{{"", plain}, {"bold", "(connectivity is lost)"}}
	case have < want:
		e.text += fmt.Sprintf("\t: Connectivity is degraded (Expected=%d)", want)
		e.spans = []span{{"", plain}, {"bold", fmt.Sprintf("(connectivity is degraded -- expected %d", want)}}
	default:
		e.spans = []span{{"", plain}}
	}
	return e
}
