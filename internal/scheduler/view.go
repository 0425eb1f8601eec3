package scheduler

import (
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// A View is the state of a cluster as reports show it: nodes, resources, failures. It is for reading; it shares the document with the run.
type View struct {
	Document *xmltree.Node

	Nodes     []*NodeView     // by name
	Resources []*ResourceView // in the order of the document, removed ones that history knows last
	Failures  []*xmltree.Node // entries of histories, each with the name of its node in the attribute uname
	DC        *NodeView       // nil without one

	Quorate, Fencing, Symmetric, Maintenance, StopAll bool
	QuorumPolicy                                      string // stop, freeze, ignore, demote, fence
	FencingTimeout, PriorityFencingDelay              uint32 // ms
	Instances, Disabled, Blocked                      int

	c         *cluster
	nodes     map[*node]*NodeView
	resources map[*resource]*ResourceView

	constrained bool // constraints were read
}

// View makes the view. It is asked for before Decide.
func (r *Result) View() *View {
	c := r.c
	timeout, ok := cib.Interval(c.spanProperty("fencing-timeout", "60s"))
	if !ok {
		timeout = 60_000
	}
	v := &View{
		Document: c.input, c: c,
		Quorate: c.quorate, Fencing: c.fencing, Symmetric: c.symmetric, Maintenance: c.maintenance, StopAll: c.stopAll,
		QuorumPolicy: c.quorumPolicy.String(), FencingTimeout: timeout, PriorityFencingDelay: c.priorityFencing,
		Instances: c.instances, Disabled: c.disabled, Blocked: c.blocked,
		nodes: map[*node]*NodeView{}, resources: map[*resource]*ResourceView{},
	}
	for _, n := range c.nodes {
		v.Nodes = append(v.Nodes, v.node(n))
	}
	for _, top := range c.resources {
		v.Resources = append(v.Resources, v.resource(top, nil))
	}
	for _, n := range c.nodes {
		for _, running := range n.running {
			if shown := v.resources[running]; shown != nil {
				v.nodes[n].Running = append(v.nodes[n].Running, shown)
			}
		}
		if n.isGuest() {
			v.nodes[n].Container = v.resources[n.connection.launcher]
		}
	}
	for _, f := range c.failed {
		op := f.op.Clone()
		op.Set("uname", f.node.name)
		v.Failures = append(v.Failures, op)
	}
	v.DC = v.nodes[c.dc]
	return v
}

func (p quorumPolicy) String() string {
	return [...]string{"stop", "freeze", "ignore", "demote", "fence"}[p]
}

// A NodeKind is what a node is.
type NodeKind uint8

const (
	MemberNode NodeKind = iota
	RemoteNode
	GuestNode
)

// A NodeView is a node. Health is -1 for red, 0 for yellow, 1 for green.
type NodeView struct {
	ID, Name string
	Kind     NodeKind
	Health   int

	Online, Unclean, Pending, Standby, StandbyOnFail bool
	Maintenance, Shutdown, ExpectedUp, IsDC          bool

	Running   []*ResourceView
	Container *ResourceView // of a guest
	n         *node
}

func (v *View) node(n *node) *NodeView {
	if n == nil {
		return nil
	}
	if shown := v.nodes[n]; shown != nil {
		return shown
	}
	shown := &NodeView{
		ID: n.id, Name: n.name, Health: v.c.nodeHealth(n), n: n,
		Online: n.online, Unclean: n.unclean, Pending: n.pending, Standby: n.standby, StandbyOnFail: n.failStandby,
		Maintenance: n.maintenance, Shutdown: n.shutdown, ExpectedUp: n.expectedUp, IsDC: n == v.c.dc,
	}
	switch {
	case n.isGuest():
		shown.Kind = GuestNode
	case n.isRemote():
		shown.Kind = RemoteNode
	}
	v.nodes[n] = shown
	return shown
}

// State is the state in words.
func (n *NodeView) State() string { return n.n.stateText() }

// Attribute is the value of an attribute, transient ones before permanent ones.
func (n *NodeView) Attribute(name string) (string, bool) {
	v, ok := n.n.attrs[name]
	return v, ok
}

// Attributes are the names of all attributes, sorted; those that begin with # are made up by the scheduler.
func (n *NodeView) Attributes() []string {
	names := make([]string, 0, len(n.n.attrs))
	for name := range n.n.attrs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// FindNode looks a node up by its name; case does not matter.
func (v *View) FindNode(name string) *NodeView { return v.nodes[v.c.findNode(name)] }

// FindNodeID looks a node up by its id.
func (v *View) FindNodeID(id string) *NodeView { return v.nodes[v.c.byID[strings.ToLower(id)]] }

// Tagged are the ids that a tag stands for.
func (v *View) Tagged(tag string) []string { return v.c.tags[tag] }

// CompareNames orders names of nodes as reports do: letters without case, runs of digits as numbers.
func CompareNames(a, b string) int { return compareNames(a, b) }
