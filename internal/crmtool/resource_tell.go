package crmtool

import (
	"fmt"
	"strings"
	"time"

	"heartbeat/internal/cib"
	"heartbeat/internal/crmtool/mon"
	"heartbeat/internal/scheduler"
	"heartbeat/internal/xmltree"
)

func scoreText(score int) string {
	switch {
	case score >= cib.Infinity:
		return "INFINITY"
	case score <= -cib.Infinity:
		return "-INFINITY"
	}
	return itoa(score)
}

// constraints tells where a resource may run and what it is placed with. They concern the whole collective, not its member.
func (c *resourceCall) constraints() Code {
	rsc := c.rsc
	if !c.force {
		rsc = rsc.Top()
	}
	found := xmltree.New("constraints")
	lines := locationLines(c.v, rsc, 0)
	for _, l := range c.v.Locations(rsc) {
		found.Add(xmltree.New("rsc_location", "node", l.Node.Name, "rsc", rsc.ID, "id", l.ID, "score", scoreText(l.Score)))
	}
	with, dependents := c.v.Colocations(rsc)
	tell := func(title, word string, list []scheduler.ColocationView, other func(scheduler.ColocationView) *scheduler.ResourceView) {
		if len(list) > 0 {
			lines = append(lines, title+":")
		}
		for _, col := range list {
			line := fmt.Sprintf("  * %s (score=%s, ", other(col).ID, scoreText(col.Score))
			x := xmltree.New("rsc_colocation", "id", col.ID, "rsc", col.Dependent.ID, "with-rsc", col.Primary.ID, "score", scoreText(col.Score))
			if col.PrimaryRole != "" {
				line += word + " role=" + col.PrimaryRole + ", "
				x.Set("with-rsc-role", col.PrimaryRole)
			}
			lines = append(append(lines, line+"id="+col.ID+")"), locationLines(c.v, other(col), 2)...)
			found.Add(x)
		}
	}
	tell("Resources colocated with "+rsc.ID, "needs", dependents, func(col scheduler.ColocationView) *scheduler.ResourceView { return col.Dependent })
	tell("Resources "+rsc.ID+" is colocated with", "with", with, func(col scheduler.ColocationView) *scheduler.ResourceView { return col.Primary })
	c.found = []*xmltree.Node{found}
	return c.done(lines)
}

func locationLines(v *scheduler.View, rsc *scheduler.ResourceView, depth int) (lines []string) {
	indent := strings.Repeat("  ", depth)
	for i, l := range v.Locations(rsc) {
		if i == 0 {
			title := "Locations:"
			if depth > 0 {
				title = "* " + title
			}
			lines = append(lines, indent+title)
		}
		lines = append(lines, fmt.Sprintf("%s  * Node %s (score=%s, id=%s, rsc=%s)", indent, l.Node.Name, scoreText(l.Score), l.ID, rsc.ID))
	}
	return lines
}

// operations tells what is recorded, one operation a line; with active only what counts for the state of now: since the last start.
func (c *resourceCall) operations(active bool) Code {
	status := c.v.Document.First("status")
	if status == nil {
		return c.done(nil)
	}
	list := xmltree.New("operations")
	var lines []string
	for state := range status.Elements("node_state") {
		n := c.v.FindNodeID(state.Get("id"))
		if n == nil || !n.Online && !c.v.Fencing || c.node != "" && !strings.EqualFold(n.Name, c.node) {
			continue
		}
		histories := state.Find("lrm", "lrm_resources")
		if histories == nil {
			continue
		}
		for entry := range histories.Elements("lrm_resource") {
			if c.id != "" && entry.Get("id") != c.id {
				continue
			}
			for _, op := range recorded(entry, active) {
				lines = append(lines, c.operationLine(n.Name, entry.Get("id"), op))
				list.Add(operationXML(n.Name, entry.Get("id"), op))
			}
		}
	}
	c.found = []*xmltree.Node{list}
	return c.done(lines)
}

