package scheduler

import (
	"maps"
	"slices"
	"strings"

	"heartbeat/internal/xmltree"
)

// A BanView is a location constraint that keeps a resource away from a node.
type BanView struct {
	ID           string
	Resource     *ResourceView
	Node         *NodeView
	Score        int  // below 0
	PromotedOnly bool // it may run there, but not be promoted
}

// Bans reads the constraints, as Decide does, and tells those with a negative score. Ask once, and not for a run that will Decide.
func (v *View) Bans() (out []BanView) {
	v.constrain()
	// The newest stands first, as tools always showed them.
	for _, l := range slices.Backward(v.c.locations) {
		nodes := l.nodes
		if v.anyOf(l.id) {
			nodes = slices.Clone(nodes)
			slices.Reverse(nodes)
		}
		for _, at := range nodes {
			if at.score < 0 {
				out = append(out, BanView{ID: l.id, Resource: v.resources[l.rsc], Node: v.node(at.node), Score: at.score, PromotedOnly: l.role == rolePromoted})
			}
		}
	}
	return out
}

// anyOf says whether an id is that of a rule for which one of its conditions is enough. Tools list the nodes of such rules the other way round.
func (v *View) anyOf(id string) bool {
	for x := range v.c.section("constraints").All() {
		if x.Name == "rule" && x.Get("id") == id {
			return strings.EqualFold(x.Get("boolean-op"), "or")
		}
	}
	return false
}

// A TicketView is the permission of several sites to run something here.
type TicketView struct {
	ID               string
	Granted, Standby bool
	LastGranted      string // seconds since 1970 as text, empty when it never was
}

// Tickets reads the constraints and tells all tickets, by id, also those that were never granted.
func (v *View) Tickets() (out []TicketView) {
	v.constrain()
	last := map[string]string{}
	if list := v.Document.Find("status", "tickets"); list != nil {
		for t := range list.Elements("ticket_state") {
			last[t.Get("id")] = t.Get("last-granted")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(v.c.tickets)) {
		t := v.c.tickets[id]
		out = append(out, TicketView{ID: id, Granted: t.granted, Standby: t.standby, LastGranted: last[id]})
	}
	return out
}

// ConstrainedView makes the view after the constraints were read, as reports do that show some: what a ticket freezes is unmanaged then, and a
// node that a lost ticket condemns is unclean.
func (r *Result) ConstrainedView() *View {
	r.c.unpackConstraints()
	v := r.View()
	v.constrained = true
	return v
}

// constrain reads the constraints, once.
func (v *View) constrain() {
	if !v.constrained {
		v.constrained = true
		v.c.unpackConstraints()
	}
}

// Operations are the recorded operations below an lrm_resource, oldest first, ties in the order of the document.
func Operations(entry *xmltree.Node) []*xmltree.Node {
	ops := slices.Collect(entry.Elements("lrm_rsc_op"))
	ops = sorted(ops, newer)
	return ops
}

// OperationKey is the name of a recorded operation, and the parts of it.
func OperationKey(op *xmltree.Node) (key, resource, task string, interval uint32) {
	key = historyKey(op)
	resource, task, interval = parseKey(key)
	return key, resource, task, interval
}

// MasksFailure says whether a recorded probe failed because the agent could not even be asked; reports leave it out.
func MasksFailure(op *xmltree.Node) bool { return isProbe(op) && masksFailure(op) }

// A ColocationView is the wish that a dependent resource is near another, or far from it.
type ColocationView struct {
	ID                 string
	Dependent, Primary *ResourceView
	Score              int
	PrimaryRole        string // empty: any
}

// Colocations reads the constraints and tells those of a resource: those it depends on, and those that depend on it.
func (v *View) Colocations(s *ResourceView) (with, dependents []ColocationView) {
	v.constrain()
	views := func(list []*colocation) (out []ColocationView) {
		for _, c := range list {
			view := ColocationView{ID: c.id, Dependent: v.resources[c.dependent], Primary: v.resources[c.primary], Score: c.score}
			if c.primaryRole > roleStarted {
				view.PrimaryRole = c.primaryRole.String()
			}
			out = append(out, view)
		}
		return out
	}
	return views(s.r.thisWith), views(s.r.withThis)
}

// Locations reads the constraints and tells those of a resource that name nodes, with any score.
func (v *View) Locations(s *ResourceView) (out []BanView) {
	v.constrain()
	for _, l := range s.r.locations {
		for _, at := range l.nodes {
			out = append(out, BanView{ID: l.id, Resource: s, Node: v.node(at.node), Score: at.score, PromotedOnly: l.role == rolePromoted})
		}
	}
	return out
}

// ActiveFrom are the places of the last start and the last stop among operations, oldest first; -1 for none.
func ActiveFrom(ops []*xmltree.Node) (start, stop int) { return activeOps(ops) }
