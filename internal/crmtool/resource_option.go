package crmtool

import (
	"fmt"
	"strconv"

	"heartbeat/internal/cib"
	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

func itoa(n int) string { return strconv.Itoa(n) }

// tag is the element of sets that hold what is meant: parameters, meta attributes or utilization.
func (c *resourceCall) tag() string {
	switch {
	case c.meta:
		return "meta_attributes"
	case c.utilization:
		return "utilization"
	}
	return "instance_attributes"
}

// get prints a value as it counts. One that is not set is said so, and is no error to scripts.
func (c *resourceCall) get() Code {
	var value string
	var ok bool
	switch {
	case c.meta:
		value, ok = c.rsc.Meta(c.name)
	case c.utilization:
		value, ok = c.rsc.Utilization().Lookup(c.name)
	default:
		var pairs cib.Pairs = c.rsc.Parameters(c.rsc.Current)
		value, ok = pairs.Lookup(c.name)
	}
	if !ok {
		text := fmt.Sprintf("Attribute '%s' not found for '%s'", c.name, c.rsc.ID)
		if c.o.As == "xml" {
			return c.PrintResult(OK, nil, text)
		}
		c.complain("%s\n", text)
		return OK
	}
	c.found = []*xmltree.Node{xmltree.New("list", "name", "Attributes").Add(
		xmltree.New("item", "name", c.name).Add(&xmltree.Node{Kind: xmltree.Text, Text: value}))}
	return c.done([]string{value})
}

// configured is the element of the resource in the document: that of the clone's child for an instance.
func (c *resourceCall) configured() *xmltree.Node {
	resources := edit.Section(c.doc.Root(), "resources")
	if resources == nil {
		return nil
	}
	for _, id := range []string{c.id, c.rsc.Name, c.rsc.XML.Get("id")} {
		for x := range resources.All() {
			if x.Kind == xmltree.Element && x.Get("id") == id && x.Name != "nvpair" {
				return x
			}
		}
	}
	return nil
}

// pairs are the attributes of that name in the resource itself, each below its set.
func (c *resourceCall) pairs(of *xmltree.Node) (sets, pairs []*xmltree.Node) {
	for set := range of.Elements(c.tag()) {
		if c.set != "" && set.Get("id") != c.set {
			continue
		}
		for p := range set.Elements("nvpair") {
			if p.Get("name") == c.name && (c.pair == "" || p.Get("id") == c.pair) {
				sets, pairs = append(sets, set), append(pairs, p)
			}
		}
	}
	return sets, pairs
}

// put gives an attribute a value: the one that is there, else a new one in the first set, else in a set of its own.
func (c *resourceCall) put() Code {
	if !c.o.Changed("parameter-value") {
		return c.o.Wrong("You need to supply a value with the -v option")
	}
	of := c.configured()
	if of == nil {
		return c.fail(NoSuchObject, "Resource '"+c.id+"' is not configured")
	}
	setID := of.Get("id") + "-" + c.tag()
	if first := of.First(c.tag()); first != nil {
		setID = first.Get("id")
	}
	if c.set != "" {
		setID = c.set
	}
	id := setID + "-" + c.name
	switch sets, pairs := c.pairs(of); {
	case len(pairs) > 1:
		return c.fail(Multiple, errMultiple(pairs).Error())
	case len(pairs) == 1:
		setID, id = sets[0].Get("id"), pairs[0].Get("id")
	}
	if c.pair != "" {
		id = c.pair
	}
	data := xmltree.New(of.Name, "id", of.Get("id")).Add(xmltree.New(c.tag(), "id", setID).Add(
		xmltree.New("nvpair", "id", id, "name", c.name, "value", c.value)))
	code := c.change(edit.Request{Op: edit.Modify, Section: "resources", XPath: fmt.Sprintf("//%s[@id=%s]", of.Name, quoted(of.Get("id"))), Data: data, AllowCreate: true})
	if code == OK && c.o.As != "xml" {
		set := ""
		if c.set != "" {
			set = " set=" + c.set
		}
		c.printf("Set '%s' option: id=%s%s name=%s value=%s\n", of.Get("id"), id, set, c.name, c.value)
	}
	return code
}

// drop takes an attribute away; one that is not there is no error.
func (c *resourceCall) drop() Code {
	of := c.configured()
	if of == nil {
		return c.fail(NoSuchObject, "Resource '"+c.id+"' is not configured")
	}
	_, pairs := c.pairs(of)
	switch len(pairs) {
	case 0:
		return c.done(nil)
	case 1:
	default:
		return c.fail(Multiple, errMultiple(pairs).Error())
	}
	id := pairs[0].Get("id")
	code := c.change(edit.Request{Op: edit.Delete, XPath: fmt.Sprintf("//nvpair[@id=%s]", quoted(id))})
	if code == OK && c.o.As != "xml" {
		c.printf("Deleted '%s' option: id=%s name=%s\n", of.Get("id"), id, c.name)
	}
	return code
}

// change does an operation and saves the document.
func (c *resourceCall) change(req edit.Request) Code {
	_, err := c.doc.Do(req)
	if err == nil {
		err = c.doc.Save()
	}
	if err != nil {
		return c.fail(DocumentCode(err), "Error performing operation: "+err.Error())
	}
	if c.o.As == "xml" {
		return c.PrintResult(OK, nil)
	}
	return OK
}
