package schema

import (
	"maps"
	"slices"
	"strings"
)

// A Topic is everything that is known about a name that a user may ask for.
type Topic struct {
	Name    string
	Kind    string // element, attribute, cluster option, resource option, operation option, fence device option
	EN, ZH  string
	Values  string // which ones are allowed, in words; of an attribute with the generations that differ
	Default string
	Old     string   // default of Heartbeat 2 where it is another one
	In      string   // generations that have it; empty: all, or not known (options)
	Parents []string // elements that it stands in
	Attrs   []string // of an element
	Kids    []string // elements that stand in it
	Also    []string // attributes of other elements that have this name, as element.attribute
}

// A Guide answers questions about names. It is made once for many of them.
type Guide struct {
	known *Knowledge
	docs  map[string]Doc
}

// NewGuide reads the grammars and the documentation.
func NewGuide() *Guide { return &Guide{known: Know(), docs: docsByName()} }

// Elements are the names of all elements, sorted.
func (g *Guide) Elements() []string { return slices.Sorted(maps.Keys(g.known.Elements)) }

// Names are what can be asked for: elements, options, and attributes as element.attribute; sorted.
func (g *Guide) Names() []string {
	var names []string
	for element, e := range g.known.Elements {
		names = append(names, element)
		for attr := range e.Attrs {
			names = append(names, element+"."+attr)
		}
	}
	for _, o := range Options() {
		names = append(names, o.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Topics are the meanings of a name: an element, element.attribute, an option (with hyphens or underscores), or an attribute's bare name.
func (g *Guide) Topics(name string) (list []Topic) {
	if element, attr, ok := strings.Cut(name, "."); ok {
		if t, ok := g.attribute(element, attr); ok {
			list = append(list, t)
		}
		return list
	}
	if t, ok := g.element(name); ok {
		list = append(list, t)
	}
	for _, o := range Options() {
		if o.Name == name || o.Name == strings.ReplaceAll(name, "_", "-") {
			list = append(list, optionTopic(o))
		}
	}
	var same []string
	for _, element := range g.Elements() {
		if g.known.Elements[element].Attrs[name] != nil {
			same = append(same, element+"."+name)
		}
	}
	switch {
	case len(same) == 1 && len(list) == 0:
		element, attr, _ := strings.Cut(same[0], ".")
		t, _ := g.attribute(element, attr)
		list = append(list, t)
	case len(same) > 0 && len(list) > 0:
		list[len(list)-1].Also = same
	case len(same) > 0:
		list = append(list, Topic{Name: name, Kind: "attribute", EN: "Several elements have it.", ZH: "多个元素有此属性。", Also: same})
	}
	return list
}

func (g *Guide) element(name string) (Topic, bool) {
	e := g.known.Elements[name]
	if e == nil {
		return Topic{}, false
	}
	d, _ := docOf(g.docs, name, "")
	t := Topic{Name: name, Kind: "element", EN: d.EN, ZH: d.ZH, In: e.in.generations(), Attrs: slices.Sorted(maps.Keys(e.Attrs)), Kids: slices.Sorted(maps.Keys(e.Kids))}
	for _, parent := range g.Elements() {
		if g.known.Elements[parent].Kids[name] != 0 {
			t.Parents = append(t.Parents, parent)
		}
	}
	return t, true
}

func (g *Guide) attribute(element, attr string) (Topic, bool) {
	e := g.known.Elements[element]
	if e == nil || e.Attrs[attr] == nil {
		return Topic{}, false
	}
	a := e.Attrs[attr]
	d, _ := docOf(g.docs, element, attr)
	t := Topic{Name: d.Name, Kind: "attribute", EN: d.EN, ZH: d.ZH, Values: a.values(), Default: d.Default, In: a.in.generations(), Parents: []string{element}}
	if o, ok := OptionNamed(attr, OperationOption); ok && element == "op" && t.Values == "a text" {
		t.Values = o.Allowed() // the grammars leave it to the scheduler
	}
	return t, true
}

func optionTopic(o Option) Topic {
	return Topic{Name: o.Name, Kind: string(o.Scope) + " option", EN: o.EN, ZH: o.ZH, Values: o.Allowed(), Default: o.Default, Old: o.Old}
}
