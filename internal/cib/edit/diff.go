package edit

import (
	"slices"
	"strconv"

	"heartbeat/internal/xmltree"
)

// DiffOptions are how a patch is made.
type DiffOptions struct {
	Format int  // 1 or 2; 0 means 2
	Digest bool // of the result; format 1 always carries it
	// NoVersion leaves the three numbers out: the patch fits any version of the document.
	NoVersion bool
	// Order also notes attributes that only changed their order, as patches between files do that are no documents of a cluster.
	Order bool
}

// Diff makes the patch that leads from one document to another; nil when they say the same. A patch that would not lead there is never
// returned: each is tried, and where the fine changes cannot be addressed, as with several elements of one name without ids, the smallest element
// around them is exchanged as a whole. An error means that not even this can be addressed.
func Diff(from, to *xmltree.Node, o DiffOptions) (*xmltree.Node, error) {
	if from.Name != to.Name {
		return nil, fail(Invalid, "a <%s> and a <%s> have nothing in common: a patch cannot lead from one to the other", from.Name, to.Name)
	}
	if o.NoVersion {
		to = withVersionOf(to, from)
	}
	same := Same
	if o.Order {
		same = xmltree.Equal
	}
	if same(from, to) {
		return nil, nil
	}
	if o.Format == 1 {
		return diffV1(from, to, o), nil
	}
	whole := map[*xmltree.Node]bool{}
	for {
		patch := diffV2(from, to, o, whole)
		got, err := applyV2(from, patch)
		if err == nil && same(got, to) {
			return finish(patch, from, to, o), nil
		}
		if err != nil {
			got = from
		}
		if !coarser(whole, got, to) {
			return nil, fail(Invalid, "the difference cannot be written as a patch: elements of one name have no ids to tell them apart")
		}
	}
}

// withVersionOf is a document with the version of another, each number where it stood.
func withVersionOf(n, other *xmltree.Node) *xmltree.Node {
	d := xmltree.NewDraft(n)
	for _, name := range [...]string{AttrAdminEpoch, AttrEpoch, AttrUpdates} {
		if v, ok := other.Lookup(name); !ok {
			d.Edit().Unset(name)
		} else if n.Get(name) != v {
			d.Edit().Set(name, v)
		}
	}
	return d.Publish()
}

// finish puts what belongs to the whole patch in front of its changes.
func finish(patch, from, to *xmltree.Node, o DiffOptions) *xmltree.Node {
	if o.Digest {
		patch.Set("digest", WireDigest(to))
	}
	if o.NoVersion {
		return patch
	}
	version := xmltree.New("version")
	for _, end := range [...]struct {
		name string
		v    Version
	}{{"source", VersionOf(from)}, {"target", VersionOf(to)}} {
		version.Add(xmltree.New(end.name, AttrAdminEpoch, number(end.v.AdminEpoch), AttrEpoch, number(end.v.Epoch), AttrUpdates, number(end.v.Updates)))
	}
	patch.Children = slices.Insert(patch.Children, 0, version)
	return patch
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// coarser picks the next larger element that is to be exchanged as a whole: the smallest around everything that came out wrong.
func coarser(whole map[*xmltree.Node]bool, got, want *xmltree.Node) bool {
	var chain []*xmltree.Node
	for want != nil {
		chain = append(chain, want)
		got, want = wrongChild(got, want)
	}
	for _, n := range slices.Backward(chain[1:]) {
		if !whole[n] {
			whole[n] = true
			return true
		}
	}
	for _, c := range chain[0].Children { // nothing smaller helped: everything below the root
		if !whole[c] {
			whole[c] = true
			return true
		}
	}
	return false
}

// wrongChild is the only child that differs, nil when there are several, or when the elements themselves differ.
func wrongChild(got, want *xmltree.Node) (g, w *xmltree.Node) {
	if len(got.Children) != len(want.Children) || !Same(bare(got), bare(want)) {
		return nil, nil
	}
	for i, c := range want.Children {
		if xmltree.Equal(got.Children[i], c) {
			continue
		}
		if w != nil || c.Kind != xmltree.Element || got.Children[i].Kind != xmltree.Element {
			return nil, nil
		}
		g, w = got.Children[i], c
	}
	return g, w
}
