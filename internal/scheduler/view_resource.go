package scheduler

import (
	"strconv"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/xmltree"
)

// A ResourceKind is the kind of a resource.
type ResourceKind uint8

const (
	Primitive ResourceKind = iota
	Group
	Clone
	Bundle
)

// A ResourceView is a resource, an instance of one, or a member.
type ResourceView struct {
	ID   string        // unique: instances carry their number
	Name string        // without the number of an anonymous instance
	XML  *xmltree.Node // with its template merged in
	Kind ResourceKind

	Parent   *ResourceView
	Children []*ResourceView
	Replicas []ReplicaView // of a bundle, which has no children

	Class, Provider, Type string // of a primitive; Provider only where the class has some
	Role                  string // Stopped, Started, Unpromoted, Promoted, Unknown
	TargetRole            string // as configured, empty without
	PendingTask           string // operation that has not ended, empty without
	Image, Engine         string // of a bundle

	Active, PartlyActive                            bool // every part of it; some part of it
	Removed, Blocked, Managed, Failed               bool
	FailureIgnored, Unique, Promotable, Maintenance bool
	Disabled, Internal                              bool

	On       []*NodeView // where it is active
	Current  *NodeView   // the one of these that counts
	Place    *NodeView   // the only node of it and everything below it, nil when there are none or several
	Pending  *NodeView   // where something is pending
	LockedTo *NodeView
	Allowed  []*NodeView // of a clone: where instances may be, by name

	ChildID   string // of a clone: id of what it clones
	Max       int    // of a clone: instances
	Threshold int    // failures before it moves away, 0: never

	r *resource
	v *View
}

// A ReplicaView is one container of a bundle; all but Container may be nil.
type ReplicaView struct {
	Number                       string
	Address                      string
	IP, Child, Container, Remote *ResourceView
}

func (v *View) resource(r *resource, parent *ResourceView) *ResourceView {
	s := &ResourceView{
		ID: r.id, Name: r.printableID(), XML: r.xml, Kind: ResourceKind(r.variant), Parent: parent, r: r, v: v,
		Role: r.role.String(), TargetRole: r.meta.Get("target-role"), PendingTask: r.pendingAction,
		Active: r.isActive(true), PartlyActive: r.isActive(false),
		Removed: r.is(rscRemoved), Blocked: r.is(rscBlocked), Managed: r.is(rscManaged), Failed: r.is(rscFailed),
		FailureIgnored: r.is(rscIgnoreFailure), Unique: r.is(rscUnique), Promotable: r.is(rscPromotable), Maintenance: r.is(rscInMaintenance),
		Disabled: r.isDisabled(), Internal: isTrue(r.meta.Get("internal")),
		Current: v.node(r.current()), Place: v.node(r.place(placesCurrent)), Pending: v.node(r.pendingNode), LockedTo: v.node(r.lockNode),
		Threshold: r.threshold,
	}
	v.resources[r] = s
	if s.Class = r.xml.Get("class"); hasProvider(s.Class) {
		s.Provider = r.xml.Get("provider")
	}
	s.Type = r.xml.Get("type")
	for _, n := range r.active {
		s.On = append(s.On, v.node(n))
	}
	switch r.variant {
	case clone:
		s.ChildID, s.Max = r.clone.child.Get("id"), r.clone.max
		s.Allowed = v.allowed(r)
	case bundle:
		v.replicas(s)
	}
	if r.variant != bundle {
		for _, child := range r.children {
			s.Children = append(s.Children, v.resource(child, s))
		}
	}
	return s
}

// allowed are the nodes that a clone knows of; where nothing is allowed by default, those on which it was looked for.
func (v *View) allowed(r *resource) (out []*NodeView) {
	opinion := r.allowed
	if opinion.empty() {
		opinion = r.known
	}
	for _, n := range v.c.nodes {
		if opinion.get(n) != nil {
			out = append(out, v.node(n))
		}
	}
	return out
}

func (v *View) replicas(s *ResourceView) {
	d := s.r.bundle
	s.Image, s.Engine = d.image, d.agent
	if d.child != nil {
		s.Children = append(s.Children, v.resource(d.child, s))
	}
	part := func(r *resource) *ResourceView {
		if r == nil {
			return nil
		}
		if made := v.resources[r]; made != nil {
			return made
		}
		return v.resource(r, s)
	}
	for _, p := range d.replicas {
		s.Replicas = append(s.Replicas, ReplicaView{
			Number: strconv.Itoa(p.offset), Address: p.address,
			IP: part(p.ip), Child: part(p.child), Container: part(p.container), Remote: part(p.remote),
		})
	}
}

