package verify

import (
	"strings"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/schema"
	"heartbeat/internal/isotime"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// Document judges a document at a time.
func Document(root *xmltree.Node, now isotime.Time) *Report {
	r := &Report{}
	r.form(root)
	if r.FormFailed {
		r.sort()
		return r
	}
	r.older(root)
	r.options(root)
	r.meaning(root, now)
	r.sort()
	return r
}

// form checks the form.
func (r *Report) form(root *xmltree.Node) {
	found := schema.Check(root)
	r.Problems = append(r.Problems, found...)
	for _, p := range found {
		if !p.Warning {
			r.FormFailed = true
			r.Lines = append(r.Lines, Line{Error: true, Text: classic(p), Form: true, At: p})
		}
	}
	if r.FormFailed {
		r.Lines = append(r.Lines, Line{Error: true, Tag: "main", Text: "CIB did not pass schema validation"})
		return
	}
	switch v, claimed := schema.VersionOf(root); {
	case v < schema.V1_0:
		text := "The configuration has the form of Heartbeat 2; it is upgraded before it is used"
		r.add(schema.Problem{Line: int(root.Line), Element: "cib", Kind: schema.UnknownSchema, Warning: true, Text: "the document has the form of Heartbeat 2", Mend: "upgrade it: cibadmin --upgrade"}, "", text)
	case !claimed:
		r.Lines = append(r.Lines, Line{Text: "Schema validation of configuration is disabled (enabling is encouraged and prevents common misconfigurations)"})
	}
}

// classic says what is wrong with the form in the words that readers of RELAX NG errors know.
func classic(p schema.Problem) string {
	switch p.Kind {
	case schema.UnknownReference:
		_, id, _ := strings.Cut(p.Text, "\"")
		id, _, _ = strings.Cut(id, "\"")
		return "validity error : IDREF attribute " + p.Attr + " references an unknown ID \"" + id + "\""
	case schema.UnknownElement, schema.MisplacedElement:
		return "Relax-NG validity error : Did not expect element " + p.Element + " there"
	case schema.UnknownAttribute, schema.BadValue, schema.Conflict, schema.DuplicateID, schema.UnknownSchema:
		return "Relax-NG validity error : Invalid attribute " + p.Attr + " for element " + p.Element
	case schema.MissingAttribute:
		return "Relax-NG validity error : Element " + p.Element + " failed to validate attributes"
	case schema.TextInside:
		return "Relax-NG validity error : Did not expect text in element " + p.Element + " content"
	}
	return "Relax-NG validity error : Element " + p.Element + " failed to validate content"
}

// meaning lets the scheduler decide, and hears what it has to say.
func (r *Report) meaning(root *xmltree.Node, now isotime.Time) {
	up, warnings, err := cib.Upgrade(root)
	if err != nil {
		r.add(schema.Problem{Kind: schema.Meaning, Text: err.Error(), Mend: "correct it, or leave it out"}, "cli_config_update", err.Error())
		return
	}
	for _, w := range warnings {
		r.Hints = append(r.Hints, schema.Problem{Kind: schema.Meaning, Warning: true, Text: w, Mend: "see what the upgrade changes: cibadmin --upgrade on a copy"})
	}
	_, hasState := places(root)["status"]
	if n, ok := cib.Integer(root.Get("execution-date")); ok {
		now = isotime.UTC(n)
	}
	result := scheduler.Schedule(up, now, scheduler.Options{Sanitized: true})
	at := places(up)
	for _, f := range result.Findings() {
		if f.State && !hasState {
			continue
		}
		p := schema.Problem{ID: f.ID, Kind: schema.Meaning, Warning: !f.Error, Text: f.Text, Mend: f.Mend}
		if n := at.find(f.ID); n != nil {
			p.Line, p.Element, p.ID = int(n.Line), n.Name, n.Get("id")
		}
		r.add(p, f.Tag, f.Text)
	}
}

// An index finds elements by id, sections by name, and properties by the name of the pair.
type index map[string]*xmltree.Node

func places(root *xmltree.Node) index {
	at := index{}
	if status := root.First("status"); status != nil {
		at["status"] = status
		for n := range status.Elements("node_state") {
			at[n.Get("id")] = n
		}
	}
	config := root.First("configuration")
	if config == nil {
		return at
	}
	for n := range config.All() {
		if id := n.Get("id"); id != "" && n.Kind == xmltree.Element {
			at[id] = n
		}
	}
	if crm := config.First("crm_config"); crm != nil {
		for n := range crm.All() {
			if name := n.Get("name"); n.Name == "nvpair" && at[name] == nil {
				at[name] = n
			}
		}
	}
	return at
}

// find looks for an element; an instance of a clone stands for what it is an instance of.
func (at index) find(id string) *xmltree.Node {
	if n := at[id]; n != nil {
		return n
	}
	base, _, instance := strings.Cut(id, ":")
	if instance {
		return at[base]
	}
	return nil
}
