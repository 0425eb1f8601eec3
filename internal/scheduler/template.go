package scheduler

import (
	"strings"

	"heartbeat/internal/xmltree"
)

// merged is an element with its template behind it, nil when the template is not there. The own operations win over those of the template
// with the same name and role.
func (c *cluster) merged(x *xmltree.Node) *xmltree.Node {
	ref, ok := x.Lookup("template")
	if !ok {
		return x
	}
	if done := c.expanded[x]; done != nil {
		return done
	}
	id := x.Get("id")
	section := c.section("resources")
	if ref == "" || ref == id || section == nil {
		return nil
	}
	var template *xmltree.Node
	for t := range section.Elements("template") {
		if t.Get("id") == ref {
			template = t
			break
		}
	}
	if template == nil {
		c.note(nil, "resource "+id+" names the template "+ref+", which is not there")
		return nil
	}
	out := xmltree.New(x.Name)
	for _, a := range template.Attrs {
		out.Set(a.Name, a.Value)
	}
	out.Set("id", id)
	own, others := x.First("operations"), template.First("operations")
	for t := range template.Elements("") {
		if t != others || own == nil {
			out.Add(t)
		}
	}
	for child := range x.Elements("") {
		if child == own && others != nil {
			child = mergedOperations(own, others)
		}
		out.Add(child)
	}
	c.expanded[x] = out
	return out
}

func mergedOperations(own, template *xmltree.Node) *xmltree.Node {
	key := func(op *xmltree.Node) string {
		role := strings.ToLower(op.Get("role"))
		if role == "started" || role == "unpromoted" || role == "slave" {
			role = ""
		}
		return op.Get("name") + "-" + role
	}
	out := xmltree.New("operations")
	out.Attrs = own.Attrs
	have := map[string]bool{}
	for op := range own.Elements("") {
		have[key(op)] = true
		out.Add(op)
	}
	for op := range template.Elements("") {
		if !have[key(op)] {
			out.Add(op)
		}
	}
	return out
}
