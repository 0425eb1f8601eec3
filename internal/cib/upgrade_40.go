package cib

import (
	"strings"

	"heartbeat/internal/xmltree"
)

// to40 is the step from 3.10 to 4.0: old names and kinds of things go.
func (u *upgrade) to40() {
	for set := range u.section("crm_config").Elements("cluster_property_set") {
		filter(set, func(p *xmltree.Node) bool { return p.Name != "nvpair" || property40(p) })
	}
	if topology := u.config.First("fencing-topology"); topology != nil {
		filter(topology, func(l *xmltree.Node) bool {
			index, ok := Integer(l.Get("index"))
			return l.Name != "fencing-level" || !ok || index <= 9
		})
	}
	u.pings()
	gone := map[string]bool{}
	resources := u.section("resources")
	u.withoutClasses(resources, gone)
	for x := range resources.All() {
		if x.Name == "master" {
			x.Name = "clone"
			for set := range x.Elements("meta_attributes") {
				filter(set, func(p *xmltree.Node) bool { return p.Get("name") != "promotable" })
			}
			setDefault(x, "meta_attributes", "promotable", "true")
		}
	}
	constraints := u.section("constraints")
	filter(constraints, func(c *xmltree.Node) bool { return !mentions(c, gone) && u.lifetime(c) })
	u.oneRule(constraints)
	for _, c := range constraints.Children {
		withoutGone(c, gone)
	}
}

func property40(p *xmltree.Node) bool {
	switch p.Get("name") {
	case "crmd-finalization-timeout":
		p.Set("name", "join-finalization-timeout")
	case "crmd-integration-timeout":
		p.Set("name", "join-integration-timeout")
	case "crmd-transition-delay":
		p.Set("name", "transition-delay")
	case "stonith-action":
		if strings.EqualFold(p.Get("value"), "poweroff") {
			p.Set("value", "off")
		}
	case "remove-after-stop":
		return false
	}
	return true
}

// pings turns nodes that are only reachable into members that nothing may be placed on or looked for.
func (u *upgrade) pings() {
	for n := range u.section("nodes").Elements("node") {
		if n.Get("type") != "ping" {
			continue
		}
		n.Set("type", "member")
		u.section("constraints").Add(xmltree.New("rsc_location", "id", n.Get("id")+"-ping-node-ban", "rsc-pattern", ".*",
			"node", n.Get("uname"), "score", "-INFINITY", "resource-discovery", "never"))
	}
}

// withoutClasses drops resources of kinds that nobody can run any more, and what is empty then.
func (u *upgrade) withoutClasses(parent *xmltree.Node, gone map[string]bool) {
	filter(parent, func(x *xmltree.Node) bool {
		switch x.Name {
		case "primitive", "template":
			if class := x.Get("class"); class == "nagios" || class == "upstart" {
				u.warn("line %d: resource %s is left out: class %s is gone", x.Line, x.Get("id"), class)
				gone[x.Get("id")] = true
				return false
			}
		case "bundle":
			if x.First("rkt") != nil {
				u.warn("line %d: bundle %s is left out: rkt is gone", x.Line, x.Get("id"))
				for below := range x.All() {
					if below.Name == "bundle" || below.Name == "primitive" {
						gone[below.Get("id")] = true
					}
				}
				return false
			}
		case "group", "clone", "master":
			u.withoutClasses(x, gone)
			if x.First("primitive") == nil && x.First("group") == nil {
				gone[x.Get("id")] = true
				return false
			}
		}
		return true
	})
}

// mentions says whether a constraint is about a resource that is gone.
func mentions(c *xmltree.Node, gone map[string]bool) bool {
	if len(gone) == 0 {
		return false
	}
	for _, name := range []string{"rsc", "with-rsc", "first", "then"} {
		if gone[c.Get(name)] {
			return true
		}
	}
	return false
}

// withoutGone takes members out of sets.
func withoutGone(c *xmltree.Node, gone map[string]bool) {
	if len(gone) == 0 || c.Kind != xmltree.Element {
		return
	}
	for set := range c.Elements("resource_set") {
		filter(set, func(ref *xmltree.Node) bool { return !gone[ref.Get("id")] })
	}
}

// lifetime turns the time for which a constraint holds into a rule. Only locations have rules; false: the constraint cannot be kept.
func (u *upgrade) lifetime(c *xmltree.Node) bool {
	life := c.First("lifetime")
	if life == nil {
		return true
	}
	filter(c, func(x *xmltree.Node) bool { return x.Name != "lifetime" })
	if c.Name != "rsc_location" {
		u.warn("line %d: %s %s holds for ever: only locations can be limited in time", life.Line, c.Name, c.Get("id"))
		return true
	}
	var times []*xmltree.Node
	for rule := range life.Elements("rule") {
		times = append(times, rule)
	}
	if len(times) == 0 {
		return true
	}
	when := times[0]
	if len(times) > 1 {
		when = xmltree.New("rule", "id", c.Get("id")+"-lifetime", "boolean-op", "or").Add(times...)
	}
	if node, ok := c.Lookup("node"); ok {
		id := c.Get("id") + "-lifetime-rule"
		rule := xmltree.New("rule", "id", id, "boolean-op", "and", "score", c.Get("score"))
		if r := c.Get("role"); r != "" {
			rule.Set("role", r)
		}
		rule.Add(xmltree.New("expression", "id", id+"-node", "attribute", "#uname", "operation", "eq", "value", node), when)
		drop(c, "node")
		drop(c, "score")
		drop(c, "role")
		c.Add(rule)
		return true
	}
	for i, rule := range c.Children {
		if rule.Kind != xmltree.Element || rule.Name != "rule" {
			continue
		}
		both := xmltree.New("rule", "id", rule.Get("id")+"-lifetime", "boolean-op", "and")
		for _, name := range []string{"score", "score-attribute", "role"} {
			if v, ok := rule.Lookup(name); ok {
				both.Set(name, v)
				drop(rule, name)
			}
		}
		c.Children[i] = both.Add(rule, when)
	}
	return true
}
