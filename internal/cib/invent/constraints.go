package invent

import (
	"strings"

	"heartbeat/internal/xmltree"
)

var (
	scores = []string{"INFINITY", "INFINITY", "-INFINITY", "0", "1", "-1", "10", "100", "-100", "1000", "5000", "-3000"}
	roles  = []string{"Promoted", "Promoted", "Started", "Unpromoted", "Stopped"}
)

// some is the id of any resource: mostly of one at the top, now and then of one inside.
func (m *maker) some() string {
	t := pick(m.Choices, m.tops...)
	if len(t.prims) > 0 && t.kind != "bundle" && m.chance(15) {
		return pick(m.Choices, t.prims...).id
	}
	return t.id
}

// two are different resources; in an orderly cluster the first one stands before the second one.
func (m *maker) two() (a, b string, ok bool) {
	if m.orderly {
		tops := m.ordinary()
		if len(tops) < 2 {
			return "", "", false
		}
		i := m.n(len(tops) - 1)
		return tops[i].id, tops[i+1+m.n(len(tops)-i-1)].id, true
	}
	a, b = m.some(), m.some()
	return a, b, a != b
}

// ordinary are the things at the top that neither fence nor connect.
func (m *maker) ordinary() (out []*thing) {
	for _, t := range m.tops {
		special := false
		for _, p := range t.prims {
			special = special || p.class == "stonith" || p.agent == "remote" || p.agent == "VirtualDomain"
		}
		if !special {
			out = append(out, t)
		}
	}
	return out
}

// addTags gives some resources a common name.
func (m *maker) addTags() {
	if !m.chance(15) {
		return
	}
	tag := xmltree.New("tag", "id", "tag-1")
	for range 1 + m.n(2) {
		tag.Add(xmltree.New("obj_ref", "id", pick(m.Choices, m.tops...).id))
	}
	if len(tag.Children) == 2 && tag.Children[0].Get("id") == tag.Children[1].Get("id") {
		tag.Children = tag.Children[:1]
	}
	m.config.Add(xmltree.New("tags").Add(tag))
	m.tags = append(m.tags, "tag-1")
}

func (m *maker) addConstraints() {
	for range m.n(9) {
		var x *xmltree.Node
		switch m.n(10) {
		case 0, 1, 2:
			x = m.location()
		case 3, 4, 5:
			x = m.colocation()
		case 6, 7, 8:
			x = m.order()
		default:
			x = m.ticket()
		}
		put(m.constraints, x)
	}
}

func (m *maker) location() *xmltree.Node {
	x := xmltree.New("rsc_location", "id", m.id("location"))
	switch m.n(10) {
	case 0:
		x.Set("rsc-pattern", pick(m.Choices, "^clone-", "a", "!^fence", "[ab]$"))
	case 1:
		x.Add(m.set())
	case 2:
		if len(m.tags) > 0 {
			x.Set("rsc", m.tags[0])
			break
		}
		fallthrough
	default:
		x.Set("rsc", m.some())
	}
	if m.chance(25) {
		for range 1 + m.n(2) {
			x.Add(m.rule())
		}
	} else {
		x.Set("node", pick(m.Choices, m.machines...).name)
		x.Set("score", pick(m.Choices, scores...))
	}
	if m.chance(10) {
		x.Set("resource-discovery", pick(m.Choices, "never", "exclusive", "always"))
	}
	if m.chance(12) && x.First("resource_set") == nil {
		x.Set("role", pick(m.Choices, roles...))
	}
	return x
}

func (m *maker) rule() *xmltree.Node {
	r := xmltree.New("rule", "id", m.id("rule"))
	if m.chance(10) {
		r.Set("score-attribute", "ping")
	} else {
		r.Set("score", pick(m.Choices, scores...))
	}
	if m.chance(15) {
		r.Set("role", pick(m.Choices, roles...))
	}
	if m.chance(40) {
		r.Set("boolean-op", pick(m.Choices, "or", "and"))
	}
	for range 1 + m.n(2) {
		r.Add(m.expression())
	}
	return r
}

