package cib

import (
	"slices"
	"strings"

	"heartbeat/internal/xmltree"
)

// Blocks adds to values what the blocks of that name below an element say: instance_attributes, meta_attributes, utilization,
// cluster_property_set. A name that has a value already keeps it; blocks with a higher score come first, of equal ones those further down, and one
// with the id first before all others. A block whose rule does not pass is skipped.
func Blocks(parent *xmltree.Node, name, first string, in *Rules, values *Pairs) {
	if parent == nil {
		return
	}
	var few [4]*xmltree.Node
	blocks := few[:0]
	for b := range parent.Elements(name) {
		if b = in.Refs.Resolve(b); b != nil {
			blocks = append(blocks, b)
		}
	}
	if len(blocks) > 1 {
		slices.Reverse(blocks) // of equals the last one wins
		slices.SortStableFunc(blocks, func(a, b *xmltree.Node) int {
			if first != "" && a.Get("id") != b.Get("id") {
				if a.Get("id") == first {
					return -1
				}
				if b.Get("id") == first {
					return 1
				}
			}
			x, _ := Score(a.Get("score"), in.Health)
			y, _ := Score(b.Get("score"), in.Health)
			return y - x
		})
	}
	for _, b := range blocks {
		if rule := b.First("rule"); rule != nil && !in.Passes(rule) {
			continue
		}
		pairsOf(b, in, values)
	}
}

func pairsOf(block *xmltree.Node, in *Rules, values *Pairs) {
	for c := range block.Elements("") {
		if c.Name == "attributes" {
			block = c // the wrapper of the oldest schema
		}
		break
	}
	for n := range block.Elements("nvpair") {
		target := in.Refs.Resolve(n)
		if target == nil {
			continue
		}
		name, ok := target.Lookup("name")
		value, has := target.Lookup("value")
		if local, ok := n.Lookup("name"); ok && local != "" {
			name = local
		}
		if !ok || !has {
			continue
		}
		if strings.EqualFold(value, "#default") {
			values.Delete(name)
			continue
		}
		values.Default(name, value)
	}
}

// HasRules says whether any block of that name below an element depends on a rule.
func HasRules(parent *xmltree.Node, name string, refs *Refs) bool {
	for b := range parent.Elements(name) {
		if b = refs.Resolve(b); b != nil && b.First("rule") != nil {
			return true
		}
	}
	return false
}
