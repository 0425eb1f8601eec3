package cib

import (
	"strconv"
	"strings"

	"heartbeat/internal/xmltree"
)

// prefix40 is what Pacemaker's converter puts before the ids that it makes up on the way to 4.0.
const prefix40 = "pcmk__3_10_upgrade-"

// oneRule makes of each location with several rules one location for each of them, because 4.0 allows no more. They are called after the old one; what
// access rules allow for the old one, they allow for all of them.
func (u *upgrade) oneRule(constraints *xmltree.Node) {
	parts := map[string][]string{}
	var out []*xmltree.Node
	for _, c := range constraints.Children {
		list := splitByRule(c)
		if len(list) > 1 {
			for _, part := range list {
				parts[c.Get("id")] = append(parts[c.Get("id")], part.Get("id"))
			}
		}
		out = append(out, list...)
	}
	constraints.Children = out
	acls := u.config.First("acls")
	if len(parts) == 0 || acls == nil {
		return
	}
	for p := range acls.All() {
		if ids := parts[p.Get("reference")]; p.Name == "acl_permission" && len(ids) > 0 {
			drop(p, "reference")
			p.Set("xpath", "//*[@id = '"+strings.Join(ids, "' or @id = '")+"']")
		}
	}
}

// splitByRule gives the parts of a constraint: itself, unless it is a location with several rules. The sets stay with the first part; the others refer
// to them.
func splitByRule(c *xmltree.Node) []*xmltree.Node {
	var rules, sets []*xmltree.Node
	if c.Kind == xmltree.Element && c.Name == "rsc_location" {
		for x := range c.Elements("") {
			switch x.Name {
			case "rule":
				rules = append(rules, x)
			case "resource_set":
				sets = append(sets, x)
			}
		}
	}
	if len(rules) < 2 {
		return []*xmltree.Node{c}
	}
	out := make([]*xmltree.Node, len(rules))
	for i, rule := range rules {
		part := xmltree.New(c.Name)
		part.Line = c.Line
		part.Attrs = append([]xmltree.Attr(nil), c.Attrs...)
		part.Set("id", prefix40+c.Get("id")+"-"+strconv.Itoa(i+1))
		for _, set := range sets {
			if id := set.Get("id"); i > 0 && id != "" {
				set = xmltree.New("resource_set", "id-ref", id)
			}
			part.Add(set)
		}
		out[i] = part.Add(rule)
	}
	return out
}
