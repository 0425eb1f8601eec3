package edit

import (
	"strconv"

	"heartbeat/internal/xmltree"
)

// patch applies a difference to a document: first the versions must fit, then every change, then the digest (spec 4).
func patch(d *xmltree.Draft, old, diff *xmltree.Node) error {
	next, err := Apply(old, diff)
	if err != nil {
		return err
	}
	*d = *xmltree.NewDraft(next)
	return nil
}

// Apply makes the document that a patch leads to. Nothing of it is used when any part does not fit.
func Apply(old, diff *xmltree.Node) (*xmltree.Node, error) {
	if diff.Name != "diff" {
		return nil, fail(Invalid, "a patch is a <diff>, not <%s>", diff.Name)
	}
	if err := fits(old, diff, diff.Get("format")); err != nil {
		return nil, err
	}
	return ApplyAnyVersion(old, diff)
}

// ApplyAnyVersion is Apply without a look at the version that the patch begins at.
func ApplyAnyVersion(old, diff *xmltree.Node) (*xmltree.Node, error) {
	if diff.Name != "diff" {
		return nil, fail(Invalid, "a patch is a <diff>, not <%s>", diff.Name)
	}
	format := diff.Get("format")
	next, err := applyChanges(old, diff, format)
	if err != nil {
		return nil, err
	}
	if want, ok := diff.Lookup("digest"); ok {
		if got := WireDigest(next); got != want {
			return nil, fail(Unmatched, "the result has digest %s, the patch promises %s: it was made for another document, or damaged", got, want)
		}
	}
	return next, nil
}

func applyChanges(old, diff *xmltree.Node, format string) (*xmltree.Node, error) {
	switch format {
	case "2":
		return applyV2(old, diff)
	case "", "1":
		return applyV1(old, diff)
	}
	return nil, fail(Invalid, "a patch of format %q; 1 and 2 are understood", format)
}

// versions are the ones that a patch names, nil where it names none.
func versions(diff *xmltree.Node, format string) (source, target *xmltree.Node) {
	if format == "2" {
		return diff.Find("version", "source"), diff.Find("version", "target")
	}
	return diff.Find("diff-removed", "cib"), diff.Find("diff-added", "cib")
}

// fits compares the version of the document with the one that the patch begins at. A patch without versions fits any.
func fits(old, diff *xmltree.Node, format string) error {
	source, target := versions(diff, format)
	this := VersionOf(old)
	from, to := this, this
	to.Updates++
	overlay(&from, source)
	overlay(&to, target)
	switch c := this.Compare(from); {
	case c > 0:
		return fail(Stale, "the patch begins at version %s, the document has %s", from, this)
	case c < 0:
		return fail(Ahead, "the patch begins at version %s, the document has only %s", from, this)
	case to.Compare(from) <= 0:
		return fail(Stale, "the patch leads from version %s to %s: that is no step forward", from, to)
	}
	return nil
}

// overlay takes the numbers that an element names.
func overlay(v *Version, n *xmltree.Node) {
	if n == nil {
		return
	}
	for name, at := range map[string]*int64{AttrAdminEpoch: &v.AdminEpoch, AttrEpoch: &v.Epoch, AttrUpdates: &v.Updates} {
		if text, ok := n.Lookup(name); ok {
			*at = count(text)
		}
	}
}

// position reads where a child goes, -1 when nothing is said.
func position(change *xmltree.Node) (int, error) {
	text, ok := change.Lookup("position")
	if !ok {
		return -1, nil
	}
	p, err := strconv.Atoi(text)
	if err != nil || p < 0 || p > 1<<24 {
		return 0, fail(Unmatched, "line %d: position %q is no place", change.Line, text)
	}
	return p, nil
}