func (m *maker) expression() *xmltree.Node {
	id := m.id("expression")
	switch m.n(6) {
	case 0:
		return xmltree.New("expression", "id", id, "attribute", "#uname", "operation", pick(m.Choices, "eq", "ne"), "value", pick(m.Choices, m.machines...).name)
	case 1:
		return xmltree.New("expression", "id", id, "attribute", "ping", "operation", pick(m.Choices, "lt", "gte", "eq"), "value", pick(m.Choices, "1", "1000"), "type",
			pick(m.Choices, "number", "integer", "string", "version"))
	case 2:
		return xmltree.New("expression", "id", id, "attribute", pick(m.Choices, "site", "ping", "nothing"), "operation", pick(m.Choices, "defined", "not_defined"))
	case 3:
		return xmltree.New("date_expression", "id", id, "operation", pick(m.Choices, "gt"), "start", pick(m.Choices, "2020-01-01", "2030-01-01 12:00:00"))
	case 4:
		return xmltree.New("date_expression", "id", id, "operation", "date_spec").Add(
			xmltree.New("date_spec", "id", m.id("spec"), pick(m.Choices, "hours", "weekdays", "months"), pick(m.Choices, "0-6", "5", "6-12", "1-5")))
	}
	return xmltree.New("expression", "id", id, "attribute", "site", "operation", pick(m.Choices, "eq", "ne"), "value", pick(m.Choices, "a", "b"))
}

// set makes a set of one to three resources.
func (m *maker) set() *xmltree.Node {
	s := xmltree.New("resource_set", "id", m.id("set"))
	seen := ""
	for range 1 + m.n(3) {
		id := m.some()
		if strings.Contains(seen, " "+id+" ") {
			continue
		}
		seen += " " + id + " "
		s.Add(xmltree.New("resource_ref", "id", id))
	}
	if m.chance(40) {
		s.Set("sequential", pick(m.Choices, "false", "true"))
	}
	return s
}

func (m *maker) colocation() *xmltree.Node {
	x := xmltree.New("rsc_colocation", "id", m.id("colocation"), "score", pick(m.Choices, scores...))
	if m.chance(20) && !m.orderly {
		for range 1 + m.n(2) {
			s := m.set()
			if m.chance(15) {
				s.Set("role", pick(m.Choices, roles...))
			}
			x.Add(s)
		}
	} else {
		a, b, ok := m.two()
		if !ok {
			return nil
		}
		if m.orderly {
			a, b = b, a
		} else if len(m.tags) > 0 && m.chance(20) {
			a = m.tags[0]
		}
		x.Set("rsc", a)
		x.Set("with-rsc", b)
		if m.chance(15) {
			x.Set("rsc-role", pick(m.Choices, roles...))
		}
		if m.chance(15) {
			x.Set("with-rsc-role", pick(m.Choices, roles...))
		}
		if m.chance(10) {
			x.Set("node-attribute", "site")
		}
	}
	if m.chance(12) {
		x.Set("influence", pick(m.Choices, "true", "false"))
	}
	return x
}

func (m *maker) order() *xmltree.Node {
	x := xmltree.New("rsc_order", "id", m.id("order"))
	if m.chance(75) {
		x.Set("kind", pick(m.Choices, "Mandatory", "Mandatory", "Optional", "Serialize"))
	}
	actions := []string{"start", "stop", "promote", "demote"}
	if m.orderly {
		actions = actions[:1]
	}
	if m.chance(20) && !m.orderly {
		for range 1 + m.n(3) {
			s := m.set()
			if m.chance(15) {
				s.Set("action", pick(m.Choices, actions...))
			}
			if m.chance(15) {
				s.Set("require-all", "false")
			}
			x.Add(s)
		}
	} else {
		a, b, ok := m.two()
		if !ok {
			return nil
		}
		x.Set("first", a)
		x.Set("then", b)
		if m.chance(15) {
			x.Set("first-action", pick(m.Choices, actions...))
		}
		if m.chance(15) {
			x.Set("then-action", pick(m.Choices, actions...))
		}
		if m.chance(8) {
			x.Set("require-all", "false")
		}
	}
	if m.chance(15) && x.Get("kind") != "Serialize" {
		x.Set("symmetrical", "false")
	}
	return x
}

func (m *maker) ticket() *xmltree.Node {
	id := pick(m.Choices, "ticketA", "ticketB")
	known := false
	for _, t := range m.tickets {
		known = known || t == id
	}
	if !known {
		m.tickets = append(m.tickets, id)
	}
	x := xmltree.New("rsc_ticket", "id", m.id("ticket"), "ticket", id)
	if m.chance(80) {
		x.Set("loss-policy", pick(m.Choices, "stop", "demote", "fence", "freeze"))
	}
	if m.chance(15) {
		return x.Add(m.set())
	}
	x.Set("rsc", m.some())
	if m.chance(25) {
		x.Set("rsc-role", pick(m.Choices, roles...))
	}
	return x
}
