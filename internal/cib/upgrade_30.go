package cib

import (
	"strings"

	"heartbeat/internal/xmltree"
)

// to30 is the step from 2.10 to 3.0: defaults leave the properties, options of operations leave their parameters.
func (u *upgrade) to30() {
	for set := range u.section("crm_config").Elements("cluster_property_set") {
		filter(set, func(p *xmltree.Node) bool { return p.Name != "nvpair" || u.property30(p) })
	}
	for n := range u.section("nodes").Elements("node") {
		if n.Get("type") == "normal" {
			n.Set("type", "member")
		}
	}
	for x := range u.section("resources").All() {
		switch x.Name {
		case "meta_attributes":
			filter(x, func(p *xmltree.Node) bool { return p.Name != "nvpair" || u.meta30(p) })
		case "instance_attributes":
			filter(x, func(p *xmltree.Node) bool { return p.Name != "nvpair" || fence30(p) })
		case "primitive", "template":
			operations30(x)
		}
	}
	for x := range u.section("constraints").Elements("rsc_colocation") {
		drop(x, "score-attribute")
		drop(x, "score-attribute-mangle")
	}
}

// property30 moves defaults to where they belong since 3.0; false: the property goes away.
func (u *upgrade) property30(p *xmltree.Node) bool {
	name := strings.ReplaceAll(p.Get("name"), "_", "-")
	value := p.Get("value")
	if name == "transition-idle-timeout" {
		name = "cluster-delay"
	}
	if _, reference := p.Lookup("id-ref"); !reference {
		p.Set("name", name)
	}
	defaults := func(section, name, value string) { setDefault(u.section(section), "meta_attributes", name, value) }
	switch name {
	case "default-action-timeout":
		defaults("op_defaults", "timeout", value)
	case "default-resource-stickiness":
		defaults("rsc_defaults", "resource-stickiness", value)
	case "is-managed-default":
		defaults("rsc_defaults", "is-managed", value)
	case "default-resource-failure-stickiness":
		if !u.failureStickiness(p) {
			return false
		}
		defaults("rsc_defaults", "migration-threshold", "1")
	case "cluster-infrastructure":
		return value != "heartbeat" && value != "openais" && value != "cman"
	case "default-migration-threshold", "expected-quorum-votes", "notification-agent", "notification-recipient":
	default:
		return true
	}
	return false
}

// failureStickiness says whether the old score for failures means what a threshold of one means.
func (u *upgrade) failureStickiness(p *xmltree.Node) bool {
	score, ok := Score(p.Get("value"), Health{})
	if ok && score <= -Infinity {
		return true
	}
	if !ok || score != 0 {
		u.warn("line %d: %s=%s counts no more: since Pacemaker 1.0 only a number of failures (migration-threshold) moves a resource", p.Line, p.Get("name"), p.Get("value"))
	}
	return false
}

func (u *upgrade) meta30(p *xmltree.Node) bool {
	switch name := strings.ReplaceAll(p.Get("name"), "_", "-"); {
	case name == "resource-failure-stickiness":
		if !u.failureStickiness(p) {
			return false
		}
		p.Set("name", "migration-threshold")
		p.Set("value", "1")
	case name == "isolation" || strings.HasPrefix(name, "isolation-"):
		u.warn("line %d: %s has no counterpart any more: the resource is stopped", p.Line, p.Get("name"))
		p.Set("name", "target-role")
		p.Set("value", "Stopped")
	}
	return true
}

// fence30 renames parameters of fence devices.
func fence30(p *xmltree.Node) bool {
	name, value := p.Get("name"), p.Get("value")
	switch {
	case name == "pcmk_arg_map":
		port, ok := strings.CutPrefix(value, "port:")
		if !ok {
			return false
		}
		p.Set("name", "pcmk_host_argument")
		p.Set("value", port)
	case strings.HasPrefix(name, "pcmk_") && strings.HasSuffix(name, "_cmd"):
		p.Set("name", strings.TrimSuffix(name, "_cmd")+"_action")
	}
	return true
}

// operations30 moves what an operation requires to the resource, and options of operations out of their parameters.
func operations30(x *xmltree.Node) {
	operations := x.First("operations")
	if operations == nil {
		return
	}
	requires := ""
	for op := range operations.Elements("op") {
		if r, ok := op.Lookup("requires"); ok {
			if name := op.Get("name"); name == "start" || name == "promote" {
				requires = r
			}
			drop(op, "requires")
		}
		var moved [][2]string
		for set := range op.Elements("instance_attributes") {
			filter(set, func(p *xmltree.Node) bool {
				switch name := p.Get("name"); name {
				case "requires":
					if op.Get("name") == "start" || op.Get("name") == "promote" {
						requires = p.Get("value")
					}
					return false
				case "interval-origin", "start-delay", "enabled", "on-fail", "record-pending", "role", "timeout":
					moved = append(moved, [2]string{name, p.Get("value")})
					return false
				}
				return true
			})
		}
		for _, m := range moved {
			if _, given := op.Lookup(m[0]); !given {
				setDefault(op, "meta_attributes", m[0], m[1])
			}
		}
	}
	if requires != "" {
		setDefault(x, "meta_attributes", "requires", requires)
	}
}