// recorded are the operations of an entry; the active ones are those since the last start, none after a stop.
func recorded(entry *xmltree.Node, active bool) []*xmltree.Node {
	ops := scheduler.Operations(entry)
	if !active {
		return ops
	}
	start, stop := scheduler.ActiveFrom(ops)
	if start < stop {
		return ops[stop+1:]
	}
	return ops[max(start, 0):]
}

func (c *resourceCall) operationLine(node, id string, op *xmltree.Node) string {
	what := "Unknown resource " + id
	if rsc := c.v.Find(id); rsc != nil {
		what = mon.Describe(c.v, rsc, mon.Options{Pending: true, Now: c.now()})
	}
	key, _, _, _ := scheduler.OperationKey(op)
	when := ""
	if t, ok := cib.Integer(op.Get("last-rc-change")); ok {
		when = fmt.Sprintf(", last-rc-change='%s', exec=%sms", time.Unix(t, 0).In(c.now().Location()).Format(time.ANSIC), op.Get("exec-time"))
	}
	state, _ := cib.Integer(op.Get("op-status"))
	return fmt.Sprintf("%s: %s (node=%s, call=%s, rc=%s%s): %s", what, key, node, op.Get("call-id"), op.Get("rc-code"), when, mon.StatusText(int(state)))
}

func operationXML(node, id string, op *xmltree.Node) *xmltree.Node {
	key, _, _, _ := scheduler.OperationKey(op)
	state, _ := cib.Integer(op.Get("op-status"))
	return xmltree.New("operation", "op", key, "node", node, "call", op.Get("call-id"), "rc", op.Get("rc-code"), "status", mon.StatusText(int(state)), "rsc", id)
}

// why says whether resources run, and what in the configuration keeps them from it.
func (c *resourceCall) why() Code {
	var lines []string
	var node *scheduler.NodeView
	if c.node != "" {
		if node = c.v.FindNode(c.node); node == nil {
			return c.fail(NoSuchObject, "Node '"+c.node+"' not found")
		}
	}
	list := c.v.Resources
	if c.rsc != nil {
		list = []*scheduler.ResourceView{c.rsc}
	}
	reason := xmltree.New("reason")
	for _, rsc := range list {
		runs, where := rsc.AnyBelow(func(r *scheduler.ResourceView) bool { return len(r.On) > 0 }), ""
		if node != nil {
			runs = rsc.AnyBelow(func(r *scheduler.ResourceView) bool { return containsNode(r.On, node) })
			where = " on host " + node.Name
		}
		text := "Resource " + rsc.ID + " is "
		if !runs {
			text += "not "
		}
		lines = append(append(lines, text+"running"+where), checks(rsc)...)
		reason.Set("running", fmt.Sprint(runs))
	}
	c.found = []*xmltree.Node{reason}
	return c.done(lines)
}

func containsNode(list []*scheduler.NodeView, n *scheduler.NodeView) bool {
	for _, at := range list {
		if at == n {
			return true
		}
	}
	return false
}

// checks are what in the configuration keeps a resource from running or from being promoted.
func checks(rsc *scheduler.ResourceView) (lines []string) {
	top := rsc.Top()
	switch to := rsc.TargetRole; {
	case strings.EqualFold(to, "Stopped"):
		lines = append(lines, "Configuration specifies '"+top.ID+"' should remain stopped")
	case (strings.EqualFold(to, "Unpromoted") || strings.EqualFold(to, "Slave")) && top.Promotable:
		lines = append(lines, "Configuration specifies '"+top.ID+"' should not be promoted")
	}
	if managed, given := rsc.Meta("is-managed"); given && !cib.True(managed) {
		lines = append(lines, "Configuration prevents cluster from stopping or starting unmanaged '"+top.ID+"'")
	}
	if rsc.LockedTo != nil {
		lines = append(lines, "'"+top.ID+"' is locked to node "+rsc.LockedTo.Name+" due to shutdown")
	}
	return lines
}
