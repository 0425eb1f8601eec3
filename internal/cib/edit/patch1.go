package edit

import (
	"slices"

	"heartbeat/internal/xmltree"
)

// marker is the attribute of format 1 on an element that comes or goes as a whole.
const marker = "__crm_diff_marker__"

// applyV1 applies a patch of format 1: what is in diff-removed is taken out, then what is in diff-added merged in.
func applyV1(old, diff *xmltree.Node) (*xmltree.Node, error) {
	d := xmltree.NewDraft(old)
	for _, part := range [...]string{"diff-removed", "diff-added"} {
		group := diff.First(part)
		if group == nil {
			continue
		}
		tops := slices.Collect(group.Elements(""))
		if len(tops) > 1 || len(tops) == 1 && tops[0].Name != old.Name {
			return nil, fail(Unmatched, "<%s> holds something else than one <%s>", part, old.Name)
		}
		if len(tops) == 0 {
			continue
		}
		if part == "diff-removed" {
			subtract(d, nil, tops[0])
		} else {
			add(d, nil, tops[0])
		}
	}
	return d.Publish(), nil
}

// subtract takes out of a place what the patch lists: marked elements whole, attributes of others.
func subtract(d *xmltree.Draft, way []int, out *xmltree.Node) {
	for _, a := range out.Attrs {
		if a.Name == "id" || a.Name == marker {
			continue
		}
		if _, ok := node(d.Root(), way).Lookup(a.Name); ok {
			d.Edit(way...).Unset(a.Name)
		}
	}
	for o := range out.Elements("") {
		at := twin(node(d.Root(), way), o)
		if at < 0 {
			continue
		}
		if o.Get(marker) == "removed:top" {
			d.Remove(way, at)
			continue
		}
		subtract(d, append(slices.Clip(way), at), o)
	}
}

// add merges the patch into a place. An attribute goes behind the others, as the makers of such patches expect for their digests.
func add(d *xmltree.Draft, way []int, in *xmltree.Node) {
	for _, a := range in.Attrs {
		if a.Name == marker {
			continue
		}
		n := d.Edit(way...)
		n.Unset(a.Name)
		n.Set(a.Name, a.Value)
	}
	for i := range in.Elements("") {
		at := twin(node(d.Root(), way), i)
		if at < 0 {
			c := clone(i)
			c.Unset(marker)
			insert(d, way, c)
			continue
		}
		add(d, append(slices.Clip(way), at), i)
	}
}

// twin is the place of the child with the name and the id of another, -1 without one. Without an id it is the first of that name.
func twin(parent, n *xmltree.Node) int {
	if id, ok := n.Lookup("id"); ok {
		return childIndex(parent, n.Name, "id", id)
	}
	return childIndex(parent, n.Name, "", "")
}
