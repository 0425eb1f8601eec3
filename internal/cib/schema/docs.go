package schema

import (
	"slices"
	"strings"
)

// A Doc is the line of documentation of an element or an attribute.
type Doc struct {
	Name    string // element, element.attribute, or .attribute for every element that says nothing of its own
	Default string // what counts where an attribute is not written, in words where it is no value
	EN, ZH  string
}

// Docs are the lines of all elements and attributes.
func Docs() []Doc {
	return slices.Concat(documentDocs(), resourceDocs(), constraintDocs(), ruleDocs(), accessDocs(), heartbeat2Docs())
}

// docOf finds the line of an element (attr empty) or of its attribute. Its Name is then element or element.attribute, whichever line it is.
func docOf(docs map[string]Doc, element, attr string) (Doc, bool) {
	name := element
	if attr != "" {
		name += "." + attr
	}
	d, ok := docs[name]
	if !ok && attr != "" {
		d, ok = docs["."+attr]
	}
	d.Name = name
	return d, ok
}

func docsByName() map[string]Doc {
	docs := map[string]Doc{}
	for _, d := range Docs() {
		docs[d.Name] = d
	}
	return docs
}

// generations says which generations are meant, in words: empty when it is all of them.
func (s set) generations() string {
	if s == (span{}).set() {
		return ""
	}
	return strings.NewReplacer(Heartbeat2.Name()+" to ", "Heartbeat 2 to pacemaker-", Heartbeat2.Name(), "Heartbeat 2").Replace(s.String())
}