// Top is the outermost ancestor, bundles not counted.
func (s *ResourceView) Top() *ResourceView {
	for s.Parent != nil && s.Parent.Kind != Bundle {
		s = s.Parent
	}
	return s
}

// Bundled says whether it is part of a bundle.
func (s *ResourceView) Bundled() bool { return s.r.isBundled() && s.Kind != Bundle }

// AnyBelow says whether something holds for it or for anything below it.
func (s *ResourceView) AnyBelow(holds func(*ResourceView) bool) bool {
	if holds(s) {
		return true
	}
	for _, c := range s.Children {
		if c.AnyBelow(holds) {
			return true
		}
	}
	return false
}

// HighestRole is the highest role of it and everything below it.
func (s *ResourceView) HighestRole() string { return s.r.state(true).String() }

// Meta is a meta attribute, with those of ancestors and defaults as they count.
func (s *ResourceView) Meta(name string) (string, bool) { return s.r.meta.Lookup(name) }

// MetaPairs are all meta attributes that count, defaults of the program left out.
func (s *ResourceView) MetaPairs() cib.Pairs { return s.r.meta }

// Utilization is what it needs of a node.
func (s *ResourceView) Utilization() cib.Pairs { return s.r.utilization }

// Parameters are the instance attributes on a node; nil for no node.
func (s *ResourceView) Parameters(n *NodeView) cib.Pairs {
	if n == nil {
		return *s.r.parameters(nil)
	}
	return *s.r.parameters(n.n)
}

// FailCount is how often it failed on a node and when it did last (seconds since 1970, 0 unknown). What has expired is still told, until the
// cluster clears it.
func (s *ResourceView) FailCount(n *NodeView) (count int, last int64) {
	if s.v.c.countsWithoutOperation() {
		return s.oldFailCount(n)
	}
	return s.v.c.failCount(n.n, s.r, false, false, nil)
}

// countsWithoutOperation says whether the document is from before 3.0.13, when fail counts did not say which operation they count.
// Decisions no longer look at such counts, but people still want to see them.
func (c *cluster) countsWithoutOperation() bool {
	const first = 3_000_013
	version, rest := int64(0), c.input.Get("crm_feature_set")
	for _, weight := range []int64{1_000_000, 1_000, 1} {
		var part string
		part, rest, _ = strings.Cut(rest, ".")
		n, _ := cib.Integer(part)
		version += min(max(n, 0), 999) * weight
	}
	return version < first
}

func (s *ResourceView) oldFailCount(n *NodeView) (count int, last int64) {
	name := s.r.failureName()
	counts := func(rest string) bool {
		return rest == name || !s.Unique && baseName(rest) == name
	}
	for attr, value := range n.n.attrs {
		if rest, ok := strings.CutPrefix(attr, failCountPrefix); ok && counts(rest) {
			if score, ok := cib.Score(value, s.v.c.health); ok {
				count = cib.AddScores(count, score)
			}
		} else if rest, ok := strings.CutPrefix(attr, lastFailurePrefix); ok && counts(rest) {
			when, _ := cib.Integer(value)
			last = max(last, when)
		}
	}
	if count <= 0 {
		last = 0
	}
	return count, last
}

// FailedProbe is the answer of a probe that could not find out whether it runs on a node; nil: on any node.
func (s *ResourceView) FailedProbe(n *NodeView) (rc int, failed bool) {
	name := ""
	if n != nil {
		name = n.Name
	}
	return s.v.c.failedProbe(s.r, name)
}

// Find looks a resource up by its id, or by the name that its history has: any instance of a clone.
func (v *View) Find(id string) *ResourceView { return v.resources[v.c.findResource(id)] }

// FindAny also finds an anonymous clone's child and its instances by the id without a number.
func (v *View) FindAny(id string) *ResourceView {
	if s := v.Find(id); s != nil {
		return s
	}
	for _, top := range v.c.resources {
		if r := top.find(func(r *resource) bool { return r.printableID() == id || r.xml.Get("id") == id }); r != nil {
			return v.resources[r]
		}
	}
	return nil
}
