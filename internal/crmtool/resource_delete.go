package crmtool

import (
	"fmt"

	"heartbeat/internal/cib/edit"
	"heartbeat/internal/xmltree"
)

// erase deletes the configuration of a resource. What other elements refer to cannot be deleted: the schema refuses it.
func (c *resourceCall) erase() Code {
	if c.kind == "" {
		return c.fail(NoSuchObject, "You need to specify a resource type with -t")
	}
	resources := edit.Section(c.doc.Root(), "resources")
	if resources == nil {
		return c.done(nil)
	}
	for x := range resources.All() {
		if x.Kind != xmltree.Element || x.Name != c.kind || x.Get("id") != c.id {
			continue
		}
		_, err := c.doc.Do(edit.Request{Op: edit.Delete, XPath: fmt.Sprintf("//%s[@id=%s]", c.kind, quoted(c.id))})
		return c.finish(err)
	}
	if c.o.As != "xml" {
		c.complain("%s: nothing deleted: no element %s has the id %s\n", c.Prog, c.kind, c.id)
	}
	return c.done(nil)
}

// running refuses what only a running cluster can do.
func (c *resourceCall) running() Code {
	return c.failed(Disconnected, "this is done by a running cluster, and none is reached: a file (CIB_file) can be asked and changed only")
}
