package simulate

import (
	"strconv"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// featureSet is what is written into history; origin is who wrote it.
const (
	featureSet = "3.20.5"
	origin     = "crm_simulate"
)

// copyTree makes a tree that may be changed freely.
func copyTree(n *xmltree.Node) *xmltree.Node {
	out := n.Clone()
	for i, c := range n.Children {
		out.Children[i] = copyTree(c)
	}
	return out
}

// copyButHistory makes a tree of which everything may be changed but the records of resources: most of a large document are those, and
// most of them stay as they are, so both documents have them. Who changes one asks histories for it.
func copyButHistory(n *xmltree.Node) *xmltree.Node {
	out := n.Clone()
	for i, c := range n.Children {
		if c.Kind != xmltree.Element || c.Name != "lrm_resource" {
			out.Children[i] = copyButHistory(c)
		}
	}
	return out
}

// child returns the first child of a name, made when it is not there.
func child(n *xmltree.Node, name string) *xmltree.Node {
	c := n.First(name)
	if c == nil {
		c = xmltree.New(name)
		n.Add(c)
	}
	return c
}

// remove takes all children of a name away.
func remove(n *xmltree.Node, name string) {
	var kept []*xmltree.Node
	for _, c := range n.Children {
		if c.Kind != xmltree.Element || c.Name != name {
			kept = append(kept, c)
		}
	}
	n.Children = kept
}

// nodeState returns the state of a node, made when it is not there. The id is that of the node, empty when unknown.
func nodeState(root *xmltree.Node, name, id string) *xmltree.Node {
	status := child(root, "status")
	for s := range status.Elements("node_state") {
		if s.Get("uname") == name {
			return s
		}
	}
	if id == "" {
		id = idOf(root, name)
	}
	for s := range status.Elements("node_state") {
		if s.Get("id") == id {
			s.Set("uname", name)
			return s
		}
	}
	s := xmltree.New("node_state", "id", id, "uname", name)
	status.Add(s)
	return s
}

// idOf is the id that the configuration gives a node, its name without one.
func idOf(root *xmltree.Node, name string) string {
	if nodes := root.Find("configuration", "nodes"); nodes != nil {
		for n := range nodes.Elements("node") {
			if n.Get("uname") == name {
				return n.Get("id")
			}
		}
	}
	return name
}

// setMember lets a node come or go.
func setMember(state *xmltree.Node, up bool) {
	member, online, join := "false", "offline", "down"
	if up {
		member, online, join = "true", "online", "member"
	}
	state.Set("in_ccm", member)
	state.Set("crmd", online)
	state.Set("join", join)
	state.Set("expected", join)
	state.Set("crm-debug-origin", origin)
}

// nextCall is the number of the next operation of a resource on a node.
func nextCall(e *xmltree.Node) int {
	most := 0
	for op := range e.Elements("") {
		if n, ok := cib.Integer(op.Get("call-id")); ok {
			most = max(most, int(n))
		}
	}
	return most + 1
}

// setTransient sets a transient attribute of a node.
func setTransient(state *xmltree.Node, name, value string) {
	id := state.Get("id")
	attrs := state.First("transient_attributes")
	if attrs == nil {
		attrs = xmltree.New("transient_attributes", "id", id)
		state.Add(attrs)
	}
	set := attrs.First("instance_attributes")
	if set == nil {
		set = xmltree.New("instance_attributes", "id", id)
		attrs.Add(set)
	}
	setPair(set, name, value)
}

// setPair gives a name in a block a value.
func setPair(set *xmltree.Node, name, value string) {
	for p := range set.Elements("nvpair") {
		if p.Get("name") == name {
			p.Set("value", value)
			return
		}
	}
	set.Add(xmltree.New("nvpair", "id", set.Get("id")+"-"+name, "name", name, "value", value))
}

func transient(state *xmltree.Node, name string) string {
	if set := state.Find("transient_attributes", "instance_attributes"); set != nil {
		for p := range set.Elements("nvpair") {
			if p.Get("name") == name {
				return p.Get("value")
			}
		}
	}
	return ""
}

// countFailure raises a fail count, and returns the lines that say so.
func countFailure(state *xmltree.Node, resource, task string, interval uint32, rc int, fatal bool, now int64) (lines []scheduler.Line) {
	if rc == 0 || rc == 7 && interval == 0 {
		return nil
	}
	name := resource + "#" + task + "_" + strconv.FormatUint(uint64(interval), 10)
	value := "INFINITY"
	if !fatal {
		n, _ := cib.Integer(transient(state, "fail-count-"+name))
		value = strconv.FormatInt(n+1, 10)
	}
	for _, p := range [][2]string{{"fail-count-" + name, value}, {"last-failure-" + name, strconv.FormatInt(now, 10)}} {
		setTransient(state, p[0], p[1])
		lines = append(lines, scheduler.Line{
			Text: "Injecting attribute " + p[0] + "=" + p[1] + " into " + state.Name + " '" + state.Get("id") + "'",
			XML:  xmltree.New("inject_attr", "name", p[0], "value", p[1], "node_path", "/node_state", "cib_node", state.Get("id")),
		})
	}
	return lines
}
