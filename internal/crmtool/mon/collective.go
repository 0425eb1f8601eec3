package mon

import (
	"fmt"
	"slices"
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
)

// skipsMember says whether a member of a group is not shown: it does not run, or only others are asked for.
func (r *report) skipsMember(child *scheduler.ResourceView, whole bool, only filter) bool {
	left := only.left(child, false)
	shown := child.PartlyActive || r.Inactive
	switch {
	case !only.all && !left:
		return false
	case !left && shown:
		return false
	case whole && shown:
		return false
	}
	return true
}

func (r *report) group(rsc *scheduler.ResourceView, only filter) *entry {
	var words []string
	if !rsc.Active && rsc.PartlyActive && !r.Inactive {
		if n := inactiveMembers(rsc); n > 0 {
			words = append(words, fmt.Sprintf("%d member%s inactive", n, plural(n)))
		}
	}
	out := list(titled("Resource Group: "+rsc.ID, append(words, management(rsc)...)))
	if r.Brief {
		some := only.some(rsc.Children)
		if len(some) == 0 {
			return nil
		}
		all := *r
		all.Inactive = true
		all.brief(out, some)
		return out
	}
	for _, m := range rsc.Children {
		if !r.skipsMember(m, only.whole(rsc), only) {
			out.add(r.resource(m, only))
		}
	}
	return out.orNil()
}

func inactiveMembers(rsc *scheduler.ResourceView) (n int) {
	for _, m := range rsc.Children {
		if !m.Active {
			n++
		}
	}
	return n
}

// management is what a title says about a collective that is not managed or not to run.
func management(rsc *scheduler.ResourceView) (words []string) {
	if !rsc.Managed {
		words = append(words, "unmanaged")
	}
	if rsc.Disabled {
		words = append(words, "disabled")
	}
	return words
}

func titled(title string, words []string) string {
	if len(words) == 0 {
		return title
	}
	return title + " (" + strings.Join(words, ", ") + ")"
}

// clone shows instances that are as they should be by node, and all others in full.
func (r *report) clone(rsc *scheduler.ResourceView, only filter) *entry {
	var words []string
	if rsc.Promotable {
		words = append(words, "promotable")
	}
	if rsc.Unique {
		words = append(words, "unique")
	}
	out := list(titled("Clone Set: "+rsc.ID+" ["+rsc.ChildID+"]", append(words, management(rsc)...)))
	whole := only.whole(rsc)
	var promoted, started []*scheduler.NodeView
	stopped := map[string]string{} // state by instance or node
	for _, i := range rsc.Children {
		if r.onlyNode.elsewhere(i) || only.left(i, whole) {
			continue
		}
		place, full := r.instance(rsc, i)
		switch {
		case full || r.Detail:
			out.add(r.resource(i, everything()))
			if full && place == nil {
				continue
			}
		}
		switch {
		case place == nil:
			if !rsc.Unique && !i.PartlyActive && !i.Removed && r.Inactive && !r.Detail && !full {
				stopped[i.ID] = "Stopped"
			}
		case i.HighestRole() == "Promoted":
			promoted = append(promoted, place)
		default:
			started = append(started, place)
		}
	}
	if r.Detail {
		return out.orNil()
	}
	count := r.instanceLine(out, "Promoted", promoted)
	how := "Started"
	if rsc.Promotable {
		if how = "Unpromoted"; isUnpromoted(configuredRole(rsc)) {
			how = "Unpromoted (target-role)"
		}
	}
	count += r.instanceLine(out, how, started)
	if !r.Inactive {
		return out.orNil()
	}
	if !rsc.Unique && rsc.Max > count {
		stopped = r.stopped(rsc)
	}
	for _, state := range slices.Compact(slices.Sorted(values(stopped))) {
		var names []string
		for name, s := range stopped {
			if s == state {
				names = append(names, name)
			}
		}
		slices.SortFunc(names, scheduler.CompareNames)
		out.line(state + ": [ " + strings.Join(names, " ") + " ]")
	}
	if len(out.entries) == 0 && count > 0 {
		return nil
	}
	return out
}

