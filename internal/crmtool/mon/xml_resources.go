package mon

import (
	"strconv"
	"strings"

	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

func (r *report) xmlResources() *xmltree.Node {
	out := xmltree.New("resources")
	for _, rsc := range r.v.Resources {
		if !r.skips(rsc) {
			add(out, r.xmlResource(rsc, r.onlyRsc))
		}
	}
	return orNone(out)
}

// xmlResource is a resource of any kind as an element, nil when nothing of it is left.
func (r *report) xmlResource(rsc *scheduler.ResourceView, only filter) *xmltree.Node {
	if only.left(rsc, true) {
		return nil
	}
	switch rsc.Kind {
	case scheduler.Group:
		return r.xmlGroup(rsc, only)
	case scheduler.Clone:
		return r.xmlClone(rsc, only)
	case scheduler.Bundle:
		return r.xmlBundle(rsc, only)
	case scheduler.Primitive:
	}
	return r.xmlPrimitive(rsc)
}

func (r *report) xmlPrimitive(rsc *scheduler.ResourceView) *xmltree.Node {
	agent := rsc.XML.Get("class")
	if provider, ok := rsc.XML.Lookup("provider"); ok {
		agent += ":" + provider
	}
	x := xmltree.New("resource", "id", rsc.Name, "resource_agent", agent+":"+rsc.Type, "role", r.state(rsc))
	if rsc.TargetRole != "" {
		x.Set("target_role", rsc.TargetRole)
	}
	set(x, "active", yes(rsc.Active), "orphaned", yes(rsc.Removed), "blocked", yes(rsc.Blocked), "managed", yes(rsc.Managed),
		"failed", yes(rsc.Failed), "failure_ignored", yes(rsc.FailureIgnored), "nodes_running_on", strconv.Itoa(len(rsc.On)))
	if r.Pending && rsc.PendingTask == "monitor" {
		x.Set("pending", "Monitoring")
	}
	if rsc.LockedTo != nil {
		x.Set("locked_to", rsc.LockedTo.Name)
	}
	for _, n := range rsc.On {
		x.Add(xmltree.New("node", "name", n.Name, "id", n.ID, "cached", yes(n.Online)))
	}
	return x
}

func (r *report) xmlGroup(rsc *scheduler.ResourceView, only filter) *xmltree.Node {
	x := xmltree.New("group", "id", rsc.ID, "number_resources", strconv.Itoa(len(rsc.Children)), "managed", yes(rsc.Managed), "disabled", yes(rsc.Disabled))
	any := false
	for _, m := range rsc.Children {
		if !r.skipsMember(m, only.whole(rsc), only) {
			any = true
			add(x, r.xmlResource(m, only))
		}
	}
	if !any {
		return nil
	}
	return x
}

func (r *report) xmlClone(rsc *scheduler.ResourceView, only filter) *xmltree.Node {
	x := xmltree.New("clone", "id", rsc.ID, "multi_state", yes(rsc.Promotable), "unique", yes(rsc.Unique), "managed", yes(rsc.Managed),
		"disabled", yes(rsc.Disabled), "failed", yes(rsc.Failed), "failure_ignored", yes(rsc.FailureIgnored))
	if to := configuredRole(rsc); to != "" {
		x.Set("target_role", to)
	}
	any, whole := false, only.whole(rsc)
	for _, i := range rsc.Children {
		if !r.onlyNode.elsewhere(i) && !only.left(i, whole) {
			any = true
			add(x, r.xmlResource(i, everything()))
		}
	}
	if !any {
		return nil
	}
	return x
}

func (r *report) xmlBundle(rsc *scheduler.ResourceView, only filter) *xmltree.Node {
	x := xmltree.New("bundle", "id", rsc.ID, "type", strings.ToLower(rsc.Engine), "image", rsc.Image, "unique", yes(rsc.Unique),
		"managed", yes(rsc.Managed), "failed", yes(rsc.Failed))
	any, whole := false, only.has(rsc.ID)
	for _, p := range rsc.Replicas {
		if r.onlyNode.elsewhere(p.Container) {
			continue
		}
		replica := xmltree.New("replica", "id", p.Number)
		shown := whole
		for _, part := range []*scheduler.ResourceView{p.IP, p.Child, p.Container, p.Remote} {
			if part != nil && !only.left(part, whole) {
				shown = true
				add(replica, r.xmlResource(part, only))
			}
		}
		if shown {
			any = true
			x.Add(replica)
		}
	}
	if !any {
		return nil
	}
	return x
}

// ResourceLines are the lines of one resource as text, those of its parts without titles.
func ResourceLines(v *scheduler.View, rsc *scheduler.ResourceView, o Options) []string {
	e := newReport(v, o).resource(rsc, everything())
	if e == nil {
		return nil
	}
	return e.leaves(nil)
}

func (e *entry) leaves(out []string) []string {
	if !e.list {
		return append(out, e.text)
	}
	for _, below := range e.entries {
		out = below.leaves(out)
	}
	return out
}

// ResourceXML is one resource as an element, nil when there is nothing to show.
func ResourceXML(v *scheduler.View, rsc *scheduler.ResourceView, o Options) *xmltree.Node {
	return newReport(v, o).xmlResource(rsc, everything())
}

// Describe is a primitive in one line without its place.
func Describe(v *scheduler.View, rsc *scheduler.ResourceView, o Options) string {
	r := newReport(v, o)
	r.resources = true
	at := rsc.Current
	if at == nil {
		at = rsc.Pending
	}
	return r.describe(rsc, rsc.Name, at)
}

// ResourceList is the section of resources as text, without places, as lists of commands have it.
func ResourceList(v *scheduler.View, o Options) []string {
	r := newReport(v, o)
	r.resources = true
	e, _ := r.resourceList(true)
	if e == nil {
		return nil
	}
	return e.lines(nil, 0)
}

// ResourcesXML is the section of resources as an element.
func ResourcesXML(v *scheduler.View, o Options) *xmltree.Node {
	if x := newReport(v, o).xmlResources(); x != nil {
		return x
	}
	return xmltree.New("resources")
}
