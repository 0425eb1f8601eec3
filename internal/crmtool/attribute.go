package crmtool

import (
	"fmt"
	"strings"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/cib/store"
	"heartbeat/internal/xmltree"
)

// An attribute is a name with a value somewhere in the document: an option of the cluster, a default, or an attribute of a node.
type attribute struct {
	scope string // crm_config, rsc_defaults, op_defaults, nodes, status, tickets
	node  string // id, for nodes and status
	uname string
	name  string
	set   string // id of the set; empty: any
	id    string // of the attribute; empty: any
}

// scopes are where attributes live: the section, and the set that is made when there is none.
func (a *attribute) place() (set *xmltree.Node, wrap func(*xmltree.Node) *xmltree.Node) {
	as := func(tag, id string) *xmltree.Node {
		if a.set != "" {
			id = a.set
		}
		return xmltree.New(tag, "id", id)
	}
	same := func(n *xmltree.Node) *xmltree.Node { return n }
	switch a.scope {
	case "rsc_defaults", "op_defaults":
		return as("meta_attributes", a.scope+"-options"), same
	case "nodes":
		return as("instance_attributes", "nodes-"+a.node), func(n *xmltree.Node) *xmltree.Node { return xmltree.New("node", "id", a.node).Add(n) }
	case "status":
		return as("instance_attributes", "status-"+a.node), func(n *xmltree.Node) *xmltree.Node {
			return xmltree.New("node_state", "id", a.node, "uname", a.uname).Add(xmltree.New("transient_attributes", "id", a.node).Add(n))
		}
	case "tickets":
		return as("instance_attributes", "status-tickets"), func(n *xmltree.Node) *xmltree.Node { return xmltree.New("tickets").Add(n) }
	}
	return as("cluster_property_set", "cib-bootstrap-options"), same
}

// section is where the scope is in the document: that of tickets is a part of the status.
func (a *attribute) section() string {
	if a.scope == "tickets" {
		return "status"
	}
	return a.scope
}

// find are the attributes that are there, each below its set.
func (a *attribute) find(root *xmltree.Node) (sets, pairs []*xmltree.Node) {
	section := edit.Section(root, a.section())
	if section != nil && a.scope == "tickets" {
		section = section.First("tickets")
	}
	if section == nil {
		return nil, nil
	}
	from := section
	if a.node != "" {
		from = nil
		for n := range section.Elements("") {
			if n.Get("id") == a.node {
				from = n
			}
		}
		if from == nil {
			return nil, nil
		}
	}
	for set := range from.All() {
		if set.Kind != xmltree.Element || set.Name == "utilization" || a.set != "" && set.Get("id") != a.set {
			continue
		}
		for p := range set.Elements("nvpair") {
			if p.Get("name") == a.name && (a.id == "" || p.Get("id") == a.id) {
				sets, pairs = append(sets, set), append(pairs, p)
			}
		}
	}
	return sets, pairs
}

// write gives the attribute a value: the one that is there, or a new one in the set that its scope has.
func (a *attribute) write(doc *store.Document, value string) error {
	set, wrap := a.place()
	id := set.Get("id") + "-" + a.name
	switch sets, pairs := a.find(doc.Root()); {
	case len(pairs) > 1:
		return errMultiple(pairs)
	case len(pairs) == 1:
		set, id = xmltree.New(sets[0].Name, "id", sets[0].Get("id")), pairs[0].Get("id")
	}
	if a.id != "" {
		id = a.id
	}
	_, err := doc.Do(edit.Request{Op: edit.Modify, Section: a.section(), AllowCreate: true,
		Data: wrap(set.Add(xmltree.New("nvpair", "id", id, "name", a.name, "value", value)))})
	return err
}

// remove takes the attribute away and returns the id that it had, empty when there was none.
func (a *attribute) remove(doc *store.Document) (id string, err error) {
	_, pairs := a.find(doc.Root())
	switch {
	case len(pairs) == 0:
		return "", nil
	case len(pairs) > 1:
		return "", errMultiple(pairs)
	}
	id = pairs[0].Get("id")
	_, err = doc.Do(edit.Request{Op: edit.Delete, XPath: fmt.Sprintf("//nvpair[@id=%s]", quoted(id))})
	return id, err
}

// quoted is a text as XPath writes it; an id holds at most one kind of quotes.
func quoted(s string) string {
	if strings.Contains(s, `"`) {
		return "'" + s + "'"
	}
	return `"` + s + `"`
}

// A multipleError is a name that stands for several things.
type multipleError struct{ ids []string }

func (e *multipleError) Error() string {
	return "there are several of that name: " + strings.Join(e.ids, ", ") + "; name one with -s SET or -i ID"
}

func errMultiple(pairs []*xmltree.Node) error {
	e := &multipleError{}
	for _, p := range pairs {
		e.ids = append(e.ids, p.Get("id"))
	}
	return e
}

// nodeID finds the id of a node by its name, in the configuration or in the status.
func nodeID(root *xmltree.Node, name string) (id, uname string, ok bool) {
	for _, section := range []string{"nodes", "status"} {
		s := edit.Section(root, section)
		if s == nil {
			continue
		}
		for n := range s.Elements("") {
			if strings.EqualFold(n.Get("uname"), name) && n.Get("id") != "" {
				return n.Get("id"), n.Get("uname"), true
			}
		}
	}
	return "", "", false
}
