package applet

import (
	"strings"

	"heartbeat/internal/cib/schema"
)

// explainCIB returns what a name means in the cluster's document, one text for each meaning.
func explainCIB(name string, chinese bool) (found []string) {
	for _, t := range schema.NewGuide().Topics(name) {
		kind, text, words := t.Kind+" of the cluster's document", t.EN, func(s string) string { return s }
		if chinese {
			text, words = t.ZH, schema.InChinese
		}
		if strings.HasSuffix(kind, "option of the cluster's document") {
			kind = t.Kind
		}
		def := words(t.Default)
		if t.Old != "" {
			def += " (Heartbeat 2: " + t.Old + ")"
		}
		found = append(found, entry(t.Name, kind, text,
			"value", words(t.Values), "default", def,
			"set in", optionPlace(t.Kind), "stands in", joinNames(t.Parents), "attributes", joinNames(t.Attrs), "holds", joinNames(t.Kids),
			"only in", words(t.In), "also an attribute", joinNames(t.Also)+asked(t.Also)))
	}
	return found
}

// optionPlace is where an option is written.
func optionPlace(kind string) string {
	switch kind {
	case "cluster option":
		return "cluster_property_set in crm_config"
	case "resource option":
		return "meta_attributes of a resource, or rsc_defaults"
	case "operation option":
		return "op, its meta_attributes, or op_defaults"
	case "fence device option":
		return "instance_attributes of a resource of class stonith"
	}
	return ""
}

// joinNames writes names in a row, in lines of their own where they are many.
func joinNames(names []string) string {
	var b strings.Builder
	width := 0
	for i, n := range names {
		if width += len(n) + 1; width > 80 {
			b.WriteString("\n   ")
			width = len(n)
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(n)
	}
	return b.String()
}

// asked says how to ask for attributes.
func asked(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (heartbeat explain " + names[0] + ")"
}

// explainDocument lists elements and options of the cluster's document.
func (c *call) explainDocument() {
	guide := schema.NewGuide()
	c.printf("\nElements of the cluster's document (explain ELEMENT.ATTRIBUTE for its attributes):\n")
	for _, name := range guide.Elements() {
		c.printf("  %-26s %s\n", name, guide.Topics(name)[0].EN)
	}
	for _, scope := range [...]schema.Scope{schema.ClusterOption, schema.ResourceOption, schema.OperationOption, schema.FenceOption} {
		c.printf("\nOptions of the %s:\n", scope)
		for _, o := range schema.Options() {
			if o.Scope == scope {
				c.printf("  %-26s %s\n", o.Name, o.EN)
			}
		}
	}
}
