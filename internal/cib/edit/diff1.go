package edit

import "heartbeat/internal/xmltree"

// diffV1 makes a patch of format 1: what is taken out of the old document and what is merged into it. The order of elements cannot be said in it.
func diffV1(from, to *xmltree.Node, o DiffOptions) *xmltree.Node {
	removed, added := xmltree.New("diff-removed"), xmltree.New("diff-added")
	if n := missing(from, to, false, "removed:top"); n != nil {
		removed.Add(n)
	}
	if n := missing(to, from, true, "added:top"); n != nil {
		added.Add(n)
	}
	patch := xmltree.New("diff", "crm_feature_set", FeatureSet, "digest", WireDigest(to), "format", "1").Add(removed, added)
	if from.Name == "cib" && !o.NoVersion {
		stub(removed, from)
		stub(added, to)
	}
	return patch
}

// stub makes sure that a side of the patch names its version.
func stub(side, of *xmltree.Node) {
	top := side.First(of.Name)
	if top == nil {
		top = xmltree.New(of.Name)
		side.Add(top)
	}
	for _, name := range [...]string{AttrAdminEpoch, AttrEpoch, AttrUpdates} {
		if v, ok := of.Lookup(name); ok {
			top.Set(name, v)
		}
	}
}

// missing is what one element says that the other does not, nil when that is nothing. What the other lacks altogether is marked. With
// full, an element that differs has all of its attributes, else only its id and those that differ.
func missing(n, other *xmltree.Node, full bool, mark string) *xmltree.Node {
	out := &xmltree.Node{Name: n.Name}
	differs := false
	for c := range n.Elements("") {
		at := twin(other, c)
		if at < 0 {
			whole := clone(c)
			whole.Set(marker, mark)
			out.Add(whole)
			differs = true
			continue
		}
		if m := missing(c, other.Children[at], full, mark); m != nil {
			out.Add(m)
			differs = true
		}
	}
	var changed []xmltree.Attr
	for _, a := range n.Attrs {
		if v, ok := other.Lookup(a.Name); a.Name != "id" && (!ok || v != a.Value) {
			changed = append(changed, a)
		}
	}
	if !differs && len(changed) == 0 {
		return nil
	}
	if full {
		out.Attrs = append(out.Attrs, n.Attrs...)
		return out
	}
	out.Attrs = changed
	if id, ok := n.Lookup("id"); ok {
		out.Set("id", id)
	}
	return out
}
