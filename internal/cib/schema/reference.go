package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Reference is the manual of the document in Markdown, made from the grammars, their documentation and the options.
func Reference(chinese bool) string {
	p := page{chinese: chinese, guide: NewGuide()}
	p.say("# The cluster's document (CIB): elements, attributes, options", "# 集群文档（CIB）参考：元素、属性、选项")
	p.text("\n<!-- made from internal/cib/schema: go test ./internal/cib/schema -run TestReferenceIsCurrent -update -->\n\n")
	p.say("One of these on the command line: `heartbeat explain NAME`. How to work with the document: [cib.md](cib.md).\n"+
		"A generation is what `validate-with` names; documents of Heartbeat 2 have none or `pacemaker-0.6`. Where no generation is said, all have it.",
		"命令行查询：`heartbeat explain 名称`。如何使用该文档见 [cib.md](cib.md)。\n"+
			"“版本”指 `validate-with` 的值；Heartbeat 2 的文档没有该属性，或为 `pacemaker-0.6`。未注明版本的，所有版本都有。")
	p.text("\n")
	for _, scope := range [...]struct {
		scope      Scope
		title, zh  string
		where, inZ string
	}{
		{ClusterOption, "Cluster options", "集群选项", "In `cluster_property_set` in `crm_config`.", "写在 `crm_config` 的 `cluster_property_set` 中。"},
		{ResourceOption, "Resource options", "资源选项", "In `meta_attributes` of a resource, or for all in `rsc_defaults`.", "写在资源的 `meta_attributes` 中，或在 `rsc_defaults` 中作为默认值。"},
		{OperationOption, "Operation options", "操作选项", "Attributes of `op` or in its `meta_attributes`, or for all in `op_defaults`.", "写作 `op` 的属性或其 `meta_attributes`，或在 `op_defaults` 中作为默认值。"},
		{FenceOption, "Options of all fence devices", "所有隔离设备的选项", "In `instance_attributes` of a resource of class stonith; the cluster reads them.", "写在 stonith 类资源的 `instance_attributes` 中，由集群读取。"},
	} {
		p.say("\n## "+scope.title+"\n\n"+scope.where, "\n## "+scope.zh+"\n\n"+scope.inZ)
		p.say("\n| option | value | default | meaning |", "\n| 选项 | 取值 | 默认值 | 含义 |")
		p.text("|---|---|---|---|\n")
		for _, o := range Options() {
			if o.Scope == scope.scope {
				p.option(optionTopic(o))
			}
		}
	}
	p.say("\n## Elements", "\n## 元素")
	for _, name := range p.guide.Elements() {
		p.element(name)
	}
	return p.b.String()
}

// A page is a manual that is being written in one language.
type page struct {
	b       strings.Builder
	chinese bool
	guide   *Guide
}

func (p *page) text(s string) { p.b.WriteString(s) }

func (p *page) pick(en, zh string) string {
	if p.chinese {
		return zh
	}
	return en
}

func (p *page) say(en, zh string) { p.text(p.pick(en, zh) + "\n") }

// words puts values, defaults and generations into the language of the page.
func (p *page) words(s string) string {
	if p.chinese {
		return InChinese(s)
	}
	return s
}

func (p *page) option(t Topic) {
	def := p.words(t.Default)
	if t.Old != "" {
		def += p.pick(" (Heartbeat 2: "+t.Old+")", "（Heartbeat 2："+t.Old+"）")
	}
	p.row("`"+t.Name+"`", p.words(t.Values), def, p.pick(t.EN, t.ZH))
}

func (p *page) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", `\|`)
	}
	p.text("| " + strings.Join(cells, " | ") + " |\n")
}

func (p *page) element(name string) {
	t, _ := p.guide.element(name)
	fmt.Fprintf(&p.b, "\n### %s\n\n%s", name, p.pick(t.EN, t.ZH))
	list := func(en, zh string, names []string) {
		if len(names) > 0 {
			p.text(p.pick(" "+en+": ", zh+"：") + strings.Join(quoted(names), p.pick(", ", "、")) + p.pick(".", "。"))
		}
	}
	list("In", "位于", t.Parents)
	list("Holds", "包含", t.Kids)
	if t.In != "" {
		p.text(p.pick(" Only "+t.In+".", "仅 "+p.words(t.In)+"。"))
	}
	p.text("\n")
	if len(t.Attrs) == 0 {
		return
	}
	p.say("\n| attribute | value | default | generations | meaning |", "\n| 属性 | 取值 | 默认值 | 版本 | 含义 |")
	p.text("|---|---|---|---|---|\n")
	for _, attr := range t.Attrs {
		a, _ := p.guide.attribute(name, attr)
		in := a.In
		if in == t.In {
			in = ""
		}
		p.row("`"+attr+"`", p.words(a.Values), p.words(a.Default), p.words(in), p.pick(a.EN, a.ZH))
	}
}

func quoted(names []string) []string {
	names = slices.Clone(names)
	for i, n := range names {
		names[i] = "[" + n + "](#" + n + ")"
	}
	return names
}