func values(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

// instance is where an instance of an anonymous clone is that is as it should be; full is true for one that is shown by itself.
func (r *report) instance(rsc, i *scheduler.ResourceView) (place *scheduler.NodeView, full bool) {
	switch {
	case rsc.Unique:
		return nil, i.PartlyActive || !rsc.Removed
	case r.Pending && i.PendingTask != "":
		return nil, true
	case !i.PartlyActive:
		return nil, false
	case i.AnyBelow(func(b *scheduler.ResourceView) bool { return b.Removed || !b.Managed || b.Failed }), !i.Active:
		return nil, true
	}
	if place = i.Place; place == nil || !place.Online && place.Unclean {
		return nil, true
	}
	return place, false
}

// instanceLine lists the nodes of instances in one role, and counts them.
func (r *report) instanceLine(out *entry, how string, at []*scheduler.NodeView) int {
	slices.SortStableFunc(at, func(a, b *scheduler.NodeView) int { return scheduler.CompareNames(a.Name, b.Name) })
	var names []string
	for _, n := range at {
		if r.onlyNode.hasFold(n.Name) {
			names = append(names, n.Name)
		}
	}
	if len(names) > 0 {
		out.line(how + ": [ " + strings.Join(names, " ") + " ]")
	}
	return len(names)
}

// configuredRole is the target role of a clone, or of its first instance.
func configuredRole(rsc *scheduler.ResourceView) string {
	if rsc.TargetRole == "" && len(rsc.Children) > 0 {
		return rsc.Children[0].TargetRole
	}
	return rsc.TargetRole
}

// stopped tells for every node without an instance of an anonymous clone why it has none.
func (r *report) stopped(rsc *scheduler.ResourceView) map[string]string {
	out := map[string]string{}
	for _, n := range rsc.Allowed {
		if !r.onlyNode.hasFold(n.Name) || slices.Contains(rsc.On, n) {
			continue
		}
		state := "Stopped"
		if strings.EqualFold(configuredRole(rsc), "Stopped") {
			state = "Stopped (disabled)"
		}
		if rc, failed := rsc.FailedProbe(n); failed {
			state = "Stopped (" + cib.AnswerWord(rc) + ")"
		}
		out[n.Name] = state
	}
	return out
}

// bundle is a line for each container, or in detail each of its parts.
func (r *report) bundle(rsc *scheduler.ResourceView, only filter) *entry {
	title := "Container bundle"
	if len(rsc.Replicas) > 1 {
		title += " set"
	}
	title += ": " + rsc.ID + " [" + rsc.Image + "]"
	if rsc.Unique {
		title += " (unique)"
	}
	if !rsc.Managed {
		title += " (unmanaged)"
	}
	out := list(title)
	whole := only.has(rsc.ID)
	headed := false
	for _, p := range rsc.Replicas {
		if r.onlyNode.elsewhere(p.Container) {
			continue
		}
		var parts []*scheduler.ResourceView
		for _, part := range []*scheduler.ResourceView{p.IP, p.Child, p.Container, p.Remote} {
			if part != nil && !only.left(part, whole) {
				parts = append(parts, part)
			}
		}
		switch {
		case r.Detail || !whole && len(parts) > 0:
			headed = true
			r.replicaParts(out, p, parts, only, len(rsc.Replicas) > 1)
		case whole:
			headed = true
			out.add(r.replica(p))
		}
	}
	if !headed {
		return nil
	}
	return out
}

func (r *report) replicaParts(out *entry, p scheduler.ReplicaView, parts []*scheduler.ResourceView, only filter, several bool) {
	detail := *r
	detail.Detail = true
	inner := list("")
	for _, part := range parts {
		inner.add(detail.resource(part, only))
	}
	name := "Replica[" + p.Number + "]"
	switch {
	case r.html && several:
		inner.title = name
		out.add(inner)
	case r.html:
		out.add(inner.entries...)
	case several:
		out.line(name)
		out.add(inner)
	default:
		out.add(inner)
	}
}

func (r *report) replica(p scheduler.ReplicaView) *entry {
	shown, name := p.Child, p.Remote
	if shown == nil {
		shown = p.Container
	}
	if name == nil {
		name = p.Container
	}
	text := name.Name
	if p.Address != "" {
		text += " (" + p.Address + ")"
	}
	return r.primitive(shown, text, p.Container.Current)
}
