package scheduler

import "strings"

// A Placement is what a run says about one resource that can be somewhere: a primitive, or an instance of one.
type Placement struct {
	ID      string       `json:"id"`
	Base    string       `json:"base"`            // without the number of an instance
	Above   []string     `json:"above,omitempty"` // what it is part of, outermost first
	Role    string       `json:"role"`            // now
	Next    string       `json:"next"`            // after the transition
	Active  []string     `json:"active,omitempty"`
	Target  string       `json:"target,omitempty"` // empty: it will run nowhere
	Removed bool         `json:"removed,omitempty"`
	Managed bool         `json:"managed"`
	Blocked bool         `json:"blocked,omitempty"`
	Failed  bool         `json:"failed,omitempty"`
	Nodes   []NodeReason `json:"nodes,omitempty"` // what it thinks of them; only of a run with Why
	Chosen  string       `json:"chosen,omitempty"`
	// Promotion is what decides whether it is promoted, of instances that can be; only of a run with Why.
	Promotion *NodeReason `json:"promotion,omitempty"`
}

// A NodeReason is what a resource thinks of a node.
type NodeReason struct {
	Node   string `json:"node"`
	Score  int    `json:"score"`
	Unable string `json:"unable,omitempty"` // why the node takes nothing at all
	Why    string `json:"why"`              // why the resource goes there, or does not
	Parts  []Part `json:"parts,omitempty"`
}

// Placements are all primitives and instances, in the order of the document.
func (r *Result) Placements() (out []Placement) {
	lines := r.lastLines()
	for _, top := range r.c.resources {
		top.eachBelow(func(x *resource) {
			if x.variant == primitive {
				out = append(out, x.placement(lines))
			}
		})
	}
	return out
}

// Known says whether an id, with or without the number of an instance, names a resource or one of a higher kind, and lists all ids.
func (r *Result) Known(id string) (known bool, all []string) {
	for _, top := range r.c.resources {
		top.eachBelow(func(x *resource) {
			base := baseName(x.id)
			known = known || x.id == id || base == id
			if len(all) == 0 || all[len(all)-1] != base {
				all = append(all, base)
			}
		})
	}
	return known, all
}

// Concerns says whether a resource is the one of that id, or a part of it.
func (v *Placement) Concerns(id string) bool {
	if v.ID == id || v.Base == id {
		return true
	}
	for _, above := range v.Above {
		if above == id || baseName(above) == id {
			return true
		}
	}
	return false
}

type placeKey struct {
	r *resource
	n *node
}

// lastLines are the lines about scores that counted in the end: what was tried before was taken back.
func (r *Result) lastLines() map[placeKey]scoreLine {
	if r.c.why == nil {
		return nil
	}
	out := map[placeKey]scoreLine{}
	for _, l := range r.c.why.lines {
		switch l.label {
		case "pcmk__primitive_assign":
			out[placeKey{l.rsc, l.node}] = l
		case "promotion score":
			out[placeKey{l.rsc, nil}] = l
		}
	}
	return out
}

func (r *resource) placement(lines map[placeKey]scoreLine) Placement {
	v := Placement{
		ID: r.id, Base: r.printableID(), Role: r.role.String(), Next: r.next.String(), Removed: r.is(rscRemoved),
		Managed: r.is(rscManaged), Blocked: r.is(rscBlocked), Failed: r.is(rscFailed),
	}
	for p := r.parent; p != nil; p = p.parent {
		v.Above = append([]string{p.id}, v.Above...)
	}
	for _, n := range r.active {
		v.Active = append(v.Active, n.name)
	}
	if r.assigned != nil {
		v.Target = r.assigned.name
	}
	if lines == nil {
		return v
	}
	for _, n := range r.c.nodes {
		if l, ok := lines[placeKey{r, n}]; ok {
			v.Nodes = append(v.Nodes, NodeReason{Node: n.name, Score: l.score, Unable: n.unable(), Parts: r.c.why.unfold(l.parts, 1)})
		}
	}
	r.compareNodes(&v)
	for x := r; x != nil; x = x.parent {
		if l, ok := lines[placeKey{x, nil}]; ok {
			v.Promotion = &NodeReason{Score: l.score, Parts: r.c.why.unfold(l.parts, 1), Why: x.promotionText()}
			if l.node != nil {
				v.Promotion.Node = l.node.name
			}
			break
		}
	}
	return v
}

func (r *resource) promotionText() string {
	switch top := r.top(); {
	case r.state(false) == rolePromoted:
		return "promoted"
	case r.promotionPriority < 0:
		return "not promoted: the score is below zero"
	case top.clone != nil && top.clone.promotedMax == 0:
		return "not promoted: promoted-max is 0"
	}
	return "not promoted: others have higher scores, or the node may not have one more"
}

// unable says why a node takes no resources, empty when it does.
func (n *node) unable() string {
	var why []string
	for _, s := range []struct {
		so   bool
		text string
	}{
		{!n.online, "offline"}, {n.unclean, "unclean"}, {n.shutdown, "shutting down"}, {n.pending, "pending"},
		{n.standby && !n.failStandby && !n.pending, "standby"}, {n.failStandby, "standby after a failure"}, {n.maintenance, "maintenance"},
	} {
		if s.so {
			why = append(why, s.text)
		}
	}
	return strings.Join(why, ", ")
}

// compareNodes says for each node what decided.
func (r *resource) compareNodes(v *Placement) {
	best := NodeReason{Score: -infinity}
	for _, n := range v.Nodes {
		if n.Node == v.Target {
			best = n
		}
	}
	v.Chosen = r.chosenText()
	for i := range v.Nodes {
		n := &v.Nodes[i]
		switch {
		case n.Node == v.Target:
			n.Why = "it runs here: " + v.Chosen
		case n.Unable != "":
			n.Why = "the node takes nothing: " + n.Unable
		case n.Score <= -infinity:
			n.Why = "banned here: " + banText(n.Parts)
		case n.Score < 0:
			n.Why = "the score is below zero"
		case v.Target == "":
			n.Why = "it runs nowhere: " + v.Chosen
		case !v.Managed:
			n.Why = "it is not managed, and stays where it is"
		case n.Score < best.Score:
			n.Why = "score " + scoreText(n.Score) + " is lower than " + scoreText(best.Score) + " on " + best.Node
		case n.Score == best.Score:
			n.Why = "as good as " + best.Node + ", which " + r.tieText(n.Node)
		default:
			n.Why = "an instance or a member that was assigned before decided otherwise"
		}
	}
}

// banText is the last part that bans.
func banText(parts []Part) string {
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i].Score <= -infinity {
			return parts[i].Text
		}
	}
	return "the sum of its scores"
}

func (r *resource) chosenText() string {
	switch {
	case !r.is(rscManaged) && r.assigned != nil:
		return "it is not managed, and stays where it is"
	case r.c.stopAll && r.assigned == nil:
		return "stop-all-resources"
	case r.assigned == nil && r.stoppedBecause().kind == fromTargetRole:
		return "target-role=Stopped"
	case r.assigned == nil:
		return "no node can take it"
	case len(r.active) == 1 && r.active[0] == r.assigned:
		return "no other node is better than where it is"
	}
	return "the best of the nodes that are available"
}

// tieText says what put the chosen node before one with the same score.
func (r *resource) tieText(other string) string {
	switch {
	case len(r.active) > 0 && r.active[0] == r.assigned:
		return "has it already"
	case r.c.placement == "balanced" || r.c.placement == "utilization":
		return "has more left, fewer resources, or the name that comes first"
	}
	return "had fewer resources when this was decided, or has the name that comes first"
}
