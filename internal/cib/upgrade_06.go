package cib

import (
	"strings"

	"heartbeat/internal/xmltree"
)

// from06 is the step from documents of Heartbeat 2 to schema 1.0 (crm spec, section 2.5). A document that neither names a schema nor looks
// like one of that time keeps its ids, and what it leaves to defaults.
//
// Times without a unit stay as they are. They were seconds then as they are now: crm_get_msec of 2005 multiplies them by 1000.
func (u *upgrade) from06(certain bool) {
	renames := strings.Fields("boolean_op on_fail have_quorum dc_uuid op_status transition_magic call_id rc_code op_digest transition_key " +
		"op_restart_digest op_force_restart score_attribute start_delay node_attribute")
	drops := strings.Fields("generated ccm_transition num_peers ignore_dtd cib_feature_revision crm-debug-origin")
	names := map[string]string{}
	for _, name := range renames {
		names[name] = strings.ReplaceAll(name, "_", "-")
	}
	names["remote_access_port"] = "remote-tls-port"
	u.attributes06(u.root, names, drops)
	for _, part := range []*xmltree.Node{u.config, u.root.First("status")} {
		for x := range part.All() {
			if x.Kind == xmltree.Element {
				u.attributes06(x, names, drops)
				unwrap(x)
			}
		}
	}
	u.properties06()
	resources := u.section("resources")
	for x := range resources.All() {
		switch x.Name {
		case "master_slave":
			x.Name = "master"
			resource06(x)
			unique06(x, certain)
		case "clone":
			resource06(x)
			unique06(x, certain)
		case "primitive", "group":
			resource06(x)
		case "op":
			operation06(x)
		}
	}
	for x := range u.section("constraints").Elements("") {
		constraint06(x)
	}
	if certain {
		u.ids06()
	}
	for state := range u.root.First("status").Elements("node_state") {
		if ha, ok := state.Lookup("ha"); !ok || ha == "dead" {
			state.Set("in_ccm", "false")
			state.Set("crmd", "offline")
		}
	}
}

func (u *upgrade) attributes06(x *xmltree.Node, names map[string]string, drops []string) {
	for i := range x.Attrs {
		if name := names[x.Attrs[i].Name]; name != "" {
			x.Attrs[i].Name = name
		}
	}
	for _, name := range drops {
		drop(x, name)
	}
}

// unwrap takes the element away that stood around the pairs of a block.
func unwrap(x *xmltree.Node) {
	switch x.Name {
	case "instance_attributes", "meta_attributes", "cluster_property_set":
	default:
		return
	}
	var out []*xmltree.Node
	for _, c := range x.Children {
		if c.Kind == xmltree.Element && c.Name == "attributes" {
			out = append(out, c.Children...)
		} else {
			out = append(out, c)
		}
	}
	x.Children = out
}

// properties06 gives properties their names with hyphens. Fencing was off unless somebody said otherwise.
func (u *upgrade) properties06() {
	config := u.section("crm_config")
	fencing := false
	for set := range config.Elements("cluster_property_set") {
		for p := range set.Elements("nvpair") {
			name := strings.ReplaceAll(p.Get("name"), "_", "-")
			if name == "transition-idle-timeout" {
				name = "cluster-delay"
			}
			if _, reference := p.Lookup("id-ref"); !reference {
				p.Set("name", name)
			}
			fencing = fencing || name == "stonith-enabled" || name == "fencing-enabled"
		}
	}
	if !fencing {
		setDefault(config, "cluster_property_set", "stonith-enabled", "false")
	}
}

// resource06 turns attributes of a resource's element, and parameters that only the cluster reads, into meta attributes.
func resource06(x *xmltree.Node) {
	var kept []xmltree.Attr
	for _, a := range x.Attrs {
		switch a.Name {
		case "id", "class", "type", "provider", "description":
			kept = append(kept, a)
		default:
			setDefault(x, "meta_attributes", strings.ReplaceAll(a.Name, "_", "-"), a.Value)
		}
	}
	x.Attrs = kept
	var meta [][2]string
	for set := range x.Elements("instance_attributes") {
		filter(set, func(p *xmltree.Node) bool {
			name := strings.ReplaceAll(p.Get("name"), "_", "-")
			switch name {
			case "resource-stickiness", "allow-migrate", "globally-unique", "target-role", "clone-max", "clone-node-max", "master-max", "master-node-max":
				meta = append(meta, [2]string{name, p.Get("value")})
				return false
			case "resource-failure-stickiness", "priority", "is-managed", "notify", "ordered", "interleave", "multiple-active":
				meta = append(meta, [2]string{name, p.Get("value")}) // an agent may have a parameter of this name too: it stays
			}
			return true
		})
	}
	for _, m := range meta {
		if m[1] != "default" && m[1] != "#default" {
			setDefault(x, "meta_attributes", m[0], m[1])
		}
	}
	for set := range x.Elements("meta_attributes") {
		filter(set, func(p *xmltree.Node) bool {
			if n := p.Get("name"); n != "" {
				p.Set("name", strings.ReplaceAll(n, "_", "-"))
			}
			return p.Get("value") != "default"
		})
	}
}

// unique06 writes down what was the default of clones: every instance is something of its own. Since schema 1.0 it is not.
func unique06(x *xmltree.Node, certain bool) {
	if certain {
		setDefault(x, "meta_attributes", "globally-unique", "true")
	}
}

func operation06(op *xmltree.Node) {
	if v, ok := op.Lookup("disabled"); ok {
		drop(op, "disabled")
		enabled := "true"
		if True(v) {
			enabled = "false"
		}
		op.Set("enabled", enabled)
	}
	if _, ok := op.Lookup("interval"); !ok {
		op.Set("interval", "0")
	}
	rename(op, "prereq", "requires")
}

func constraint06(x *xmltree.Node) {
	take := func(name string) string {
		v := x.Get(name)
		drop(x, name)
		return v
	}
	set := func(name, value string) {
		if value != "" {
			x.Set(name, value)
		}
	}
	switch x.Name {
	case "rsc_location":
		for rule := range x.Elements("rule") {
			_, attribute := rule.Lookup("score-attribute")
			if score, ok := rule.Lookup("score"); ok {
				rule.Set("score", score06(score))
			} else if !attribute {
				rule.Set("score", "0")
			}
		}
	case "rsc_colocation":
		if _, old := x.Lookup("from"); !old {
			return
		}
		rsc, with, role, withRole := take("from"), take("to"), take("from_role"), take("to_role")
		set("rsc", rsc)
		set("with-rsc", with)
		set("rsc-role", role)
		set("with-rsc-role", withRole)
	case "rsc_order":
		if _, old := x.Lookup("from"); !old {
			return
		}
		from, to, action, toAction, kind := take("from"), take("to"), take("action"), take("to_action"), take("type")
		if action == "" {
			action = "start"
		}
		if kind == "before" {
			set("first", from)
			set("first-action", action)
			set("then", to)
			set("then-action", toAction)
			return
		}
		if toAction == "" {
			toAction = action
		}
		set("first", to)
		set("first-action", toAction)
		set("then", from)
		set("then-action", action)
	}
	if score, ok := x.Lookup("score"); ok {
		x.Set("score", score06(score))
	}
}

// score06 writes a score as it is written today: in capitals, without a fraction.
func score06(text string) string {
	text = strings.ToUpper(strings.TrimSpace(text))
	whole, _, _ := strings.Cut(text, ".")
	return whole
}
