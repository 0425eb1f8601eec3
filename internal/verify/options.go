package verify

import (
	"strconv"
	"strings"

	"heartbeat/internal/cib/schema"
	"heartbeat/internal/xmltree"
)

// options checks names and values of cluster options, and gives hints about those of resources and operations.
func (r *Report) options(root *xmltree.Node) {
	config := root.First("configuration")
	if config == nil {
		return
	}
	known := map[schema.Scope]map[string]schema.Option{}
	for _, o := range schema.Options() {
		if known[o.Scope] == nil {
			known[o.Scope] = map[string]schema.Option{}
		}
		known[o.Scope][o.Name] = o
	}
	placed := false
	if crm := config.First("crm_config"); crm != nil {
		seen := map[string]bool{}
		for n := range crm.All() {
			if n.Name == "nvpair" {
				r.clusterOption(n, known[schema.ClusterOption], seen)
				placed = placed || n.Get("name") == "placement-strategy" && n.Get("value") != "default"
			}
		}
	}
	for n := range config.All() {
		if n.Name == "utilization" && placed {
			r.utilization(n)
		}
		if n.Name != "meta_attributes" && n.Name != "op" {
			continue
		}
		for p := range n.Elements("nvpair") {
			if o, ok := known[schema.ResourceOption][p.Get("name")]; ok && !o.Allows(p.Get("value")) && !strings.HasPrefix(p.Get("value"), "#") {
				r.hint(p, "value", o.Name+"="+quoted(p.Get("value"))+" is none of its values, and the default "+o.Default+" counts", "write "+o.Allowed())
			}
		}
		for _, a := range n.Attrs {
			if o, ok := known[schema.OperationOption][a.Name]; ok && n.Name == "op" && !o.Allows(a.Value) {
				r.hint(n, a.Name, a.Name+"="+quoted(a.Value)+" is none of its values, and "+nothing(o.Default)+" counts", "write "+o.Allowed())
			}
		}
	}
}

// utilization says which amounts are no numbers, where they count.
func (r *Report) utilization(n *xmltree.Node) {
	for p := range n.Elements("nvpair") {
		value, given := p.Lookup("value")
		if _, err := strconv.Atoi(value); given && err != nil {
			text := "Could not parse integer from '" + value + "'"
			r.add(schema.Problem{Line: int(p.Line), Element: p.Name, ID: p.Get("id"), Attr: "value", Kind: schema.Meaning, Warning: true,
				Text: "an amount of " + p.Get("name") + " is " + quoted(value) + ", which is no number", Mend: "write a whole number"}, "scan_ll", text)
		}
	}
}

func nothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

func quoted(s string) string { return `"` + s + `"` }

func (r *Report) hint(n *xmltree.Node, attr, text, mend string) {
	r.Hints = append(r.Hints, schema.Problem{Line: int(n.Line), Element: n.Name, ID: n.Get("id"), Attr: attr, Kind: schema.Meaning, Warning: true, Text: text, Mend: mend})
}

func (r *Report) clusterOption(n *xmltree.Node, known map[string]schema.Option, seen map[string]bool) {
	name := n.Get("name")
	value, given := n.Lookup("value")
	if !given {
		return // a pair without a value sets nothing
	}
	o, ok := known[name]
	if !ok {
		o, ok = known[strings.ReplaceAll(name, "_", "-")]
	}
	switch {
	case name == "":
	case !ok:
		if near := schema.NearestOption(name, schema.ClusterOption); near != "" {
			r.hint(n, "name", "the cluster has no option "+quoted(name), "did you mean "+near+"?")
		}
	case !o.Allows(value) && o.Strict && !seen[o.Name]:
		text := "Using default value for cluster option '" + o.Name + "' because '" + value + "' is invalid"
		p := schema.Problem{Line: int(n.Line), Element: n.Name, ID: n.Get("id"), Attr: "value", Kind: schema.Meaning, Text: text, Mend: "write " + o.Allowed() + "; the default is " + o.Default}
		r.add(p, "cluster_option_value", text)
	case !o.Allows(value):
		r.hint(n, "value", o.Name+"="+quoted(value)+" is none of its values, and the default "+o.Default+" counts", "write "+o.Allowed())
	}
	seen[o.Name] = true
}
