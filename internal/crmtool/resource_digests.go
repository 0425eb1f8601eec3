package crmtool

import (
	"fmt"

	"heartbeat/internal/cib"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

// digests prints the fingerprints by which a cluster finds out that parameters changed, as they would be with those that the arguments override.
func (c *resourceCall) digests() Code {
	overrides, wrong := c.overrides()
	if wrong != "" {
		return c.o.Wrong("%s", wrong)
	}
	n := c.v.FindNode(c.node)
	switch {
	case n == nil:
		return c.fail(NoSuchObject, "Node '"+c.node+"' not found")
	case c.rsc.Kind != scheduler.Primitive:
		return c.fail(Unimplemented, "Error performing operation: "+Unimplemented.String())
	}
	d := c.rsc.Digests(n, overrides)
	lines := []string{d.All + " (all parameters)", d.Secure + " (non-private parameters)"}
	x := xmltree.New("digests", "resource", c.rsc.ID, "node", n.Name, "task", d.Task, "interval", fmt.Sprintf("%dms", d.Interval)).Add(
		digestXML("all", d.All, d.Params), digestXML("nonprivate", d.Secure, d.SecureParams))
	if d.HasRestart {
		lines = append(lines, d.Restart+" (non-reloadable parameters)")
		x.Add(digestXML("nonreloadable", d.Restart, d.RestartedByThese))
	}
	c.found = []*xmltree.Node{x}
	return c.done(lines)
}

func digestXML(kind, hash string, params cib.Pairs) *xmltree.Node {
	list := xmltree.New("parameters")
	for _, p := range params {
		list.Set(p.Name, p.Value)
	}
	return xmltree.New("digest", "type", kind, "hash", hash).Add(list)
}
