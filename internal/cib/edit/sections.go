package edit

import (
	"slices"

	"heartbeat/internal/xmltree"
)

// Sections are the names that --scope knows besides the whole document, in the order of a new one.
func Sections() []string {
	return []string{
		"configuration", "crm_config", "rsc_defaults", "op_defaults", "nodes", "resources", "constraints",
		"acls", "fencing-topology", "tags", "alerts", "status",
	}
}

// whole says that a scope means everything.
func whole(section string) bool { return section == "" || section == "all" || section == "cib" }

// sectionPath are the names from the root down to a section, nil for a name that is none.
func sectionPath(section string) []string {
	switch {
	case section == "configuration", section == "status":
		return []string{section}
	case slices.Contains(Sections(), section):
		return []string{"configuration", section}
	}
	return nil
}

// Section is the element of a section; the whole document for the scopes that mean it. It is nil where the document has none.
func Section(root *xmltree.Node, section string) *xmltree.Node {
	if whole(section) {
		return root
	}
	path := sectionPath(section)
	if path == nil {
		return nil
	}
	return root.Find(path...)
}

// sectionWay is the place of a section. A section that may exist but does not is made when create says so.
func sectionWay(d *xmltree.Draft, section string, create bool) ([]int, error) {
	if whole(section) {
		return nil, nil
	}
	path := sectionPath(section)
	if path == nil {
		return nil, fail(Invalid, "there is no section %q; sections are %v", section, Sections())
	}
	var way []int
	for _, name := range path {
		at := childIndex(node(d.Root(), way), name, "", "")
		if at < 0 {
			if !create {
				return nil, fail(Missing, "the document has no section %q", section)
			}
			at = insert(d, way, &xmltree.Node{Name: name})
		}
		way = append(way, at)
	}
	return way, nil
}

// node is what a way leads to.
func node(root *xmltree.Node, way []int) *xmltree.Node {
	for _, i := range way {
		root = root.Children[i]
	}
	return root
}

// childIndex is the place of the first child element with a name, and with that value of an attribute unless its name is empty; -1 without one.
func childIndex(n *xmltree.Node, name, attr, value string) int {
	for i, c := range n.Children {
		if c.Kind != xmltree.Element || c.Name != name {
			continue
		}
		if attr == "" {
			return i
		}
		if v, ok := c.Lookup(attr); ok && v == value {
			return i
		}
	}
	return -1
}

// insert puts a node behind the children of a place and returns its index.
func insert(d *xmltree.Draft, way []int, child *xmltree.Node) int {
	at := len(node(d.Root(), way).Children)
	d.Insert(way, at, child)
	return at
}
