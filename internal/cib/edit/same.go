package edit

import "heartbeat/internal/xmltree"

// Same says whether two trees mean the same: everything but the order of attributes. Shared parts are not looked at.
func Same(a, b *xmltree.Node) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || a.Kind != b.Kind || a.Name != b.Name || a.Text != b.Text ||
		len(a.Attrs) != len(b.Attrs) || len(a.Children) != len(b.Children) {
		return false
	}
	for i, at := range a.Attrs {
		if b.Attrs[i] == at {
			continue
		}
		if v, ok := b.Lookup(at.Name); !ok || v != at.Value {
			return false
		}
	}
	for i := range a.Children {
		if !Same(a.Children[i], b.Children[i]) {
			return false
		}
	}
	return true
}
