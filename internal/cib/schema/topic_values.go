package schema

import "strings"

// values describes what an attribute may hold in any generation; what only some of its generations allow is marked with them.
func (a *Attribute) values() string {
	var order []string
	in := map[string]set{}
	note := func(text string, s set) {
		if s == 0 {
			return
		}
		if in[text] == 0 {
			order = append(order, text)
		}
		in[text] |= s
	}
	for i, k := range a.kinds {
		switch {
		case k.not: // the words are names of options that are gone
			note("a text", a.has[i])
		case k.name == "id", k.name == "oldid":
			note("an id", a.has[i])
		case k.words == nil:
			note(k.allowed(Newest), a.has[i])
		}
		if k.not {
			continue
		}
		for _, w := range k.words {
			note(w.text, a.has[i]&w.in.set())
		}
	}
	for i, text := range order {
		if in[text] != a.in {
			order[i] += " (" + in[text].generations() + ")"
		}
	}
	return strings.Join(order, ", ")
}
