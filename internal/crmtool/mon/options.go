package mon

import (
	"slices"
	"strings"
	"time"

	"heartbeat/internal/scheduler"
)

// Options are what a report is asked for. The zero value shows nothing.
type Options struct {
	Sections Section
	Now      time.Time // when the report is made; its zone is that of all times

	Brief    bool // numbers of resources of a type in place of each (-b)
	ByNode   bool // resources below their nodes (-n)
	Inactive bool // also what does not run (-r)
	Detail   bool // ids of nodes, feature sets, every instance (-R)
	Timing   bool // times of operations (-t)
	Pending  bool // what is being done in place of the role
	Quiet    bool

	OnlyNode, OnlyResource string // name, or tag; empty: all
	BanPrefix              string // of ids of constraints
}

// A filter is a list of names; nil for everything.
type filter struct {
	all   bool
	names []string
}

func (f filter) has(name string) bool { return f.all || slices.Contains(f.names, name) }

func (f filter) hasFold(name string) bool {
	return f.all || slices.ContainsFunc(f.names, func(n string) bool { return strings.EqualFold(n, name) })
}

func (f filter) empty() bool { return !f.all && len(f.names) == 0 }

func everything() filter { return filter{all: true} }

// nodeFilter is what --node means: a node, else a tag. An unknown name matches nothing.
func nodeFilter(v *scheduler.View, name string) filter {
	if name == "" || name == "*" {
		return everything()
	}
	if v.FindNode(name) != nil {
		return filter{names: []string{name}}
	}
	var out filter
	for _, id := range v.Tagged(name) {
		if n := v.FindNodeID(id); n != nil {
			out.names = append(out.names, n.Name)
		} else if n := v.FindNode(id); n != nil {
			out.names = append(out.names, n.Name)
		}
	}
	return out
}

// resourceFilter is what --resource means: a resource, else a tag. With a number it is one instance of a clone.
func resourceFilter(v *scheduler.View, id string) filter {
	if id == "" || id == "*" {
		return everything()
	}
	if r := v.FindAny(id); r != nil {
		if strings.Contains(id, ":") {
			return filter{names: []string{r.ID}}
		}
		return filter{names: []string{r.Name}}
	}
	var out filter
	for _, tagged := range v.Tagged(id) {
		if r := v.FindAny(tagged); r != nil {
			out.names = append(out.names, r.Name)
		}
	}
	return out
}

// left says whether the filter leaves a resource out. With parent it stays in when what it is part of stays.
func (f filter) left(r *scheduler.ResourceView, parent bool) bool {
	if f.has(r.Name) {
		return false
	}
	switch r.Kind {
	case scheduler.Primitive:
		if f.has(r.ID) {
			return false
		}
		if !parent || r.Parent == nil {
			return true
		}
		if up := r.Top(); r.Bundled() && up.Parent != nil {
			return f.left(up.Parent, false)
		} else {
			return f.left(up, false)
		}
	case scheduler.Group:
		if parent && f.has(r.Top().Name) || strings.Contains(r.ID, ":") && f.has(r.ID) {
			return false
		}
	case scheduler.Clone:
		if f.has(r.ChildID) {
			return false
		}
	case scheduler.Bundle:
		for _, p := range r.Replicas {
			for _, part := range []*scheduler.ResourceView{p.IP, p.Child, p.Container, p.Remote} {
				if part != nil && !f.left(part, false) {
					return false
				}
			}
		}
		return true
	}
	for _, c := range r.Children {
		if !f.left(c, false) {
			return false
		}
	}
	return true
}

// whole says whether a collective is named itself, so that all of it is shown.
func (f filter) whole(r *scheduler.ResourceView) bool {
	return f.has(r.Name) || strings.Contains(r.ID, ":") && f.has(r.ID)
}

// on says whether a resource runs on one of the nodes.
func (f filter) on(r *scheduler.ResourceView) bool {
	return slices.ContainsFunc(r.On, func(n *scheduler.NodeView) bool { return f.hasFold(n.Name) })
}

// elsewhere says whether a resource runs, but on none of the nodes.
func (f filter) elsewhere(r *scheduler.ResourceView) bool { return r.PartlyActive && !f.on(r) }

// some are the resources that the filter names, itself or by their parent; newest first, as counting does not care.
func (f filter) some(list []*scheduler.ResourceView) (out []*scheduler.ResourceView) {
	for _, r := range list {
		if f.has(r.Name) || r.Parent != nil && f.has(r.Parent.Name) {
			out = append(out, r)
		}
	}
	return out
}
